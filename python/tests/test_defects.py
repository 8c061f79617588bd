"""The original's defects, each under the name of the wrong behaviour: it must not come back."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from highmark import BadPrice, BadSide, UnknownStrategy, WrongSide
from mtm_trailing_system import StrategyLevelMTMTrailer, Trade, TradeStatus, TradeWiseMTMTrailer


def test_a_winning_buy_of_many_shares_is_closed_on_its_first_profitable_tick(tracker: StrategyLevelMTMTrailer) -> None:
    tracker.create_strategy("S", -10000.0, 0.3)
    trade = tracker.add_trade("S", "RELIANCE", 100, 2500.0, "BUY", stop_loss=2400.0, target=2650.0)
    tracker.update_prices({"RELIANCE": 2510.0})
    assert trade.status is TradeStatus.OPEN
    assert trade.trailing_stop == 2503.0  # 2500 + 10 x 0.3 per unit, not 2500 + 1000 x 0.3


def test_a_winning_sell_is_not_mirrored(tracker: StrategyLevelMTMTrailer) -> None:
    tracker.create_strategy("S", -10000.0, 0.3)
    trade = tracker.add_trade("S", "INFY", 80, 1500.0, "SELL")
    tracker.update_prices({"INFY": 1490.0})
    assert (trade.status, trade.trailing_stop) == (TradeStatus.OPEN, 1497.0)


def test_the_two_percentages_mean_the_same(tracker: StrategyLevelMTMTrailer) -> None:
    """The strategy gives back 0.3 of its peak, the trade keeps 0.3 of its best profit."""
    tracker.create_strategy("S", -10000.0, 0.3)
    trade = tracker.add_trade("S", "NIFTY", 60, 19500.0, "BUY")
    updates = tracker.update_prices({"NIFTY": 19600.0})
    assert (updates["S"]["peak_mtm"], updates["S"]["trailing_stop"]) == (6000.0, 4200.0)
    assert trade.trailing_stop == 19530.0


def test_trade_trailing_cannot_be_switched_off() -> None:
    tracker = StrategyLevelMTMTrailer(trade_trailing=None)
    tracker.create_strategy("S", -10000.0, 0.3)
    trade = tracker.add_trade("S", "NIFTY", 60, 19500.0, "BUY", stop_loss=19400.0)
    tracker.update_prices({"NIFTY": 19600.0})
    assert trade.trailing_stop is None


def stopped(tracker: StrategyLevelMTMTrailer) -> Trade:
    tracker.create_strategy("S", -10000.0, 0.3)
    trade = tracker.add_trade("S", "A", 100, 1000.0, "BUY")
    tracker.update_prices({"A": 1060.0})
    tracker.update_prices({"A": 1042.0})  # 6000 was made, 4200 is the floor
    return trade


def test_after_a_strategy_stop_its_trades_stay_open(tracker: StrategyLevelMTMTrailer) -> None:
    trade = stopped(tracker)
    assert trade.status is TradeStatus.CLOSED
    assert tracker.get_strategy_summary("S")["is_active"] is False


def test_after_a_strategy_stop_its_mtm_freezes_while_it_holds_trades() -> None:
    tracker = StrategyLevelMTMTrailer(orders=True)
    trade = stopped(tracker)
    assert (trade.status, trade.exact_status) == (TradeStatus.OPEN, "exiting")
    update = tracker.update_prices({"A": 1020.0})["S"]
    assert (update["new_mtm"], update["mtm_change"]) == (2000.0, -2200.0)
    (intent,) = tracker.intents()
    tracker.confirm_exit(intent.id, 1019.5)
    assert tracker.get_strategy_summary("S")["realized_pnl"] == 1950.0


def test_a_stopped_strategy_vanishes_from_the_returned_dictionary(tracker: StrategyLevelMTMTrailer) -> None:
    stopped(tracker)
    updates = tracker.update_prices({"A": 1000.0})
    assert updates["S"]["is_active"] is False
    assert updates["S"]["new_mtm"] == 4200.0


def test_a_positive_drawdown_limit_fires_at_once(tracker: StrategyLevelMTMTrailer) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        strategy = tracker.create_strategy("S", max_drawdown_limit=5000.0)
        tracker.create_strategy("T", max_drawdown_limit=5000.0)
    assert len(caught) == 1  # once, not each time
    assert caught[0].filename == __file__
    assert strategy.max_drawdown_limit == -5000.0
    trade = tracker.add_trade("S", "A", 100, 1000.0, "BUY")
    tracker.update_prices({"A": 950.01})
    assert trade.status is TradeStatus.OPEN
    tracker.update_prices({"A": 950.0})
    assert trade.status is TradeStatus.CLOSED


@pytest.mark.parametrize("given", ["buy", "Buy", "B", "b", "LONG", "long", " BUY "])
def test_a_buy_in_other_words_counts_as_a_sell(tracker: StrategyLevelMTMTrailer, given: str) -> None:
    tracker.create_strategy("S")
    assert tracker.add_trade("S", "A", 1, 100.0, given).trade_type == "BUY"


@pytest.mark.parametrize("given", ["hold", "", "BUYY", None, 1, True, b"BUY"])
def test_any_other_word_counts_as_a_sell(tracker: StrategyLevelMTMTrailer, given: Any) -> None:
    tracker.create_strategy("S")
    with pytest.raises(BadSide):
        tracker.add_trade("S", "A", 1, 100.0, given)
    assert tracker.get_strategy_summary("S")["total_trades"] == 0


@pytest.mark.parametrize(
    ("side", "stop", "target"), [("BUY", 110.0, None), ("SELL", 90.0, None), ("BUY", None, 90.0), ("SELL", None, 110.0)]
)
def test_a_stop_on_the_wrong_side_closes_at_once(
    tracker: StrategyLevelMTMTrailer, side: str, stop: float | None, target: float | None
) -> None:
    tracker.create_strategy("S")
    with pytest.raises(WrongSide) as caught:
        tracker.add_trade("S", "A", 1, 100.0, side, stop, target)
    assert caught.value.hint
    assert tracker.get_strategy_summary("S")["total_trades"] == 0
    assert tracker.add_trade("S", "A", 1, 100.0, side, stop, target, allow_wrong_side=True).status is TradeStatus.OPEN


@pytest.mark.parametrize("price", [0.0, 0, -5.0, float("nan"), float("inf"), float("-inf"), None, "12,5", True])
def test_prices_that_are_none_pass(tracker: StrategyLevelMTMTrailer, price: Any) -> None:
    tracker.create_strategy("S")
    trade = tracker.add_trade("S", "A", 100, 1000.0, "BUY", stop_loss=900.0)
    tracker.update_prices({"A": 1010.0})
    update = tracker.update_prices({"A": price})["S"]
    assert (update["new_mtm"], update["mtm_change"]) == (1000.0, 0.0)
    assert (trade.current_price, trade.status) == (1010.0, TradeStatus.OPEN)
    assert sum(tracker.bad_ticks.values()) == 1


def test_bad_prices_are_told_of_without_end(tracker: StrategyLevelMTMTrailer) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(5):
            tracker.update_prices({"A": 0.0, "B": float("nan")})
    assert sorted(str(warning.message)[:2] for warning in caught) == ["A:", "B:"]
    assert all(warning.filename == __file__ for warning in caught)
    assert tracker.bad_ticks == {"MD_ZERO": 5, "MD_NOT_NUMBER": 5}


def test_prices_that_are_none_pass_strictly_too(strict: StrategyLevelMTMTrailer) -> None:
    strict.create_strategy("S")
    strict.add_trade("S", "A", 100, 1000, "BUY")
    before = strict.engine.fingerprint()
    with pytest.raises(BadPrice):
        strict.update_prices({"A": 1010.0, "B": float("nan")})
    assert strict.engine.fingerprint() == before


def test_an_unknown_strategy_is_an_error_that_nobody_sees(
    tracker: StrategyLevelMTMTrailer, strict: StrategyLevelMTMTrailer
) -> None:
    assert "error" in tracker.get_strategy_summary("nobody")
    assert tracker.add_trade("made", "A", 1, 100.0, "BUY").status is TradeStatus.OPEN
    with pytest.raises(UnknownStrategy):
        strict.get_strategy_summary("nobody")
    with pytest.raises(KeyError):
        strict.add_trade("nobody", "A", 1, 100, "BUY")


def test_a_price_for_a_symbol_that_no_trade_holds_raises(strict: StrategyLevelMTMTrailer) -> None:
    strict.update_prices({"TCS": 3250.0})
    assert str(strict.engine.mark("TCS")) == "3250"


def test_trade_wise_adds_rupees_to_a_price() -> None:
    trailer = TradeWiseMTMTrailer(trailing_percentage=0.3)
    trade = Trade("mine", "NIFTY", 100, 19500.0, "BUY", stop_loss=19400.0, target=19700.0)
    answer = trailer.update_trade_price(trade, 19600.0)
    assert answer["trailing_stop"] == trade.trailing_stop == 19530.0
    assert (answer["trade_id"], answer["pnl"], answer["status"]) == ("mine", 10000.0, "open")
    answer = trailer.update_trade_price(trade, 19530.0)
    assert (answer["status"], trade.status) == ("closed", TradeStatus.CLOSED)
    assert answer["actions"]


async def awaited(trailer: TradeWiseMTMTrailer, trade: Trade) -> dict[str, Any]:
    return await trailer.update_trade_price(trade, 19510.0)


def test_trade_wise_cannot_be_awaited() -> None:
    import asyncio

    trailer = TradeWiseMTMTrailer()
    trade = trailer.add_trade("NIFTY", 100, 19500.0, "BUY")
    assert asyncio.run(awaited(trailer, trade))["pnl"] == 1000.0
