//! Paths of views: what is computed when somebody asks.

use super::desk::{Desk, START, Shape};
use super::meter::counted;
use highmark_engine::*;
use std::hint::black_box;

/// The trailing stop is the third rule of each trade; two rules of the strategy stand before.
pub(crate) fn level(trades: u32, times: u32) {
    look(trades, times, |state, number| {
        let view = state.rule_view(RuleId(4 + 3 * (number % trades)));
        view.is_some_and(|view| view.level.is_some())
    });
}

pub(crate) fn trade(trades: u32, times: u32) {
    look(trades, times, |state, number| {
        let view = state.trade_view(TradeId(number % trades));
        view.is_some_and(|view| view.stop.is_some())
    });
}

pub(crate) fn scope(trades: u32, times: u32) {
    look(trades, times, |state, _| {
        let view = state.scope_view(Scope::Strategy(StrategyId(0)), Window::Session);
        view.is_some_and(|view| view.floor.is_some())
    });
}

/// Asks after a mark each time; the answer has to be there.
fn look(trades: u32, times: u32, ask: impl Fn(&State, u32) -> bool) {
    let shape = Shape::longs(trades, 1);
    let mut desk = Desk::open(&shape);
    desk.rise_and_settle(&shape);
    for number in 0..times {
        desk.mark(0, START + 101 + i64::from(number % 2));
        let state = black_box(desk.engine.state());
        let mut is_there = false;
        counted(&mut || is_there = ask(state, number));
        assert!(is_there);
    }
}
