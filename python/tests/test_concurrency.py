"""Threads, tasks, and handlers that do what handlers do: each has a sane answer."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from conftest import counting_clock

from highmark import Engine, Event, ForkedError, Limit, Trail
from mtm_trailing_system import MTMAlertManager, MTMEvent, MTMEventType, MTMObserver, MTMRiskManager, StrategyLevelMTMTrailer


def book(tracker: StrategyLevelMTMTrailer) -> StrategyLevelMTMTrailer:
    tracker.create_strategy("S", -5000.0, 0.3)
    tracker.add_trade("S", "A", 100, 1000.0, "BUY", stop_loss=990.0)
    return tracker


class Listener(MTMObserver):
    def __init__(self) -> None:
        self.heard: list[MTMEvent] = []

    async def on_mtm_event(self, event: MTMEvent) -> None:
        await asyncio.sleep(0)
        self.heard.append(event)


def test_many_threads_mark_one_engine() -> None:
    engine = Engine()
    engine.create_strategy("S", [Limit.max_loss(10**9)])
    for number in range(8):
        engine.add_trade("S", f"A{number}", "BUY", 10, 100, [Trail.stop_loss(50)])

    def work(number: int) -> None:
        for step in range(500):
            engine.update_prices({f"A{number}": 100 + step / 10})
            if step % 100 == 0:
                engine.trades("S")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert engine.strategy("S").mtm == 8 * 10 * Decimal("49.9")
    assert engine.bad_ticks() == {}


def test_large_batches_leave_python_to_other_threads() -> None:
    """While one thread is in the engine with a large batch, another runs Python and waits for its turn."""
    numpy = pytest.importorskip("numpy")
    engine = Engine()
    engine.create_strategy("S")
    ids = numpy.array([engine.symbol_id(f"S{number}") for number in range(500)], dtype=numpy.int32)
    for number in range(500):
        engine.add_trade("S", f"S{number}", "BUY", 1, 100)
    prices = numpy.full(50_000, 100.5)
    many = numpy.resize(ids, 50_000)
    done = threading.Event()
    turns = 0

    def work() -> None:
        for _ in range(5):
            engine.update_price_array(many, prices)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.is_set():
        turns += 1
        if turns % 1000 == 0:
            engine.mark("S0")
    thread.join()
    assert turns > 0
    assert engine.mark("S499") == Decimal("100.5")


def test_observers_hear_in_order_and_the_alert_and_risk_managers_keep() -> None:
    tracker = book(StrategyLevelMTMTrailer(stop_moves=True, clock=counting_clock()))
    listener, alerts, risk = Listener(), MTMAlertManager(), MTMRiskManager()
    for observer in (listener, alerts, risk):
        tracker.subscribe(observer)
    asyncio.run(tracker.update_market_prices({"A": 1005.0}))
    asyncio.run(tracker.update_market_prices({"A": 990.0}))
    kinds = [event.event_type for event in listener.heard]
    assert kinds[:2] == [MTMEventType.PRICE_UPDATE, MTMEventType.PRICE_UPDATE]
    assert MTMEventType.TRAILING_TRIGGERED in kinds
    assert alerts.alert_history and risk.risk_actions
    assert {"timestamp", "type", "strategy", "message"} <= set(alerts.alert_history[0])
    tracker.unsubscribe(listener)
    before = len(listener.heard)
    tracker.update_prices({"A": 991.0})
    assert len(listener.heard) == before


@pytest.mark.parametrize(
    ("prices", "kind"),
    [
        ([990.0], MTMEventType.STOP_LOSS_HIT),
        ([1060.0], MTMEventType.TARGET_ACHIEVED),
        ([1050.0, 1014.0], MTMEventType.TRAILING_TRIGGERED),
    ],
)
def test_each_exit_is_told_as_what_it_is(prices: list[float], kind: MTMEventType) -> None:
    tracker = StrategyLevelMTMTrailer(clock=counting_clock())
    tracker.create_strategy("S", -50_000.0, None)
    tracker.add_trade("S", "A", 100, 1000.0, "BUY", stop_loss=990.0, target=1060.0, trail=Trail.keep("0.3"))
    listener = Listener()
    tracker.subscribe(listener)
    for price in prices:
        tracker.update_prices({"A": price})
    assert [event.event_type for event in listener.heard if event.trade_id] == [kind]


def test_a_strategy_limit_is_told_as_one() -> None:
    tracker = StrategyLevelMTMTrailer(clock=counting_clock())
    tracker.create_strategy("S", -500.0, 0.3)
    tracker.add_trade("S", "A", 100, 1000.0, "BUY")
    listener = Listener()
    tracker.subscribe(listener)
    tracker.update_prices({"A": 995.0})
    told = [event for event in listener.heard if event.event_type is MTMEventType.STRATEGY_LIMIT_BREACHED]
    assert [(event.strategy_name, event.trade_id, event.price, event.level) for event in told] == [("S", None, -500.0, -500.0)]


def test_gather_create_task_and_wait_for() -> None:
    async def play() -> Any:
        tracker = book(StrategyLevelMTMTrailer(stop_moves=True))
        listener = Listener()
        tracker.subscribe(listener)
        batches = [tracker.update_market_prices({"A": 1000.0 + number}) for number in range(20)]
        rows = await asyncio.gather(*batches)
        task = asyncio.create_task(tracker.update_market_prices({"A": 1020.0}))
        last = await asyncio.wait_for(task, timeout=10)
        return rows, last, listener.heard

    rows, last, heard = asyncio.run(play())
    assert sum(row["S"]["mtm_change"] for row in rows) + last["S"]["mtm_change"] == 2000.0
    assert sum(event.event_type is MTMEventType.PRICE_UPDATE for event in heard) == 21


def test_a_cancelled_update_has_marked_all_the_same() -> None:
    class Stuck(MTMObserver):
        async def on_mtm_event(self, event: MTMEvent) -> None:
            await asyncio.Event().wait()

    async def play() -> StrategyLevelMTMTrailer:
        tracker = book(StrategyLevelMTMTrailer(stop_moves=True))
        tracker.subscribe(Stuck())
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(tracker.update_market_prices({"A": 1010.0}), timeout=0.01)
        return tracker

    tracker = asyncio.run(play())
    assert tracker.get_strategy_summary("S")["total_mtm"] == 1000.0


def test_a_handler_that_raises_does_not_reach_the_caller(caplog: pytest.LogCaptureFixture) -> None:
    tracker = book(StrategyLevelMTMTrailer(stop_moves=True))
    heard: list[Event] = []

    @tracker.on("stop_moved")
    def broken(event: Event) -> None:
        raise RuntimeError("my own bug")

    @tracker.on("stop_moved")
    async def broken_too(event: Event) -> None:
        raise RuntimeError("my other bug")

    tracker.on("stop_moved")(heard.append)
    with caplog.at_level(logging.ERROR, "highmark"):
        asyncio.run(tracker.update_market_prices({"A": 1005.0}))
        tracker.update_prices({"A": 1006.0})
    assert len(heard) == 2
    assert len(tracker.engine.handler_failures) == 4
    assert "my own bug" in caplog.text


def test_a_handler_that_calls_back_in() -> None:
    tracker = book(StrategyLevelMTMTrailer(stop_moves=True))
    order: list[str] = []

    @tracker.on("exit")
    def again(event: Event) -> None:
        order.append("exit")
        tracker.create_strategy("Next", -100.0, 0.5)
        tracker.add_trade("Next", "A", 1, 990.0, "BUY")
        tracker.update_prices({"A": 991.0})
        order.append("called back")

    @tracker.on("strategy_created", "trade_added", "exit")
    def after(event: Event) -> None:
        order.append(event.kind)

    tracker.update_prices({"A": 990.0})
    # What a handler causes is told after the event that it hears of, never in the middle.
    assert order == ["exit", "called back", "exit_decided", "strategy_created", "trade_added"]


def test_an_observer_that_awaits_an_update_of_its_own() -> None:
    tracker = book(StrategyLevelMTMTrailer(stop_moves=True))

    class Nested(MTMObserver):
        depth = 0

        async def on_mtm_event(self, event: MTMEvent) -> None:
            if event.event_type is MTMEventType.PRICE_UPDATE and self.depth < 5:
                self.depth += 1
                await tracker.update_market_prices({"A": 1000.0 + self.depth})

    nested = Nested()
    tracker.subscribe(nested)
    asyncio.run(asyncio.wait_for(tracker.update_market_prices({"A": 1000.5}), timeout=10))
    assert nested.depth == 5
    assert tracker.get_strategy_summary("S")["total_mtm"] == 500.0


def test_a_handler_that_blocks_holds_nobody_else_up() -> None:
    tracker = book(StrategyLevelMTMTrailer(stop_moves=True))
    entered, leave = threading.Event(), threading.Event()

    @tracker.on("stop_moved")
    def slow(event: Event) -> None:
        if not entered.is_set():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=tracker.update_prices, args=({"A": 1005.0},))
    thread.start()
    assert entered.wait(10)
    assert tracker.update_prices({"A": 1004.0})["S"]["new_mtm"] == 400.0
    leave.set()
    thread.join()


def test_a_sync_update_inside_a_running_loop_runs_async_observers_as_tasks() -> None:
    async def play() -> int:
        tracker = book(StrategyLevelMTMTrailer(stop_moves=True))
        listener = Listener()
        tracker.subscribe(listener)
        tracker.update_prices({"A": 1005.0})
        while len(listener.heard) < 1:
            await asyncio.sleep(0)
        return len(listener.heard)

    assert asyncio.run(asyncio.wait_for(play(), 10)) == 1


def test_the_stream_hears_from_any_thread() -> None:
    async def play() -> list[str]:
        tracker = book(StrategyLevelMTMTrailer(stop_moves=True))
        heard = []
        async with tracker.engine.events() as stream:
            thread = threading.Thread(target=tracker.update_prices, args=({"A": 989.0},))
            thread.start()
            async for event in stream:
                heard.append(event.kind)
                if event.kind == "filled":
                    break
            thread.join()
        async for event in stream:
            heard.append("late")
        return heard

    heard = asyncio.run(asyncio.wait_for(play(), 10))
    assert heard == ["exit_decided", "filled"]


def in_the_child(engine: Engine, pipe: Any) -> None:
    try:
        engine.update_prices({"A": 5})
    except ForkedError as refusal:
        pipe.send(str(refusal))
    else:
        pipe.send("taken")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_is_refused() -> None:
    engine = Engine()
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=in_the_child, args=(engine, theirs))
    child.start()
    assert ours.poll(20), "the child said nothing"
    assert "spawn" in ours.recv()
    child.join()
    engine.update_prices({"A": 6})
    assert engine.mark("A") == 6


def test_the_interpreter_ends_well_with_everything_open() -> None:
    code = """
import asyncio, threading
from mtm_trailing_system import *
tracker = StrategyLevelMTMTrailer()
tracker.create_strategy("S")
trade = tracker.add_trade("S", "A", 1, 100.0, "BUY")
class Late:
    def __del__(self):
        tracker.update_prices({"A": 101.0})
late = Late()
@tracker.on("any")
async def handler(event): pass
async def main():
    stream = tracker.events()
    tracker.update_prices({"A": 102.0})
asyncio.run(main())
threading.Thread(target=lambda: [tracker.update_prices({"A": 100.0 + n}) for n in range(1000)], daemon=True).start()
print("end")
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told.stderr
    assert told.stdout == "end\n"


def test_garbage_is_collected() -> None:
    import gc
    import weakref

    tracker = book(StrategyLevelMTMTrailer(stop_moves=True))
    tracker.subscribe(Listener())
    watched = weakref.ref(tracker.engine)
    del tracker
    gc.collect()
    assert watched() is None
