"""Trades, events and curves as Arrow tables, with prices and money as exact decimals."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import words
from ._highmark import Table
from .events import Event
from .views import ScopeView, TradeView

if TYPE_CHECKING:
    from .engine import Engine

Column = tuple[str, str, list[Any]]


def trades(views: list[TradeView]) -> Table:
    return Table(
        [
            _texts("trade_id", views),
            _texts("strategy", views),
            _texts("symbol", views),
            ("side", "text", [view.side.value for view in views]),
            _texts("status", views),
            *(_numbers(name, "price", views) for name in ("quantity", "open_quantity", "entry_price", "exit_price")),
            *(_numbers(name, "price", views) for name in ("mark", "best", "stop", "target")),
            *(_numbers(name, "money", views) for name in ("realised", "unrealised", "mtm", "charges")),
            ("opened_at", "time", [_nanos(view.opened_at) for view in views]),
            ("closed_at", "time", [_nanos(view.closed_at) for view in views]),
            _texts("exit_reason", views),
        ]
    )


def events(kept: list[Event]) -> Table:
    return Table(
        [
            ("at", "time", [_nanos(event.at) for event in kept]),
            *(_texts(name, kept) for name in ("kind", "strategy", "trade_id", "symbol", "rule")),
            # A breach compares amounts, an exit prices: money holds both.
            *(_numbers(name, "money", kept) for name in ("price", "level", "quantity")),
            _texts("intent", kept),
            _texts("message", kept),
        ]
    )


def curve(points: list[tuple[int, ScopeView]]) -> Table:
    """The mtm of one strategy over time."""
    views = [view for _, view in points]
    return Table(
        [
            ("at", "time", [at for at, _ in points]),
            *(_numbers(name, "money", views) for name in ("mtm", "realised", "unrealised", "peak", "floor", "room")),
            ("open_trades", "whole", [view.open_trades for view in views]),
            ("is_active", "flag", [view.is_active for view in views]),
        ]
    )


class Recorder:
    """Keeps what happens to an engine while it is open: events, and each strategy's mtm after each batch."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._events: list[Event] = []
        self._points: dict[str, list[tuple[int, ScopeView]]] = {}

    def __enter__(self) -> Recorder:
        self._engine._delivery.add((), self._keep)
        self._engine._recorders.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._engine._delivery.remove(self._keep)
        self._engine._recorders.remove(self)

    def _keep(self, event: Event) -> None:
        self._events.append(event)

    def sample(self) -> None:
        """Keeps how all strategies stand now."""
        now = self._engine._core.state()[0]
        for name in self._engine.strategies:
            self._points.setdefault(name, []).append((now, self._engine.strategy(name)))

    def events_table(self) -> Table:
        return events(self._events)

    def curve(self, strategy: str) -> Table:
        """The mtm, peak, floor and room of a strategy after each batch."""
        return curve(self._points.get(strategy, []))

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(self._events)


def _texts(name: str, rows: list[Any]) -> Column:
    return (name, "text", [getattr(row, name) for row in rows])


def _numbers(name: str, kind: str, rows: list[Any]) -> Column:
    values: list[Decimal | None] = [getattr(row, name) for row in rows]
    return (name, kind, [None if value is None else f"{value:f}" for value in values])


def _nanos(at: dt.datetime | None) -> int | None:
    return None if at is None else words.nanoseconds(at)
