//! nanobook: its book of stop orders, one for each symbol, a trailing stop by a fixed distance for each trade.
//!
//! The stop book is driven without the matching engine around it, which would cost more and close nothing else.

use nanobook::{OrderId, Price, Side, StopBook, StopOrder, StopStatus, TimeInForce, TrailMethod};
use peer_tape::{Report, Tape, Trade, Watch, arguments};

const NOTE: &str = "stop book alone: no positions, no marks, no matching; trailing stops only";

fn stop_of(trade: &Trade) -> StopOrder {
    let (entry, distance) = (i64::from(trade.entry), i64::from(trade.distance));
    StopOrder {
        id: OrderId(u64::from(trade.id.unsigned_abs())),
        side: if trade.side > 0 { Side::Sell } else { Side::Buy },
        stop_price: Price(entry - i64::from(trade.side) * distance),
        limit_price: None,
        quantity: u64::from(trade.quantity.unsigned_abs()),
        time_in_force: TimeInForce::GTC,
        timestamp: trade.open_at as u64,
        status: StopStatus::Pending,
        trail_method: Some(TrailMethod::Fixed(distance)),
        watermark: Some(Price(entry)),
    }
}

fn run() -> Result<(), String> {
    let (path, ticks) = arguments()?;
    let tape = Tape::read(&path, ticks)?;
    let at_start = tape.trades.partition_point(|trade| trade.open_at == 0);
    let setup = Watch::start();
    let mut books: Vec<StopBook> = tape.first.iter().map(|_| StopBook::new()).collect();
    let (start, later) = tape.trades.split_at(at_start);
    for trade in start {
        books[trade.symbol].insert(stop_of(trade));
    }
    let (setup, _) = setup.read();
    let mut later = later.iter().peekable();
    let mut closes = Vec::new();
    let watch = Watch::start();
    for (index, tick) in tape.ticks.iter().enumerate() {
        while let Some(trade) = later.next_if(|trade| trade.open_at == index) {
            books[trade.symbol].insert(stop_of(trade));
        }
        let (book, price) = (&mut books[tick.symbol], Price(i64::from(tick.price)));
        book.update_trailing_stops(price);
        for stop in book.collect_triggered(price) {
            closes.push((index as i64, stop.id.0 as i64, price.0, 1));
        }
    }
    let (seconds, wall) = watch.read();
    let report = Report {
        peer: "nanobook",
        closes: Some(closes),
        setup,
        seconds,
        wall,
        same_work: true,
        note: NOTE,
    };
    report.print(&tape);
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
