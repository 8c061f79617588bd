"""Plain Python: an object for each trade and each strategy, every open trade of the symbol marked on every tick.

All rules of the tapes. This is how such an engine is first written."""

import gc
import time

from tape import Tape, arguments, report

WHOLE = 1_000_000
STOP, TARGET, LOSS, GIVE_BACK = 1, 2, 3, 4


class Strategy:
    __slots__ = ("max_loss", "arm_at", "keep_ppm", "mtm", "peak", "stopped")

    def __init__(self, limits):
        self.max_loss, self.arm_at = limits.max_loss, limits.arm_at
        self.keep_ppm = WHOLE - limits.give_ppm
        self.mtm = self.peak = 0
        self.stopped = False

    def verdict(self):
        """Ratchets the peak; the reason to close all of it, or None."""
        mtm = self.mtm
        if mtm > self.peak:
            self.peak = mtm
        if mtm <= -self.max_loss:
            return LOSS
        if self.peak >= self.arm_at and mtm * WHOLE <= self.peak * self.keep_ppm:
            return GIVE_BACK
        return None


class Trade:
    """Prices are negated for a short, so that up is always good."""

    __slots__ = ("id", "strategy", "side", "quantity", "entry", "stop", "target", "keeps", "param", "arm", "best")

    def __init__(self, row, strategy):
        self.id, self.strategy = row.id, strategy
        self.side, self.quantity = row.side, row.side * row.quantity
        self.entry, self.stop, self.target = row.entry * row.side, row.stop * row.side, row.target * row.side
        self.keeps, self.param, self.arm = row.kind == 1, row.param, row.arm
        self.best = self.entry

    def verdict(self, price):
        """Ratchets the best price; the reason to close, or None."""
        here = price * self.side
        if here > self.best:
            self.best = here
        if here >= self.target:
            return TARGET
        if here <= self.stop:
            return STOP
        if self.keeps:
            gain = self.best - self.entry
            if gain >= self.arm and (here - self.entry) * WHOLE <= gain * self.param:
                return STOP
        elif here <= self.best - self.param:
            return STOP
        return None


class Book:
    def __init__(self, tape):
        self.prices = list(tape.first)
        self.strategies = [Strategy(limits) for limits in tape.limits]
        self.open = [[] for _ in tape.first]
        self.closes = []

    def add(self, row):
        strategy = self.strategies[row.strategy]
        if not strategy.stopped:
            self.open[row.symbol].append(Trade(row, strategy))

    def mark(self, index, symbol, price):
        move = price - self.prices[symbol]
        self.prices[symbol] = price
        moved, closed = set(), False
        for trade in self.open[symbol]:
            strategy = trade.strategy
            strategy.mtm += move * trade.quantity
            moved.add(strategy)
            reason = trade.verdict(price)
            if reason is not None:
                self.closes.append((index, trade.id, price, reason))
                trade.strategy, closed = None, True
        if closed:
            self.open[symbol] = [trade for trade in self.open[symbol] if trade.strategy is not None]
        for strategy in moved:
            reason = strategy.verdict()
            if reason is not None:
                self.stop(index, strategy, reason)

    def stop(self, index, strategy, reason):
        strategy.stopped = True
        for symbol, trades in enumerate(self.open):
            left = [trade for trade in trades if trade.strategy is not strategy]
            if len(left) < len(trades):
                price = self.prices[symbol]
                self.closes += [(index, trade.id, price, reason) for trade in trades if trade.strategy is strategy]
                self.open[symbol] = left


def main():
    options = arguments(__doc__)
    tape = Tape(options.tape, options.ticks)
    began = time.process_time()
    book = Book(tape)
    at_start = [row for row in tape.trades if row.open_at == 0]
    later = [row for row in tape.trades if row.open_at > 0]
    later.sort(key=lambda row: row.open_at, reverse=True)
    for row in at_start:
        book.add(row)
    gc.freeze()  # what is loaded is not searched for rubbish again
    setup = time.process_time() - began
    wall, began = time.perf_counter(), time.process_time()
    for index, (symbol, price) in enumerate(tape.ticks):
        while later and later[-1].open_at == index:
            book.add(later.pop())
        book.mark(index, symbol, price)
    seconds, wall = time.process_time() - began, time.perf_counter() - wall
    report("python", tape, seconds=seconds, wall=wall, setup=setup, closes=book.closes,
           same=True, note="all rules of the tape", file=options.closes)


if __name__ == "__main__":
    main()
