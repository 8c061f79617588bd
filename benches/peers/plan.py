"""Which peers run on which tape, and over how many of its ticks: slow peers get the beginning only."""

PLAN = {
    "p-small": {
        "python": 1_000_000,
        "nautilus": 100_000,
        "nautilus-floor": 100_000,
        "hftbacktest": 1_000_000,
        "hftbacktest-floor": 1_000_000,
        "vectorbt": 1_000_000,
        "vectorbt-percent": 1_000_000,
        "barter": 1_000_000,
        "nanobook": 1_000_000,
    },
    "p-medium": {
        "python": 200_000,
        "nautilus": 1_000,
        "hftbacktest": 1_000_000,
        "vectorbt": 200_000,
        "barter": 1_000_000,
        "nanobook": 1_000_000,
    },
    "h-10": {
        "python": 100_000,
        "nautilus": 100_000,
        "hftbacktest": 100_000,
        "vectorbt": 100_000,
        "backtrader": 20_000,
        "nanobook": 100_000,
    },
    "h-100": {
        "python": 20_000,
        "nautilus": 20_000,
        "hftbacktest": 100_000,
        "vectorbt": 20_000,
        "backtrader": 20_000,
        "nanobook": 100_000,
    },
    "h-1000": {
        "python": 10_000,
        "nautilus": 100,
        "hftbacktest": 100_000,
        "vectorbt": 10_000,
        "backtrader": 1_000,
        "nanobook": 100_000,
    },
    "small": {"python": 200_000},
    "medium": {"python": 100_000},
    "large": {"python": 20_000},
    "hot": {"python": 200},
}

# Small tapes of sample_tape.py, to try the drivers on: its options, and the peers that can run them.
SAMPLES = {
    "sample": (["--full"], ["python"]),
    "p-sample": ([], ["python", "nautilus", "hftbacktest", "vectorbt", "vectorbt-percent", "barter", "nanobook"]),
    "h-sample": (
        ["--symbols", "1", "--later", "0", "--ticks", "1000"],
        ["python", "nautilus", "hftbacktest", "vectorbt", "backtrader", "nanobook"],
    ),
}
for sample, (_, able) in SAMPLES.items():
    PLAN[sample] = dict.fromkeys(able)
