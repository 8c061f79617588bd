"""backtrader: a StopTrail order for each trade, one bar for each tick. One symbol only."""

import time

import backtrader

from tape import Tape, arguments, report

BARS_BEFORE = 2  # the first price twice: the book is ordered in the first bar and filled in the second


class Ticks(backtrader.feed.DataBase):
    params = (("prices", ()),)

    def start(self):
        super().start()
        self.coming = iter(self.p.prices)
        self.bars = 0

    def _load(self):
        price = next(self.coming, None)
        if price is None:
            return False
        self.lines.datetime[0] = 738_000 + self.bars / 86_400
        for line in (self.lines.open, self.lines.high, self.lines.low, self.lines.close):
            line[0] = price
        self.lines.volume[0] = 1e9
        self.bars += 1
        return True


class Risk(backtrader.Strategy):
    params = (("trades", ()),)

    def __init__(self):
        self.closes = []
        self.began = None

    def next(self):
        if len(self) == 1:
            for trade in self.p.trades:
                self.enter(trade)
        elif self.began is None:
            self.wall, self.began = time.perf_counter(), time.process_time()

    def enter(self, trade):
        enter, leave = (self.buy, self.sell) if trade.side > 0 else (self.sell, self.buy)
        opening = enter(size=trade.quantity, exectype=backtrader.Order.Market, transmit=False)
        stop = backtrader.Order.StopTrail
        order = leave(size=trade.quantity, exectype=stop, trailamount=trade.param, parent=opening, transmit=True)
        order.addinfo(trade=trade.id)

    def notify_order(self, order):
        if order.status == order.Completed and "trade" in order.info:
            tick = len(self) - 1 - BARS_BEFORE
            self.closes.append((tick, order.info["trade"], round(order.executed.price), 1))

    def stop(self):
        self.seconds, self.wall = time.process_time() - self.began, time.perf_counter() - self.wall


def main():
    options = arguments(__doc__)
    tape = Tape(options.tape, options.ticks)
    tape.require_trailing_only()
    if tape.symbols > 1 or any(trade.open_at > 0 for trade in tape.trades):
        raise SystemExit("this driver knows one symbol, and trades that are there from the start")
    prices = [float(price) for price in tape.first * BARS_BEFORE + [price for _, price in tape.ticks]]
    began = time.process_time()
    engine = backtrader.Cerebro(stdstats=False, runonce=False, preload=False)
    engine.adddata(Ticks(prices=prices))
    engine.addstrategy(Risk, trades=tape.trades)
    engine.broker.setcash(1e15)
    engine.broker.set_checksubmit(False)
    risk = engine.run()[0]
    setup = risk.began - began
    report("backtrader", tape, seconds=risk.seconds, wall=risk.wall, setup=setup, closes=risk.closes,
           same=True, note="positions of one symbol are netted; trailing stops only", file=options.closes)


if __name__ == "__main__":
    main()
