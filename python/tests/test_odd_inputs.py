"""Odd inputs raise typed errors and change nothing, or are taken for exactly what they are."""

from __future__ import annotations

import array
import copy
import datetime as dt
import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from conftest import OPENING, counting_clock

import highmark
from highmark import (
    BadNumber, BadPrice, BadQuantity, BadTime, ConfigError, Engine, HighmarkError, Limit, Refused, Trail,
)
from mtm_trailing_system import StrategyLevelMTMTrailer, Trade

numpy = pytest.importorskip("numpy")


class Symbol(str):
    """A string of somebody's own."""


class Loud(float):
    """A float of somebody's own."""


@pytest.fixture
def engine() -> Engine:
    engine = Engine(clock=counting_clock())
    engine.create_strategy("S", [Limit.max_loss(5000)])
    engine.add_trade("S", "A", "BUY", 100, 1000, [Trail.stop_loss(900)])
    engine.update_prices({"A": 1000})
    return engine


NO_PRICES = [
    None, float("nan"), float("inf"), -float("inf"), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), 0, 0.0, -0.0,
    -1, -0.01, Decimal(0), "0", "", " ", "abc", "1,000", "12.5 ", "1_000", "٣", True, False, [], {}, object(), b"12",
    10**9 + 1, 10**40, -(10**40), "1e400", 1e300, Decimal("0.000000001"), "0.123456789", 1e-12, complex(1, 0),
    Fraction(1, 3), dt.datetime(2026, 1, 1), numpy.nan, numpy.float64("nan"), numpy.array([1.0, 2.0]), lambda: 1,
]


@pytest.mark.parametrize("price", NO_PRICES, ids=lambda price: type(price).__name__ + repr(price)[:20])
def test_what_is_no_price_is_refused_and_changes_nothing(engine: Engine, price: Any) -> None:
    before = engine.fingerprint()
    with pytest.raises(BadPrice) as caught:
        engine.update_prices({"B": 5, "A": price})
    assert caught.value.hint
    assert isinstance(caught.value, ValueError)
    assert engine.fingerprint() == before
    if price is not None:  # a trade without an entry price enters at the mark
        with pytest.raises(BadPrice):
            engine.add_trade("S", "NEW", "BUY", 1, price)
    with pytest.raises(BadPrice):
        engine.fill("t0", "SELL", 1, price)
    assert engine.fingerprint() == before


@pytest.mark.parametrize(
    ("given", "exact"),
    [
        (19500.05, "19500.05"), (0.1, "0.1"), (1e-8, "0.00000001"), (0.1 + 0.2, "0.3"), (2500 * 1.013, "2532.5"),
        (123456789.12345678, "123456789.12345678"), (1e9, "1000000000"), (7, "7"), ("19500.05", "19500.05"),
        ("1e2", "100"), (Decimal("0.05"), "0.05"), (Decimal("1E+2"), "100"), (numpy.int64(7), "7"), (numpy.int8(7), "7"),
        (numpy.uint64(7), "7"), (numpy.float64(12.05), "12.05"), (numpy.float32(12.05), "12.05"), (Symbol("12.5"), "12.5"),
        (Loud(12.5), "12.5"), (Fraction(5), "5"), (5e-9 + 1e-8, "0.00000002"), (99999999.999999999, "100000000"),
        (0.000000015, "0.00000002"), (0.000000025, "0.00000002"), (4503599.627370497, "4503599.6273705"),
    ],
)
def test_numbers_are_taken_for_what_they_say(engine: Engine, given: Any, exact: str) -> None:
    engine.update_prices({"B": given})
    assert engine.mark("B") == Decimal(exact)


@pytest.mark.parametrize("quantity", [None, 0, -1, float("nan"), "ten", Decimal("NaN"), 10**30, True, 0.000000001, 1.5])
def test_what_is_no_quantity_is_refused(engine: Engine, quantity: Any) -> None:
    with pytest.raises((BadQuantity, Refused)):
        engine.add_trade("S", "A", "BUY", quantity, 1000)
    assert len(engine.trades()) == 1


@pytest.mark.parametrize("limit", [0, "much", float("nan"), 10**30, [], 0.0])
def test_what_is_no_limit_is_refused(limit: Any) -> None:
    tracker = StrategyLevelMTMTrailer()
    with pytest.raises(ConfigError):
        tracker.create_strategy("S", max_drawdown_limit=limit)
    assert tracker.get_all_strategies_summary()["total_strategies"] == 0


@pytest.mark.parametrize("share", [0, -0.1, 1.5, 30, "30%", float("nan"), None.__class__, 0.0000001])
def test_what_is_no_share_is_refused(share: Any) -> None:
    with pytest.raises(ConfigError):
        StrategyLevelMTMTrailer().create_strategy("S", trailing_percentage=share)


@pytest.mark.parametrize(
    "at", [dt.datetime(2026, 11, 20, 9, 15), "09:15", 1.5, -1, 2**70, True, dt.date(2026, 11, 20)]
)
def test_a_time_without_a_zone_is_refused(engine: Engine, at: Any) -> None:
    before = engine.fingerprint()
    with pytest.raises(BadTime):
        engine.update_prices({"A": 1001}, at=at)
    assert engine.fingerprint() == before


def test_times_with_a_zone_and_nanoseconds_are_the_same() -> None:
    moment = dt.datetime(2027, 1, 1, 9, 15, tzinfo=highmark.IST)
    assert highmark.words.nanoseconds(moment) == int(moment.timestamp()) * 1_000_000_000


