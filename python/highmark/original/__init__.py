"""The original system's names on the Rust engine. `mtm_trailing_system` gives the same ones."""

from .model import (
    MTMAlertManager,
    MTMEvent,
    MTMEventType,
    MTMObserver,
    MTMRiskManager,
    StrategyMTM,
    Trade,
    TradeStatus,
)
from .trade_wise import TradeWiseMTMTrailer
from .trailer import StrategyLevelMTMTrailer

__all__ = [
    "MTMAlertManager",
    "MTMEvent",
    "MTMEventType",
    "MTMObserver",
    "MTMRiskManager",
    "StrategyLevelMTMTrailer",
    "StrategyMTM",
    "Trade",
    "TradeStatus",
    "TradeWiseMTMTrailer",
]
