"""hftbacktest: its backtester in Rust feeds one trade event per tick to a loop compiled by numba.

It has no trailing stops, so the loop is the user's own: arrays of trades, grouped by symbol, all of the symbol's
open trades marked on each event. With --floor the loop takes the events and does nothing."""

import time

import numpy as np
from hftbacktest import BacktestAsset, HashMapMarketDepthBacktest
from hftbacktest.types import BUY_EVENT, EXCH_EVENT, LOCAL_EVENT, TRADE_EVENT, event_dtype
from numba import njit

from tape import TICK, Tape, arguments, report

FOREVER = 10**15
FED, ENDED = 2, 1


def asset(events):
    made = BacktestAsset().data(events).linear_asset(1.0).constant_order_latency(0, 0)
    made = made.risk_adverse_queue_model().no_partial_fill_exchange().trading_value_fee_model(0, 0)
    return made.tick_size(TICK).lot_size(1).last_trades_capacity(16)


def events_of(tape, symbol):
    """The symbol's ticks as trades; each remembers its place on the tape."""
    places = np.nonzero(tape.ticks["symbol"] == symbol)[0]
    events = np.zeros(len(places), dtype=event_dtype)
    events["ev"] = EXCH_EVENT | LOCAL_EVENT | TRADE_EVENT | BUY_EVENT
    events["exch_ts"] = events["local_ts"] = tape.ticks["ts"][places].astype(np.int64)
    events["px"] = tape.ticks["price"][places] * TICK
    events["qty"] = 1.0
    events["ival"] = places
    return events


@njit
def scan(feed, first, begins, trade, strategies, closes):
    """Marks, trails and closes; `trade` has a row for each of id, side, quantity, entry, distance, opening, strategy."""
    ids, side, quantity, entry, distance, opening, strategy = trade
    best = entry * side
    is_open = np.ones(len(ids), np.bool_)
    opened = begins[:-1].copy()
    last = first.copy()
    mtm = np.zeros(strategies, np.int64)
    count = 0
    told = FED
    while told == FED:
        told = feed.wait_next_feed(False, FOREVER)  # with the last event it tells the end
        for symbol in range(len(first)):
            for event in feed.last_trades(symbol):
                price, tick = int(round(event.px / TICK)), event.ival
                move = price - last[symbol]
                last[symbol] = price
                while opened[symbol] < begins[symbol + 1] and opening[opened[symbol]] <= tick:
                    opened[symbol] += 1
                for i in range(begins[symbol], opened[symbol]):
                    if not is_open[i]:
                        continue
                    here = price * side[i]
                    mtm[strategy[i]] += move * side[i] * quantity[i]
                    if here > best[i]:
                        best[i] = here
                    if here <= best[i] - distance[i]:
                        is_open[i] = False
                        closes[count] = (tick, ids[i], price)
                        count += 1
            feed.clear_last_trades(symbol)
    return count, told, mtm


@njit
def take(feed, symbols):
    """Takes the events and nothing else."""
    count = 0
    told = FED
    while told == FED:
        told = feed.wait_next_feed(False, FOREVER)  # with the last event it tells the end
        for symbol in range(symbols):
            count += len(feed.last_trades(symbol))
            feed.clear_last_trades(symbol)
    return count, told


def run(tape, events, floor):
    """One pass from the first event on: closes and the time it took."""
    feed = HashMapMarketDepthBacktest([asset(part) for part in events])
    order = np.lexsort((tape.trades["open_at"], tape.trades["symbol"]))
    book = tape.trades[order]
    names = ("id", "side", "quantity", "entry", "param", "open_at", "strategy")
    trade = tuple(book[name].astype(np.int64) for name in names)
    begins = np.searchsorted(book["symbol"], np.arange(tape.symbols + 1))
    closes = np.zeros((len(book) + 1, 3), np.int64)
    first = np.array(tape.first, np.int64)
    wall, began = time.perf_counter(), time.process_time()
    if floor:
        count, told = take(feed, tape.symbols)
    else:
        count, told, _ = scan(feed, first, begins, trade, len(tape.limits), closes)
    seconds, wall = time.process_time() - began, time.perf_counter() - wall
    feed.close()
    if told != ENDED:
        raise SystemExit(f"hftbacktest ended with {told}")
    if floor:
        assert count == tape.length, f"{count} of {tape.length} ticks came"
        return [], seconds, wall
    return [(int(tick), int(id), int(price), 1) for tick, id, price in closes[:count]], seconds, wall


def main():
    options = arguments(__doc__)
    tape = Tape(options.tape, options.ticks, arrays=True)
    tape.require_trailing_only()
    began = time.process_time()
    events = [events_of(tape, symbol) for symbol in range(tape.symbols)]
    run(tape, events, options.floor)  # compiles, and warms the caches
    setup = time.process_time() - began
    closes, seconds, wall = run(tape, events, options.floor)
    note = "its feed alone, no trades" if options.floor else "the scan is user code; trailing stops only"
    report("hftbacktest floor" if options.floor else "hftbacktest", tape, seconds=seconds, wall=wall,
           setup=setup, closes=0 if options.floor else closes, same=not options.floor, note=note, file=options.closes)


if __name__ == "__main__":
    main()
