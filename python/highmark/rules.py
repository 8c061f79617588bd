"""Every rule of the manual in Python: `Trail` on the price of a trade, `Limit` on the mtm of a scope."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any, Union

from . import words
from .errors import ConfigError
from .words import Number

Json = dict[str, Any]


@dataclass(frozen=True)
class Measure:
    """How far, or how much, when it is not a plain number of points or rupees."""

    kind: str
    value: Any

    def distance(self) -> Json:
        if self.kind in ("of_capital", "of_margin"):
            raise ConfigError(f"{self.kind} is no distance of prices", "use of_entry, of_best, ticks or points")
        return {self.kind: self.value}

    def amount(self) -> Json:
        if self.kind not in ("of_capital", "of_margin", "of_premium"):
            raise ConfigError(f"{self.kind} is no amount of money", "use rupees, of_capital, of_margin or of_premium")
        return {self.kind: self.value}


def points(value: Number) -> Measure:
    return Measure("points", words.points(value, "points"))


def ticks(count: int) -> Measure:
    """Steps of the instrument's tick size."""
    return Measure("ticks", words.whole(count, "ticks", 1))


def basis_points(count: int) -> Measure:
    """Hundredths of a percent of the best price."""
    return Measure("basis_points", words.whole(count, "basis_points", 1))


def of_entry(share: Number) -> Measure:
    return Measure("of_entry", words.fraction(share, "of_entry"))


def of_best(share: Number) -> Measure:
    return Measure("of_best", words.fraction(share, "of_best"))


def of_premium(share: Number) -> Measure:
    """Of an option's entry price, or of the combined premium of a scope."""
    return Measure("of_premium", words.fraction(share, "of_premium"))


def of_capital(share: Number) -> Measure:
    return Measure("of_capital", words.fraction(share, "of_capital"))


def of_margin(share: Number) -> Measure:
    return Measure("of_margin", words.fraction(share, "of_margin"))


@dataclass(frozen=True)
class At:
    """A price, where a plain number would be a distance (`arm_at=At(2550)`)."""

    price: Number


Distance = Union[Number, Measure]
Amount = Union[Number, Measure]
Length = Union[dt.timedelta, Number]


@dataclass(frozen=True)
class Rule:
    """A rule as the engine takes it. `but` gives the same rule with other options."""

    spec: Json
    options: Json = field(default_factory=dict)

    @property
    def is_on_price(self) -> bool:
        return "price" in self.spec

    @property
    def name(self) -> str:
        (body,) = self.spec.values()
        return str(next(iter(body)))

    def draft(self) -> Json:
        return {"spec": self.spec, "options": self.options}

    def but(
        self,
        *,
        strict: bool | None = None,
        action: str | None = None,
        reduce: Number | None = None,
        window: str | None = None,
        net: bool | None = None,
        confirm_ticks: tuple[int, Length] | None = None,
        confirm_seconds: Length | None = None,
        candle_close: Length | None = None,
        peak_mark: str | None = None,
        breach_mark: str | None = None,
        watch_underlying: bool | None = None,
        then: tuple[str, str] | None = None,
        warn: list[Number] | None = None,
        force: bool | None = None,
    ) -> Rule:
        """The same rule with options: `action` is alert, exit, shutdown, block_entries, exit_losers or
        move_to_cost; `reduce` a share of each trade; `window` session or life; `then` a wider scope and
        an action on it, as `("strategy", "move_to_cost")`."""
        options = dict(self.options)
        if strict is not None:
            options["strict"] = strict
        if action is not None:
            options["action"] = _one_of(action, ACTIONS, "action")
        if reduce is not None:
            options["action"] = {"reduce": words.fraction(reduce, "reduce")}
        if window is not None:
            options["window"] = _one_of(window, ("session", "life"), "window")
        if net is not None:
            options["valuation"] = "net" if net else "gross"
        if confirm_ticks is not None:
            count, within = confirm_ticks
            length = words.span(within, "confirm_ticks")
            options["confirm"] = {"ticks": {"count": words.whole(count, "confirm_ticks", 1), "within": length}}
        if confirm_seconds is not None:
            options["confirm"] = {"seconds": {"wait": words.span(confirm_seconds, "confirm_seconds")}}
        if candle_close is not None:
            options["confirm"] = {"candle_close": {"length": words.span(candle_close, "candle_close")}}
        for name, mark in (("peak_mark", peak_mark), ("breach_mark", breach_mark)):
            if mark is not None:
                options[name] = _one_of(mark, ("last", "mid", "executable", "clamped"), name)
        if watch_underlying is not None:
            options["watch"] = "underlying" if watch_underlying else "own"
        if then is not None:
            reach = _one_of(then[0], ("group", "strategy", "account", "system"), "then")
            options["then"] = {"reach": reach, "action": _one_of(then[1], ACTIONS, "then")}
        if warn is not None:
            options["warn"] = [words.fraction(band, "warn") for band in warn]
        if force is not None:
            options["force"] = force
        return replace(self, options=options)


