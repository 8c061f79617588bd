//! A quiet tick allocates nothing: counted by an allocator that notes what this thread asks for.
//!
//! The book has longs and shorts on 50 instruments, each trade with a stop, a target and a trailing stop, and strategies
//! with a loss limit and a guarded peak. Ticks go in by [`Engine::tick`] with a list of events that is used again.

#[expect(dead_code, reason = "it is the benchmark's desk")]
#[path = "../benches/counts/desk.rs"]
mod desk;

use allocation_counter::measure;
use desk::{Desk, START, Shape};
use highmark_engine::*;
use std::hint::black_box;

const BOOK: Shape = Shape {
    trades: 10_000,
    instruments: 50,
    strategies: 10,
    has_shorts: true,
    guard_from: Money::rupees(1_000_000_000),
};

#[test]
fn a_quiet_tick_allocates_nothing_and_none_of_the_next_thousand_does() {
    let mut desk = calm_desk(&BOOK);
    let first = allocations_of(&mut desk, |desk| desk.mark(0, START + 101));
    assert!(desk.was_quiet());
    assert_eq!(first, 0);
    for number in 1..=1_000 {
        // To and fro by up to nine steps, another instrument each time.
        let steps = START + 100 + i64::from(number * 7 % 19) - 9;
        let allocations = allocations_of(&mut desk, |desk| desk.mark(number % 50, steps));
        assert!(desk.was_quiet());
        assert_eq!(allocations, 0, "tick {number}");
    }
}

#[test]
fn folding_a_quiet_turn_allocates_nothing() {
    let mut desk = calm_desk(&BOOK);
    let mut folded = Engine::from_state(desk.engine.state().clone());
    let mut fold = |desk: &Desk| desk.events.iter().for_each(|event| folded.apply(event));
    for number in 0..1_000 {
        desk.mark(number % 50, START + 100 + i64::from(number * 7 % 19) - 9);
        assert!(desk.was_quiet());
        assert_eq!(measure(|| fold(&desk)).count_total, 0, "turn {number}");
    }
}

/// Longs have a new best at each tick, and their stops move with it; so do the peaks of all scopes.
#[test]
fn a_tick_that_moves_stops_allocates_nothing() {
    let mut desk = calm_desk(&BOOK);
    let before = stop(&desk, TradeId(2_550));
    for number in 0..1_000_u32 {
        let steps = START + 201 + i64::from(number / 50);
        let allocations = allocations_of(&mut desk, |desk| desk.mark(number % 50, steps));
        assert!(desk.was_quiet());
        assert_eq!(allocations, 0, "tick {number}");
    }
    assert!(stop(&desk, TradeId(2_550)) > before);
}

/// Trades that opened on the way down have a best each: on the way up each tick brings those of one more together,
/// and those that keep a share of their profit have their first.
#[test]
fn a_tick_that_joins_groups_of_stops_seldom_allocates() {
    let shape = Shape { instruments: 1, has_shorts: false, ..BOOK };
    let mut desk = calm_desk(&shape);
    for number in 0..1_000 {
        desk.mark(0, START + 100 - i64::from(number));
        desk.ask(Command::AddTrade(desk::trade(&shape, 2_550, desk::all_rules(number))));
    }
    desk.mark(0, START - 900);
    let (first, last) = (TradeId(10_001), TradeId(10_999));
    let before = [first, last].map(|trade| stop(&desk, trade));
    let mut total = 0;
    for number in 0..1_000 {
        let steps = START - 899 + i64::from(number);
        let allocations = allocations_of(&mut desk, |desk| desk.mark(0, steps));
        assert_eq!(desk.exits(), 0);
        total += allocations;
    }
    assert!(before < [first, last].map(|trade| stop(&desk, trade)));
    println!("{total} allocations in 1,000 ticks");
    // Three when one that keeps a share is looked at, one when it waits again at the next tick, and now and then a table grows.
    assert!(total <= 1_500, "{total}");
}

/// What the others say is worth nothing if the counter sees nothing.
#[test]
fn the_counter_sees_what_is_allocated() {
    assert_eq!(measure(|| drop(black_box(Box::new(1)))).count_total, 1);
    let grown = measure(|| {
        let mut list = black_box(Vec::with_capacity(1));
        list.extend(black_box([1, 2, 3]));
    });
    assert_eq!(grown.count_total, 2);
    let mut desk = calm_desk(&Shape { trades: 100, ..BOOK });
    let closing = allocations_of(&mut desk, |desk| desk.mark(0, START + 9_900));
    assert!(desk.exits() > 0 && closing > 0, "{closing}");
}

fn stop(desk: &Desk, trade: TradeId) -> Option<Price> {
    let view = desk.engine.state().trade_view(trade).expect("it is in the book");
    assert_eq!(view.side, Side::Buy);
    view.stop
}

fn calm_desk(shape: &Shape) -> Desk {
    let mut desk = Desk::open(shape);
    desk.rise_and_settle(shape);
    desk
}

fn allocations_of(desk: &mut Desk, change: impl FnOnce(&mut Desk)) -> u64 {
    measure(|| change(desk)).count_total
}
