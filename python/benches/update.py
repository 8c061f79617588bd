"""What `update_market_prices` costs, beside the same work in plain Python: 10 strategies, 200 trades, 20 prices.

    python python/benches/update.py [ROUNDS]

Three implementations get the same prices in one process, in turns, and are measured by its own time:
- `highmark`: the wheel's, plain call, the same by a caller who has an answer until the next one is there, and
  awaited call, also with an observer;
- `loop`: attributes, floats and one loop over the trades of the prices that came, no observers: about the
  least that plain Python can do;
- `awaited`: as the original is built: for each price each trade is asked, each step awaited, and its two
  managers (alerts, risk) are told of each trade's price and of each strategy by an event of the original's
  fields.
All decide by the same rules, keep what the original keeps of a trade, and return its nine keys; ours returns three
more. Their mtm is compared at the end. The original itself took 3.2 ms for this load when it was studied, on
another machine, so `awaited` is not slower than what it stands for.
"""

from __future__ import annotations

import asyncio
import array
import datetime as dt
import gc
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mtm_trailing_system import MTMEvent, MTMEventType, MTMObserver, StrategyLevelMTMTrailer

STRATEGIES, EACH, SYMBOLS = 10, 20, 20
TURNS = 15
OURS = "highmark, update_prices"
KEPT_OURS = "highmark, each answer kept until the next"
AWAITED_OURS = "highmark, await update_market_prices"
OBSERVED_OURS = "highmark, awaited with an observer"
LOOP = "plain Python, tight loop"
AWAITED = "plain Python, awaits and observers"

#: One loop for all that is awaited: making one costs as much as many calls.
SHARED = asyncio.new_event_loop()

#: Takes a stretch of batches.
Runner = Callable[[list[dict[str, float]]], None]


@dataclass
class Row:
    """A trade in plain Python."""

    symbol: str
    quantity: int
    entry: float
    stop: float
    target: float
    keep: float
    price: float
    best: float
    pnl: float = 0.0
    trailing: float | None = None
    is_open: bool = True


@dataclass
class Group:
    """A strategy in plain Python."""

    name: str
    limit: float
    give_back: float
    trades: list[Row] = field(default_factory=list)
    mtm: float = 0.0
    peak: float = 0.0
    is_active: bool = True


def book() -> list[Group]:
    draw = random.Random(7)
    groups = [Group(f"S{number}", 10.0**8, 1.0) for number in range(STRATEGIES)]
    for group in groups:
        for _ in range(EACH):
            symbol = f"A{draw.randrange(SYMBOLS)}"
            group.trades.append(Row(symbol, draw.randrange(1, 100), 1000.0, 500.0, 1500.0, 0.01, 1000.0, 1000.0))
    return groups


def row(group: Group, old: float, actions: list[str]) -> dict[str, Any]:
    return {
        "old_mtm": old,
        "new_mtm": group.mtm,
        "mtm_change": group.mtm - old,
        "peak_mtm": group.peak,
        "trailing_stop": group.peak * (1 - group.give_back) if group.peak > 0 else None,
        "open_trades": sum(trade.is_open for trade in group.trades),
        "total_trades": len(group.trades),
        "is_active": group.is_active,
        "actions": actions,
    }


class Loop:
    """The tight loop."""

    def __init__(self) -> None:
        self.groups = book()

    def update(self, prices: dict[str, float]) -> dict[str, dict[str, Any]]:
        result = {}
        for group in self.groups:
            old, total = group.mtm, 0.0
            actions: list[str] = []
            for trade in group.trades:
                if trade.is_open:
                    price = prices.get(trade.symbol)
                    if price is not None:
                        trade.price = price
                        if price > trade.best:
                            trade.best = price
                            trade.trailing = trade.entry + (price - trade.entry) * trade.keep
                        if price <= trade.stop or price >= trade.target or (trade.trailing is not None and price <= trade.trailing):
                            trade.is_open = False
                            actions.append(f"{trade.symbol}: closed at {price}")
                        trade.pnl = (price - trade.entry) * trade.quantity
                total += trade.pnl
            group.mtm = total
            if total > group.peak:
                group.peak = total
            if group.is_active and total <= -group.limit:
                group.is_active = False
                for trade in group.trades:
                    trade.is_open = False
                actions.append(f"{group.name}: closed")
            result[group.name] = row(group, old, actions)
        return result


