"""The notebook runs cell by cell, and the sheet's functions give numbers with a stand-in for xlwings."""

from __future__ import annotations

import ast
import asyncio
import importlib.util
import inspect
import json
import sys
import types
from typing import Any

import pytest
from conftest import ROOT

EXAMPLES = ROOT / "python" / "examples"


def test_the_notebook_runs() -> None:
    pytest.importorskip("polars")
    notebook = json.loads((EXAMPLES / "trailing.ipynb").read_text(encoding="utf-8"))
    names: dict[str, Any] = {}

    async def play() -> None:
        for number, cell in enumerate(notebook["cells"]):
            if cell["cell_type"] != "code":
                continue
            assert cell["outputs"] == [], "the notebook is kept without outputs"
            code = compile("".join(cell["source"]), f"cell {number}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            result = eval(code, names)
            if inspect.iscoroutine(result):
                await result

    asyncio.run(play())
    assert names["outcome"].exit_reason == "keep"
    assert names["floored"].exit_reason == "lock_and_trail"
    assert names["curve"].height == 12
    assert names["updates"]["Notebook"]["new_mtm"] == 4500.0


@pytest.fixture
def sheet(monkeypatch: pytest.MonkeyPatch) -> Any:
    stub: Any = types.ModuleType("xlwings")
    stub.func = lambda function: function
    stub.arg = lambda *_, **__: lambda function: function
    monkeypatch.setitem(sys.modules, "xlwings", stub)
    spec = importlib.util.spec_from_file_location("xlwings_sheet", EXAMPLES / "xlwings_sheet.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_sheets_functions(sheet: Any) -> None:
    assert sheet.keep_stop([19500.0, 19600.0, None, ""], "BUY", 0.3) == 19530.0
    assert sheet.keep_stop([19500.0, 19400.0], "BUY", 0.3) == "none yet"
    assert sheet.exit_price([100.0, 110.0, 103.0], "buy", 0.5) == 103.0
    assert sheet.exit_price([100.0, 110.0], "buy", 0.5) == "open"
    assert sheet.floor_of([0.0, 6000.0, 5000.0], 0.3) == 4200.0
    assert "no side" in sheet.keep_stop([1.0], "hold", 0.3)
    assert "empty" in sheet.keep_stop([None], "BUY", 0.3)
