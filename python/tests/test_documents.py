"""Examples in the documentation run and say what is printed."""

from __future__ import annotations

import doctest
import importlib

import pytest
from conftest import ROOT


@pytest.mark.parametrize("name", ["highmark"])
def test_examples_in_modules(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert outcome.attempted and not outcome.failed


def test_examples_of_the_page() -> None:
    outcome = doctest.testfile(str(ROOT / "docs" / "python.md"), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert outcome.attempted > 20 and not outcome.failed
