"""Highmark: marks trades to market on every tick, trails stops, and exits exactly once.

>>> from highmark import Engine, Limit, Trail
>>> engine = Engine()
>>> strategy = engine.create_strategy("Index", [Limit.max_loss(5000), Limit.give_back("0.3")])
>>> trade = engine.add_trade("Index", "NIFTY", "BUY", 75, 19500, [Trail.keep("0.3")])
>>> engine.update_prices({"NIFTY": 19600}).events
()
>>> engine.trade(trade.trade_id).stop
Decimal('19530')
"""

from ._highmark import Table, __version__
from .engine import Engine, Update
from .errors import (
    BadNumber,
    BadPrice,
    BadQuantity,
    BadSide,
    BadTime,
    CannotUndo,
    ClosedError,
    ConfigError,
    EntryRefused,
    EventsGone,
    ForkedError,
    HighmarkError,
    JournalDamaged,
    JournalError,
    JournalHeld,
    JournalMissing,
    JournalStopped,
    NotAllowed,
    NotConnected,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    Refused,
    ReplayError,
    ServerError,
    ServerRefused,
    ServiceError,
    UnknownName,
    UnknownStrategy,
    UnknownTrade,
    Unreachable,
    WrongSide,
)
from .events import Event
from .remote import Done, RemoteEngine, connect
from .replaying import Replay, Rerun, WhatIf, replay, rerun, what_if
from .rules import At, Limit, Rule, Trail, basis_points, of_best, of_capital, of_entry, of_margin, of_premium, points, ticks
from .simulation import Simulation, simulate, sweep
from .tables import Recorder
from .views import Intent, RuleView, ScopeView, TradeView
from .words import IST, Side

__all__ = [
    "IST",
    "At",
    "BadNumber",
    "BadPrice",
    "BadQuantity",
    "BadSide",
    "BadTime",
    "CannotUndo",
    "ClosedError",
    "ConfigError",
    "Done",
    "Engine",
    "EntryRefused",
    "EventsGone",
    "Event",
    "ForkedError",
    "HighmarkError",
    "Intent",
    "JournalDamaged",
    "JournalError",
    "JournalHeld",
    "JournalMissing",
    "JournalStopped",
    "Limit",
    "NotAllowed",
    "NotConnected",
    "NotFound",
    "NotOffered",
    "OutcomeUnknown",
    "Recorder",
    "Refused",
    "RemoteEngine",
    "Replay",
    "ReplayError",
    "Rerun",
    "Rule",
    "RuleView",
    "ScopeView",
    "ServerError",
    "ServerRefused",
    "ServiceError",
    "Side",
    "Simulation",
    "Table",
    "Trail",
    "TradeView",
    "UnknownName",
    "UnknownStrategy",
    "UnknownTrade",
    "Unreachable",
    "Update",
    "WhatIf",
    "WrongSide",
    "__version__",
    "basis_points",
    "connect",
    "of_best",
    "of_capital",
    "of_entry",
    "of_margin",
    "of_premium",
    "points",
    "replay",
    "rerun",
    "simulate",
    "sweep",
    "ticks",
    "what_if",
]
