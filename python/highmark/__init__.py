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
    ConfigError,
    EntryRefused,
    ForkedError,
    HighmarkError,
    NotConnected,
    Refused,
    ServiceError,
    UnknownName,
    UnknownStrategy,
    UnknownTrade,
    WrongSide,
)
from .events import Event
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
    "ConfigError",
    "Engine",
    "EntryRefused",
    "Event",
    "ForkedError",
    "HighmarkError",
    "Intent",
    "Limit",
    "NotConnected",
    "Recorder",
    "Refused",
    "Rule",
    "RuleView",
    "ScopeView",
    "ServiceError",
    "Side",
    "Simulation",
    "Table",
    "Trail",
    "TradeView",
    "UnknownName",
    "UnknownStrategy",
    "UnknownTrade",
    "Update",
    "WrongSide",
    "__version__",
    "basis_points",
    "of_best",
    "of_capital",
    "of_entry",
    "of_margin",
    "of_premium",
    "points",
    "simulate",
    "sweep",
    "ticks",
]
