"""What happened, as Python sees it: one `Event` for each fact of the engine, with names to listen for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .words import exact

#: Rules whose exit is a stop.
STOPS = frozenset({"stop_loss", "trail", "keep", "step", "break_even", "ladder", "bars"})
#: Rules whose stop moves.
TRAILS = STOPS - {"stop_loss"}
#: Limits on a loss; the others are floors of a profit, targets and counts.
LOSSES = frozenset({"max_loss", "daily_loss", "drawdown", "trail_loss"})

#: Names to listen for beside the engine's own, and what each means.
NAMES = {
    "any": "everything",
    "stop_hit": "a trade leaves by a stop",
    "target_hit": "a trade leaves by its target",
    "exit": "a trade leaves, for whatever reason",
    "strategy_floor": "a limit or floor on mtm was met",
    "near": "little room is left to a limit",
    "stop_moved": "a stop moved",
    "shutdown": "a strategy was shut down",
    "kill": "the kill switch went on",
    "bad_price": "a price was not taken",
}


#: The engine's own names of facts, beside those of `NAMES`.
KINDS = (
    "trade_added", "trade_cancelled", "trade_rejected", "trade_degraded", "entry_decided", "entry_ended", "filled",
    "fill_repeated", "exit_decided", "exit_deferred", "exit_rejected", "exit_unknown", "rule_set", "rule_changed",
    "rule_removed", "rule_skipped", "price_rule_fired", "stop_loosened", "stop_moved", "moved_to_cost",
    "move_to_cost_skipped", "breached", "warned", "entries_blocked", "shut_down", "rule_reset", "strategy_reset",
    "halted", "resumed", "killed", "released", "undone", "redone", "strategy_created", "strategy_edited",
    "instrument_defined", "account_opened", "configured", "tick_refused", "tick_held", "held_dropped",
    "held_accepted", "bar_closed", "went_stale", "became_fresh", "suspected", "gap_held", "gap_accepted",
    "day_rolled", "session_opened", "rolled", "position_differs", "position_unknown",
)


@dataclass(frozen=True)
class Event:
    """A fact. `kind` is the engine's name of it, `data` the fact itself, with money as decimal text."""

    kind: str
    at: dt.datetime | None
    strategy: str | None = None
    trade_id: str | None = None
    symbol: str | None = None
    rule: str | None = None
    price: Decimal | None = None
    level: Decimal | None = None
    quantity: Decimal | None = None
    intent: str | None = None
    message: str = ""
    data: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def names(self) -> frozenset[str]:
        """All names under which a handler may listen for it."""
        found = {"any", self.kind}
        if self.kind == "exit_decided":
            found.add("exit")
            if self.rule in STOPS:
                found.add("stop_hit")
            elif self.rule == "target" and _on_price(self.data):
                found.add("target_hit")
        named = {
            "breached": "strategy_floor",
            "warned": "near",
            "shut_down": "shutdown",
            "killed": "kill",
            "tick_refused": "bad_price",
        }
        if self.kind in named:
            found.add(named[self.kind])
        return frozenset(found)


def _on_price(data: dict[str, Any]) -> bool:
    reference = rule_of(data.get("cause", {}).get("reason"))
    return bool(reference and reference["kind"] == "price_target")


def rule_of(reason: Any) -> dict[str, Any] | None:
    """The rule behind an exit, if a rule it was."""
    if not isinstance(reason, dict):
        return None
    ((name, body),) = reason.items()
    if name == "rule":
        return dict(body)
    if name in ("moved_to_cost", "entered_while_closed"):
        by = body.get("by")
        return None if by is None else dict(by)
    return None


def reason_name(reason: Any) -> str:
    """The reason of an exit in one word."""
    if isinstance(reason, str):
        return reason
    ((name, body),) = reason.items()
    return rule_name(body["kind"]) if name == "rule" else str(name)


def rule_name(kind: str) -> str:
    return "target" if kind in ("price_target", "mtm_target") else kind


