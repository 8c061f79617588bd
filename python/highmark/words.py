"""Sides, times and numbers as people write them, made into what the engine takes."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import Any, Union

from ._highmark import decimal as _decimal
from .errors import BadNumber, BadPrice, BadQuantity, BadSide, BadTime

#: A number at the border: taken exactly, a float by its shortest decimal text.
Number = Union[int, float, str, Decimal]
#: A moment: with a zone, or in nanoseconds since 1970.
Moment = Union[dt.datetime, int]
#: What tells the time when a call is not told it: nanoseconds since 1970.
Clock = Callable[[], int]

IST = dt.timezone(dt.timedelta(hours=5, minutes=30), "IST")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_MICROSECOND = dt.timedelta(microseconds=1)
#: The last moment that the engine counts.
LAST = 2**63 - 2**40


class Side(str, Enum):
    """Which way a trade was opened."""

    BUY = "buy"
    SELL = "sell"


_SIDES = {
    "BUY": Side.BUY,
    "B": Side.BUY,
    "LONG": Side.BUY,
    "SELL": Side.SELL,
    "S": Side.SELL,
    "SHORT": Side.SELL,
}


def side(given: object) -> Side:
    """`BUY`, `B`, `LONG` or `SELL`, `S`, `SHORT` in any case, or an enum with such a name."""
    if isinstance(given, Enum):
        given = given.value if isinstance(given.value, str) else given.name
    found = _SIDES.get(given.strip().upper()) if isinstance(given, str) else None
    if found is None:
        raise BadSide(f"trade_type: {given!r} is no side", 'say "BUY" or "SELL" (also B, S, LONG, SHORT)')
    return found


def price(value: object, what: str = "price") -> str:
    text = _decimal(value, "price", what)
    if Decimal(text) <= 0:
        raise BadPrice(f"{what}: {text} is not above zero", "a price is above zero")
    return text


def points(value: object, what: str) -> str:
    """A price difference, of either sign."""
    return _decimal(value, "price", what)


def quantity(value: object, what: str = "quantity") -> str:
    text = _decimal(value, "quantity", what)
    if Decimal(text) <= 0:
        raise BadQuantity(f"{what}: {text} is not above zero", "the side says whether it is bought or sold")
    return text


def money(value: object, what: str) -> str:
    return _decimal(value, "money", what)


def magnitude(value: object, what: str) -> str:
    """An amount whose sign does not matter."""
    return money(value, what).removeprefix("-")


def fraction(value: object, what: str) -> str:
    """A share: 0.3 is 30 percent."""
    text = _decimal(value, "fraction", what)
    if not 0 <= Decimal(text) <= 10:
        raise BadNumber(f"{what}: {text} is no share", "30 % is 0.3")
    return text


def whole(value: object, what: str, least: int = 0) -> int:
    text = _decimal(value, "quantity", what)
    if "." in text or int(text) < least:
        raise BadNumber(f"{what}: {text} is not a whole number of at least {least}", "give a whole number")
    return int(text)


def nanoseconds(at: Moment | None, clock: Clock = time.time_ns) -> int:
    """A moment as the engine counts it."""
    if at is None:
        at = clock()
    if isinstance(at, dt.datetime):
        if at.utcoffset() is None:
            raise BadTime(f"at: {at.isoformat()} has no zone", "add one: at.replace(tzinfo=highmark.IST)")
        at = (at - _EPOCH) // _MICROSECOND * 1000
    if isinstance(at, bool) or not isinstance(at, int):
        raise BadTime(f"at: {at!r} is no moment", "give a datetime with a zone, or nanoseconds since 1970")
    if not 0 <= at <= LAST:
        raise BadTime(f"at: {at} is not between 1970 and 2262", "times are nanoseconds since 1970")
    return at


def span(length: object, what: str) -> int:
    """A length of time in nanoseconds, from a timedelta or seconds."""
    if isinstance(length, dt.timedelta):
        return length // _MICROSECOND * 1000
    seconds = Decimal(_decimal(length, "price", what))
    if seconds < 0:
        raise BadTime(f"{what}: {seconds} is before now", "give a timedelta, or seconds above zero")
    return int(seconds * 1_000_000_000)


def when(nanos: int | None) -> dt.datetime | None:
    """A moment of the engine's as a datetime in IST."""
    if nanos is None:
        return None
    return (_EPOCH + dt.timedelta(microseconds=nanos // 1000)).astimezone(IST)


def grouped(amount: Decimal | None, places: int = 2) -> str:
    """An amount as India writes it: 12,34,567.50."""
    if amount is None:
        return "–"
    text = f"{abs(amount):.{places}f}"
    whole_part, _, tail = text.partition(".")
    head, last = whole_part[:-3], whole_part[-3:]
    groups: list[str] = []
    while head:
        groups.insert(0, head[-2:])
        head = head[:-2]
    joined = ",".join([*groups, last])
    sign = "-" if amount < 0 and Decimal(text) != 0 else ""
    return f"{sign}{joined}.{tail}" if tail else f"{sign}{joined}"


def rupees(amount: Decimal | None) -> str:
    if amount is None:
        return "–"
    text = grouped(amount)
    return f"-₹{text[1:]}" if text.startswith("-") else f"₹{text}"


def exact(value: Any) -> Decimal | None:
    """Decimal text of a view as a `Decimal`."""
    return None if value is None else Decimal(value)
