"""Rules in the words of a scenario, as the API takes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from . import errors
from .rules import Rule

#: What a percentage is of; of a distance, the entry goes without saying.
_PARTS = {
    "of_entry": "%", "of_best": "% of best", "of_premium": "% of premium", "of_capital": "% of capital", "of_margin": "% of margin",
}  # fmt: skip
_SECOND = 1_000_000_000


def of(rule: Rule | str) -> str:
    """A rule as text, `{ trail = { by = "60 points" } }`; text is taken as it is."""
    if isinstance(rule, str):
        return rule
    (terms,) = rule.spec.values()
    ((name, fields),) = terms.items()
    said = _SAID.get(name, _plainly)(fields)
    return _text({name: said, **{option: _option(option, value) for option, value in rule.options.items()}})


def _plainly(fields: dict[str, Any]) -> Any:
    """Fields that a scenario calls as the engine does, but for a place: that is a field by its kind."""
    if isinstance(fields.get("at"), dict) and fields["at"].keys() <= {"price", "from_entry"}:
        fields = {**fields["at"], **{name: value for name, value in fields.items() if name != "at"}}
    return {name: _value(value) for name, value in fields.items() if value is not None}


def _step(fields: dict[str, Any]) -> Any:
    by = fields["by"]
    said = {"start": _value(fields["start"]), "every": _value(fields["every"])}
    if isinstance(by, dict):
        said["move"] = _value(by["whole_steps"]["move"])
    return said if fields["from"] is None else {**said, "from": fields["from"]}


def _ladder(fields: dict[str, Any]) -> Any:
    return [{"at": _value(rung["at"]), **_rung(rung["stop"])} for rung in fields["rungs"]]


def _rung(stop: dict[str, Any]) -> dict[str, Any]:
    ((kind, inner),) = stop.items()
    if kind == "profit":
        return {"stop": inner}
    if kind == "trail":
        return {"trail": _value(inner["by"])}
    return {"steps": {"by": _value(inner["by"]), "every": _value(inner["every"])}}


def _bars(fields: dict[str, Any]) -> Any:
    ((study, inner),) = fields["study"].items()
    return {"study": study, "length": _span(fields["length"]), **inner}


def _time(fields: dict[str, Any]) -> Any:
    ((word, nanos),) = fields["when"].items()
    if word != "at":
        return {word: _span(nanos)}
    seconds, rest = divmod(nanos, _SECOND)
    if rest:
        raise errors.NotOffered(
            "time: a service takes a time of day in whole seconds", "leave the microseconds out", "NOT_OFFERED"
        )
    return {"at": f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"}


def _drawdown(fields: dict[str, Any]) -> Any:
    ((kind, far),) = fields["distance"].items()
    said = {"amount" if kind == "money" else "percent": far, "basis": fields["basis"]}
    return said if fields["lock_at"] is None else {**said, "lock_at": fields["lock_at"]}


def _cooling_off(fields: dict[str, Any]) -> Any:
    return {**fields, "wait": _span(fields["wait"])}


#: Rules whose fields a scenario calls otherwise than the engine does.
_SAID: dict[str, Callable[[dict[str, Any]], Any]] = {
    "step": _step, "ladder": _ladder, "bars": _bars, "time": _time, "drawdown": _drawdown, "cooling_off": _cooling_off,
}  # fmt: skip


def _option(option: str, value: Any) -> Any:
    if option == "confirm":
        ((kind, inner),) = value.items()
        if kind == "ticks":
            return {"ticks": inner["count"], "within": _span(inner["within"])}
        return {"wait": _span(inner["wait"])} if kind == "seconds" else {"candle_close": _span(inner["length"])}
    if option == "then":
        return {value["reach"]: value["action"]}
    return value


def _value(value: Any) -> Any:
    """A price, a distance, an amount, or what it is already."""
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    if kind in ("profit", "from_entry"):
        return {kind: _value(inner)}
    if kind in ("price", "money"):
        return inner
    if kind in _PARTS:
        return f"{Decimal(inner) * 100:f}{_PARTS[kind]}"
    return f"{inner} {'bps' if kind == 'basis_points' else kind}"


def _span(nanos: int) -> str:
    return f"{nanos}ns"


def _text(value: Any) -> str:
    """As TOML writes it on one line."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{name} = {_text(inner)}' for name, inner in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    return json.dumps(value) if isinstance(value, (bool, int)) else json.dumps(str(value))
