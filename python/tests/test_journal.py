"""Engines with a folder: what was answered is there again, whatever ended the process."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from conftest import counting_clock

from highmark import (
    ClosedError,
    ConfigError,
    Engine,
    Event,
    ForkedError,
    JournalDamaged,
    JournalHeld,
    JournalMissing,
    JournalStopped,
    Limit,
    Refused,
    Trail,
    replay,
    rerun,
    what_if,
)
from highmark.replaying import command
from mtm_trailing_system import StrategyLevelMTMTrailer

Folder = pathlib.Path


@pytest.fixture
def folder(tmp_path: Folder) -> Folder:
    return tmp_path / "desk"


def opened(folder: Folder, **more: Any) -> Engine:
    return Engine(db=folder, clock=counting_clock(), **more)


def begun(folder: Folder, **more: Any) -> Engine:
    engine = opened(folder, **more)
    engine.create_strategy("Index", [Limit.max_loss(5000), Limit.give_back("0.3")])
    engine.add_trade("Index", "NIFTY", "BUY", 60, 19500, [Trail.stop_loss(19400), Trail.keep("0.3")], name="first")
    engine.update_prices({"NIFTY": 19600})
    return engine


def highmark(folder: Folder, *line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([command(), *line, "--state", str(folder)], capture_output=True, text=True, check=False)


def test_it_goes_on_where_it_ended(folder: Folder) -> None:
    with begun(folder) as engine:
        before = engine.fingerprint()
        view = engine.trade("t0")
    with opened(folder) as again:
        assert again.fingerprint() == before
        assert again.strategies == ("Index",)
        assert again.trade("t0") == view
        assert again.strategy("Index").floor == 4200
        kinds = [event.kind for event in again.update_prices({"NIFTY": 19570}).events]
        assert "exit_decided" in kinds and "shut_down" in kinds
        again.create_strategy("Later")
        assert again.add_trade("Later", "NIFTY", "SELL", 1, 19570).trade_id == "t1"
    with opened(folder) as third:
        assert third.strategies == ("Index", "Later") and third.trade("t0").status == "closed"


def test_the_originals_names_come_back(folder: Folder) -> None:
    with StrategyLevelMTMTrailer(db=folder, clock=counting_clock()) as tracker:
        tracker.create_strategy("S", -1000.0, 0.4)
        tracker.add_trade("S", "A", 10, 100.0, "BUY", stop_loss=95.0, target=130.0, trade_id="kite:1")
        tracker.add_trade("S", "B", 5, 50.0, "SELL")
        tracker.update_prices({"A": 110.0})
        before = tracker.get_all_strategies_summary()
    with StrategyLevelMTMTrailer(db=folder, clock=counting_clock()) as again:
        assert again.get_all_strategies_summary() == before
        # The same id again is the same trade.
        assert again.add_trade("S", "A", 10, 100.0, "BUY", trade_id="kite:1").pnl == 100.0
        update = again.update_prices({"A": 120.0})["S"]
        assert (update["old_mtm"], update["new_mtm"], update["trailing_stop"]) == (100.0, 200.0, 120.0)


def test_whatever_is_answered_or_heard_is_in_the_record_already(folder: Folder) -> None:
    """Looked at from beside the writer, after each call and within a handler."""
    with begun(folder) as engine:
        heard = []

        @engine.on("any")
        def look(event: Event) -> None:
            heard.append(replay(folder).engine.trade("t0").status)

        for price in range(19601, 19640):
            engine.update_prices({"NIFTY": price})
            assert replay(folder).engine.fingerprint() == engine.fingerprint()
        engine.update_prices({"NIFTY": 19570})
        assert heard and set(heard) == {"closed"}
        engine.create_strategy("Later")
        assert replay(folder).strategies == ("Index", "Later")


CHILD = """
import sys
from highmark import Engine, Limit, Trail
engine = Engine(db=sys.argv[1])
engine.create_strategy("S", [Limit.give_back("0.5")])
engine.add_trade("S", "A", "BUY", 10, 100, [Trail.by(1000)])
price = 100
while True:
    price += 1
    engine.update_prices({"A": price})
    print(price, engine.fingerprint(), flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="the signal is of POSIX")
