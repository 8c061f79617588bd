"""`python -m mtm_trailing_system`: the first demo."""

import asyncio

from highmark.original.demo import main

if __name__ == "__main__":
    asyncio.run(main())
