"""What was recorded, played again: a folder of `db=` or of a service, a run, or files of ticks through a scenario."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
import tempfile
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import errors, tables, words
from ._highmark import Core, Table
from .engine import Engine
from .events import Event, made
from .views import TradeView, scope_view, table
from .words import Moment

Place = str | os.PathLike[str]


@dataclass(frozen=True)
class Replay:
    """What came of it. `engine` stands in memory where the record ends: it can be looked at, asked why, and led
    on, and none of it touches the record."""

    engine: Engine = field(repr=False)
    events: tuple[Event, ...] = field(repr=False)
    #: What `highmark replay` says of a run of files; empty for a journal.
    summary: dict[str, Any] = field(repr=False)
    _folder: Path = field(repr=False)
    _until: int | None = field(repr=False)

    @property
    def strategies(self) -> tuple[str, ...]:
        return self.engine.strategies

    @property
    def trades(self) -> list[TradeView]:
        return self.engine.trades()

    def explain(self, name: str) -> str:
        """Why a strategy or a trade stands where it does."""
        return self.engine.explain(name)

    def events_table(self) -> Table:
        return tables.events(list(self.events))

    def trades_table(self) -> Table:
        return self.engine.trades_table()

    def curve(self, strategy: str) -> Table:
        """Mtm, peak, floor and room of a strategy whenever its mtm had changed; the record is read once more."""
        number = self.engine._strategy(strategy)
        points = json.loads(Core.past_curve(self._folder, self._until, number))
        return tables.curve([(at, scope_view(view, strategy)) for at, view in points])

    def _repr_html_(self) -> str:
        return table(list(self.trades))


@dataclass(frozen=True)
class Rerun:
    """The recorded inputs decided again: the same, unless the rules of this version decide otherwise."""

    turns: int
    differing: int
    is_same: bool


@dataclass(frozen=True)
class WhatIf:
    """What would have been with other parameters, beside what was. Where a broker's fills were recorded it is a
    guess: `dropped` of its news no longer fitted, and `made` fills were made at the mark."""

    recorded: Engine = field(repr=False)
    engine: Engine = field(repr=False)
    turns: int
    altered: int
    differing: int
    dropped: int
    made: int

    @property
    def difference(self) -> Any:
        """How much more mtm it would have been, all together."""
        return self.engine.system().mtm - self.recorded.system().mtm


def replay(
    record: Place | Iterable[Place],
    *,
    scenario: Place | None = None,
    until: Moment | None = None,
    sets: Mapping[str, object] | None = None,
    days: Iterable[str] = (),
    out: Place | None = None,
) -> Replay:
    """Folds the record in a folder up to `until`: that of `Engine(db=...)`, of `highmark run --state`, or of a
    run; its writer may go on meanwhile. With a `scenario`, `record` is one or several files of ticks (CSV,
    Parquet, NDJSON), which are played through it by the `highmark` of this package; `sets` gives its fields other
    values, as `{"strategy.Faller.rule.lock.floor": 3500}`; `days` takes some of the days; `out` keeps the run."""
    moment = None if until is None else words.nanoseconds(until)
    if scenario is None:
        if not isinstance(record, (str, os.PathLike)):
            raise errors.ConfigError("scenario: files of ticks need one", 'scenario="day.toml", or give one folder')
        if sets or out is not None or tuple(days):
            raise errors.ConfigError("sets, days and out are for files of ticks", "what_if(folder, ...) changes a journal's rules")
        return _folded(Path(record), moment, {})
    files = [record] if isinstance(record, (str, os.PathLike)) else list(record)
    if out is not None:
        return _played(files, scenario, Path(out), moment, sets or {}, days)
    folder = Path(tempfile.mkdtemp(prefix="highmark-replay-"))
    try:
        played = _played(files, scenario, folder, moment, sets or {}, days)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    # The folder goes when nobody has the replay any more.
    weakref.finalize(played, shutil.rmtree, folder, True)
    return played


def rerun(folder: Place) -> Rerun:
    """Decides the recorded inputs of a journal again."""
    return Rerun(*Core.rerun(Path(folder)))


def what_if(folder: Place, changes: Mapping[str, object]) -> WhatIf:
    """Decides the recorded inputs of a journal with other parameters, wherever a command set them:
    `{"keep.fraction": "0.5", "max_loss.amount.money": 3000}`."""
    if not changes:
        raise errors.ConfigError("there is nothing to change", '{"keep.fraction": "0.5"}')
    recorded, engine, told = Core.what_if(Path(folder), [f"{path}={value}" for path, value in changes.items()])
    counts = json.loads(told)
    return WhatIf(
        Engine._around(recorded), Engine._around(engine),
        **{name: counts[name] for name in ("turns", "altered", "differing", "dropped", "made")},
    )  # fmt: skip


def command() -> str:
    """The `highmark` of this package: beside this Python, or on the path."""
    name = "highmark.exe" if os.name == "nt" else "highmark"
    folders = [sysconfig.get_path("scripts"), sysconfig.get_path("scripts", f"{os.name}_user")]
    for folder in folders:
        found = shutil.which(name, path=folder)
        if found is not None:
            return found
    found = shutil.which(name)
    if found is None:
        raise errors.ReplayError("the command `highmark` is not beside this Python", "install the wheel whole", "NOT_FOUND")
    return found


def _folded(folder: Path, until: int | None, summary: dict[str, Any]) -> Replay:
    core, told = Core.past(folder, until)
    engine = Engine._around(core)
    happened = [
        made(fact, words.when(at), engine)
        for at, facts in json.loads(told)
        for fact in facts
        if not (isinstance(fact, dict) and "accepted" in fact)
    ]
    return Replay(engine, tuple(happened), summary, folder, until)


def _played(
    files: list[Place], scenario: Place, out: Path, until: int | None, sets: Mapping[str, object], days: Iterable[str]
) -> Replay:
    line = [command(), "replay", *(os.fspath(file) for file in files), "--scenario", os.fspath(scenario), "--out", os.fspath(out)]
    for path, value in sets.items():
        line += ["--set", f"{path}={value}"]
    for day in days:
        line += ["--day", str(day)]
    told = subprocess.run([*line, "--json", "--quiet"], capture_output=True, text=True, encoding="utf-8", check=False)
    if told.returncode:
        raise _failure(told)
    played = _folded(out, until, json.loads(told.stdout))
    meta = json.loads((out / "meta.json").read_text(encoding="utf-8"))
    if until is None and f"{played.engine.fingerprint():016x}" != meta["state"]:
        raise errors.JournalDamaged("the run's events do not fold to the state in which it ended", "tell us: this is a bug")
    return played


def _failure(told: subprocess.CompletedProcess[str]) -> errors.ReplayError:
    try:
        error = json.loads(told.stdout)["error"]
        return errors.ReplayError(error["message"], error["hint"], error["code"])
    except (ValueError, KeyError, TypeError):
        return errors.ReplayError(told.stderr.strip() or f"it ended with {told.returncode}", "", "FAILURE")
