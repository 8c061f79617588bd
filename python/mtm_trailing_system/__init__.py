"""The original system's module: the same names, on the Rust engine of `highmark`."""

from highmark.original import (
    MTMAlertManager,
    MTMEvent,
    MTMEventType,
    MTMObserver,
    MTMRiskManager,
    StrategyLevelMTMTrailer,
    StrategyMTM,
    Trade,
    TradeStatus,
    TradeWiseMTMTrailer,
)

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
