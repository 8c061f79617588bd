"""Every Python snippet of the original's text, as printed, and the numbers of its summary."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from typing import Any

import pytest
from conftest import ROOT, counting_clock

from highmark import NotConnected
from mtm_trailing_system import StrategyLevelMTMTrailer
from network_test.services import ServiceFactory

TEXT = ROOT.parent / "shared" / "spec" / "origin.md"

UPDATE_KEYS = set(
    "old_mtm new_mtm mtm_change peak_mtm trailing_stop open_trades total_trades is_active actions".split()
)
SUMMARY_KEYS = set(
    "strategy_name total_mtm realized_pnl unrealized_pnl peak_mtm current_trailing_stop max_drawdown_limit "
    "open_trades total_trades is_active created_at trades".split()
)
TRADE_KEYS = set("trade_id symbol quantity entry_price current_price pnl status trailing_stop".split())
ALL_KEYS = set("total_strategies active_strategies total_mtm total_open_trades strategies".split())


def snippets() -> list[str]:
    if not TEXT.is_file():
        pytest.skip("the original's text is not beside this clone")
    return re.findall(r"^```python\n(.*?)^```$", TEXT.read_text(encoding="utf-8"), re.M | re.S)


def run(code: str, names: dict[str, Any]) -> dict[str, Any]:
    """As a cell of a notebook: top-level `await` works."""
    compiled = compile(code, "origin.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = eval(compiled, names)
    if inspect.iscoroutine(result):
        asyncio.run(result)
    return names


def with_strategy() -> dict[str, Any]:
    tracker = StrategyLevelMTMTrailer(clock=counting_clock())
    tracker.create_strategy("Scalping_Index", max_drawdown_limit=-5000.0, trailing_percentage=0.3)
    return {"mtm_tracker": tracker}


def test_there_are_eight_snippets() -> None:
    assert len(snippets()) == 8


def test_strategy_level_features() -> None:
    names = {
        "mtm_tracker": StrategyLevelMTMTrailer(clock=counting_clock()),
        "strategy_mtm": -6000.0,
        "max_drawdown_limit": -5000.0,
    }
    strategy = run(snippets()[0], names)["strategy"]
    assert strategy.strategy_name == "Scalping_Index"
    assert (strategy.max_drawdown_limit, strategy.trailing_percentage) == (-5000.0, 0.3)
    assert strategy.is_active is False


def test_trade_wise_features() -> None:
    names = with_strategy() | {
        "current_profit": 100.0, "max_profit": 50.0, "entry_price": 19500.0, "trailing_percentage": 0.3,
    }
    trade = run(snippets()[1], names)["trade"]
    assert (trade.symbol, trade.quantity, trade.entry_price, trade.trade_type) == ("NIFTY", 100, 19500.0, "BUY")
    assert (trade.stop_loss, trade.target, trade.trailing_stop) == (19400.0, 19700.0, None)
    names["mtm_tracker"].update_prices({"NIFTY": 19550.0})
    assert trade.trailing_stop == names["trailing_stop"] == 19515.0


def test_real_time_monitoring() -> None:
    names = with_strategy()
    updates = run(snippets()[2], names)["updates"]
    assert set(updates) == {"Scalping_Index"}
    assert UPDATE_KEYS <= set(updates["Scalping_Index"])


def test_basic_setup_and_real_time_updates() -> None:
    names: dict[str, Any] = {}
    run(snippets()[3], names)
    run(snippets()[4], names)
    update = names["updates"]["My_Strategy"]
    assert (update["old_mtm"], update["new_mtm"], update["mtm_change"]) == (0.0, 8000.0, 8000.0)
    assert (update["peak_mtm"], update["trailing_stop"]) == (8000.0, 4800.0)
    assert (update["open_trades"], update["total_trades"], update["is_active"]) == (1, 1, True)
    assert all(isinstance(action, str) for action in update["actions"])
    assert all(type(update[key]) is float for key in ("old_mtm", "new_mtm", "mtm_change", "peak_mtm", "trailing_stop"))


def test_integration_with_existing_services() -> None:
    code = snippets()[5]
    order = {"symbol": "RELIANCE", "quantity": 100, "transaction_type": "BUY", "price": 2500.0}
    names = with_strategy() | {"trade_params": order}
    with pytest.raises(NotConnected):
        run(code, dict(names))
    run(code.replace('"upstox", access_token="..."', '"paper"'), names)
    assert names["order_result"]["status"] == "success"
    assert names["trade"].symbol == "RELIANCE"
    assert "Live_Trading" in names["mtm_tracker"].get_all_strategies_summary()["strategies"]


def test_comprehensive_reporting() -> None:
    call, literal = snippets()[6].split("# Returns:")
    names = with_strategy()
    names["mtm_tracker"].create_strategy("My_Strategy")
    summary = run(call, names)["summary"]
    stated = ast.literal_eval(literal.strip().replace("[...detailed trade info...]", "[]"))
    for key, value in stated.items():
        if key != "current_trailing_stop":
            assert type(summary[key]) is type(value), key
    assert SUMMARY_KEYS <= set(summary)


def test_integration_in_your_app() -> None:
    names: dict[str, Any] = {"ServiceFactory": ServiceFactory}
    app = run(snippets()[7], names)["TradingApp"]()
    with pytest.raises(NotConnected):
        asyncio.run(app.place_order_with_mtm("S", "TCS", 10, 3200.0))
    names["ServiceFactory"] = PaperFactory
    app = names["TradingApp"]()
    answer = asyncio.run(app.place_order_with_mtm("S", "TCS", 10, 3200.0))
    assert answer["trade"].symbol == "TCS" and answer["order"] == "placed"


class PaperFactory:
    """What a person's own service looks like."""

    @staticmethod
    def create_service(*_: Any) -> PaperFactory:
        return PaperFactory()

    async def call_endpoint(self, *_: Any) -> str:
        return "placed"


