"""vectorbt: Portfolio.from_signals, a column for each trade, one run for each symbol, over whole arrays of ticks.

Its own trailing stop is a share of the peak. `adjust_sl_func_nb` turns that share into a fixed distance, so the
closes are the same. With --percent the stop stays a share, which is another rule, but lets its fastest engine run."""

import time

import numpy as np
import vectorbt
from numba import njit

from tape import Tape, arguments, report


@njit
def fixed_distance(stop, distance):
    """The share of the peak that is the trade's distance; half a tick nearer, so that no rounding decides."""
    if stop.position_now == 0:
        return stop.curr_stop, stop.curr_trail
    return (distance[stop.col] - 0.5) / stop.curr_price, True


class Column:
    """The ticks of one symbol, after its first price, and the trades on it."""

    def __init__(self, tape, symbol):
        self.places = np.nonzero(tape.ticks["symbol"] == symbol)[0]
        self.prices = np.concatenate([[tape.first[symbol]], tape.ticks["price"][self.places]]).astype(float)
        self.trades = tape.trades[tape.trades["symbol"] == symbol]

    def closes(self, percent):
        trades = self.trades
        if len(trades) == 0 or len(self.places) == 0:
            return []
        entries = np.zeros((len(self.prices), len(trades)), dtype=bool)
        entries[np.searchsorted(self.places, trades["open_at"]), np.arange(len(trades))] = True
        is_long = trades["side"] > 0
        distance = trades["param"].astype(float)
        engine = {"engine": "rust"} if percent else {"adjust_sl_func_nb": fixed_distance, "adjust_sl_args": (distance,)}
        portfolio = vectorbt.Portfolio.from_signals(
            self.prices.reshape(-1, 1), entries=entries & is_long, short_entries=entries & ~is_long,
            size=trades["quantity"].astype(float), init_cash=1e12, sl_stop=distance / trades["entry"], sl_trail=True,
            freq="1s", **engine,
        )
        return self.exits(portfolio.order_records)

    def exits(self, orders):
        """The second order of each column."""
        orders = orders[np.lexsort((orders["idx"], orders["col"]))]
        second = np.nonzero(orders["col"][1:] == orders["col"][:-1])[0] + 1
        rows, columns = orders["idx"][second], orders["col"][second]
        ids, ticks = self.trades["id"][columns], self.places[rows - 1]
        prices = np.rint(orders["price"][second])
        return [(int(tick), int(id), int(price), 1) for tick, id, price in zip(ticks, ids, prices)]


def run(columns, percent):
    wall, began = time.perf_counter(), time.process_time()
    closes = [close for column in columns for close in column.closes(percent)]
    return closes, time.process_time() - began, time.perf_counter() - wall


def main():
    options = arguments(__doc__)
    tape = Tape(options.tape, options.ticks, arrays=True)
    tape.require_trailing_only()
    began = time.process_time()
    columns = [Column(tape, symbol) for symbol in range(tape.symbols)]
    run([column for column in columns if len(column.trades)][:1], options.percent)  # compiles
    setup = time.process_time() - began
    closes, seconds, wall = run(columns, options.percent)
    if options.percent:
        name, note = "vectorbt percent", "stops are a share of the peak: another rule; offline only"
    else:
        name, note = "vectorbt", "a column for each trade, over the whole tape at once: offline only"
    report(name, tape, seconds=seconds, wall=wall, setup=setup,
           closes=len(closes) if options.percent else closes, same=not options.percent, note=note, file=options.closes)


if __name__ == "__main__":
    main()