@dataclass
class Told:
    """An event in plain Python."""

    event_type: MTMEventType
    strategy_name: str
    trade_id: str | None
    timestamp: dt.datetime
    data: dict[str, Any]
    message: str


class Manager:
    """As the alert manager and the risk manager: prices are looked at and passed over, all else is kept."""

    def __init__(self) -> None:
        self.kept: list[Told] = []

    async def on_mtm_event(self, event: Told) -> None:
        if event.event_type is MTMEventType.PRICE_UPDATE:
            return
        self.kept.append(event)


class Awaited:
    """Each step awaited, and the observers told of it."""

    def __init__(self, observers: list[Manager]) -> None:
        self.groups = book()
        self.observers = observers

    async def tell(self, strategy: str, trade: str | None, message: str, **data: Any) -> None:
        event = Told(MTMEventType.PRICE_UPDATE, strategy, trade, dt.datetime.now(), data, message)
        for observer in self.observers:
            await observer.on_mtm_event(event)

    async def update_trade(self, group: Group, trade: Row, price: float) -> str | None:
        old, trade.price = trade.pnl, price
        trade.pnl = (price - trade.entry) * trade.quantity
        action = None
        if price > trade.best:
            trade.best = price
            trade.trailing = trade.entry + (price - trade.entry) * trade.keep
        if price <= trade.stop or price >= trade.target or (trade.trailing is not None and price <= trade.trailing):
            trade.is_open = False
            action = f"{trade.symbol}: closed at {price}"
        data = {"symbol": trade.symbol, "old_pnl": old, "new_pnl": trade.pnl, "trailing_stop": trade.trailing}
        await self.tell(group.name, trade.symbol, f"{trade.symbol} at {price}", **data)
        return action

    async def update_group(self, group: Group, prices: dict[str, float]) -> dict[str, Any]:
        old = group.mtm
        actions: list[str] = []
        for symbol, price in prices.items():
            for trade in group.trades:
                if trade.is_open and trade.symbol == symbol:
                    action = await self.update_trade(group, trade, price)
                    if action is not None:
                        actions.append(action)
        group.mtm = sum(trade.pnl for trade in group.trades)
        group.peak = max(group.peak, group.mtm)
        await self.tell(group.name, None, f"{group.name} at {group.mtm}", old_mtm=old, new_mtm=group.mtm, peak_mtm=group.peak)
        return row(group, old, actions)

    async def update(self, prices: dict[str, float]) -> dict[str, dict[str, Any]]:
        return {group.name: await self.update_group(group, prices) for group in self.groups}


class Counter(MTMObserver):
    """An observer that does as good as nothing."""

    def __init__(self) -> None:
        self.heard = 0

    async def on_mtm_event(self, event: MTMEvent) -> None:
        self.heard += 1


def ours(stop_moves: bool = False) -> StrategyLevelMTMTrailer:
    tracker = StrategyLevelMTMTrailer(trade_trailing=None, stop_moves=stop_moves)
    from highmark import Trail

    for group in book():
        tracker.create_strategy(group.name, -group.limit, group.give_back)
        for trade in group.trades:
            keep = Trail.keep(trade.keep)
            tracker.add_trade(
                group.name, trade.symbol, trade.quantity, trade.entry, "BUY", trade.stop, trade.target, trail=keep
            )
    return tracker


def market(rounds: int) -> list[dict[str, float]]:
    """Prices of paisas that walk above their entries, so that nothing closes."""
    draw = random.Random(11)
    prices = {f"A{number}": 100_000 + 1_000 * number + 5_000 for number in range(SYMBOLS)}
    batches = []
    for _ in range(rounds):
        for symbol in prices:
            prices[symbol] = max(prices[symbol] + draw.randrange(-5, 6) * 5, 104_000)
        batches.append({symbol: paisas / 100 for symbol, paisas in prices.items()})
    return batches


