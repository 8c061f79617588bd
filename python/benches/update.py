"""What `update_market_prices` costs, beside the same work in plain Python: 10 strategies, 200 trades, 20 prices.

    python python/benches/update.py [ROUNDS]

Three implementations get the same prices in one process, in turns:
- `highmark`: the wheel's, plain call and awaited call with an observer;
- `loop`: attributes, floats and one loop over the trades of the prices that came, no observers: about the
  least that plain Python can do;
- `awaited`: as the original is built: for each price each trade is asked, each step awaited, and an observer
  is told of each price and each trade.
All decide by the same rules. Their mtm is compared at the end.
"""

from __future__ import annotations

import asyncio
import array
import gc
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mtm_trailing_system import MTMEvent, MTMObserver, StrategyLevelMTMTrailer

STRATEGIES, EACH, SYMBOLS = 10, 20, 20


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


class Awaited:
    """Each step awaited, and an observer told of it."""

    def __init__(self, observers: list[MTMObserver]) -> None:
        self.groups = book()
        self.observers = observers

    async def tell(self, kind: str, **data: Any) -> None:
        event = {"type": kind, "at": time.time(), "data": data}
        for observer in self.observers:
            await observer.on_mtm_event(event)  # type: ignore[arg-type]

    async def update_trade(self, trade: Row, price: float) -> str | None:
        old, trade.price = trade.pnl, price
        trade.pnl = (price - trade.entry) * trade.quantity
        action = None
        if price > trade.best:
            trade.best = price
            trade.trailing = trade.entry + (price - trade.entry) * trade.keep
        if price <= trade.stop or price >= trade.target or (trade.trailing is not None and price <= trade.trailing):
            trade.is_open = False
            action = f"{trade.symbol}: closed at {price}"
        await self.tell("trade_update", symbol=trade.symbol, old=old, new=trade.pnl, stop=trade.trailing)
        return action

    async def update_group(self, group: Group, prices: dict[str, float]) -> dict[str, Any]:
        old = group.mtm
        actions: list[str] = []
        for symbol, price in prices.items():
            for trade in group.trades:
                if trade.is_open and trade.symbol == symbol:
                    action = await self.update_trade(trade, price)
                    if action is not None:
                        actions.append(action)
        group.mtm = sum(trade.pnl for trade in group.trades)
        group.peak = max(group.peak, group.mtm)
        await self.tell("price_update", strategy=group.name, old=old, new=group.mtm, peak=group.peak)
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


def timed(call: Callable[[dict[str, float]], Any], batches: list[dict[str, float]]) -> float:
    """Microseconds of a call: the median of five stretches."""
    stretch = max(1, len(batches) // 5)
    gc.collect()
    times = []
    for start in range(0, stretch * 5, stretch):
        part = batches[start : start + stretch]
        began = time.perf_counter()
        for batch in part:
            call(batch)
        times.append((time.perf_counter() - began) / len(part) * 1e6)
    return statistics.median(times)


async def timed_async(call: Callable[[dict[str, float]], Any], batches: list[dict[str, float]]) -> float:
    stretch = max(1, len(batches) // 5)
    gc.collect()
    times = []
    for start in range(0, stretch * 5, stretch):
        part = batches[start : start + stretch]
        began = time.perf_counter()
        for batch in part:
            await call(batch)
        times.append((time.perf_counter() - began) / len(part) * 1e6)
    return statistics.median(times)


def main(rounds: int) -> None:
    batches = market(rounds)
    tracker, told, moves = ours(), ours(), ours(stop_moves=True)
    counter = Counter()
    told.subscribe(counter)
    loop, awaited = Loop(), Awaited([Counter(), Counter()])
    costs = {
        "highmark, update_prices": timed(tracker.update_prices, batches),
        "highmark, telling of stops that move": timed(moves.update_prices, batches),
        "highmark, await update_market_prices": asyncio.run(timed_async(ours().update_market_prices, batches)),
        "highmark, awaited with an observer": asyncio.run(timed_async(told.update_market_prices, batches)),
        "plain Python, tight loop": timed(loop.update, batches),
        "plain Python, awaits and observers": asyncio.run(timed_async(awaited.update, batches)),
    }
    first = tracker.get_all_strategies_summary()
    for group, other in zip(loop.groups, awaited.groups):
        assert abs(first["strategies"][group.name]["total_mtm"] - group.mtm) < 1e-6
        assert group.mtm == other.mtm
    print(f"{STRATEGIES * EACH} trades in {STRATEGIES} strategies, {SYMBOLS} prices a call, {rounds} calls, Python {sys.version.split()[0]}")
    for name, cost in costs.items():
        print(f"  {name:<40}{cost:>10.1f} us a call")
    fast = costs["highmark, update_prices"]
    awaited_fast = costs["highmark, await update_market_prices"]
    print(f"  against the tight loop                  {costs['plain Python, tight loop'] / fast:>10.1f} x")
    print(f"  against awaits and observers            {costs['plain Python, awaits and observers'] / awaited_fast:>10.1f} x")
    arrays(tracker)


def arrays(tracker: StrategyLevelMTMTrailer) -> None:
    """The cost of a price when many come at once."""
    ids = array.array("i", [tracker.symbol_id(f"A{number}") for number in range(SYMBOLS)] * 500)
    draw = random.Random(13)
    prices = [array.array("d", [draw.randrange(104_000, 106_000) / 100 for _ in ids]) for _ in range(5)]
    times = []
    for batch in prices:
        began = time.perf_counter()
        tracker.update_price_array(ids, batch)
        times.append((time.perf_counter() - began) / len(ids) * 1e9)
    print(f"  arrays of {len(ids)} prices                  {statistics.median(times):>10.0f} ns a price")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