def test_a_clock_that_goes_back_loses_no_price() -> None:
    times = iter([OPENING + 10, OPENING + 10, OPENING + 10, OPENING + 10, OPENING + 10, OPENING, OPENING - 10**12])
    engine = Engine(clock=lambda: next(times))
    engine.create_strategy("S")
    engine.add_trade("S", "A", "BUY", 1, 100)
    for price in (101, 101, 102):
        assert engine.update_prices({"A": price}).refused == ()
    assert engine.mark("A") == 102


def test_a_strange_name_is_a_name() -> None:
    engine = Engine()
    engine.create_strategy(Symbol("स्ट्रेटेजी ₹ \U0001f600"))
    engine.update_prices({Symbol("NIFTY 24000 CE"): 12.5})
    assert engine.mark("NIFTY 24000 CE") == Decimal("12.5")
    for name in ("", "  ", None, 5, b"A"):
        with pytest.raises(HighmarkError):
            engine.create_strategy(name)  # type: ignore[arg-type]
    with pytest.raises(ConfigError):
        engine.update_prices({5: 1})  # type: ignore[dict-item]
    with pytest.raises(UnicodeEncodeError):
        engine.update_prices({"\ud800": 1})


def test_a_rule_that_means_nothing_is_refused_with_its_field() -> None:
    engine = Engine()
    engine.create_strategy("S")
    with pytest.raises(Refused) as caught:
        engine.set_rule(Limit.lock(arm_at=3000, floor=5000), strategy="S")
    assert caught.value.field and caught.value.hint and caught.value.code
    with pytest.raises(ConfigError):
        engine.set_rule(Limit.max_loss(5000))
    with pytest.raises(BadNumber):
        Trail.keep("much")
    with pytest.raises(Refused):
        engine.create_strategy("half", [Limit.max_loss(5), Limit.lock(arm_at=3, floor=5)])
    assert engine.strategies == ("S",)


def test_exceptions_keep_what_they_say_when_they_travel(engine: Engine) -> None:
    with pytest.raises(Refused) as caught:
        engine.exit_trade("t0", 500)
    for again in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):
        assert type(again) is type(caught.value)
        assert (str(again), again.code, again.field) == (str(caught.value), caught.value.code, caught.value.field)


def test_results_can_be_pickled(engine: Engine) -> None:
    update = engine.update_prices({"A": 890})
    assert pickle.loads(pickle.dumps(update)) == update
    for view in (engine.trade("t0"), engine.strategy("S"), engine.rule(0), engine.system()):
        assert pickle.loads(pickle.dumps(view)) == view
    tracker = StrategyLevelMTMTrailer()
    strategy = tracker.create_strategy("S")
    trade = tracker.add_trade("S", "A", 100, 1000.0, "BUY")
    updates = tracker.update_prices({"A": 1010.0})
    assert pickle.loads(pickle.dumps(updates)) == updates
    kept: Trade = pickle.loads(pickle.dumps(trade))
    tracker.update_prices({"A": 1020.0})
    assert (kept.pnl, trade.pnl) == (1000.0, 2000.0)
    assert kept.as_dict()["current_price"] == 1010.0
    assert pickle.loads(pickle.dumps(strategy))["total_mtm"] == 2000.0
    with pytest.raises(TypeError):
        pickle.dumps(tracker.engine._core)


def test_arrays_give_the_same_as_a_dictionary() -> None:
    one, two = Engine(clock=counting_clock()), Engine(clock=counting_clock())
    for engine in (one, two):
        engine.create_strategy("S", [Limit.give_back("0.3")])
        for symbol in "ABC":
            engine.add_trade("S", symbol, "BUY", 10, 100, [Trail.keep("0.5")])
    ids = numpy.array([two.symbol_id(symbol) for symbol in "ABC"], dtype=numpy.int32)
    for prices in ([101.5, 102.25, 99.0], [110.0, 103.0, 99.5], [104.0, 101.0, 99.75]):
        first = one.update_prices(dict(zip("ABC", prices)))
        second = two.update_price_array(ids, numpy.array(prices))
        assert [event.message for event in first.events] == [event.message for event in second.events]
    assert one.trades() == two.trades()
    assert one.strategy("S") == two.strategy("S")


def test_arrays_of_other_kinds_and_lengths() -> None:
    engine = Engine(clock=counting_clock())
    known = engine.symbol_id("A")
    engine.update_price_array(array.array("q", [known]), array.array("d", [5.5]))
    assert engine.mark("A") == Decimal("5.5")
    update = engine.update_price_array(numpy.array([known, 7, -1]), numpy.array([numpy.nan, 1.0, 2.0]))
    assert [code for _, code, _ in update.refused] == ["MD_UNKNOWN_INSTRUMENT"] * 2
    assert [code for _, code, _ in engine.update_price_array(numpy.array([known]), numpy.array([-1.0])).refused] == ["MD_NEGATIVE"]
    assert engine.mark("A") == Decimal("5.5")
    strided = numpy.arange(8, dtype=numpy.float64)[1::2]
    engine.update_price_array(numpy.array([known] * 4, dtype=numpy.int64), strided)
    assert engine.mark("A") == 7
    for ids, prices in (
        ([known], [1.0]), (numpy.array([known]), numpy.array([1.0, 2.0])), (numpy.array([1.0]), numpy.array([1.0])),
        (numpy.array([known]), numpy.array([1], dtype=numpy.float32)),
    ):
        with pytest.raises(ConfigError):
            engine.update_price_array(ids, prices)
