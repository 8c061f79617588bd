"""Engines with a folder: closed when the interpreter ends, and left to their own process by a forked child."""

from __future__ import annotations

import atexit
import os
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .engine import Engine


_open: weakref.WeakSet[Engine] = weakref.WeakSet()
_home = os.getpid()


def watch(engine: Engine) -> None:
    _open.add(engine)


def _close_all() -> None:
    if os.getpid() == _home:
        for engine in list(_open):
            engine.close()


def _forsake_all() -> None:
    global _home
    _home = os.getpid()
    for engine in list(_open):
        engine._core.forsake()
    _open.clear()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forsake_all)
