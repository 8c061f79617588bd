"""Which peers run on which tape, and over how many of its ticks: slow peers get the beginning only."""

PLAN = {
    "p-small": {
        "python": 50_000,
        "nautilus": 10_000,
        "nautilus-floor": 50_000,
        "hftbacktest": 100_000,
        "hftbacktest-floor": 100_000,
        "vectorbt": 100_000,
        "vectorbt-percent": 100_000,
        "barter": 100_000,
        "nanobook": 100_000,
    },
    "p-medium": {
        "python": 10_000,
        "nautilus": 300,
        "hftbacktest": 10_000,
        "vectorbt": 50_000,
        "barter": 100_000,
        "nanobook": 50_000,
    },
    "h-10": {
        "python": 50_000,
        "nautilus": 5_000,
        "hftbacktest": 100_000,
        "vectorbt": 50_000,
        "backtrader": 5_000,
        "nanobook": 100_000,
    },
    "h-100": {
        "python": 5_000,
        "nautilus": 1_000,
        "hftbacktest": 20_000,
        "vectorbt": 20_000,
        "backtrader": 1_000,
        "nanobook": 20_000,
    },
    "h-1000": {
        "python": 1_000,
        "nautilus": 100,
        "hftbacktest": 5_000,
        "vectorbt": 5_000,
        "backtrader": 100,
        "nanobook": 5_000,
    },
    "small": {"python": 50_000},
    "medium": {"python": 10_000},
    "large": {"python": 1_000},
    "hot": {"python": 20},
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
