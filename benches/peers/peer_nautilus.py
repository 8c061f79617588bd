"""nautilus_trader: BacktestEngine with a hedging account, a position and a resting TRAILING_STOP_MARKET for each trade.

A tick is a quote whose bid and ask are its price. With --floor there are the quotes and one subscriber, and no orders.
The clock starts when the first tick has been worked off: until then the book is being ordered."""

import time
from decimal import Decimal

from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, RiskEngineConfig, StrategyConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, BookType, OmsType, OrderSide, TrailingOffsetType, TriggerType
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import Equity
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy

from tape import Tape, arguments, report

VENUE = Venue("SIM")
START = 1_700_000_000_000_000_000
STEP = 1_000_000
FIVE_PAISE = Decimal("0.05")
PLENTY = Quantity.from_int(1_000_000_000)


def instrument(number):
    name = Symbol(f"S{number}")
    return Equity(
        instrument_id=InstrumentId(name, VENUE), raw_symbol=name, currency=USD, price_precision=2,
        price_increment=Price.from_str("0.05"), lot_size=Quantity.from_int(1), ts_event=0, ts_init=0,
    )


def quote(instrument, ticks, at):
    price = Price(ticks * 5 / 100, 2)
    return QuoteTick(instrument.id, price, price, PLENTY, PLENTY, at, at)


class Risk(Strategy):
    """Opens each trade when it is due, and a trailing stop for it when it is filled."""

    def __init__(self, tape, instruments, floor):
        super().__init__(StrategyConfig(strategy_id="RISK-1", order_id_tag="001"))
        self.instruments = instruments
        self.waiting = [] if floor else sorted(tape.trades, key=lambda trade: trade.open_at, reverse=True)
        self.quotes = -tape.symbols  # each symbol's first price comes before the tape
        self.entries, self.stops, self.closes = {}, {}, []
        self.began = None

    def on_start(self):
        for each in self.instruments:
            self.subscribe_quote_ticks(each.id)

    def on_quote_tick(self, _):
        self.quotes += 1
        if self.quotes < 0:
            return
        while self.waiting and self.waiting[-1].open_at <= self.quotes:
            self.enter(self.waiting.pop())
        if self.quotes == 1:
            self.wall, self.began = time.perf_counter(), time.process_time()

    def enter(self, trade):
        side = OrderSide.BUY if trade.side > 0 else OrderSide.SELL
        where = self.instruments[trade.symbol].id
        order = self.order_factory.market(where, side, Quantity.from_int(trade.quantity))
        self.entries[order.client_order_id] = trade
        self.submit_order(order)

    def on_order_filled(self, filled):
        trade = self.entries.pop(filled.client_order_id, None)
        if trade is not None:
            self.protect(trade, filled)
            return
        trade = self.stops.pop(filled.client_order_id)
        tick, price = (filled.ts_event - START) // STEP, round(float(filled.last_px) * 20)
        self.closes.append((tick, trade.id, price, 1))

    def protect(self, trade, filled):
        order = self.order_factory.trailing_stop_market(
            instrument_id=filled.instrument_id,
            order_side=OrderSide.SELL if trade.side > 0 else OrderSide.BUY,
            quantity=filled.last_qty,
            trailing_offset=trade.param * FIVE_PAISE,
            trailing_offset_type=TrailingOffsetType.PRICE,
            trigger_type=TriggerType.BID_ASK,
            reduce_only=True,
        )
        self.stops[order.client_order_id] = trade
        self.submit_order(order, position_id=filled.position_id)


def engine_for(instruments):
    silent = LoggingConfig(bypass_logging=True)
    config = BacktestEngineConfig(logging=silent, risk_engine=RiskEngineConfig(bypass=True), run_analysis=False)
    engine = BacktestEngine(config)
    engine.add_venue(
        venue=VENUE, oms_type=OmsType.HEDGING, account_type=AccountType.MARGIN, base_currency=USD,
        starting_balances=[Money(1_000_000_000_000, USD)], book_type=BookType.L1_MBP,
    )
    for each in instruments:
        engine.add_instrument(each)
    return engine


def main():
    options = arguments(__doc__)
    tape = Tape(options.tape, options.ticks)
    tape.require_trailing_only()
    instruments = [instrument(number) for number in range(tape.symbols)]
    quotes = [quote(instruments[i], price, START + (i - tape.symbols) * STEP) for i, price in enumerate(tape.first)]
    quotes += [quote(instruments[y], price, START + i * STEP) for i, (y, price) in enumerate(tape.ticks)]
    began = time.process_time()
    engine = engine_for(instruments)
    risk = Risk(tape, instruments, options.floor)
    engine.add_strategy(risk)
    engine.add_data(quotes)
    engine.run()
    seconds, wall = time.process_time() - risk.began, time.perf_counter() - risk.wall
    note = "quotes and one subscriber, no orders" if options.floor else "full order and position accounting; trailing stops only"
    report("nautilus floor" if options.floor else "nautilus", tape, seconds=seconds, wall=wall,
           setup=risk.began - began, closes=0 if options.floor else risk.closes, same=not options.floor, note=note,
           file=options.closes, untimed=1)


if __name__ == "__main__":
    main()
