"""Every rule of the manual can be set from Python, and does what the manual's example says."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from conftest import counting_clock

from highmark import (
    IST, At, BadTime, CannotUndo, ConfigError, Engine, EntryRefused, Limit, Refused, Rule, Trail, basis_points, of_best, of_capital, of_entry,
    of_margin, of_premium, ticks,
)
from mtm_trailing_system import StrategyLevelMTMTrailer

MINUTE = dt.timedelta(minutes=1)

ON_PRICE = {
    "stop_loss": Trail.stop_loss(90),
    "stop_loss from entry": Trail.stop_loss(of_entry("0.1")),
    "target": Trail.target(150),
    "trail": Trail.by(5),
    "trail armed": Trail.by(ticks(20), arm_at=At(110)),
    "trail of best": Trail.by(of_best("0.02"), arm_at=of_entry("0.01")),
    "trail basis points": Trail.by(basis_points(50)),
    "keep": Trail.keep("0.3", arm_at=5),
    "step": Trail.step(90, every=10, move=5),
    "step full move": Trail.step(90, every=2),
    "break_even": Trail.break_even(10, plus="0.5"),
    "ladder": Trail.ladder((5, 1), (10, Trail.rung_trail(3)), (20, Trail.rung_steps(by=5, every=2))),
    "chandelier": Trail.chandelier(14, 3, MINUTE),
    "atr": Trail.atr(14, "2.5", MINUTE),
    "supertrend": Trail.supertrend(10, 3, MINUTE * 5),
    "donchian": Trail.donchian(20, MINUTE),
    "parabolic_sar": Trail.parabolic_sar(MINUTE),
    "time at": Trail.time_at(dt.time(15, 15)),
    "time after": Trail.time_after(dt.timedelta(hours=2)),
    "time before close": Trail.before_close(MINUTE * 10),
}

ON_MTM = {
    "max_loss": Limit.max_loss(5000),
    "max_loss of capital": Limit.max_loss(of_capital("0.02")),
    "target": Limit.target(9000),
    "give_back": Limit.give_back("0.3", arm_at=1000),
    "gap": Limit.gap(100, arm_at=1500, floor=500),
    "lock": Limit.lock(arm_at=5000, floor=3000),
    "lock_and_trail": Limit.lock_and_trail(5000, 3000, every=500, rise=250, max_steps=6),
    "trail_loss": Limit.trail_loss(5000, every=1000, rise=500, cap_at_cost=True),
    "drawdown": Limit.drawdown(of_capital("0.05"), "realised"),
    "drawdown amount": Limit.drawdown(2500, lock_at=100100),
    "daily_loss": Limit.daily_loss(of_capital("0.01")),
    "daily_target": Limit.daily_target(4000),
    "max_trades_per_day": Limit.max_trades_per_day(20),
    "cooling_off": Limit.cooling_off(3, MINUTE * 30),
    "of margin": Limit.max_loss(of_margin("0.1")),
    "of premium": Limit.max_loss(of_premium("0.25")),
}

OPTIONS: list[Any] = [
    {"action": "alert"}, {"reduce": "0.5"}, {"confirm_ticks": (3, 10)}, {"confirm_seconds": 5}, {"peak_mark": "mid"},
    {"breach_mark": "executable"}, {"strict": True},
]


@pytest.fixture
def engine() -> Engine:
    engine = Engine(clock=counting_clock(), starting_balance=100_000)
    engine.create_strategy("S", capital=200_000)
    engine.add_trade("S", "A", "BUY", 10, 100)
    return engine


@pytest.mark.parametrize("name", ON_PRICE)
def test_a_rule_on_price_can_be_set_changed_and_removed(engine: Engine, name: str) -> None:
    rule = ON_PRICE[name]
    number = engine.set_rule(rule, trade="t0", reason="a test")
    assert rule.is_on_price and engine.rule(number).name == rule.name
    engine.change_rule(number, rule.but(action="alert"), reason="another")
    assert engine.rule(number).data["rule"]["version"] == 2
    engine.remove_rule(number)
    assert engine.rule(number).data["removed"]
    for options in OPTIONS:
        engine.set_rule(rule.but(**options), trade="t0")
    assert engine.add_trade("S", "A", "BUY", 10, 100, [rule]).data["rules"]


@pytest.mark.parametrize("name", ON_MTM)
def test_a_limit_can_be_set_changed_and_removed(engine: Engine, name: str) -> None:
    rule = ON_MTM[name]
    number = engine.set_rule(rule, strategy="S", reason="a test")
    assert not rule.is_on_price and engine.rule(number).name == rule.name
    engine.change_rule(number, rule.but(action="alert", net=True), reason="another")
    engine.remove_rule(number)
    engine.set_rule(rule, account=True)
    with pytest.raises((Refused, ConfigError)):
        Engine().create_strategy("half", [Limit.max_loss(-0.0), rule, rule.but(action="nothing")])


def test_a_rule_that_has_fired_watches_anew_when_it_is_reset(engine: Engine) -> None:
    number = engine.set_rule(Limit.max_loss(100).but(action="alert"), strategy="S")
    engine.update_prices({"A": 85})
    assert engine.rule(number).has_fired
    (made,) = engine.reset_rule(number, reason="once more")
    assert made.kind == "rule_reset" and not engine.rule(number).has_fired
    engine.update_prices({"A": 76})
    assert not engine.rule(number).has_fired, "it counts from the reset"
    engine.update_prices({"A": 75})
    assert engine.rule(number).has_fired


def test_what_a_rule_takes_is_checked_before_the_engine() -> None:
    for wrong in (
        lambda: Trail.by(of_capital("0.1")), lambda: Limit.max_loss(ticks(3)), lambda: Trail.keep("0.3").but(action="buy"),
        lambda: Limit.drawdown(of_margin("0.1")), lambda: Limit.drawdown(5, "daily"), lambda: Trail.keep("0.3").but(window="day"),
        lambda: Trail.keep(None),  # type: ignore[arg-type]
    ):
        with pytest.raises(ConfigError):
            wrong()


LOCK = Limit.lock_and_trail(5000, 3000, every=500, rise=250)


@pytest.mark.parametrize(
    ("rule", "peak", "floor"),
    [
        (Limit.give_back("0.3"), 6000, 4200), (LOCK, 4999, None), (LOCK, 5000, 3000), (LOCK, 5499, 3000), (LOCK, 5500, 3250),
        (LOCK, 6100, 3500), (LOCK, 8000, 4500), (Limit.gap(100, arm_at=1500), 1500, 1400),
        (Limit.trail_loss(5000, every=1000, rise=500), 6000, -2000), (Limit.trail_loss(5000, every=1000, rise=500), 12000, 1000),
        (Limit.trail_loss(5000, every=1000, rise=500, cap_at_cost=True), 12000, 0),
    ],
)
def test_floors_of_the_manual(rule: Rule, peak: int, floor: int | None) -> None:
    engine = Engine(clock=counting_clock())
    engine.create_strategy("S", [rule])
    engine.add_trade("S", "A", "BUY", 1, 100_000)
    engine.update_prices({"A": 100_000 + peak})
    assert engine.rule(0).floor == floor


def test_the_step_of_the_manual() -> None:
    engine = Engine(clock=counting_clock())
    engine.create_strategy("S")
    engine.add_trade("S", "A", "SELL", 1, 100, [Trail.step(120, every=10, move=5)])
    stops = []
    for price in (95, 90, 84, 80, 50):
        engine.update_prices({"A": price})
        stops.append(engine.trade("t0").stop)
    assert stops == [120, 115, 115, 110, 95]


def test_a_bar_rule_follows_the_clock_that_it_is_told() -> None:
    start = dt.datetime(2026, 11, 20, 9, 15, tzinfo=dt.timezone.utc)
    engine = Engine(clock=lambda: int(start.timestamp()) * 1_000_000_000)
    engine.create_strategy("S")
    engine.add_trade("S", "A", "BUY", 1, 100, [Trail.donchian(2, MINUTE)], at=start)
    for minute, price in enumerate((101, 99, 103)):
        engine.update_prices({"A": price}, at=start + MINUTE * minute)
    assert engine.trade("t0").stop == 99
    bars = engine.tick_clock(at=start + MINUTE * 3)
    assert [event.kind for event in bars] == ["bar_closed"]


def test_a_session_has_an_end_and_a_day_of_its_own() -> None:
    opening = dt.datetime(2026, 11, 20, 9, 15, tzinfo=IST)
    now = opening - MINUTE
    engine = Engine(clock=lambda: int(now.timestamp()) * 1_000_000_000)
    engine.create_strategy("S", [Limit.daily_loss(100)])
    day = dt.timedelta(days=1)
    engine.open_session(opening, opening + dt.timedelta(hours=6, minutes=15))
    now = opening + MINUTE
    engine.update_prices({"A": 100})
    engine.add_trade("S", "A", "BUY", 10, 100, [Trail.before_close(MINUTE * 15)])
    engine.update_prices({"A": 90})
    assert engine.trade("t0").exit_reason == "daily_loss"
    with pytest.raises(EntryRefused):
        engine.add_trade("S", "A", "BUY", 10, 90)
    now = opening + dt.timedelta(hours=8)
    assert [code for _, code, _ in engine.update_prices({"A": 95}).refused] == ["MD_SESSION"]
    engine.open_session(opening + day, opening + day + dt.timedelta(hours=6, minutes=15))
    now = opening + day + MINUTE
    engine.update_prices({"A": 95})
    engine.add_trade("S", "A", "BUY", 10, 95, [Trail.before_close(MINUTE * 15)])
    now = opening + day + dt.timedelta(hours=6)
    engine.update_prices({"A": 95})
    assert engine.trade("t1").exit_reason == "time"
    with pytest.raises(BadTime):
        engine.open_session(opening, opening)


def test_kill_release_pause_and_reset(engine: Engine) -> None:
    engine.update_prices({"A": 101})
    engine.pause("S", reason="lunch")
    with pytest.raises(EntryRefused):
        engine.add_trade("S", "A", "BUY", 1, 100)
    engine.resume("S")
    engine.kill("enough")
    assert engine.is_killed and engine.trade("t0").status == "closed" and engine.trade("t0").exit_reason == "kill"
    with pytest.raises(EntryRefused):
        engine.add_trade("S", "A", "BUY", 1, 100)
    engine.release("calm again")
    assert engine.add_trade("S", "A", "BUY", 1, 100).status == "open"


def test_undo_and_redo_take_whole_calls() -> None:
    engine = Engine(clock=counting_clock())
    empty = engine.strategies
    engine.create_strategy("S", [Limit.max_loss(5000), Limit.give_back("0.3")])
    engine.add_trade("S", "A", "BUY", 10, 100, [Trail.keep("0.3"), Trail.stop_loss(90)])
    assert engine.undo() == "add trade A"
    assert engine.trade("t0").status == "cancelled"
    assert engine.redo() == engine.undo()
    assert engine.undo() == "create strategy S"
    assert engine.strategies == empty
    with pytest.raises(CannotUndo):
        engine.undo()
    assert [engine.redo(), engine.redo()] == ["create strategy S", "add trade A"]
    assert len(engine.strategy("S").data["rules"]) == 2
    assert engine.trade("t2").status == "open"
    with pytest.raises(CannotUndo):
        engine.redo()
    engine.update_prices({"A": 110})
    engine.update_prices({"A": 102})
    with pytest.raises(CannotUndo) as caught:
        engine.undo()
    assert caught.value.hint


def test_intents_are_confirmed_rejected_and_unknown() -> None:
    engine = Engine(clock=counting_clock(), orders=True)
    engine.create_strategy("S")
    engine.add_trade("S", "A", "BUY", 10, 100, [Trail.stop_loss(90)])
    engine.update_prices({"A": 90})
    (intent,) = engine.intents()
    assert (intent.id, intent.symbol, intent.side.value, intent.quantity) == ("t0x1", "A", "sell", 10)
    engine.reject_exit(intent.id, "margin")
    assert engine.trade("t0").status == "degraded"
    engine.update_prices({"A": 89})
    (again,) = engine.intents()
    assert again.id == "t0x2"
    engine.exit_unknown(again.id)
    assert engine.intents()[0].is_unknown
    engine.confirm_exit(again.id, 88.5, 4, fill_id="one")
    engine.confirm_exit(again.id, 88.5, 4, fill_id="one")
    assert engine.trade("t0").open_quantity == 6
    engine.confirm_exit(again.id, "88.4")
    trade = engine.trade("t0")
    assert (trade.status, trade.realised) == ("closed", Decimal("-46") + Decimal("-69.6"))
    with pytest.raises(Refused):
        engine.confirm_exit(again.id, 88)


def test_explain_says_the_numbers(engine: Engine) -> None:
    engine.set_rule(Limit.give_back("0.3"), strategy="S")
    engine.set_rule(Trail.keep("0.5"), trade="t0")
    engine.set_rule(Trail.by(5, arm_at=At(140)), trade="t0")
    assert "waits for mark" in engine.explain("t0")
    engine.update_prices({"A": 110})
    assert "waits for a best of 140" in engine.explain("t0")
    told = engine.explain("S")
    assert "level 105" in told and "₹70.00" in told and "room ₹30.00" in told
    engine.update_prices({"A": 105})
    told = engine.explain("S")
    assert "mark 105 <= level 105" in told and "fired: ₹50.00 met ₹70.00, peak ₹100.00" in told


def test_notebooks_show_tables_as_india_writes_numbers(engine: Engine) -> None:
    engine.update_prices({"A": "123456.75"})
    shown = engine.trade("t0")._repr_html_() + engine.strategy("S")._repr_html_()
    assert "₹12,33,567.50" in shown and "1,23,456.75" in shown and "IST" in shown


def test_the_originals_trade_stands_again_after_a_redo() -> None:
    tracker = StrategyLevelMTMTrailer(clock=counting_clock())
    tracker.create_strategy("S", -5000.0, 0.3)
    trade = tracker.add_trade("S", "A", 10, 100.0, "BUY")
    tracker.undo()
    assert (trade.status.value, tracker.get_strategy_summary("S")["trades"]) == ("cancelled", [])
    tracker.undo()
    assert tracker.get_all_strategies_summary()["total_strategies"] == 0
    tracker.redo()
    tracker.redo()
    tracker.update_prices({"A": 110.0})
    assert (trade.status.value, trade.pnl, trade.trailing_stop) == ("open", 100.0, 103.0)
    assert len(tracker.get_strategy_summary("S")["trades"]) == 1
    assert tracker.update_prices({"A": 110.0})["S"]["trailing_stop"] == 70.0
