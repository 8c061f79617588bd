"""A second implementation, written from the rule manual and sharing nothing with the engine: Decimals, plain
loops, every trade looked at on every tick. In `x` up is favourable: a short's prices are negated."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from typing import Any

ZERO = Decimal(0)


def floor_of(value: Decimal) -> Decimal:
    return value.to_integral_value(ROUND_FLOOR)


@dataclass
class Stop:
    """A price rule of one trade: how it is set, and the level that it has reached, in x."""

    kind: str
    terms: dict[str, Decimal]
    level: Decimal | None = None
    is_done: bool = False

    def look(self, entry: Decimal, best: Decimal, mark: Decimal, sign: int) -> None:
        found = self.candidate(entry, best, mark, sign)
        if found is not None and (self.level is None or found > self.level):
            self.level = found

    def candidate(self, entry: Decimal, best: Decimal, mark: Decimal, sign: int) -> Decimal | None:
        terms = self.terms
        if self.kind == "stop_loss":
            return terms["at"] * sign
        if self.kind == "trail":
            armed = "arm_at" not in terms or best - entry >= terms["arm_at"]
            return best - terms["by"] if armed else None
        if self.kind == "keep":
            armed = "arm_at" not in terms or best - entry >= terms["arm_at"]
            return entry + (best - entry) * terms["fraction"] if armed and best > entry else None
        if self.kind == "step":
            steps = max(ZERO, floor_of((best - entry) / terms["every"]))
            return terms["start"] * sign + steps * terms["move"]
        if self.kind == "break_even" and not self.is_done and best - entry >= terms["at"]:
            self.is_done = True
            found = entry + terms["plus"]
            return None if mark <= found else found
        return None


@dataclass
class Round:
    """A trade."""

    number: int
    strategy: int
    symbol: str
    sign: int
    quantity: Decimal
    entry: Decimal
    stops: list[Stop]
    target: Decimal | None
    best: Decimal = ZERO
    exit: Decimal | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        self.best = self.entry * self.sign
        for stop in self.stops:
            if stop.kind != "break_even":
                stop.look(self.best, self.best, self.best, self.sign)

    def tick(self, price: Decimal) -> None:
        mark, entry = price * self.sign, self.entry * self.sign
        self.best = max(self.best, mark)
        for stop in self.stops:
            stop.look(entry, self.best, mark, self.sign)
        hit = [stop for stop in self.stops if stop.level is not None and mark <= stop.level]
        if hit:
            self.leave(price, max(hit, key=lambda stop: stop.level or ZERO).kind)
        elif self.target is not None and mark >= self.target * self.sign:
            self.leave(price, "target")

    def leave(self, price: Decimal, reason: str) -> None:
        self.exit, self.reason = price, reason

    def stop_shown(self) -> Decimal | None:
        """The tightest, rounded to 1e-8 toward the market."""
        levels = [stop.level for stop in self.stops if stop.level is not None]
        return None if not levels else max(levels).quantize(Decimal("1e-8"), ROUND_CEILING) * self.sign

    def mtm(self, marks: dict[str, Decimal]) -> Decimal:
        price = marks[self.symbol] if self.exit is None else self.exit
        return (price - self.entry) * self.quantity * self.sign


#: In which order the rules of a scope are judged.
CLASSES = {"max_loss": 0, "give_back": 1, "gap": 1, "lock": 1, "lock_and_trail": 1, "trail_loss": 1, "target": 2}


def level_of(kind: str, terms: dict[str, Decimal], peak: Decimal) -> Decimal | None:
    if kind == "max_loss":
        return -terms["amount"]
    if kind == "target":
        return terms["amount"]
    if kind == "trail_loss":
        steps = floor_of(max(ZERO, peak) / terms["every"])
        level = -terms["loss"] + steps * terms["rise"]
        return min(ZERO, level) if terms["cap"] else level
    if peak < terms["arm_at"]:
        return None
    if kind == "give_back":
        return peak * (1 - terms["fraction"]) if peak > 0 else None
    if kind == "gap":
        return max(peak - terms["amount"], terms["floor"]) if "floor" in terms else peak - terms["amount"]
    if kind == "lock":
        return terms["floor"]
    steps = floor_of((peak - terms["arm_at"]) / terms["every"])
    if "max_steps" in terms:
        steps = min(steps, terms["max_steps"])
    return terms["floor"] + steps * terms["rise"]


@dataclass
class Owner:
    """A strategy: its limits, its peak, and whether it still trades."""

    limits: list[tuple[str, dict[str, Decimal]]]
    peak: Decimal = ZERO
    is_active: bool = True


@dataclass
class Reference:
    owners: list[Owner] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    marks: dict[str, Decimal] = field(default_factory=dict)

    def add(self, **terms: Any) -> None:
        self.rounds.append(Round(number=len(self.rounds), **terms))

    def mtm(self, owner: int) -> Decimal:
        return sum((trade.mtm(self.marks) for trade in self.rounds if trade.strategy == owner), ZERO)

    def floor(self, owner: int, index: int) -> Decimal | None:
        kind, terms = self.owners[owner].limits[index]
        return level_of(kind, terms, self.owners[owner].peak)

    def batch(self, ticks: list[tuple[str, Decimal]]) -> list[tuple[int, Decimal, str]]:
        """One input: each tick with its trades, then each strategy once. Returns who left, in no order."""
        with localcontext() as context:
            context.prec = 60
            before = [trade.number for trade in self.rounds if trade.exit is None]
            for symbol, price in ticks:
                self.marks[symbol] = price
                for trade in self.rounds:
                    if trade.exit is None and trade.symbol == symbol:
                        trade.tick(price)
            for number in range(len(self.owners)):
                self.settle(number)
            left = [self.rounds[number] for number in before]
            return [(trade.number, trade.exit, trade.reason) for trade in left if trade.exit is not None]

    def settle(self, number: int) -> None:
        owner = self.owners[number]
        if not owner.is_active:
            return
        value = self.mtm(number)
        owner.peak = max(owner.peak, value)
        met = []
        for kind, terms in owner.limits:
            level = level_of(kind, terms, owner.peak)
            if level is not None and (value >= level if kind == "target" else value <= level):
                met.append(kind)
        if not met:
            return
        owner.is_active = False
        first = min(met, key=lambda kind: CLASSES[kind])
        for trade in self.rounds:
            if trade.strategy == number and trade.exit is None:
                trade.leave(self.marks[trade.symbol], first)
