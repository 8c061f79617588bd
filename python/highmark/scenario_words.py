"""Rules in the words of a scenario, as the API takes them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from . import errors
from .rules import Rule

#: Rules whose fields a scenario calls as the engine does.
_KNOWN = frozenset({
    "stop_loss", "target", "trail", "keep", "break_even",
    "max_loss", "give_back", "gap", "lock", "lock_and_trail", "trail_loss", "daily_loss", "daily_target",
})  # fmt: skip
_PARTS = {
    "of_entry": "%", "of_best": "% of best", "of_premium": "% of premium", "of_capital": "% of capital", "of_margin": "% of margin",
}  # fmt: skip


def of(rule: Rule | str) -> str:
    """A rule as text, `{ trail = { by = "60 points" } }`; text is taken as it is."""
    if isinstance(rule, str):
        return rule
    (terms,) = rule.spec.values()
    ((name, fields),) = terms.items()
    if name not in _KNOWN or rule.options:
        raise errors.NotOffered(
            f"{name}: this rule, or its options, are not put into a scenario's words here",
            'write the text yourself, such as "{ trail = { by = 60 }, action = \\"alert\\" }" (docs/scenarios.md)',
            "NOT_OFFERED",
        )
    said = [f"{field} = {_value(value)}" for field, value in _placed(fields).items() if value is not None]
    return f"{{ {name} = {{ {', '.join(said)} }} }}"


def _placed(fields: dict[str, Any]) -> dict[str, Any]:
    """A place is a field by its kind: `price`, or `from_entry`."""
    at = fields.get("at")
    if isinstance(at, dict) and next(iter(at)) in ("price", "from_entry"):
        return {**at, **{name: value for name, value in fields.items() if name != "at"}}
    return fields


def _value(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value) if isinstance(value, int) else json.dumps(str(value))
    ((kind, inner),) = value.items()
    if kind == "profit":
        return f"{{ profit = {_value(inner)} }}"
    if kind in ("price", "money"):
        return json.dumps(str(inner))
    if kind in _PARTS:
        return json.dumps(f"{Decimal(inner) * 100:f}{_PARTS[kind]}")
    return json.dumps(f"{inner} {'bps' if kind == 'basis_points' else kind}")
