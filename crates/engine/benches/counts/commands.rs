//! Paths of commands. What a command leaves for the next mark is a path of its own: the tick after it.

use super::desk::{Desk, START, Shape, all_rules, stop, trade};
use super::meter::counted;
use highmark_engine::*;

/// Which half of a command's cost is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counted {
    Command,
    TickAfter,
}

pub(crate) fn open_bare(trades: u32, times: u32) {
    let (mut desk, shape) = calm(trades);
    each(&mut desk, times, Counted::Command, |number| opening(&shape, number, Vec::new()));
    assert_eq!(desk.engine.state().trade_count(), trades + times);
}

pub(crate) fn open(trades: u32, times: u32) {
    open_with_rules(trades, times, Counted::Command);
}

pub(crate) fn tick_after_open(trades: u32, times: u32) {
    open_with_rules(trades, times, Counted::TickAfter);
}

fn open_with_rules(trades: u32, times: u32, what: Counted) {
    let (mut desk, shape) = calm(trades);
    each(&mut desk, times, what, |number| opening(&shape, number, rules_behind(number)));
    assert_eq!(desk.engine.state().rule_count(), 2 + 3 * (trades + times));
}

pub(crate) fn part_close(trades: u32, times: u32) {
    close_parts(trades, times, Counted::Command);
}

pub(crate) fn tick_after_part_close(trades: u32, times: u32) {
    close_parts(trades, times, Counted::TickAfter);
}

fn close_parts(trades: u32, times: u32, what: Counted) {
    let (mut desk, _) = calm(trades);
    each(&mut desk, times, what, |number| Command::ExitTrade {
        trade: TradeId(number % trades),
        quantity: Some(Quantity::whole(1)),
        reason: "less".into(),
    });
    let views = desk.engine.state().trade_views();
    assert!(
        views.take(times as usize).all(|view| view.realised > Money::ZERO && view.status.is_held())
    );
}

pub(crate) fn change(trades: u32, times: u32) {
    change_stops(trades, times, Counted::Command);
}

pub(crate) fn tick_after_change(trades: u32, times: u32) {
    change_stops(trades, times, Counted::TickAfter);
}

fn change_stops(trades: u32, times: u32, what: Counted) {
    let (mut desk, _) = calm(trades);
    each(&mut desk, times, what, |number| changing(number % trades));
    let view = desk.engine.state().rule_view(stop_of(0)).expect("the first trade has a stop");
    assert_eq!(view.rule.version, 2);
}

pub(crate) fn undo_change(trades: u32, times: u32) {
    undo(trades, times, |_, number| changing(number % trades));
}

pub(crate) fn undo_open(trades: u32, times: u32) {
    undo(trades, times, |shape, number| opening(shape, number, rules_behind(number)));
}

fn undo(trades: u32, times: u32, command: impl Fn(&Shape, u32) -> Command) {
    let (mut desk, shape) = calm(trades);
    for number in 0..times {
        desk.ask(command(&shape, number));
        ask_counted(&mut desk, Command::Undo { command: None });
        assert!(desk.events.iter().any(|event| matches!(event, Event::Undone { .. })));
        desk.mark(0, START + 101 + i64::from(number % 2));
    }
}

fn calm(trades: u32) -> (Desk, Shape) {
    let shape = Shape::longs(trades, 1);
    let mut desk = Desk::open(&shape);
    desk.rise_and_settle(&shape);
    (desk, shape)
}

/// A command, then a tick, and again.
fn each(desk: &mut Desk, times: u32, what: Counted, command: impl Fn(u32) -> Command) {
    for number in 0..times {
        match what {
            Counted::Command => ask_counted(desk, command(number)),
            Counted::TickAfter => desk.ask(command(number)),
        }
        let tick = desk.next_tick(0, START + 101 + i64::from(number % 2));
        match what {
            Counted::Command => desk.tell(&tick),
            Counted::TickAfter => counted(&mut || desk.tell(&tick)),
        }
        assert!(desk.was_quiet());
    }
}

fn ask_counted(desk: &mut Desk, command: Command) {
    let mut input = Some(desk.next_command(command));
    counted(&mut || desk.engine.step_into(input.take().expect("once"), &mut desk.events));
    desk.check_taken();
}

fn opening(shape: &Shape, number: u32, rules: Vec<RuleDraft>) -> Command {
    Command::AddTrade(trade(shape, number, rules))
}

/// Those of the book that trail far behind: a kept share would be met when the price goes back by a step.
fn rules_behind(number: u32) -> Vec<RuleDraft> {
    all_rules(3 * number + 1)
}

/// The stop of a trade goes a hundred steps up.
fn changing(trade: u32) -> Command {
    let provenance = Provenance::default();
    Command::ChangeRule { rule: stop_of(trade), draft: stop(9_800).into(), provenance }
}

/// The strategy has two rules, and each trade three, of which the stop is the first.
fn stop_of(trade: u32) -> RuleId {
    RuleId(2 + 3 * trade)
}
