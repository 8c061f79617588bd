"""The first demo: three strategies and seven trades, whose stops trail, lock, close and shut down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ..words import rupees
from .model import MTMAlertManager, MTMRiskManager
from .trailer import StrategyLevelMTMTrailer

#: 20 November 2026, 09:15 IST: the story has a clock of its own and is the same each time.
OPENING = 1_795_146_300 * 1_000_000_000
MINUTE = 60 * 1_000_000_000


def story_clock() -> Callable[[], int]:
    """Each look at it is a minute later."""
    now = OPENING

    def look() -> int:
        nonlocal now
        now += MINUTE
        return now

    return look


def opening_book(tracker: Any) -> None:
    """Three strategies with different limits, seven trades."""
    tracker.create_strategy("Scalping_Index", max_drawdown_limit=-5000.0, trailing_percentage=0.3)
    tracker.create_strategy("Swing_Stocks", max_drawdown_limit=-10000.0, trailing_percentage=0.5)
    tracker.create_strategy("Short_Options", max_drawdown_limit=-4000.0, trailing_percentage=0.4)
    tracker.add_trade("Scalping_Index", "NIFTY", 100, 19500.0, "BUY", stop_loss=19400.0, target=19700.0)
    tracker.add_trade("Scalping_Index", "BANKNIFTY", 30, 44000.0, "BUY", stop_loss=43800.0, target=44500.0)
    tracker.add_trade("Swing_Stocks", "RELIANCE", 100, 2500.0, "BUY", stop_loss=2440.0, target=2650.0)
    tracker.add_trade("Swing_Stocks", "TCS", 50, 3200.0, "BUY", stop_loss=3130.0, target=3400.0)
    tracker.add_trade("Swing_Stocks", "INFY", 80, 1500.0, "SELL", stop_loss=1540.0, target=1420.0)
    tracker.add_trade("Short_Options", "NIFTY 19500 CE", 50, 150.0, "SELL", stop_loss=220.0, target=60.0)
    tracker.add_trade("Short_Options", "NIFTY 19500 PE", 50, 140.0, "SELL", stop_loss=210.0, target=50.0)


STORY: list[tuple[str, dict[str, float]]] = [
    ("a calm opening, everything moves a little our way", {
        "NIFTY": 19540.0, "BANKNIFTY": 44080.0, "RELIANCE": 2520.0, "TCS": 3225.0, "INFY": 1492.0,
        "NIFTY 19500 CE": 152.0, "NIFTY 19500 PE": 141.0,
    }),
    ("the index runs: stops of winning trades trail behind it", {
        "NIFTY": 19620.0, "BANKNIFTY": 44250.0, "RELIANCE": 2555.0, "TCS": 3260.0,
        "NIFTY 19500 CE": 175.0, "NIFTY 19500 PE": 140.0,
    }),
    ("the run ends, and the index strategy has given back 30 % of its peak", {
        "NIFTY": 19570.0, "BANKNIFTY": 44120.0, "RELIANCE": 2548.0,
    }),
    ("a stock falls through its stop, while another reaches its target", {
        "TCS": 3128.0, "INFY": 1419.5, "RELIANCE": 2551.0,
    }),
    ("a bad print: zero and NaN are no prices, the last good ones stay", {
        "RELIANCE": 0.0, "NIFTY 19500 CE": float("nan"),
    }),
    ("volatility jumps: the loss limit of the options closes both legs", {
        "NIFTY 19500 CE": 219.0, "NIFTY 19500 PE": 152.0,
    }),
    ("a quiet close", {"RELIANCE": 2560.0}),
]


async def main() -> None:
    """Tells the story on standard output."""
    tracker = StrategyLevelMTMTrailer(clock=story_clock(), stop_moves=True)
    alerts, risk = MTMAlertManager(), MTMRiskManager()
    tracker.subscribe(alerts)
    tracker.subscribe(risk)
    opening_book(tracker)
    print("Three strategies, seven trades")
    for number, (what, prices) in enumerate(STORY, 1):
        print(f"\n{number}. {what}")
        updates = await tracker.update_market_prices(prices)
        for name, update in updates.items():
            floor = update["trailing_stop"]
            state = "active" if update["is_active"] else "shut down"
            shown = "none yet" if floor is None else _rupees(floor)
            print(f"   {name:<15} mtm {_rupees(update['new_mtm']):>12}  floor {shown:>12}  "
                  f"{update['open_trades']}/{update['total_trades']} open, {state}")
            for action in update["actions"]:
                print(f"     - {action}")
    _summary(tracker, alerts, risk)


def _summary(tracker: StrategyLevelMTMTrailer, alerts: MTMAlertManager, risk: MTMRiskManager) -> None:
    summary = tracker.get_all_strategies_summary()
    print("\nAt the end")
    print(f"   {summary['active_strategies']} of {summary['total_strategies']} strategies active, "
          f"{summary['total_open_trades']} trades open, mtm {_rupees(summary['total_mtm'])}")
    print(f"   {len(alerts.alert_history)} alerts, {len(risk.risk_actions)} risk actions, "
          f"{sum(tracker.bad_ticks.values())} prices not taken")
    for alert in alerts.alert_history:
        print(f"   [{alert['severity']}] {alert['message']}")
    print("\nWhy did the options close?")
    print(tracker.explain("Short_Options"))


def _rupees(amount: float) -> str:
    return rupees(Decimal(repr(amount)))


if __name__ == "__main__":
    asyncio.run(main())
