"""Functions for a sheet of Excel, by xlwings: levels and outcomes beside your prices, recalculated as they change.

Put this file beside a workbook of the same name (`xlwings quickstart` makes one), then write for instance
`=KEEP_STOP(A2:A60, "BUY", 0.3)` or `=FLOOR_OF(B2:B60, 0.3)` into a cell. Blank cells are left out.
"""

from __future__ import annotations

from typing import Any

import xlwings as xw

from highmark import HighmarkError, Trail, simulate
from highmark.engine import Engine
from highmark.rules import Limit


@xw.func
@xw.arg("prices", ndim=1)
def keep_stop(prices: list[Any], side: str, share: float) -> float | str:
    """The stop that keeps this share of the best profit of a trade entered at the first price."""
    try:
        stop = simulate(_filled(prices), Trail.keep(share), side=side).trade.stop
    except HighmarkError as refusal:
        return f"{refusal.message} ({refusal.hint})"
    return "none yet" if stop is None else float(stop)


@xw.func
@xw.arg("prices", ndim=1)
def exit_price(prices: list[Any], side: str, share: float) -> float | str:
    """Where such a trade was closed, or `open`."""
    try:
        price = simulate(_filled(prices), Trail.keep(share), side=side).trade.exit_price
    except HighmarkError as refusal:
        return f"{refusal.message} ({refusal.hint})"
    return "open" if price is None else float(price)


@xw.func
@xw.arg("mtms", ndim=1)
def floor_of(mtms: list[Any], give_back: float) -> float | str:
    """The floor of a strategy whose mtm went this way, when it may give back this share of its peak."""
    try:
        engine = Engine()
        engine.create_strategy("sheet", [Limit.give_back(give_back)])
        # One unit bought at a price from which the mtm can be read off.
        base = 100_000_000
        engine.add_trade("sheet", "MTM", "BUY", 1, base)
        for mtm in _filled(mtms):
            engine.update_prices({"MTM": base + mtm})
    except HighmarkError as refusal:
        return f"{refusal.message} ({refusal.hint})"
    floor = engine.rule(0).floor
    return "none yet" if floor is None else float(floor)


def _filled(cells: list[Any]) -> list[Any]:
    return [cell for cell in cells if cell is not None and cell != ""]