def test_all_that_was_answered_survives_a_kill(folder: Folder) -> None:
    child = subprocess.Popen([sys.executable, "-I", "-c", CHILD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    for _ in range(40):
        child.stdout.readline()
    with pytest.raises(JournalHeld, match=str(child.pid)):
        Engine(db=folder)
    child.send_signal(signal.SIGKILL)
    answered = [line.split() for line in child.stdout.read().splitlines() if line.count(" ") == 1]
    child.wait()
    child.stdout.close()
    with Engine(db=folder) as again:
        best = again.trade("t0").best
        assert best is not None
        last = answered[-1] if answered else None
        # One more may have been durable that nobody was told of, never one less.
        if last is not None:
            assert int(best) - int(last[0]) in (0, 1)
            if int(best) == int(last[0]):
                assert again.fingerprint() == int(last[1])
        assert best >= 140 and again.strategy("S").peak == (best - 100) * 10
    assert highmark(folder, "journal", "verify").returncode == 0
    assert rerun(folder).is_same


LONG = """
import itertools, pathlib, sys
from highmark import Engine, Trail
folder = pathlib.Path(sys.argv[1])
engine = Engine(db=folder, clock=itertools.count(1_790_000_000_000_000_000, 1_000_000_000).__next__)
engine.create_strategy("S")
symbols = [f"S{number}" for number in range(500)]
for symbol in symbols:
    engine.add_trade("S", symbol, "BUY", 10, 100, [Trail.by(50)])
price = 100
while not (folder / "journal" / "000002.journal").exists():
    price += 1
    engine.update_prices(dict.fromkeys(symbols, price))
for more in range(20):
    print(engine.fingerprint(), flush=True)
    engine.update_prices({"S0": price - more})
print(engine.fingerprint(), flush=True)
if "close" in sys.argv:
    engine.close()
sys.stdin.read()
"""


@pytest.mark.parametrize("end", ["close", "kill"])
def test_a_long_segment_ends_between_the_calls(folder: Folder, end: str) -> None:
    """The state with which the next begins is folded beside them, and may come to be there or not."""
    script = [sys.executable, "-I", "-c", LONG, str(folder), end]
    with subprocess.Popen(script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None and child.stdout is not None
        answered = [child.stdout.readline() for _ in range(21)]
        if end == "kill":
            child.kill()
        child.stdin.close()
    with Engine(db=folder) as again:
        assert again.fingerprint() == int(answered[-1])
    assert highmark(folder, "journal", "verify").returncode == 0
    assert rerun(folder).is_same


FULL = """
import resource, sys
from highmark import Engine, JournalStopped
engine = Engine(db=sys.argv[1])
engine.create_strategy("S")
engine.add_trade("S", "A", "BUY", 1, 100)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
heard = []
engine.on("any")(heard.append)
for call in (lambda: engine.exit_trade("t0"), lambda: engine.update_prices({"A": 101}), lambda: engine.trades(), lambda: engine.strategies):
    try:
        call()
    except JournalStopped as fault:
        print(type(fault).__name__, bool(fault.hint))
print(len(heard))
engine.close()
"""


@pytest.mark.skipif(os.name == "nt", reason="the limit is of POSIX")
def test_a_failed_disk_stops_it_and_nothing_is_told(folder: Folder) -> None:
    child = subprocess.run([sys.executable, "-I", "-c", FULL, str(folder)], capture_output=True, text=True, check=False)
    assert child.stdout.splitlines() == ["JournalStopped True"] * 4 + ["0"], child.stderr
    with Engine(db=folder) as again:
        assert again.trade("t0").status == "open"


def test_one_writer_at_a_time(folder: Folder) -> None:
    with begun(folder):
        with pytest.raises(JournalHeld):
            opened(folder)
    opened(folder).close()


def test_an_engine_that_is_forgotten_lets_its_folder_go(folder: Folder) -> None:
    begun(folder, group=1000).update_prices({"NIFTY": 19601})
    gc.collect()
    with opened(folder) as again:
        # The mark that waited was written, too.
        assert again.mark("NIFTY") == 19601


def test_after_close_everything_is_refused(folder: Folder) -> None:
    engine = begun(folder)
    engine.close()
    engine.close()
    calls: list[Callable[[], object]] = [
        lambda: engine.update_prices({"NIFTY": 1}), lambda: engine.trades(), lambda: engine.kill(), lambda: engine.strategies,
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(ClosedError):
            call()
    memory = Engine()
    memory.close()
    with pytest.raises(ClosedError, match="closed"):
        memory.update_prices({"A": 1})


def test_damage_is_refused(folder: Folder) -> None:
    begun(folder).close()
    segment = folder / "journal" / "000001.journal"
    held = bytearray(segment.read_bytes())
    half = len(held) // 2
    held[half:] = bytes(len(held) - half)
    segment.write_bytes(held)
    with pytest.raises(JournalDamaged) as refusal:
        opened(folder)
    assert "restore" in refusal.value.hint


def test_terms_that_differ_are_refused(folder: Folder) -> None:
    opened(folder, starting_balance=1000).close()
    with pytest.raises(ConfigError, match="orders"):
        opened(folder, orders=True)
    with pytest.raises(ConfigError, match="starting_balance"):
        opened(folder, starting_balance=2000)
    # What was refused has let the folder go.
    opened(folder, stop_moves=True).close()
    for odd in ("", 5, b"desk", True):
        with pytest.raises(ConfigError, match="db"):
            Engine(db=odd)  # type: ignore[arg-type]
    for group in (0, 5000, True, "2"):
        with pytest.raises(ConfigError, match="group"):
            opened(folder, group=group)


def test_a_services_folder_is_left_to_the_service(folder: Folder) -> None:
    begun(folder).close()
    (folder / "scenario.toml").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="folder of a service"):
        opened(folder)
    assert replay(folder).strategies == ("Index",)


def test_refusals_are_recorded_and_change_nothing(folder: Folder) -> None:
    with begun(folder) as engine:
        with pytest.raises(Refused):
            engine.create_strategy("Index")
        before = engine.fingerprint()
    with opened(folder) as again:
        assert again.fingerprint() == before


def test_a_fill_of_before_is_not_taken_for_a_new_one(folder: Folder) -> None:
    def at_one_time() -> int:
        return 1_795_146_300 * 1_000_000_000

    for price in (100, 101):
        with Engine(db=folder, orders=True, clock=at_one_time) as engine:
            if not engine.strategies:
                engine.create_strategy("S")
            trade = engine.add_trade("S", "A", "BUY", 10, name=f"n{price}")
            engine.confirm_entry(trade.trade_id, price)
            assert engine.trade(trade.trade_id).entry_price == price


def test_groups_wait_for_decisions_only(folder: Folder) -> None:
    """What was decided is durable at once, with the marks before it; marks alone may wait."""
    with begun(folder, group=100) as engine:
        engine.update_prices({"NIFTY": 19601})
        assert replay(folder).engine.mark("NIFTY") is None
        engine.update_prices({"NIFTY": 19570})
        recorded = replay(folder)
        assert recorded.engine.fingerprint() == engine.fingerprint()
        assert recorded.engine.trade("t0").status == "closed"
        engine.update_prices({"NIFTY": 19571})
    with opened(folder) as again:
        assert again.mark("NIFTY") == 19571


def test_threads_share_commits(folder: Folder) -> None:
    with opened(folder) as engine:
        engine.create_strategy("S")

        def work(number: int) -> None:
            for step in range(20):
                engine.add_trade("S", f"A{number}", "BUY", 1, 100 + step)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        before = engine.fingerprint()
    with opened(folder) as again:
        assert again.fingerprint() == before and len(again.trades()) == 80


def child_of(engine: Engine, folder: str, told: Any) -> None:
    found = []
    for call in (lambda: engine.update_prices({"NIFTY": 1}), lambda: engine.close(), lambda: Engine(db=folder)):
        try:
            call()
            found.append("done")
        except Exception as fault:
            found.append(type(fault).__name__)
    told.send(found)
    # Held until the parent has tried the folder.
    told.recv()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_neither_writes_nor_holds(folder: Folder) -> None:
    engine = begun(folder)
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=child_of, args=(engine, str(folder), theirs))
    child.start()
    assert ours.poll(20), "the child said nothing"
    assert ours.recv() == ["ForkedError", "ForkedError", "JournalHeld"]
    engine.update_prices({"NIFTY": 19601})
    engine.close()
    with opened(folder) as again:
        assert again.mark("NIFTY") == 19601
    ours.send("go")
    child.join()
    assert child.exitcode == 0
    assert highmark(folder, "journal", "verify").returncode == 0
    assert issubclass(ForkedError, RuntimeError)


def test_engines_cannot_be_pickled(folder: Folder) -> None:
    with begun(folder) as engine:
        with pytest.raises(TypeError, match="pickled"):
            pickle.dumps(engine)
        assert pickle.loads(pickle.dumps(engine.trade("t0"))) == engine.trade("t0")


ENDING = """
import sys, threading
from highmark import Engine
engine = Engine(db=sys.argv[1], group=1000)
engine.create_strategy("S")
for price in range(1, 200):
    engine.update_prices({"A": price})
stop = threading.Event()
def feed():
    while not stop.is_set():
        try:
            engine.update_prices({"B": 5})
        except Exception:
            return
threading.Thread(target=feed, daemon=True).start()
"""


def test_the_end_of_the_interpreter_closes_it(folder: Folder) -> None:
    """Also marks that wait for company, and with a thread that goes on."""
    child = subprocess.run([sys.executable, "-I", "-c", ENDING, str(folder)], capture_output=True, text=True, check=False)
    assert child.returncode == 0 and child.stderr == ""
    with Engine(db=folder) as again:
        assert again.mark("A") == 199


def test_the_command_line_reads_the_folder(folder: Folder) -> None:
    with begun(folder) as engine:
        # Beside the writer, too.
        assert highmark(folder, "journal", "verify").returncode == 0
        engine.update_prices({"NIFTY": 19570})
    verified = highmark(folder, "journal", "verify")
    assert verified.returncode == 0, verified.stderr
    explained = highmark(folder, "explain", "first")
    assert "give_back" in explained.stdout, explained.stderr
    report = highmark(folder, "report", "day", "2026-11-20", "--format", "json")
    assert report.returncode == 0, report.stderr
    assert "Index" in report.stdout
    assert highmark(folder, "journal", "rerun").returncode == 0


def test_replay_of_a_folder(folder: Folder) -> None:
    with begun(folder) as engine:
        moments: list[Event] = list(engine.update_prices({"NIFTY": 19590}).events)
        half = engine._core.state()[0]
        engine.update_prices({"NIFTY": 19570})
        end = engine.fingerprint()
    assert moments == []
    played = replay(folder)
    assert played.engine.fingerprint() == end
    assert [event.kind for event in played.events][-1] == "filled"
    assert any(event.symbol == "NIFTY" and event.rule == "give_back" for event in played.events)
    assert played.trades[0].exit_reason == "give_back" and "give_back" in played.explain("Index")
    assert len(played.curve("Index")) == len(played.curve("Index")) > 3
    before = replay(folder, until=half)
    assert before.engine.trade("t0").status == "open"
    # It may be led on, and the record stays what it is.
    before.engine.update_prices({"NIFTY": 19300})
    assert before.engine.trade("t0").status == "closed"
    assert replay(folder).engine.fingerprint() == end
    with pytest.raises(JournalMissing):
        replay(folder / "nothing")


def test_rerun_and_what_if(folder: Folder) -> None:
    with begun(folder) as engine:
        engine.update_prices({"NIFTY": 19570})
        engine.update_prices({"NIFTY": 19650})
    again = rerun(folder)
    assert again.is_same and again.differing == 0 and again.turns > 5
    otherwise = what_if(folder, {"give_back.fraction": "0.9"})
    assert otherwise.recorded.trade("t0").status == "closed"
    assert otherwise.engine.trade("t0").status == "open"
    assert otherwise.difference == Decimal(60 * 150 - 60 * 70)
    for changes in ({}, {"nothing.here": 1}, {"x": 2}):
        with pytest.raises(ConfigError):
            what_if(folder, changes)


def test_the_record_holds_who_and_what(folder: Folder) -> None:
    begun(folder).close()
    lines = highmark(folder, "journal", "export").stdout.splitlines()
    bodies = [json.loads(line)["input"]["body"] for line in lines]
    assert {body["command"]["by"] for body in bodies if "command" in body} == {"python"}
