"""The engine, driven from Python, against the reference: random books, rules and markets, to the paisa.

`HIGHMARK_TICKS` says how many ticks at least; 100,000 unless it does.
"""

from __future__ import annotations

import os
import random
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from reference import Owner, Reference, Stop

from highmark import Engine, Limit, Rule, Trail
from highmark.events import STOPS

TICKS = int(os.environ.get("HIGHMARK_TICKS", "100000"))
BATCHES, SYMBOLS = 120, 4
EXAMPLES = -(-TICKS // (BATCHES * 3))

seen = {"ticks": 0, "exits": 0, "shutdowns": 0, "reasons": set[str]()}


def amount(low: int, high: int) -> st.SearchStrategy[Decimal]:
    """In quarters, which prices touch exactly, or to the hundredth of a paisa."""
    quarters = st.integers(low * 4, high * 4).map(lambda units: Decimal(units) / 4)
    return quarters | st.integers(low * 10_000, high * 10_000).map(lambda units: Decimal(units) / 10_000)


def share() -> st.SearchStrategy[Decimal]:
    return st.integers(1, 999_999).map(lambda parts: Decimal(parts) / 1_000_000)


PRICE_RULES = st.one_of(
    st.fixed_dictionaries({"kind": st.just("stop_loss"), "away": amount(1, 30)}),
    st.fixed_dictionaries({"kind": st.just("target"), "away": amount(1, 30)}),
    st.fixed_dictionaries({"kind": st.just("trail"), "by": amount(1, 20)}, optional={"arm_at": amount(1, 10)}),
    st.fixed_dictionaries({"kind": st.just("keep"), "fraction": share()}, optional={"arm_at": amount(1, 10)}),
    st.fixed_dictionaries({"kind": st.just("step"), "away": amount(1, 20), "every": amount(2, 6), "move": amount(1, 2)}),
    st.fixed_dictionaries({"kind": st.just("break_even"), "at": amount(2, 10), "plus": amount(0, 1)}),
)

LIMITS = st.one_of(
    st.fixed_dictionaries({"kind": st.just("max_loss"), "amount": amount(50, 800)}),
    st.fixed_dictionaries({"kind": st.just("target"), "amount": amount(200, 2000)}),
    st.fixed_dictionaries({"kind": st.just("give_back"), "fraction": share(), "arm_at": amount(0, 200)}),
    st.fixed_dictionaries({"kind": st.just("gap"), "amount": amount(20, 400), "arm_at": amount(1, 200)}),
    st.fixed_dictionaries({"kind": st.just("lock"), "arm_at": amount(100, 400), "floor": amount(10, 99)}),
    st.fixed_dictionaries(
        {"kind": st.just("lock_and_trail"), "arm_at": amount(100, 400), "floor": amount(10, 99),
         "every": amount(100, 300), "rise": amount(10, 99)},
        optional={"max_steps": st.integers(1, 5).map(Decimal)},
    ),
    st.fixed_dictionaries(
        {"kind": st.just("trail_loss"), "loss": amount(100, 500), "every": amount(100, 300), "rise": amount(10, 99),
         "cap": st.sampled_from([Decimal(0), Decimal(1)])}
    ),
)

TRADES = st.fixed_dictionaries(
    {"symbol": st.integers(0, SYMBOLS - 1), "sign": st.sampled_from([1, -1]), "quantity": st.integers(1, 75),
     "rules": st.lists(PRICE_RULES, min_size=1, max_size=4), "after": st.integers(0, BATCHES // 2), "owner": st.integers(0, 2)}
)


def price_rule(terms: dict[str, Any], entry: Decimal, sign: int) -> tuple[Rule, Stop | Decimal]:
    """The same rule twice: for the engine, and for the reference."""
    kind = terms["kind"]
    if kind == "stop_loss":
        at = entry - terms["away"] * sign
        return Trail.stop_loss(at), Stop(kind, {"at": at})
    if kind == "target":
        at = entry + terms["away"] * sign
        return Trail.target(at), at
    if kind == "trail":
        return Trail.by(terms["by"], arm_at=terms.get("arm_at")), Stop(kind, terms)
    if kind == "keep":
        return Trail.keep(terms["fraction"], arm_at=terms.get("arm_at")), Stop(kind, terms)
    if kind == "step":
        start = entry - terms["away"] * sign
        own = {"start": start, "every": terms["every"], "move": terms["move"]}
        return Trail.step(start, every=terms["every"], move=terms["move"]), Stop(kind, own)
    return Trail.break_even(terms["at"], plus=terms["plus"]), Stop(kind, terms)


def limit(terms: dict[str, Any]) -> Rule:
    given = {name: value for name, value in terms.items() if name != "kind"}
    if "cap" in given:
        given["cap_at_cost"] = bool(given.pop("cap"))
    made: Rule = getattr(Limit, terms["kind"])(**given)
    return made.but(window="life")


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    limits=st.lists(st.lists(LIMITS, min_size=1, max_size=3), min_size=3, max_size=3),
    trades=st.lists(TRADES, min_size=8, max_size=24),
    seed=st.integers(0, 2**32),
)
def test_the_engine_and_the_reference_agree(limits: Any, trades: Any, seed: int) -> None:
    engine, reference = Engine(), Reference()
    for number, own in enumerate(limits):
        engine.create_strategy(f"S{number}", [limit(terms) for terms in own])
        reference.owners.append(Owner([(terms["kind"], terms) for terms in own]))
    market = Market(seed)
    for number in range(BATCHES):
        ticks = market.batch(all_symbols=number == 0)
        play(engine, reference, ticks)
        for trade in (trade for trade in trades if trade["after"] == number):
            enter(engine, reference, market, trade)
    assert [trade.stop for trade in engine.trades() if trade.status == "open"] == [
        trade.stop_shown() for trade in reference.rounds if trade.exit is None
    ]


def enter(engine: Engine, reference: Reference, market: "Market", terms: dict[str, Any]) -> None:
    owner, symbol, sign = terms["owner"], f"A{terms['symbol']}", terms["sign"]
    if not reference.owners[owner].is_active:
        return
    entry = market.prices[symbol]
    pairs = [price_rule(rule, entry, sign) for rule in terms["rules"]]
    side = "BUY" if sign == 1 else "SELL"
    engine.add_trade(f"S{owner}", symbol, side, terms["quantity"], entry, [rule for rule, _ in pairs])
    targets = [twin for _, twin in pairs if isinstance(twin, Decimal)]
    nearest = None if not targets else min(targets) if sign == 1 else max(targets)
    reference.add(
        strategy=owner, symbol=symbol, sign=sign, quantity=Decimal(terms["quantity"]), entry=entry,
        stops=[twin for _, twin in pairs if isinstance(twin, Stop)], target=nearest,
    )


def play(engine: Engine, reference: Reference, ticks: list[tuple[str, Decimal]]) -> None:
    update = engine.update_prices(dict(ticks))
    expected = reference.batch(ticks)
    found = {event.trade_id: (event.price, event.rule) for event in update.intents}
    assert found == {f"t{number}": (price, reason) for number, price, reason in expected}
    seen["ticks"] += len(ticks)
    seen["exits"] += len(expected)
    seen["reasons"] |= {reason for _, _, reason in expected}
    for number, owner in enumerate(reference.owners):
        view = engine.strategy(f"S{number}")
        assert view.mtm == reference.mtm(number)
        assert view.is_active == owner.is_active
        if owner.is_active:
            assert view.peak == owner.peak
            floors = [engine.rule(rule).floor for rule in view.data["rules"]]
            assert floors == [reference.floor(number, index) for index in range(len(owner.limits))]
    seen["shutdowns"] += sum(event.kind == "shut_down" for event in update.events)


class Market:
    """Four symbols that walk, in quarters or to the hundredth of a paisa, with jumps."""

    def __init__(self, seed: int) -> None:
        self.unit = 2_500 if seed % 2 else 1
        self.random = random.Random(seed)
        self.prices = {f"A{number}": Decimal(100) for number in range(SYMBOLS)}

    def batch(self, all_symbols: bool) -> list[tuple[str, Decimal]]:
        count = SYMBOLS if all_symbols else self.random.choice([2, 3, 3, 4, 4])
        ticks = []
        for symbol in self.random.sample(sorted(self.prices), count):
            jump = 120_000 if self.random.random() < 0.02 else 8_000
            step = Decimal(self.random.randint(-jump, jump) // self.unit * self.unit) / 10_000
            self.prices[symbol] = max(self.prices[symbol] + step, Decimal(20))
            ticks.append((symbol, self.prices[symbol]))
        return ticks


def test_enough_was_compared(capsys: Any) -> None:
    """Runs after the comparison: how much of what there is it has seen."""
    if seen["ticks"] == 0:
        return
    with capsys.disabled():
        print(f"\n{seen['ticks']} ticks, {seen['exits']} exits, {seen['shutdowns']} shutdowns compared, no difference")
    assert seen["ticks"] >= TICKS
    if TICKS >= 100_000:
        floors = {"give_back", "gap", "lock", "lock_and_trail", "trail_loss"}
        assert (STOPS - {"ladder", "bars"}) | floors | {"target", "max_loss"} == seen["reasons"]