def plain(call: Callable[[dict[str, float]], Any]) -> Runner:
    def run(part: list[dict[str, float]]) -> None:
        for batch in part:
            call(batch)

    return run


def keeping(call: Callable[[dict[str, float]], Any]) -> Runner:
    def run(part: list[dict[str, float]]) -> None:
        for batch in part:
            answer = call(batch)
        del answer

    return run


def awaiting(call: Callable[[dict[str, float]], Any]) -> Runner:
    async def all_of(part: list[dict[str, float]]) -> None:
        for batch in part:
            await call(batch)

    return lambda part: SHARED.run_until_complete(all_of(part))


def timed(runners: dict[str, Runner], batches: list[dict[str, float]]) -> dict[str, float]:
    """Microseconds of a call, in this process's own time: each has a stretch in turn, and its median counts, so
    that what else the machine does meets all alike."""
    stretch = max(1, len(batches) // TURNS)
    times: dict[str, list[float]] = {name: [] for name in runners}
    for start in range(0, stretch * TURNS, stretch):
        part = batches[start : start + stretch]
        for name, run in runners.items():
            gc.collect()
            began = time.process_time()
            run(part)
            times[name].append((time.process_time() - began) / len(part) * 1e6)
    return {name: statistics.median(found) for name, found in times.items()}


def main(rounds: int) -> None:
    batches = market(rounds)
    tracker, told, moves = ours(), ours(), ours(stop_moves=True)
    told.subscribe(Counter())
    core = ours().engine._core
    loop, awaited = Loop(), Awaited([Manager(), Manager()])
    costs = timed(
        {
            OURS: plain(tracker.update_prices),
            KEPT_OURS: keeping(ours().update_prices),
            "  of which prices in and decisions": plain(lambda batch: core.prices(batch, time.time_ns())),
            AWAITED_OURS: awaiting(ours().update_market_prices),
            OBSERVED_OURS: awaiting(told.update_market_prices),
            "highmark, telling of stops that move": plain(moves.update_prices),
            LOOP: plain(loop.update),
            AWAITED: awaiting(awaited.update),
        },
        batches,
    )
    first = tracker.get_all_strategies_summary()
    for group, other in zip(loop.groups, awaited.groups):
        assert abs(first["strategies"][group.name]["total_mtm"] - group.mtm) < 1e-6
        assert group.mtm == other.mtm
    print(f"{STRATEGIES * EACH} trades in {STRATEGIES} strategies, {SYMBOLS} prices a call, {rounds} calls, Python {sys.version.split()[0]}")
    for name, cost in costs.items():
        print(f"  {name:<42}{cost:>10.1f} us a call")
    print(f"  {'against the tight loop':<42}{costs[LOOP] / costs[OURS]:>10.1f} x")
    print(f"  {'the same, when answers are kept':<42}{costs[LOOP] / costs[KEPT_OURS]:>10.1f} x")
    print(f"  {'against awaits and observers':<42}{costs[AWAITED] / costs[AWAITED_OURS]:>10.1f} x")
    print(f"  {'the same, when ours has an observer too':<42}{costs[AWAITED] / costs[OBSERVED_OURS]:>10.1f} x")
    arrays(tracker)
    SHARED.close()


def arrays(tracker: StrategyLevelMTMTrailer) -> None:
    """The cost of a price when many come at once."""
    ids = array.array("i", [tracker.symbol_id(f"A{number}") for number in range(SYMBOLS)] * 500)
    draw = random.Random(13)
    prices = [array.array("d", [draw.randrange(104_000, 106_000) / 100 for _ in ids]) for _ in range(5)]
    times = []
    for batch in prices:
        began = time.process_time()
        tracker.update_price_array(ids, batch)
        times.append((time.process_time() - began) / len(ids) * 1e9)
    print(f"  arrays of {len(ids)} prices                    {statistics.median(times):>10.0f} ns a price")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
