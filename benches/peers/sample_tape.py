"""Writes a small tape (HMTAPE1) to try the drivers on: integers only, the same bytes everywhere.

The standard tapes come from `cargo xtask bench tape-file`; this one is for tests of the drivers."""

import argparse
import random
import struct

from tape import MAGIC, NONE_MONEY, NONE_PRICE

KEEPS = (250_000, 500_000, 750_000)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--symbols", type=int, default=3)
    parser.add_argument("--trades", type=int, default=60, help="in the book at the start")
    parser.add_argument("--later", type=int, default=30, help="opened while the tape runs")
    parser.add_argument("--strategies", type=int, default=5)
    parser.add_argument("--ticks", type=int, default=6000)
    parser.add_argument("--full", action="store_true", help="all rules, not trailing stops alone")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with open(options.file, "wb") as file:
        file.write(tape(options))


def tape(options):
    dice = random.Random(options.seed)
    below = lambda n: dice.getrandbits(40) * n >> 40
    first = [4000 + below(36000) for _ in range(options.symbols)]
    openings = sorted(1 + below(options.ticks - 1) for _ in range(options.later))
    prices, ticks, later = list(first), [], []
    for index in range(options.ticks):
        while len(later) < len(openings) and openings[len(later)] == index:
            symbol = below(options.symbols)
            later.append((symbol, prices[symbol], index))
        symbol = below(options.symbols)
        prices[symbol] = max(100, prices[symbol] + below(2**6).bit_count() - 3)
        ticks.append((1_700_000_000_000_000_000 + index * 1_000_000, symbol, prices[symbol]))
    start = [(index % options.symbols, first[index % options.symbols], 0) for index in range(options.trades)]
    trades = [trade(number, *place, options, below) for number, place in enumerate(start + later)]
    limits = [strategy(options, below) for _ in range(options.strategies)]
    counts = (options.symbols, len(trades), options.strategies, options.ticks)
    parts = [struct.pack("<8s4I", MAGIC, *counts), struct.pack(f"<{len(first)}i", *first)]
    parts += [struct.pack("<3q", *row) for row in limits]
    parts += [struct.pack("<12i", *row) for row in trades]
    parts += [struct.pack("<QIi", *row) for row in ticks]
    return b"".join(parts)


def trade(number, symbol, entry, open_at, options, below):
    side, reach = 1 - 2 * below(2), 4 + below(200)
    row = [number, symbol, below(options.strategies), side, 1 + below(100), entry]
    if not options.full:
        return [*row, entry - side * NONE_PRICE, entry + side * NONE_PRICE, 0, reach, 0, open_at]
    row += [entry - side * (4 + below(200)), entry + side * (4 + below(200))]
    return [*row, 1, KEEPS[below(3)], 1 + below(30), open_at] if below(10) < 4 else [*row, 0, reach, 0, open_at]


def strategy(options, below):
    if not options.full:
        return NONE_MONEY, NONE_MONEY, 0
    return 2000 + below(6000), 3000 + below(9000), 250_000 + below(300_000)


if __name__ == "__main__":
    main()
