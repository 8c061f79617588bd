"""What the tests share: a clock that is data, and the papers beside the clone when they are there."""

from __future__ import annotations

import pathlib
import warnings
from collections.abc import Callable, Iterator

import pytest

from mtm_trailing_system import StrategyLevelMTMTrailer

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPENING = 1_795_146_300 * 1_000_000_000


def counting_clock() -> Callable[[], int]:
    """A second later at each look."""
    now = OPENING

    def look() -> int:
        nonlocal now
        now += 1_000_000_000
        return now

    return look


@pytest.fixture
def tracker() -> StrategyLevelMTMTrailer:
    return StrategyLevelMTMTrailer(clock=counting_clock())


@pytest.fixture
def strict() -> StrategyLevelMTMTrailer:
    return StrategyLevelMTMTrailer(clock=counting_clock(), strict=True, exact=True)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Warnings are what a test asks for, and nothing else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield
