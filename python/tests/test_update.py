"""What `update_prices` answers, on its usual way and on the others: the same dictionaries, to the last digit."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from conftest import counting_clock
from mtm_trailing_system import MTMEvent, MTMObserver, StrategyLevelMTMTrailer

KEYS = "old_mtm new_mtm mtm_change peak_mtm trailing_stop open_trades total_trades is_active actions events intents is_uncertain"


class Listener(MTMObserver):
    async def on_mtm_event(self, event: MTMEvent) -> None:
        pass


def usual() -> StrategyLevelMTMTrailer:
    """By the machine's clock, with nobody listening: what is quickest."""
    return StrategyLevelMTMTrailer()


def timed() -> StrategyLevelMTMTrailer:
    return StrategyLevelMTMTrailer(clock=counting_clock())


def heard() -> StrategyLevelMTMTrailer:
    tracker = StrategyLevelMTMTrailer()
    tracker.subscribe(Listener())
    return tracker


def strict() -> StrategyLevelMTMTrailer:
    return StrategyLevelMTMTrailer(strict=True)


def exact() -> StrategyLevelMTMTrailer:
    return StrategyLevelMTMTrailer(exact=True)


Make = Callable[[], StrategyLevelMTMTrailer]


def with_book(make: Make, size: int) -> StrategyLevelMTMTrailer:
    """Three strategies, one of them short, of up to `size` a trade; a fall closes one."""
    tracker = make()
    for name, side, loss in (("S", "BUY", 10**9), ("T", "SELL", 10**9), ("U", "BUY", 50 * size)):
        tracker.create_strategy(name, -loss, 0.5)
        for number in range(4):
            entry = 1000.0 + number
            tracker.add_trade(name, f"A{number}", max(1, size - number), entry, side, trail=None)
    return tracker


def walk(seed: int, rounds: int, places: int) -> list[dict[str, float]]:
    draw = random.Random(seed)
    prices = [1000.0 + number for number in range(4)]
    batches = []
    for _ in range(rounds):
        prices = [round(price + draw.uniform(-6, 6), places) for price in prices]
        batches.append({f"A{number}": price for number, price in enumerate(prices)})
    return batches


def bare(updates: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What does not name a turn's own events."""
    return {name: {key: value for key, value in row.items() if key not in ("events", "intents")} for name, row in updates.items()}


@pytest.mark.parametrize("size", [1, 100, 10**6])
@pytest.mark.parametrize("places", [2, 8])
def test_all_ways_answer_the_same(size: int, places: int) -> None:
    trackers = [with_book(make, size) for make in (usual, timed, heard, strict, exact)]
    amounts = ("old_mtm", "new_mtm", "mtm_change", "peak_mtm", "trailing_stop")
    for batch in walk(size + places, 60, places):
        first, *others, exactly = (tracker.update_prices(batch) for tracker in trackers)
        for other in others:
            assert bare(other) == bare(first)
        for name, row in first.items():
            assert " ".join(row) == KEYS
            for key in amounts:
                amount, wanted = row[key], exactly[name][key]
                assert (amount is None) == (wanted is None)
                if amount is not None:
                    assert type(amount) is float and type(wanted) is Decimal
                    assert amount == float(wanted), key
        for name, strategy in trackers[0].strategies.items():
            summary = trackers[0].get_strategy_summary(strategy.strategy_name)
            assert summary["total_mtm"] == first[name]["new_mtm"]
            assert summary["peak_mtm"] == first[name]["peak_mtm"]
            assert summary["current_trailing_stop"] == first[name]["trailing_stop"]
    assert any(not strategy.is_active for strategy in trackers[0].strategies.values()), "the walk closes one"


@pytest.mark.parametrize("make", [usual, timed, heard])
def test_an_answer_is_its_callers_own(make: Make) -> None:
    tracker, other = with_book(make, 10), with_book(make, 10)
    for batch in walk(3, 20, 2):
        answer, wanted = tracker.update_prices(batch), other.update_prices(batch)
        assert type(answer) is dict and all(type(row) is dict for row in answer.values())
        assert bare(answer) == bare(wanted)
        for row in answer.values():
            assert type(row["actions"]) is list
            row["actions"].append("mine")
            row["new_mtm"] = row["mine"] = 0.0
            del row["old_mtm"], row["is_active"]
        answer.clear()


def test_what_is_kept_of_an_answer_is_in_no_other() -> None:
    tracker = with_book(usual, 10)
    answers = [tracker.update_prices(batch) for batch in walk(5, 10, 2)]
    rows = [answer["S"] for answer in answers]
    assert len({id(row) for row in rows}) == len({id(row["actions"]) for row in rows}) == 10
    # Of answers that are gone, a row, or its list alone.
    row = tracker.update_prices({"A0": 1001.0})["S"]
    actions = tracker.update_prices({"A0": 1002.0})["S"]["actions"]
    later = tracker.update_prices({"A0": 1003.0})["S"]
    assert row["actions"] is not actions and later["actions"] is not actions and later["actions"] is not row["actions"]
    actions.append("mine")
    row["actions"].append("mine")
    del row, actions, later
    assert tracker.update_prices({"A0": 1004.0})["S"]["actions"] == []


def test_what_is_set_later_counts() -> None:
    tracker = with_book(usual, 10)
    tracker.update_prices({"A0": 1001.0})
    tracker.exact = True
    assert type(tracker.update_prices({"A0": 1002.0})["S"]["new_mtm"]) is Decimal
    tracker.exact, tracker.strict = False, True
    with pytest.raises(ValueError):
        tracker.update_prices({"A0": float("nan")})
    assert type(tracker.update_prices({"A0": 1003.0})["S"]["new_mtm"]) is float


@pytest.mark.parametrize("odd", [float("nan"), 0.0, -1.0, "x", True, 1e300, None])
def test_an_odd_price_among_usual_ones_is_counted(odd: object) -> None:
    tracker = with_book(usual, 10)
    tracker.update_prices({"A0": 1001.0, "A1": 1001.5})
    answer = tracker.update_prices({"A0": odd, "A1": 1002.5})
    assert answer["S"]["mtm_change"] == 9.0
    assert sum(tracker.bad_ticks.values()) == 1
    assert tracker.update_prices({"A0": 1002.0, "A1": 1002.5})["S"]["mtm_change"] == 10.0
