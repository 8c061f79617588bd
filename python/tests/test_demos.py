"""The three demos end well and tell their story, run as a person would."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import ROOT

DEMOS = ROOT / "python" / "demos"

TELLS = {
    "mtm_trailing_system.py": [
        "Scalping_Index: give_back met", "by target", "max_loss met", "2 prices not taken", "Why did the options close?",
    ],
    "design_patterns_demo.py": ["Observer:", "Strategy:", "Factory:", "Command:", "State:", "undid 'add trade TCS'", "closed (closed)"],
    "integrated_mtm_demo.py": ["sent for keep and filled", "sent for kill and filled", "no entries", "0 trades open"],
}


@pytest.mark.parametrize("demo", TELLS)
def test_a_demo_tells_its_story(demo: str) -> None:
    told = subprocess.run([sys.executable, "-W", "ignore", demo], cwd=DEMOS, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    for part in TELLS[demo]:
        assert part in told.stdout, f"{part!r} is not in:\n{told.stdout}"
    again = subprocess.run([sys.executable, "-W", "ignore", demo], cwd=DEMOS, capture_output=True, text=True)
    assert again.stdout == told.stdout


def test_either_import_gives_the_same_classes() -> None:
    code = (
        "import mtm_trailing_system as demo, highmark.original as ours\n"
        "assert demo.__file__.endswith('demos/mtm_trailing_system.py')\n"
        "assert all(getattr(demo, name) is getattr(ours, name) for name in ours.__all__)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=DEMOS, check=True)


def test_the_module_runs_the_first_demo() -> None:
    told = subprocess.run([sys.executable, "-W", "ignore", "-m", "mtm_trailing_system"], capture_output=True, text=True)
    assert "Three strategies, seven trades" in told.stdout
