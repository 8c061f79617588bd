//! barter: its synchronous engine is given each tick as a public trade, and each trade of the book as a fill.
//!
//! It keeps one net position for each instrument. Stops are the user's own code there, and there are none here:
//! this is the time of the engine alone, whose unrealised gain follows every tick.

use barter::EngineEvent;
use barter::engine::clock::HistoricalClock;
use barter::engine::execution_tx::MultiExchangeTxMap;
use barter::engine::state::EngineState;
use barter::engine::state::global::DefaultGlobalData;
use barter::engine::state::instrument::data::DefaultInstrumentMarketData;
use barter::engine::state::trading::TradingState;
use barter::engine::{Engine, Processor};
use barter::execution::AccountStreamEvent;
use barter::execution::request::ExecutionRequest;
use barter::risk::DefaultRiskManager;
use barter::strategy::DefaultStrategy;
use barter_data::event::{DataKind, MarketEvent};
use barter_data::streams::consumer::MarketStreamEvent;
use barter_data::subscription::trade::PublicTrade;
use barter_execution::order::id::{OrderId, StrategyId};
use barter_execution::trade::{AssetFees, Trade as Fill, TradeId};
use barter_execution::{AccountEvent, AccountEventKind};
use barter_instrument::exchange::{ExchangeId, ExchangeIndex};
use barter_instrument::index::IndexedInstruments;
use barter_instrument::instrument::{Instrument, InstrumentIndex};
use barter_instrument::{Side, Underlying};
use barter_integration::channel::{UnboundedTx, mpsc_unbounded};
use chrono::{DateTime, Utc};
use peer_tape::{Report, Tape, Tick, Trade, Watch, arguments};
use rust_decimal::Decimal;

type Event = EngineEvent<DataKind>;

const EXCHANGE: ExchangeId = ExchangeId::BinanceSpot;
const NOTE: &str = "one net position for each instrument, no stops: closes nothing";

fn instruments(symbols: usize) -> IndexedInstruments {
    let all = (0..symbols).map(|number| {
        let underlying = Underlying::new(format!("s{number}"), "usdt".to_owned());
        let names = (format!("binance_spot_s{number}_usdt"), format!("S{number}USDT"));
        Instrument::spot(EXCHANGE, names.0, names.1, underlying, None)
    });
    all.fold(IndexedInstruments::builder(), |builder, each| builder.add_instrument(each)).build()
}

fn fill(trade: &Trade, at: DateTime<Utc>) -> Event {
    let id = trade.id.to_string();
    let kind = AccountEventKind::Trade(Fill {
        id: TradeId::new(&id),
        order_id: OrderId::new(&id),
        instrument: InstrumentIndex(trade.symbol),
        strategy: StrategyId::new("risk"),
        time_exchange: at,
        side: if trade.side > 0 { Side::Buy } else { Side::Sell },
        price: Decimal::new(i64::from(trade.entry) * 5, 2),
        quantity: Decimal::from(trade.quantity),
        fees: AssetFees::quote_fees(Decimal::ZERO),
    });
    let exchange = ExchangeIndex(0);
    EngineEvent::Account(AccountStreamEvent::Item(AccountEvent { exchange, kind }))
}

fn mark(tick: &Tick) -> Event {
    let at = time_of(tick);
    EngineEvent::Market(MarketStreamEvent::Item(MarketEvent {
        time_exchange: at,
        time_received: at,
        exchange: EXCHANGE,
        instrument: InstrumentIndex(tick.symbol),
        kind: DataKind::Trade(PublicTrade {
            id: String::new(),
            price: f64::from(tick.price) * 0.05,
            amount: 1.0,
            side: Side::Buy,
        }),
    }))
}

fn time_of(tick: &Tick) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(tick.ts.cast_signed())
}

/// The tape in the engine's own words, made before the clock starts: what is there at the start, and the rest.
fn events(tape: &Tape, start: DateTime<Utc>) -> (Vec<Event>, Vec<Event>) {
    let mut trades = tape.trades.iter().peekable();
    let mut book = Vec::new();
    while let Some(trade) = trades.next_if(|trade| trade.open_at == 0) {
        book.push(fill(trade, start));
    }
    let mut coming = Vec::with_capacity(tape.ticks.len());
    for (index, tick) in tape.ticks.iter().enumerate() {
        while let Some(trade) = trades.next_if(|trade| trade.open_at == index) {
            coming.push(fill(trade, time_of(tick)));
        }
        coming.push(mark(tick));
    }
    (book, coming)
}

fn run() -> Result<(), String> {
    let (path, ticks) = arguments()?;
    let tape = Tape::read(&path, ticks)?;
    let start = tape.ticks.first().map(time_of).ok_or("the tape has no ticks")?;
    let (book, coming) = events(&tape, start);
    let setup = Watch::start();
    let instruments = instruments(tape.first.len());
    let market = |_: &_| DefaultInstrumentMarketData::default();
    let state = EngineState::builder(&instruments, DefaultGlobalData, market)
        .time_engine_start(start)
        .trading_state(TradingState::Enabled)
        .build();
    let (sender, _receiver) = mpsc_unbounded();
    let senders: MultiExchangeTxMap<UnboundedTx<ExecutionRequest>> =
        [(EXCHANGE, Some(sender))].into_iter().collect();
    let clock = HistoricalClock::new(start);
    let (strategy, risk) = (DefaultStrategy::default(), DefaultRiskManager::default());
    let mut engine = Engine::new(clock, state, senders, strategy, risk);
    for event in book {
        engine.process(event);
    }
    let (setup, _) = setup.read();
    let watch = Watch::start();
    for event in coming {
        std::hint::black_box(engine.process(event));
    }
    let (seconds, wall) = watch.read();
    let (closes, same_work) = (None, false);
    Report { peer: "barter", closes, setup, seconds, wall, same_work, note: NOTE }.print(&tape);
    Ok(())
}

fn main() -> std::process::ExitCode {
    match run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}
