"""Trades, strategies, events and observers, as the original names them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from .. import words
from ..events import LOSSES, TRAILS, Event
from ..events import rule_of as _rule_of
from ..views import TradeView, table

if TYPE_CHECKING:
    from .trailer import StrategyLevelMTMTrailer

#: A float, or a `Decimal` for those who asked for exact numbers.
Figure = Any


class TradeStatus(str, Enum):
    """The original's four. Exiting and degraded trades are open, a rejected one is cancelled; the exact
    state stands beside it as `exact_status`."""

    OPEN = "open"
    CLOSED = "closed"
    PENDING = "pending"
    CANCELLED = "cancelled"


STATUS = {
    "pending": TradeStatus.PENDING,
    "open": TradeStatus.OPEN,
    "exiting": TradeStatus.OPEN,
    "degraded": TradeStatus.OPEN,
    "closed": TradeStatus.CLOSED,
    "cancelled": TradeStatus.CANCELLED,
    "rejected": TradeStatus.CANCELLED,
}


class MTMEventType(str, Enum):
    PRICE_UPDATE = "price_update"
    TRAILING_TRIGGERED = "trailing_triggered"
    STOP_LOSS_HIT = "stop_loss_hit"
    TARGET_ACHIEVED = "target_achieved"
    STRATEGY_LIMIT_BREACHED = "strategy_limit_breached"


@dataclass(frozen=True)
class MTMEvent:
    """What observers are told."""

    event_type: MTMEventType
    strategy_name: str
    trade_id: str | None = None
    symbol: str | None = None
    price: Figure | None = None
    level: Figure | None = None
    message: str = ""
    timestamp: dt.datetime | None = None
    data: dict[str, Any] = field(default_factory=dict)


class MTMObserver:
    """Somebody who is told. Derive from it and write `on_mtm_event`."""

    async def on_mtm_event(self, event: MTMEvent) -> None:
        raise NotImplementedError(f"{type(self).__name__} has no on_mtm_event")


_SEVERITY = {
    MTMEventType.TRAILING_TRIGGERED: "warning",
    MTMEventType.STOP_LOSS_HIT: "warning",
    MTMEventType.TARGET_ACHIEVED: "info",
    MTMEventType.STRATEGY_LIMIT_BREACHED: "critical",
}


class MTMAlertManager(MTMObserver):
    """Keeps an alert of everything but plain price updates."""

    def __init__(self) -> None:
        self.alert_history: list[dict[str, Any]] = []

    async def on_mtm_event(self, event: MTMEvent) -> None:
        if event.event_type is MTMEventType.PRICE_UPDATE:
            return
        self.alert_history.append(
            {
                "timestamp": event.timestamp,
                "type": event.event_type.value,
                "severity": _SEVERITY[event.event_type],
                "strategy": event.strategy_name,
                "trade_id": event.trade_id,
                "message": event.message,
            }
        )


class MTMRiskManager(MTMObserver):
    """Keeps what was done about risk: what was closed, by which limit, and what a person should look at."""

    def __init__(self) -> None:
        self.risk_actions: list[dict[str, Any]] = []

    async def on_mtm_event(self, event: MTMEvent) -> None:
        if event.event_type is MTMEventType.PRICE_UPDATE:
            return
        whole = event.trade_id is None
        self.risk_actions.append(
            {
                "timestamp": event.timestamp,
                "action": "close_strategy" if whole else "close_trade",
                "reason": event.event_type.value,
                "strategy": event.strategy_name,
                "trade_id": event.trade_id,
                "needs_a_person": event.event_type is MTMEventType.STRATEGY_LIMIT_BREACHED,
                "message": event.message,
            }
        )


class Trade:
    """One trade. Of a trailer's trade every attribute is as it stands when it is read; pickling or copying
    one keeps what it was then."""

    def __init__(
        self,
        trade_id: str,
        symbol: str,
        quantity: words.Number,
        entry_price: words.Number,
        trade_type: object,
        stop_loss: words.Number | None = None,
        target: words.Number | None = None,
    ) -> None:
        self._source: StrategyLevelMTMTrailer | None = None
        self._view: TradeView | None = None
        self._exact = False
        #: The caller's own id, or the engine's.
        self.trade_id = str(trade_id)
        self._engine_id = ""
        self.symbol = symbol
        self.trade_type = words.side(trade_type).name
        self._quantity = Decimal(words.quantity(quantity))
        self._entry = Decimal(words.price(entry_price, "entry_price"))
        self._stop_loss = None if stop_loss is None else Decimal(words.price(stop_loss, "stop_loss"))
        self._target = None if target is None else Decimal(words.price(target, "target"))

    @classmethod
    def _of(cls, source: StrategyLevelMTMTrailer, view: TradeView, stop: Any, target: Any) -> Trade:
        own_id = view.name or view.trade_id
        trade = cls(own_id, view.symbol, view.quantity, view.entry_price or 1, view.side, stop, target)
        trade._belongs(source, view.trade_id)
        return trade

    def _belongs(self, source: StrategyLevelMTMTrailer, engine_id: str) -> None:
        self._source, self._exact, self._engine_id = source, source.exact, engine_id

    @property
    def view(self) -> TradeView | None:
        """The exact view of the engine; None for a trade that no trailer has."""
        return self._view if self._source is None else self._source.engine.trade(self._engine_id)

    def _figure(self, value: Decimal | None) -> Figure | None:
        return None if value is None else value if self._exact else float(value)

    @property
    def quantity(self) -> Figure:
        return int(self._quantity) if self._quantity == int(self._quantity) else self._figure(self._quantity)

    @property
    def entry_price(self) -> Figure:
        return self._figure(self._entry)

    @property
    def stop_loss(self) -> Figure | None:
        return self._figure(self._stop_loss)

    @property
    def target(self) -> Figure | None:
        return self._figure(self._target)

    @property
    def current_price(self) -> Figure:
        """The last good price; the exit's for a closed trade, the entry's before any."""
        view = self.view
        found = None if view is None else view.exit_price if view.status == "closed" else view.mark
        return self._figure(self._entry if found is None else found)

    @property
    def pnl(self) -> Figure:
        view = self.view
        return self._figure(Decimal(0) if view is None else view.mtm)

    @property
    def status(self) -> TradeStatus:
        return STATUS[self.exact_status]

    @property
    def exact_status(self) -> str:
        """pending, open, exiting, closed, cancelled, rejected or degraded."""
        view = self.view
        return "open" if view is None else view.status

    @property
    def best_price(self) -> Figure | None:
        view = self.view
        return None if view is None else self._figure(view.best)

    @property
    def trailing_stop(self) -> Figure | None:
        """Where the trailed stop stands; None before there is any."""
        view = self.view
        stop = None if view is None else view.stop
        return None if stop is None or stop == self._stop_loss else self._figure(stop)

    @property
    def exit_price(self) -> Figure | None:
        view = self.view
        return None if view is None else self._figure(view.exit_price)

    @property
    def exit_reason(self) -> str | None:
        view = self.view
        return None if view is None else view.exit_reason

    def as_dict(self) -> dict[str, Any]:
        """The original's keys, and more beside them."""
        return {
            "trade_id": self.trade_id,
            "symbol": self.symbol,
            "quantity": self.quantity,
            "entry_price": self.entry_price,
            "current_price": self.current_price,
            "pnl": self.pnl,
            "status": self.status.value,
            "trailing_stop": self.trailing_stop,
            "trade_type": self.trade_type,
            "stop_loss": self.stop_loss,
            "target": self.target,
            "exact_status": self.exact_status,
            "exit_reason": self.exit_reason,
        }

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_view": self.view, "_source": None}

    def __repr__(self) -> str:
        return f"<Trade {self.trade_id} {self.trade_type} {self.quantity} {self.symbol} @ {self.entry_price} {self.exact_status}>"

    def _repr_html_(self) -> str:
        view = self.view
        return f"<p>{self!r}</p>" if view is None else table([view])