ACTIONS = ("alert", "exit", "shutdown", "block_entries", "exit_losers", "move_to_cost")


class Trail:
    """Rules on the price of one trade."""

    @staticmethod
    def stop_loss(at: Number | Measure) -> Rule:
        """A fixed stop: a price, or a distance from the entry."""
        return _price_rule("stop_loss", at=_place(at, "stop_loss"))

    @staticmethod
    def target(at: Number | Measure) -> Rule:
        """A fixed target: a price, or a distance from the entry."""
        return _price_rule("target", at=_place(at, "target"))

    @staticmethod
    def by(distance: Distance, arm_at: Distance | At | None = None) -> Rule:
        """So far behind the best price."""
        return _price_rule("trail", by=_distance(distance, "by"), arm_at=_arm_at(arm_at))

    @staticmethod
    def keep(fraction: Number, arm_at: Distance | At | None = None) -> Rule:
        """Keeps this share of the best profit per unit: `stop = entry + (best - entry) x fraction`."""
        return _price_rule("keep", fraction=words.fraction(fraction, "fraction"), arm_at=_arm_at(arm_at))

    @staticmethod
    def step(start: Number | Measure, every: Distance, move: Distance | None = None, from_price: Number | None = None) -> Rule:
        """From `start`, `move` for each whole `every` of profit; without `move`, by the whole move made."""
        by: Any = "full_move" if move is None else {"whole_steps": {"move": _distance(move, "move")}}
        origin = None if from_price is None else words.price(from_price, "from_price")
        every_ = _distance(every, "every")
        return _price_rule("step", **{"start": _place(start, "start"), "every": every_, "by": by, "from": origin})

    @staticmethod
    def break_even(at: Distance, plus: Number = 0) -> Rule:
        """At a profit of `at`, once, the stop goes to the entry plus `plus`."""
        return _price_rule("break_even", at=_distance(at, "at"), plus=words.points(plus, "plus"))

    @staticmethod
    def ladder(*rungs: tuple[Distance, Number | Json]) -> Rule:
        """At each profit, the stop that stands beside it: points of profit, `Trail.rung_trail` or `Trail.rung_steps`."""
        made = [
            {"at": _distance(at, "at"), "stop": stop if isinstance(stop, dict) else {"profit": words.points(stop, "stop")}}
            for at, stop in rungs
        ]
        return _price_rule("ladder", rungs=made)

    @staticmethod
    def rung_trail(by: Distance) -> Json:
        return {"trail": {"by": _distance(by, "by")}}

    @staticmethod
    def rung_steps(by: Distance, every: Distance) -> Json:
        return {"steps": {"by": _distance(by, "by"), "every": _distance(every, "every")}}

    @staticmethod
    def chandelier(period: int, multiple: Number, bar: Length) -> Rule:
        """The highest high of `period` bars less `multiple` x ATR."""
        return _study("chandelier", bar, period=period, multiple=multiple)

    @staticmethod
    def atr(period: int, multiple: Number, bar: Length) -> Rule:
        """The close less `multiple` x ATR."""
        return _study("atr", bar, period=period, multiple=multiple)

    @staticmethod
    def supertrend(period: int, multiple: Number, bar: Length) -> Rule:
        return _study("supertrend", bar, period=period, multiple=multiple)

    @staticmethod
    def donchian(period: int, bar: Length) -> Rule:
        """The lowest low of `period` bars."""
        return _study("donchian", bar, period=period)

    @staticmethod
    def parabolic_sar(bar: Length, step: Number = "0.02", most: Number = "0.2") -> Rule:
        return _study("parabolic_sar", bar, step=step, most=most)

    @staticmethod
    def time_at(clock: dt.time) -> Rule:
        """Out at a time of day (IST)."""
        seconds = (clock.hour * 60 + clock.minute) * 60 + clock.second
        return _price_rule("time", when={"at": seconds * 1_000_000_000 + clock.microsecond * 1000})

    @staticmethod
    def time_after(held: Length) -> Rule:
        """Out after being held so long."""
        return _price_rule("time", when={"after": words.span(held, "held")})

    @staticmethod
    def before_close(length: Length) -> Rule:
        """Out so long before the session's end."""
        return _price_rule("time", when={"before_close": words.span(length, "length")})