def scope_id(scope: Any) -> tuple[str, int]:
    """A scope of the engine's as its kind and number."""
    if isinstance(scope, str):
        return ("System", 0)
    ((kind, number),) = scope.items()
    return (kind, int(number))


def intent_text(intent: dict[str, int]) -> str:
    """The name of a decided exit: always the same for the same decision."""
    return f"t{intent['trade']}x{intent['attempt']}"


def made(
    fact: Any, at: dt.datetime | None, names: Any
) -> Event:
    """An engine's fact as an event; `names` is what tells trades, symbols and strategies by number."""
    kind, data = (fact, {}) if isinstance(fact, str) else next(iter(fact.items()))
    if not isinstance(data, dict):
        data = {"value": data}
    told: dict[str, Any] = {"kind": kind, "at": at, "data": data}
    number = data.get("trade")
    if "intent" in data:
        number = data["intent"]["trade"]
        told["intent"] = intent_text(data["intent"])
    by = data.get("by")
    rule = data.get("rule") if isinstance(data.get("rule"), dict) else by if isinstance(by, dict) else None
    cause = data.get("cause")
    if cause:
        rule = rule_of(cause["reason"])
        told["price"], told["level"] = exact(cause["mark"]), exact(cause["level"])
        told["rule"] = reason_name(cause["reason"])
    elif rule:
        told["rule"] = rule_name(rule["kind"])
    elif isinstance(data.get("rule"), int):
        told["rule"] = names.rule_name(data["rule"])
    scope = data.get("scope") or (rule or {}).get("scope")
    if scope is not None:
        of, id_ = scope_id(scope)
        if of == "Trade" and number is None:
            number = id_
        elif of == "Strategy":
            told["strategy"] = names.strategy_name(id_)
    if isinstance(data.get("strategy"), int):
        told["strategy"] = names.strategy_name(data["strategy"])
    if number is not None:
        told["trade_id"] = f"t{number}"
        strategy, symbol = names.trade_names(number)
        told["symbol"] = symbol
        told.setdefault("strategy", strategy)
    elif isinstance(data.get("instrument"), int):
        told["symbol"] = names.symbol(data["instrument"])
    if kind == "filled":
        told["price"] = exact(data["price"])
    if kind in ("stop_moved", "moved_to_cost", "stop_loosened"):
        told["level"] = exact(data.get("to") or data.get("level"))
    if kind == "breached":
        told["price"], told["level"] = exact(data["value"]), exact(data["level"])
    if isinstance(data.get("quantity"), str):
        told["quantity"] = exact(data["quantity"])
    event = Event(**told)
    object.__setattr__(event, "message", _message(event))
    return event


def _message(event: Event) -> str:
    """The event in one sentence."""
    who = f"{event.symbol} {event.trade_id}" if event.trade_id else event.symbol or event.strategy or "system"
    data = event.data
    if event.kind == "exit_decided":
        at = f" at {event.price}" if event.price is not None else ""
        level = f" (level {event.level})" if event.level is not None else ""
        return f"{who}: exit of {event.quantity}{at} by {event.rule}{level}"
    if event.kind == "stop_moved":
        before = data["from"] or "none"
        return f"{who}: {event.rule or 'stop'} moved from {before} to {event.level}"
    if event.kind == "filled":
        return f"{who}: {data['side']} {event.quantity} filled at {event.price}"
    if event.kind == "breached":
        action = data["action"] if isinstance(data["action"], str) else "reduce"
        return f"{event.strategy or 'system'}: {event.rule} met at {event.price} (level {event.level}): {action}"
    if event.kind == "warned":
        return f"{event.strategy or who}: {data['room']} of room left to {event.rule}"
    if event.kind == "shut_down":
        return f"{event.strategy}: shut down by {event.rule}"
    if event.kind == "tick_refused":
        return f"{event.symbol}: price not taken ({data['refusal']})"
    reason = data.get("reason")
    return f"{who}: {event.kind}" + (f" ({reason})" if isinstance(reason, str) and reason else "")