class StrategyMTM:
    """One strategy. Every figure is as it stands when it is read."""

    def __init__(self, source: StrategyLevelMTMTrailer, name: str, limit: Decimal | None, share: Decimal | None) -> None:
        self._source = source
        self.strategy_name = name
        self._limit = limit
        self._share = share

    def _figure(self, value: Decimal | None) -> Figure | None:
        return None if value is None else value if self._source.exact else float(value)

    @property
    def max_drawdown_limit(self) -> Figure | None:
        """The loss at which everything closes, as the original writes it: below zero."""
        return self._figure(None if self._limit is None else -self._limit)

    @property
    def trailing_percentage(self) -> Figure | None:
        """The share of the peak that may be given back, and the share of a trade's best profit that is kept."""
        return self._figure(self._share)

    give_back = trailing_percentage

    @property
    def is_active(self) -> bool:
        view = self._source.engine.strategy(self.strategy_name)
        return view.is_active and view.closed_to_entries is None

    @is_active.setter
    def is_active(self, wanted: bool) -> None:
        if wanted:
            self._source.resume(self.strategy_name)
        else:
            self._source.stop(self.strategy_name)

    @property
    def total_mtm(self) -> Figure:
        return self._figure(self._source.engine.strategy(self.strategy_name).mtm)

    @property
    def realized_pnl(self) -> Figure:
        return self._figure(self._source.engine.strategy(self.strategy_name).realised)

    @property
    def unrealized_pnl(self) -> Figure:
        return self._figure(self._source.engine.strategy(self.strategy_name).unrealised)

    @property
    def peak_mtm(self) -> Figure:
        return self._figure(self._source.engine.strategy(self.strategy_name).peak)

    @property
    def current_trailing_stop(self) -> Figure | None:
        return self._figure(self._source._floor(self.strategy_name))

    @property
    def created_at(self) -> dt.datetime | None:
        return self._source._created_at(self.strategy_name)

    @property
    def trades(self) -> list[Trade]:
        return self._source.get_trades(self.strategy_name)

    def __reduce__(self) -> Any:
        return (dict, (self._source.get_strategy_summary(self.strategy_name),))

    def __repr__(self) -> str:
        return f"<StrategyMTM {self.strategy_name} mtm {self.total_mtm} peak {self.peak_mtm} active {self.is_active}>"

    def _repr_html_(self) -> str:
        return table([self._source.engine.strategy(self.strategy_name)])


