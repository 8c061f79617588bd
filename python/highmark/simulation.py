"""One trade along a path of prices, in one call: for notebooks, and for trying what a rule would have done."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from . import errors, tables, words
from ._highmark import Table
from .engine import Engine
from .events import Event
from .rules import Rule
from .views import ScopeView, TradeView, table
from .words import Number, rupees

#: The step between prices that come without a time.
STEP = 1_000_000_000
_START = 1_767_239_100 * 1_000_000_000
_NAME = "simulated"


@dataclass(frozen=True)
class Simulation:
    """What came of it: the trade as it ended, its events, and its curve, price by price."""

    trade: TradeView
    events: tuple[Event, ...]
    points: tuple[tuple[int, ScopeView], ...] = field(repr=False)

    @property
    def mtm(self) -> Decimal:
        return self.trade.mtm

    @property
    def exit_reason(self) -> str | None:
        return self.trade.exit_reason

    def curve(self) -> Table:
        """Mtm, peak, floor and room after each price, as an Arrow table."""
        return tables.curve(list(self.points))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.curve().__arrow_c_stream__(requested_schema)

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{event.message}</li>" for event in self.events)
        return f"{table([self.trade])}<ul>{lines}</ul>"


def simulate(
    path: Iterable[Any],
    trail: Rule | Iterable[Rule] = (),
    *,
    side: object = "BUY",
    quantity: Number = 1,
    entry_price: Number | None = None,
    limits: Iterable[Rule] = (),
    symbol: str = "SIMULATED",
    capital: Number = 0,
) -> Simulation:
    """Plays a path through a new engine. The path holds prices, or pairs of a time and a price, or is a
    pandas Series with times as its index; the entry is its first price, unless one is given."""
    ticks = _ticks(path)
    now = ticks[0][0]
    engine = Engine(clock=lambda: now)
    engine.create_strategy(_NAME, [rule.but(window="life") for rule in limits], capital=capital)
    rules = [trail] if isinstance(trail, Rule) else list(trail)
    entry = ticks[0][1] if entry_price is None else entry_price
    engine.add_trade(_NAME, symbol, side, quantity, entry, rules, name=_NAME)
    happened: list[Event] = []
    points = []
    for at, price in ticks:
        now = at
        happened += engine.update_prices({symbol: price}).events
        points.append((at, engine.strategy(_NAME)))
    return Simulation(engine.trade("t0"), tuple(happened), tuple(points))


@dataclass(frozen=True)
class Trial:
    """One row of a sweep: what was tried, and what came of it."""

    given: dict[str, Any]
    simulation: Simulation

    @property
    def mtm(self) -> Decimal:
        return self.simulation.mtm

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value}" for name, value in self.given.items())
        return f"<Trial {said}: {rupees(self.mtm)}, {self.simulation.exit_reason or 'open'}>"


def sweep(path: Iterable[Any], build: Callable[..., Mapping[str, Any]], **choices: Iterable[Any]) -> list[Trial]:
    """`simulate` with each combination of the choices, best mtm first: `build` gets one of each and returns
    what `simulate` takes, as `sweep(path, lambda share: {"trail": Trail.keep(share)}, share=[0.3, 0.5])`."""
    if not choices:
        raise errors.ConfigError("there is nothing to choose from", "give lists of values: share=[0.3, 0.5]")
    kept = _ticks(path)
    found = []
    for values in itertools.product(*choices.values()):
        given = dict(zip(choices, values))
        found.append(Trial(given, simulate(kept, **build(**given))))
    return sorted(found, key=lambda trial: -trial.mtm)


def _ticks(path: Iterable[Any]) -> list[tuple[int, Any]]:
    """Times and prices; a price without a time comes a second after the one before."""
    given: Any = path
    is_indexed = callable(getattr(given, "items", None))
    rows: list[Any] = list(given.items() if is_indexed else given)
    if not rows:
        raise errors.ConfigError("the path is empty", "give prices, or pairs of a time and a price")
    ticks = []
    for number, row in enumerate(rows):
        pair = row if isinstance(row, tuple) and len(row) == 2 else None
        if pair is None or not isinstance(pair[0], (dt.datetime, int)) or is_indexed and not _is_time(pair[0]):
            ticks.append((_START + number * STEP, row if pair is None else pair[1]))
        else:
            ticks.append((words.nanoseconds(pair[0]), pair[1]))
    return ticks


def _is_time(key: Any) -> bool:
    """Of an index: times, and not the numbers of rows."""
    return isinstance(key, dt.datetime)