class Limit:
    """Rules on the mtm of a trade, group, strategy, account or the system."""

    @staticmethod
    def max_loss(amount: Amount) -> Rule:
        """A loss of this much; the sign does not matter."""
        return _mtm_rule("max_loss", amount=_amount(amount, "amount", magnitude=True))

    @staticmethod
    def target(amount: Amount) -> Rule:
        return _mtm_rule("target", amount=_amount(amount, "amount"))

    @staticmethod
    def give_back(fraction: Number, arm_at: Amount = 0) -> Rule:
        """Gives back at most this share of the peak: peak 6000 and 0.3 make a floor of 4200."""
        share = words.fraction(fraction, "fraction")
        return _mtm_rule("give_back", fraction=share, arm_at=_amount(arm_at, "arm_at"))

    @staticmethod
    def gap(amount: Amount, arm_at: Amount = 0, floor: Amount | None = None) -> Rule:
        """A floor so much below the peak."""
        least = None if floor is None else _amount(floor, "floor")
        return _mtm_rule("gap", amount=_amount(amount, "amount"), arm_at=_amount(arm_at, "arm_at"), floor=least)

    @staticmethod
    def lock(arm_at: Amount, floor: Amount) -> Rule:
        """Once the peak has been `arm_at`, never below `floor`."""
        return _mtm_rule("lock", arm_at=_amount(arm_at, "arm_at"), floor=_amount(floor, "floor"))

    @staticmethod
    def lock_and_trail(arm_at: Amount, floor: Amount, every: Amount, rise: Amount, max_steps: int | None = None) -> Rule:
        """As `lock`; the floor rises by `rise` for each whole `every` beyond."""
        steps = None if max_steps is None else words.whole(max_steps, "max_steps", 1)
        return _mtm_rule(
            "lock_and_trail",
            arm_at=_amount(arm_at, "arm_at"),
            floor=_amount(floor, "floor"),
            every=_amount(every, "every"),
            **{"raise": _amount(rise, "rise")},
            max_steps=steps,
        )

    @staticmethod
    def trail_loss(loss: Amount, every: Amount, rise: Amount, cap_at_cost: bool = False) -> Rule:
        """A loss limit that rises by `rise` for each whole `every` of peak."""
        return _mtm_rule(
            "trail_loss",
            loss=_amount(loss, "loss", magnitude=True),
            every=_amount(every, "every"),
            **{"raise": _amount(rise, "rise")},
            cap="cost" if cap_at_cost else "none",
        )

    @staticmethod
    def drawdown(distance: Number | Measure, basis: str = "intraday", lock_at: Number | None = None) -> Rule:
        """From the highest equity: rupees, or `of_capital` for a share of the starting balance. `basis` is
        intraday, end_of_day or realised."""
        if isinstance(distance, Measure):
            if distance.kind != "of_capital":
                raise ConfigError("a drawdown is rupees or a share of the balance", "use of_capital(0.1)")
            far: Json = {"of_balance": distance.value}
        else:
            far = {"money": words.magnitude(distance, "distance")}
        basis = _one_of(basis, ("intraday", "end_of_day", "realised"), "basis")
        lock = None if lock_at is None else words.money(lock_at, "lock_at")
        return _mtm_rule("drawdown", distance=far, basis=basis, lock_at=lock)

    @staticmethod
    def daily_loss(amount: Amount) -> Rule:
        return _mtm_rule("daily_loss", amount=_amount(amount, "amount", magnitude=True))

    @staticmethod
    def daily_target(amount: Amount) -> Rule:
        return _mtm_rule("daily_target", amount=_amount(amount, "amount"))

    @staticmethod
    def max_trades_per_day(count: int) -> Rule:
        return _mtm_rule("max_trades_per_day", count=words.whole(count, "count", 1))

    @staticmethod
    def cooling_off(losses: int, wait: Length) -> Rule:
        """After so many losses in a row, no entries for so long."""
        return _mtm_rule("cooling_off", losses=words.whole(losses, "losses", 1), wait=words.span(wait, "wait"))


def _price_rule(name: str, **fields: Any) -> Rule:
    return Rule({"price": {name: fields}})


def _mtm_rule(name: str, **fields: Any) -> Rule:
    return Rule({"mtm": {name: fields}})


def _study(name: str, bar: Length, **given: Any) -> Rule:
    fields = {
        key: words.whole(value, key, 1) if key == "period" else words.fraction(value, key)
        for key, value in given.items()
    }
    return _price_rule("bars", study={name: fields}, length=words.span(bar, "bar"))


def _distance(value: Distance, what: str) -> Json:
    if isinstance(value, Measure):
        return value.distance()
    return {"points": words.points(value, what)}


def _amount(value: Amount, what: str, magnitude: bool = False) -> Json:
    if isinstance(value, Measure):
        return value.amount()
    return {"money": words.magnitude(value, what) if magnitude else words.money(value, what)}


def _place(value: Number | Measure, what: str) -> Json:
    if isinstance(value, Measure):
        return {"from_entry": value.distance()}
    return {"price": words.price(value, what)}


def _arm_at(value: Distance | At | None) -> Json | None:
    if value is None:
        return None
    if isinstance(value, At):
        return {"price": words.price(value.price, "arm_at")}
    return {"profit": _distance(value, "arm_at")}


def _one_of(given: str, known: tuple[str, ...], what: str) -> str:
    if given not in known:
        raise ConfigError(f"{what}: {given!r} is not known", f"one of {', '.join(known)}")
    return given