def observed(event: Event, source: StrategyLevelMTMTrailer) -> MTMEvent | None:
    """The engine's event as the original tells it, if it does."""
    figure = source._figure
    kind = _type_of(event)
    if kind is None:
        return None
    return MTMEvent(
        event_type=kind,
        strategy_name=event.strategy or "",
        trade_id=None if event.trade_id is None else source._shown_id(event.trade_id),
        symbol=event.symbol,
        price=figure(event.price),
        level=figure(event.level),
        message=event.message,
        timestamp=event.at,
        data=event.data,
    )


def _type_of(event: Event) -> MTMEventType | None:
    if event.kind == "exit_decided":
        reference = _rule_of(event.data["cause"]["reason"])
        kind = None if reference is None else reference["kind"]
        if kind in TRAILS:
            return MTMEventType.TRAILING_TRIGGERED
        if kind == "stop_loss":
            return MTMEventType.STOP_LOSS_HIT
        return MTMEventType.TARGET_ACHIEVED if kind == "price_target" else None
    if event.kind != "breached":
        return None
    kind = event.data["rule"]["kind"]
    if kind in LOSSES:
        return MTMEventType.STRATEGY_LIMIT_BREACHED
    return MTMEventType.TARGET_ACHIEVED if kind == "mtm_target" else MTMEventType.TRAILING_TRIGGERED
