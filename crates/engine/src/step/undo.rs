//! Undo and redo: a new fact each time, refused when something that followed depends on what would go.

use super::refuse;
use super::rule_checks::breach_at_once;
use crate::Engine;
use crate::event::{Event, Refusal, RefusalCode};
use crate::ids::*;
use crate::input::{Command, Entry, FillMode};
use crate::rules::spec::Window;
use crate::state::State;
use crate::state::rule::Rule;
use crate::state::undo::{Done, Inverse, MarkBefore};
use alloc::format;
use alloc::string::String;

impl Engine {
    pub(crate) fn undo_or_redo(&mut self, by: &str, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::Undo { command } => {
                let done = self.state.history.find(*command).ok_or_else(nothing)?;
                check(&self.state, done)?;
                let command = done.command;
                self.emit(Event::Undone { command });
                Ok(())
            }
            _ => {
                let done = self.state.history.undone.last().ok_or_else(nothing)?;
                let what = (*done.what).clone();
                self.carry_out_again(String::from(by), what)
            }
        }
    }
}

fn check(state: &State, done: &Done) -> Result<(), Refusal> {
    match &done.inverse {
        Inverse::Never => {
            Err(cannot(done, "it cannot be taken back", "do the opposite by a command of its own"))
        }
        Inverse::Strategy(id) => {
            let edits =
                |other: &Inverse| matches!(other, Inverse::StrategyEdit(later, _) if later == id);
            check_last(state, done, edits)?;
            check_unused(state, done, Scope::Strategy(*id))
        }
        Inverse::Group(id) => check_unused(state, done, Scope::Group(*id)),
        Inverse::StrategyEdit(id, spec) => {
            let is_taken =
                state.strategies().any(|(other, each)| other != *id && each.name == spec.name);
            if is_taken {
                return Err(cannot(
                    done,
                    "its old name is taken",
                    "rename the other strategy first",
                ));
            }
            check_last(
                state,
                done,
                |other| matches!(other, Inverse::StrategyEdit(later, _) if later == id),
            )
        }
        Inverse::Halted(scope, _) => check_last(
            state,
            done,
            |other| matches!(other, Inverse::Halted(later, _) if later == scope),
        ),
        Inverse::Trade { trade, peaks, day, .. } => {
            if *day != state.day && state.trade(*trade).fills > 0 {
                let why = "a session day has ended with the trade in it";
                return Err(cannot(done, why, "exit it instead"));
            }
            check_trade(state, done, *trade, peaks)
        }
        Inverse::RuleSet(id) => {
            if state.rule(*id).is_removed {
                return Err(cannot(
                    done,
                    "the rule has been removed since",
                    "take that back first",
                ));
            }
            check_rule(state, done, *id, 1)
        }
        Inverse::Rule { before, version } => {
            check_rule(state, done, before.id, *version)?;
            let was_removal = matches!(*done.what, Command::RemoveRule { .. });
            if state.rule(before.id).is_removed != was_removal {
                return Err(cannot(
                    done,
                    "the rule has been removed since",
                    "take that back first",
                ));
            }
            check_restored(state, done, before)
        }
        Inverse::Mark(before) => check_mark(state, done, before),
    }
}

/// No later command concerned the same thing.
fn check_last(state: &State, done: &Done, same: impl Fn(&Inverse) -> bool) -> Result<(), Refusal> {
    let mut later = state.history.done.iter().filter(|other| other.command > done.command);
    if later.any(|other| same(&other.inverse)) {
        return Err(cannot(done, "a later command changed the same", "take that back first"));
    }
    Ok(())
}

fn nothing() -> Refusal {
    refuse(
        RefusalCode::NothingToUndo,
        "",
        "there is nothing to undo or redo",
        "only operator commands are kept for it",
    )
}

fn cannot(done: &Done, why: &str, hint: &str) -> Refusal {
    refuse(RefusalCode::CannotUndo, "command", format!("command {}: {why}", done.command), hint)
}

fn check_unused(state: &State, done: &Done, scope: Scope) -> Result<(), Refusal> {
    let is_used = state.books.get(scope).is_some_and(|book| {
        let has_rules = book.rules.iter().any(|rule| !state.rule(*rule).is_removed);
        let has_earned = [book.life.realised, book.life.charges] != [crate::money::Money::ZERO; 2];
        book.total_trades > 0 || !book.live.is_empty() || has_rules || has_earned
    });
    let has_groups = match scope {
        Scope::Strategy(id) => state.groups().any(|(_, strategy, _)| strategy == id),
        Scope::Trade(_) | Scope::Group(_) | Scope::Account(_) | Scope::System => false,
    };
    if is_used || has_groups {
        return Err(cannot(done, "something stands on it since", "take that back first"));
    }
    Ok(())
}

