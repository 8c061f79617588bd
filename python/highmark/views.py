"""What may be looked at: plain data with exact numbers, that can be pickled and shows itself in a notebook."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from html import escape
from typing import Any

from .words import Side, exact, grouped, rupees, when


@dataclass(frozen=True)
class TradeView:
    """One round trip, as it stands. Money is gross."""

    trade_id: str
    name: str
    strategy: str
    symbol: str
    side: Side
    status: str
    quantity: Decimal
    open_quantity: Decimal
    entry_price: Decimal | None
    exit_price: Decimal | None
    mark: Decimal | None
    best: Decimal | None
    stop: Decimal | None
    target: Decimal | None
    realised: Decimal
    unrealised: Decimal | None
    mtm: Decimal
    charges: Decimal
    opened_at: dt.datetime | None
    closed_at: dt.datetime | None
    exit_reason: str | None
    data: dict[str, Any] = field(repr=False, compare=False)

    def _repr_html_(self) -> str:
        return table([self])


@dataclass(frozen=True)
class ScopeView:
    """A strategy, an account or everything, as it stands."""

    name: str
    mtm: Decimal
    realised: Decimal
    unrealised: Decimal
    peak: Decimal
    floor: Decimal | None
    room: Decimal | None
    open_trades: int
    total_trades: int
    is_active: bool
    is_uncertain: bool
    closed_to_entries: Any
    data: dict[str, Any] = field(repr=False, compare=False)

    def _repr_html_(self) -> str:
        return table([self])


@dataclass(frozen=True)
class RuleView:
    """A rule and where it stands."""

    rule_id: int
    name: str
    scope: Any
    level: Decimal | None
    floor: Decimal | None
    value: Decimal | None
    peak: Decimal | None
    room: Decimal | None
    room_points: Decimal | None
    waits_for: Any
    has_fired: bool
    data: dict[str, Any] = field(repr=False, compare=False)

    def _repr_html_(self) -> str:
        return table([self])


@dataclass(frozen=True)
class Intent:
    """An exit that was decided and is not wholly filled: send it, then confirm or reject it."""

    id: str
    trade_id: str
    strategy: str
    symbol: str
    side: Side
    quantity: Decimal
    reason: str
    is_unknown: bool = False


def trade_view(data: dict[str, Any], strategy: str, symbol: str, reason: str | None) -> TradeView:
    return TradeView(
        trade_id=f"t{data['id']}",
        name=data["name"],
        strategy=strategy,
        symbol=symbol,
        side=Side(data["side"]),
        status=data["status"],
        quantity=Decimal(data["quantity"]),
        open_quantity=Decimal(data["open"]),
        entry_price=exact(data["entry"]),
        exit_price=exact(data["exit"]),
        mark=exact(data["mark"]),
        best=exact(data["best"]),
        stop=exact(data["stop"]),
        target=exact(data["target"]),
        realised=Decimal(data["realised"]),
        unrealised=exact(data["unrealised"]),
        mtm=Decimal(data["mtm"]),
        charges=Decimal(data["charges"]),
        opened_at=when(data["opened_at"]),
        closed_at=when(data["closed_at"]),
        exit_reason=reason,
        data=data,
    )


def scope_view(data: dict[str, Any], name: str) -> ScopeView:
    return ScopeView(
        name=name,
        mtm=Decimal(data["mtm"]),
        realised=Decimal(data["realised"]),
        unrealised=Decimal(data["unrealised"]),
        peak=Decimal(data["peak"]),
        floor=exact(data["floor"]),
        room=exact(data["room"]),
        open_trades=data["open_trades"],
        total_trades=data["total_trades"],
        is_active=data["is_active"],
        is_uncertain=data["uncertain"],
        closed_to_entries=data["closed_to_entries"],
        data=data,
    )


def rule_view(data: dict[str, Any], name: str) -> RuleView:
    return RuleView(
        rule_id=data["rule"]["rule"],
        name=name,
        scope=data["rule"]["scope"],
        level=exact(data["level"]),
        floor=exact(data["floor"]),
        value=exact(data["value"]),
        peak=exact(data["peak"]),
        room=exact(data["room"]),
        room_points=exact(data["room_points"]),
        waits_for=data["waits_for"],
        has_fired=data["fired"] is not None,
        data=data,
    )


_MONEY = {"realised", "unrealised", "mtm", "charges", "peak", "floor", "room", "value"}


def table(rows: list[Any]) -> str:
    """Rows of one kind as a table for a notebook, grouped as in India, times in IST."""
    if not rows:
        return "<p>nothing</p>"
    names = [name for name in rows[0].__dataclass_fields__ if name != "data"]
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in names)
    lines = []
    for row in rows:
        cells = "".join(f"<td>{escape(shown(name, getattr(row, name)))}</td>" for name in names)
        lines.append(f"<tr>{cells}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def shown(name: str, value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, Side):
        return value.value
    if isinstance(value, Decimal):
        return rupees(value) if name in _MONEY else grouped(value, max(2, -int(value.as_tuple().exponent)))
    if isinstance(value, dt.datetime):
        return value.strftime("%d %b %Y %H:%M:%S IST")
    return str(value)