def test_the_summary_of_the_text(tracker: StrategyLevelMTMTrailer) -> None:
    """Peak 6000, 0.3 given back: floor 4200; 5000 now, of which 3000 realised."""
    tracker.create_strategy("My_Strategy", max_drawdown_limit=-10000.0, trailing_percentage=0.3)
    symbols = ("A", "B", "C", "D", "E")
    trades = [tracker.add_trade("My_Strategy", symbol, 100, 1000.0, "BUY", trail=None) for symbol in symbols]
    tracker.close_trade(trades[1])
    tracker.update_prices({"A": 1030.0})
    tracker.close_trade(trades[0])
    tracker.update_prices({"C": 1030.0})
    assert tracker.get_strategy_summary("My_Strategy")["peak_mtm"] == 6000.0
    tracker.update_prices({"C": 1020.0})
    summary = tracker.get_strategy_summary("My_Strategy")
    assert summary["total_mtm"] == 5000.0
    assert summary["realized_pnl"] == 3000.0
    assert summary["unrealized_pnl"] == 2000.0
    assert summary["peak_mtm"] == 6000.0
    assert summary["current_trailing_stop"] == 4200.0
    assert (summary["open_trades"], summary["total_trades"], summary["is_active"]) == (3, 5, True)
    assert set(summary) >= SUMMARY_KEYS
    assert all(set(trade) >= TRADE_KEYS for trade in summary["trades"])
    everything = tracker.get_all_strategies_summary()
    assert set(everything) == ALL_KEYS
    assert everything["total_mtm"] == 5000.0


def test_every_public_name_is_there() -> None:
    import mtm_trailing_system as module

    names = (
        "StrategyLevelMTMTrailer TradeWiseMTMTrailer StrategyMTM Trade TradeStatus MTMEvent MTMEventType MTMObserver "
        "MTMAlertManager MTMRiskManager"
    ).split()
    assert set(names) == set(module.__all__)
    assert {status.value for status in module.TradeStatus} == {"open", "closed", "pending", "cancelled"}
    assert {kind.value for kind in module.MTMEventType} == {
        "price_update", "trailing_triggered", "stop_loss_hit", "target_achieved", "strategy_limit_breached",
    }
    create = inspect.signature(StrategyLevelMTMTrailer.create_strategy).parameters
    assert (create["max_drawdown_limit"].default, create["trailing_percentage"].default) == (-10000.0, 0.5)
    assert inspect.signature(module.TradeWiseMTMTrailer).parameters["trailing_percentage"].default == 0.3


def test_nothing_is_configured_at_import() -> None:
    import subprocess
    import sys

    code = (
        "import logging, warnings, asyncio, threading\n"
        "before = (list(logging.getLogger().handlers), list(warnings.filters), threading.active_count())\n"
        "import highmark, mtm_trailing_system, network_test.services\n"
        "assert before == (list(logging.getLogger().handlers), list(warnings.filters), threading.active_count())\n"
        "assert not logging.getLogger('highmark').handlers\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
