"""What the drivers share: reading a tape file (HMTAPE1), the hash of closes, one line of JSON.

No driver is timed while this module works."""

import argparse
import json
import resource
import struct
from collections import namedtuple

MAGIC = b"HMTAPE1\0"
NONE_PRICE = 1 << 28  # a stop or target this far from the entry is none
NONE_MONEY = 1 << 60
TICK = 0.05  # rupees in one tick of price

FIELDS = "id symbol strategy side quantity entry stop target kind param arm open_at"
Trade = namedtuple("Trade", FIELDS)
Limits = namedtuple("Limits", "max_loss arm_at give_ppm")


class Tape:
    """The book and the first `ticks` ticks: lists of tuples, or numpy arrays of the same fields."""

    def __init__(self, path, ticks=None, arrays=False):
        self.path = path
        with open(path, "rb") as file:
            magic, self.symbols, trades, strategies, length = struct.unpack("<8s4I", file.read(24))
            if magic != MAGIC:
                raise SystemExit(f"{path} is no tape: it does not begin with HMTAPE1")
            self.length = length if ticks is None else min(ticks, length)
            self.first = list(struct.unpack(f"<{self.symbols}i", file.read(4 * self.symbols)))
            rows = struct.iter_unpack("<3q", file.read(24 * strategies))
            self.limits = [Limits(*row) for row in rows]
            book, marks = file.read(48 * trades), file.read(16 * self.length)
        if len(marks) < 16 * self.length:
            raise SystemExit(f"{path} is cut short")
        if arrays:
            self._as_arrays(book, marks)
        else:
            rows = (Trade(*row) for row in struct.iter_unpack("<12i", book))
            self.trades = [trade for trade in rows if trade.open_at < self.length]
            self.ticks = [row[1:] for row in struct.iter_unpack("<QIi", marks)]

    def _as_arrays(self, book, marks):
        import numpy

        trades = numpy.frombuffer(book, dtype=[(name, "<i4") for name in FIELDS.split()])
        self.trades = trades[trades["open_at"] < self.length]
        self.ticks = numpy.frombuffer(marks, dtype=[("ts", "<u8"), ("symbol", "<u4"), ("price", "<i4")])

    def require_trailing_only(self):
        """Most peers know trailing stops by a fixed distance, and nothing of strategies."""
        trades = self.trades if isinstance(self.trades, list) else [Trade(*row.item()) for row in self.trades]
        free = all(
            trade.kind == 0 and abs(trade.stop - trade.entry) >= NONE_PRICE and abs(trade.target - trade.entry) >= NONE_PRICE
            for trade in trades
        )
        if not free or any(limits.max_loss < NONE_MONEY or limits.arm_at < NONE_MONEY for limits in self.limits):
            raise SystemExit(f"{self.path} has rules that this peer lacks: take a tape of trailing stops only")


def hash_of(closes):
    """FNV-1a, 64 bits, over tick, trade, price and reason of each close, sorted, as little-endian i64s."""
    value = 0xCBF29CE484222325
    for close in sorted(closes):
        for byte in struct.pack("<4q", *close):
            value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("tape", help="a file in the format HMTAPE1")
    parser.add_argument("--ticks", type=int, help="only the first so many ticks")
    parser.add_argument("--closes", metavar="FILE", help="write the closes there: tick,trade,price,reason")
    parser.add_argument("--floor", action="store_true", help="the peer without the work, where it has such a run")
    parser.add_argument("--percent", action="store_true", help="vectorbt: its own rule, a share of the peak")
    return parser.parse_args()


def report(peer, tape, *, seconds, wall, setup, closes, same, note, file=None, untimed=0):
    """Prints the line. `closes` is a list of (tick, trade, price, reason), or a number where the peer
    cannot name them. `seconds` is processor time of the loop, `wall` the clock's; both leave out the
    first `untimed` ticks."""
    ticks = tape.length - untimed
    named = isinstance(closes, list)
    if file and named:
        with open(file, "w", encoding="ascii") as out:
            out.writelines(",".join(map(str, close)) + "\n" for close in sorted(closes))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    line = {
        "peer": peer,
        "tape": tape.path.rsplit("/", 1)[-1].removesuffix(".tape"),
        "ticks": tape.length,
        "ns_per_tick": round(seconds / ticks * 1e9, 1),
        "wall_ns_per_tick": round(wall / ticks * 1e9, 1),
        "closes": len(closes) if named else closes,
        "hash": hash_of(closes) if named else None,
        "setup_s": round(setup, 3),
        "peak_rss_mb": round(peak / 1024, 1),
        "does_same_work": same,
        "note": note,
    }
    print(json.dumps(line), flush=True)
