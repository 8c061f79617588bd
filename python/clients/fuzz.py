"""Ten thousand cases of schemathesis against a service of its own: no undocumented answer, no 5xx, and what is refused
changes nothing. Usage: fuzz.py FOLDER [CASES [SEED]]"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from desk import Caller, Desk

CASES = 10_000
HERE = pathlib.Path(__file__).parent
SEED = 20_261_128
# Each key may ask a hundred times in a second.
KEYS = 40
# Changes that have to be done at least once in such a run.
DONE = [
    "prices", "trades", "trades/{id}/exit", "rules", "strategies", "strategies/{id}/edit", "strategies/{id}/exit",
    "strategies/{id}/halt", "strategies/{id}/resume", "halt", "resume", "kill", "release", "undo", "redo", "raises/{id}/confirm", "raises/{id}/cancel", "jobs",
]  # fmt: skip
CHECKS = [
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "a_failure_is_a_stated_one",
    "a_refused_request_changes_nothing",
]


def main() -> int:
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(tempfile.mkdtemp())
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else CASES
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else SEED
    desk = Desk(folder)
    try:
        keys = [desk.key(f"fuzz{number}", "admin") for number in range(KEYS)]
        looks, risk = desk.key("looks", "viewer"), desk.key("risk", "risk")
        push = {"prices": [{"symbol": "NIFTY", "last": "26000"}, {"symbol": "SBIN", "last": "800"}]}
        Caller(desk.host, keys[0]).do("/api/v1/prices", push)
        operations = len(operations_of(Caller(desk.host, looks)))
        # Routes that take nothing have few different cases, so the others have more.
        ran = run(desk, (keys, looks, risk), -(-cases * 4 // (operations * 3)), seed)
        told = json.loads((folder / "count").read_text(encoding="utf-8"))
        count, accepted = told["cases"], told["accepted"]
        done = sum(number for name, number in accepted.items() if not name.startswith("GET "))
        print(f"{count} cases over {operations} operations, seed {seed}; {done} changes were done")
        still = Caller(desk.host, looks).get("/ready")["status"]
        print(f"the service is {still}")
    finally:
        desk.stop()
    print(desk.command("journal", "verify").splitlines()[-1])
    print(desk.command("journal", "rerun").splitlines()[-1])
    if count < cases:
        print(f"fewer than {cases} cases were sent", file=sys.stderr)
        return 1
    # Where everything is refused at the door, nothing was tried.
    never = [name for name in DONE if not accepted.get(f"POST /api/v1/{name}")]
    if never:
        print(f"never done: {', '.join(never)}", file=sys.stderr)
        for name in never:
            print(f"  {name}: {told['refusals'].get(f'POST /api/v1/{name}')}", file=sys.stderr)
        return 1
    return ran


def operations_of(caller: Caller) -> list[tuple[str, str]]:
    described = caller.get("/api/v1/openapi.json")["paths"]
    return [(method, path) for path, item in described.items() for method in item]


def run(desk: Desk, keys: tuple[list[str], str, str], each: int, seed: int) -> int:
    all_keys, looks, risk = keys
    told = dict(
        os.environ, DESK_HOST=desk.host, DESK_KEYS=" ".join(all_keys), DESK_LOOKS=looks, DESK_RISK=risk,
        DESK_COUNT=str(desk.folder / "count"), SCHEMATHESIS_HOOKS="hooks",
        PYTHONPATH=str(HERE),
    )  # fmt: skip
    line = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run", f"{desk.url}/api/v1/openapi.json", "--workers", "1",
        "--phases", "examples,coverage,fuzzing", "--mode", "all", "--checks", ",".join(CHECKS), "--seed", str(seed),
        "--max-examples", str(each), "--generation-database", "none", "--continue-on-failure", "--no-color",
        "--header", f"Authorization: Bearer {all_keys[0]}", "--request-timeout", "20",
        "--suppress-health-check", "all", "--warnings", "off",
    ]  # fmt: skip
    return subprocess.run(line, env=told, cwd=desk.folder).returncode


if __name__ == "__main__":
    sys.exit(main())
