"""Strategies and trades that trail: the original's first demo, and its names for who imports this file."""

import asyncio

from highmark.original import *  # noqa: F403
from highmark.original import __all__ as __all__
from highmark.original.demo import main

if __name__ == "__main__":
    asyncio.run(main())
