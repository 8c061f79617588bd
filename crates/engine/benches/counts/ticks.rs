//! Paths of ticks: quiet, moving stops, closing, many in one input, folded.

use super::desk::{Desk, START, Shape, stop, trade};
use super::meter::counted;
use highmark_engine::*;
use std::hint::black_box;

/// Prices go to and fro below the best, so that nothing follows from them.
pub(crate) fn quiet(trades: u32, strategies: u32, times: u32) {
    let shape = Shape::longs(trades, strategies);
    let mut desk = Desk::open(&shape);
    desk.rise_and_settle(&shape);
    for number in 0..times {
        let tick = desk.next_tick(0, START + 101 + i64::from(number % 2));
        counted(&mut || desk.tell(&tick));
        assert!(desk.was_quiet());
    }
}

pub(crate) fn best(trades: u32, times: u32) {
    let shape = Shape::longs(trades, 1);
    let mut desk = Desk::open(&shape);
    desk.rise_and_settle(&shape);
    let before = stops(&desk);
    climb(&mut desk, times);
    check_risen(&before, &stops(&desk));
}

/// A strategy that guards its peak from the first rupee on, so that each new best moves its floor.
pub(crate) fn best_and_floor(trades: u32, times: u32) {
    let shape = Shape { guard_from: Money::rupees(1), ..Shape::longs(trades, 1) };
    let mut desk = Desk::open(&shape);
    desk.mark_all(&shape, START + 200);
    let floor = |desk: &Desk| {
        let scope = Scope::Strategy(StrategyId(0));
        desk.engine.state().scope_view(scope, Window::Session).and_then(|view| view.floor)
    };
    let (before, risen) = (stops(&desk), floor(&desk));
    climb(&mut desk, times);
    check_risen(&before, &stops(&desk));
    assert!(floor(&desk) > risen);
}

fn climb(desk: &mut Desk, times: u32) {
    desk.mark(0, START + 200);
    for number in 0..times {
        let tick = desk.next_tick(0, START + 201 + i64::from(number));
        counted(&mut || desk.tell(&tick));
        assert_eq!(desk.exits(), 0);
    }
}

fn stops(desk: &Desk) -> Vec<Option<Price>> {
    desk.engine.state().trade_views().map(|view| view.stop).collect()
}

/// All rose; those that keep a share of a profit have a stop behind it.
fn check_risen(before: &[Option<Price>], after: &[Option<Price>]) {
    assert!(before.iter().zip(after).all(|(before, after)| before < after));
}

/// Beside the book stand as many trades as there are ticks, each with its stop one step below the one before.
pub(crate) fn close(trades: u32, times: u32) {
    let shape = Shape::longs(trades, 1);
    let mut desk = Desk::open(&shape);
    for number in 0..times {
        let mut rules = super::desk::all_rules(number);
        rules[0] = stop(i64::from(number) + 1).into();
        desk.ask(Command::AddTrade(trade(&shape, number, rules)));
    }
    desk.mark(0, START);
    for number in 0..times {
        let tick = desk.next_tick(0, START - 1 - i64::from(number));
        counted(&mut || desk.tell(&tick));
        assert_eq!(desk.exits(), 1);
    }
}

pub(crate) fn batch(trades: u32, times: u32) {
    let shape = Shape { instruments: 100, ..Shape::longs(trades, 1) };
    let mut desk = Desk::open(&shape);
    desk.rise_and_settle(&shape);
    for number in 0..times {
        let tick = |instrument| {
            let steps = START + 101 + i64::from(number % 2);
            desk.next_tick(instrument, steps)
        };
        let ticks = (0..shape.instruments).map(tick).collect();
        let mut input = Some(Input { at: desk.now, body: Body::Ticks(ticks) });
        counted(&mut || desk.engine.step_into(input.take().expect("once"), &mut desk.events));
        assert!(desk.was_quiet() && desk.events.len() > 100);
    }
}

/// A second engine is given the facts of the first.
pub(crate) fn fold(trades: u32, times: u32) {
    let shape = Shape::longs(trades, 1);
    let mut desk = Desk::open(&shape);
    desk.rise_and_settle(&shape);
    let mut folded = Engine::from_state(desk.engine.state().clone());
    for number in 0..times {
        desk.mark(0, START + 101 + i64::from(number % 2));
        assert!(desk.was_quiet());
        let events = black_box(&desk.events);
        counted(&mut || events.iter().for_each(|event| folded.apply(event)));
    }
    assert!(folded.state() == desk.engine.state());
}