fn check_trade(
    state: &State,
    done: &Done,
    id: TradeId,
    peaks: &[(Scope, Window, crate::money::Money)],
) -> Result<(), Refusal> {
    let trade = state.trade(id);
    if trade.cause.is_some() || trade.closed_at.is_some() || trade.fills > 1 {
        return Err(cannot(
            done,
            "the trade has been added to, exited or ended since",
            "exit it instead",
        ));
    }
    // What has gone out to a broker, and what it did, can't be taken back: it would be filled into a trade without rules.
    let is_ordered = trade.terms.entry == Entry::AtMark
        && state.accounts[trade.terms.account.index()].fills == FillMode::Orders;
    if is_ordered && trade.fills == 0 {
        return Err(cannot(done, "its entry order may be on its way", "cancel the trade instead"));
    }
    if is_ordered {
        return Err(cannot(done, "a broker has filled its entry", "exit it instead"));
    }
    if trade.fills > 0 && trade.planned > crate::money::Quantity::ZERO {
        return Err(cannot(done, "the trade is being filled", "exit it instead"));
    }
    if trade.rules.iter().any(|rule| state.rule(*rule).fired.is_some()) {
        return Err(cannot(done, "a rule of the trade has fired", "exit it instead"));
    }
    if state.books.has(Scope::Trade(id)) {
        return Err(cannot(done, "a rule was set on its mtm since", "take that back first"));
    }
    for (scope, window, peak) in peaks {
        if state.peak(*scope, *window) != *peak {
            let why = format!("{scope} has made a new peak with this trade in it");
            return Err(cannot(done, &why, "exit it instead"));
        }
    }
    Ok(())
}

fn check_rule(state: &State, done: &Done, id: RuleId, version: u32) -> Result<(), Refusal> {
    let rule = state.rule(id);
    if rule.fired.is_some() {
        return Err(cannot(done, "the rule has fired since", "reset it instead"));
    }
    if rule.version != version {
        return Err(cannot(done, "the rule has been changed since", "take that back first"));
    }
    if let (Scope::Trade(trade), Some(_)) = (rule.scope, rule.price_rule())
        && state.trade(trade).closed_at.is_some()
    {
        return Err(cannot(done, "its trade has ended", "there is nothing left to protect"));
    }
    Ok(())
}

fn check_restored(state: &State, done: &Done, before: &Rule) -> Result<(), Refusal> {
    if state.would_fire(before) {
        return Err(cannot(
            done,
            "the market is through the level that would come back",
            "change the rule instead",
        ));
    }
    let now = Rule { mtm: state.rule_seen(state.rule(before.id)).mtm, ..before.clone() };
    if !before.mtm.is_latched
        && let Some((value, level)) = breach_at_once(state, &now)
    {
        let why = format!("the rule would fire at once: {value} against {level}");
        return Err(cannot(done, &why, "set it anew, by force if it should act now"));
    }
    Ok(())
}

/// A manual mark goes while it is still the mark and nothing but marks elsewhere followed.
fn check_mark(state: &State, done: &Done, before: &MarkBefore) -> Result<(), Refusal> {
    let Command::ManualMark { instrument, price } = *done.what else { return Ok(()) };
    let now = state.instrument(instrument);
    let still = now.quote.source == crate::input::MANUAL && now.quote.last == Some(price);
    let same_market = before.day == state.day
        && before.instrument.open_trades == now.open_trades
        && before.instrument.watchers == now.watchers
        && before.instrument.closed_bars() == now.closed_bars();
    let same_trades = before.trades.iter().all(|trade| state.differs_by_best(trade));
    let at = Some(now.quote.at);
    let same_books = before.books.iter().all(|(scope, book)| {
        state.book_seen(*scope).is_some_and(|now| book.differs_by_peaks_of(&now, at))
    });
    let same_rules = before.rules.iter().all(|rule| {
        let now = state.rule(rule.id);
        let (_, peak_at) = state.rule_peak(now);
        now.fired.is_some() == rule.fired.is_some()
            && (now.version, now.is_removed) == (rule.version, rule.is_removed)
            && (peak_at == rule.mtm.peak_at || peak_at == at)
    });
    if still && same_market && same_trades && same_books && same_rules {
        return Ok(());
    }
    Err(cannot(done, "the market has moved on, or something was decided since", "mark it anew"))
}
