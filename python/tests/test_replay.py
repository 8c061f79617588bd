"""Files of ticks through a scenario, by the `highmark` of the wheel."""

from __future__ import annotations

import pathlib

import pytest
from conftest import ROOT

from highmark import ConfigError, ReplayError, replay
from highmark.replaying import command

DAY = ROOT / "samples" / "day.csv"
SCENARIO = ROOT / "scenarios" / "sample-day.toml"


def test_the_command_is_beside_this_python() -> None:
    assert pathlib.Path(command()).stem == "highmark"


def test_a_file_through_a_scenario(tmp_path: pathlib.Path) -> None:
    played = replay(DAY, scenario=SCENARIO, out=tmp_path / "run")
    assert played.trades and played.strategies and played.summary["trades"]
    assert any(event.kind == "exit_decided" for event in played.events)
    name = played.strategies[0]
    assert len(played.curve(name)) > 10
    # The folder that is left is a record as well.
    again = replay(tmp_path / "run")
    assert again.engine.fingerprint() == played.engine.fingerprint()
    assert again.events == played.events
    assert name in again.explain(name)


def test_another_value_for_a_field() -> None:
    as_is = replay(DAY, scenario=SCENARIO)
    changed = replay([DAY], scenario=SCENARIO, sets={"strategy.Faller.rule.lock.floor": 3500})
    assert as_is.engine.fingerprint() != changed.engine.fingerprint()


def test_what_cannot_be_played(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ReplayError) as refusal:
        replay(tmp_path / "none.csv", scenario=SCENARIO)
    assert refusal.value.code and refusal.value.hint
    with pytest.raises(ReplayError, match="nothing") as refusal:
        replay(DAY, scenario=SCENARIO, sets={"strategy.Faller.rule.nothing.floor": 1})
    assert refusal.value.code == "SCENARIO_INVALID"
    with pytest.raises(ConfigError):
        replay([DAY])
    with pytest.raises(ConfigError):
        replay(tmp_path, sets={"a": 1})
