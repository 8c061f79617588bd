"""The arithmetic of a trade or a strategy, in words and numbers."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import errors, events
from .views import RuleView, TradeView
from .words import exact, rupees, when

if TYPE_CHECKING:
    from .engine import Engine


def explain(engine: Engine, name: str) -> str:
    """Of a strategy by its name, else of a trade by its id."""
    if name in engine.strategies:
        return _of_strategy(engine, name)
    try:
        return _of_trade(engine, engine.trade(name))
    except errors.UnknownTrade:
        raise errors.UnknownName(
            f"there is no strategy or trade {name!r}", f"strategies: {', '.join(engine.strategies) or 'none yet'}"
        ) from None


def _of_strategy(engine: Engine, name: str) -> str:
    view = engine.strategy(name)
    state = "active" if view.is_active else "shut down"
    lines = [
        f"{name}: {state}, {view.open_trades} of {view.total_trades} trades open",
        f"  mtm {rupees(view.mtm)} = realised {rupees(view.realised)} + unrealised {rupees(view.unrealised)}"
        + (" (uncertain: a leg has no fresh mark)" if view.is_uncertain else ""),
        f"  peak {rupees(view.peak)}",
    ]
    lines += [f"  {_rule_line(engine.rule(number))}" for number in view.data["rules"]]
    for trade in engine.trades(name):
        lines += [f"  {line}" for line in _of_trade(engine, trade).splitlines()]
    return "\n".join(lines)


def _of_trade(engine: Engine, trade: TradeView) -> str:
    lines = [
        f"{trade.trade_id} {trade.side.value} {trade.quantity} {trade.symbol} of {trade.strategy}: {trade.status}, "
        f"mtm {rupees(trade.mtm)}",
        f"  entry {_or_none(trade.entry_price)}, mark {_or_none(trade.mark)}, best {_or_none(trade.best)}",
    ]
    cause = trade.data["cause"]
    if cause is not None:
        lines.append(f"  left by {trade.exit_reason}{_cause(trade, cause)}")
    if trade.status in ("pending", "open", "exiting", "degraded"):
        lines += [f"  {_rule_line(engine.rule(number))}" for number in trade.data["rules"]]
    return "\n".join(lines)


def _cause(trade: TradeView, cause: dict[str, Any]) -> str:
    mark, level = exact(cause["mark"]), exact(cause["level"])
    if level is None:
        return f" at {_or_none(mark)}"
    sign = "<=" if (trade.side.value == "buy") != (trade.exit_reason == "target") else ">="
    at = when(cause["mark_at"])
    moment = f" on {at:%d %b %Y %H:%M:%S} IST" if at else ""
    return f": mark {_or_none(mark)} {sign} level {level}{moment}, best {_or_none(exact(cause['best']))}"


def _rule_line(rule: RuleView) -> str:
    what = f"{rule.name} (rule {rule.rule_id}, version {rule.data['rule']['version']})"
    if rule.has_fired:
        fired = rule.data["fired"]
        breach = fired.get("mtm", {}).get("breach")
        if breach:
            return f"{what} fired: {rupees(exact(breach['value']))} met {rupees(exact(breach['level']))}, peak {rupees(exact(breach['peak']))}"
        return f"{what} fired"
    if rule.level is not None:
        return f"{what}: level {rule.level}, {_or_none(rule.room_points)} away ({rupees(rule.room)})"
    if rule.floor is not None:
        return f"{what}: level {rupees(rule.floor)}, value {rupees(rule.value)}, room {rupees(rule.room)}"
    return f"{what}: waits for {_waits(rule.waits_for)}"


def _waits(waits: Any) -> str:
    if isinstance(waits, str):
        return {"level": "the market", "nothing": "nothing any more"}.get(waits, waits)
    ((name, body),) = waits.items()
    if name == "arming_price":
        return f"a best of {body}"
    if name == "arming_money":
        return f"a peak of {rupees(Decimal(body))}"
    return f"{name} {json.dumps(body)}"


def _or_none(number: Decimal | None) -> str:
    return "none" if number is None else f"{number.normalize():f}"
