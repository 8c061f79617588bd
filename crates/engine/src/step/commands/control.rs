//! Rules changed and reset, halts, the kill switch.

use super::{check_price, known, need_reason, refuse};
use crate::Engine;
use crate::event::{Event, ExitReason, Refusal, RefusalCode};
use crate::ids::*;
use crate::input::Command;
use crate::money::Price;
use crate::rules::daily::is_daily;
use crate::rules::level::{Level, x};
use crate::rules::spec::Provenance;
use crate::state::rule::Rule;
use crate::state::{State, is_stop};
use crate::step::rule_checks;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;

impl Engine {
    pub(super) fn kill(&mut self, reason: String) {
        if !self.state.is_killed() {
            self.emit(Event::Killed { reason });
        }
        self.cancel_pending(Scope::System, "the kill switch was engaged");
        for id in self.leaving(Scope::System) {
            self.exit_or_defer(id, &ExitReason::Kill);
        }
    }

    pub(super) fn reset_strategy(&mut self, strategy: StrategyId, reason: String) {
        for rule in latched_on(&self.state, strategy) {
            self.emit(Event::RuleReset { rule, reason: reason.clone() });
        }
        self.emit(Event::StrategyReset { strategy, reason });
    }
}

/// The rules that keep a strategy closed and that a person may reset.
fn latched_on(state: &State, strategy: StrategyId) -> BTreeSet<RuleId> {
    let Some(book) = state.books.get(Scope::Strategy(strategy)) else { return BTreeSet::new() };
    let blocking = book.blocks.iter().map(|block| block.by.rule);
    let latched = book.rules.iter().copied().filter(|id| state.rule(*id).mtm.is_latched);
    let may_reset = |id: &RuleId| !state.rule(*id).mtm_rule().is_some_and(is_daily);
    blocking.chain(latched).filter(may_reset).collect()
}

pub(super) fn check_rule_command(state: &State, command: &Command) -> Result<(), Refusal> {
    match command {
        Command::SetRule { scope, draft, .. } => {
            known(state, *scope)?;
            rule_checks::check_for_scope(state, *scope, draft, None)
        }
        Command::ChangeRule { rule, draft, provenance } => {
            let before = live_rule(state, *rule)?;
            rule_checks::check_for_scope(state, before.scope, draft, Some(*rule))?;
            rule_checks::check_not_looser(state, before, draft, provenance)
        }
        Command::RemoveRule { rule, provenance } => {
            live_rule(state, *rule)?;
            need_reason(&provenance.reason)
        }
        Command::LoosenStop { rule, to, provenance } => {
            check_loosening(state, *rule, *to, provenance)
        }
        Command::ResetRule { rule, reason } => check_reset(state, *rule, reason),
        _ => Ok(()),
    }
}

fn any_rule(state: &State, id: RuleId) -> Result<&Rule, Refusal> {
    state.rules.get(id.index()).filter(|rule| !rule.is_removed).ok_or_else(|| {
        refuse(
            RefusalCode::NotFound,
            "rule",
            format!("there is no rule {id}"),
            "list the rules of the scope",
        )
    })
}

fn live_rule(state: &State, id: RuleId) -> Result<&Rule, Refusal> {
    let rule = any_rule(state, id)?;
    if rule.fired.is_some() {
        let message = format!("rule {id} has fired");
        return Err(refuse(RefusalCode::WrongState, "rule", message, "reset it first"));
    }
    Ok(rule)
}

fn check_loosening(
    state: &State,
    id: RuleId,
    to: Price,
    provenance: &Provenance,
) -> Result<(), Refusal> {
    need_reason(&provenance.reason)?;
    let rule = live_rule(state, id)?;
    let (Scope::Trade(trade), Some(true)) = (rule.scope, rule.price_rule().map(is_stop)) else {
        let message = format!("rule {id} is no stop on a trade");
        return Err(refuse(RefusalCode::BadField, "rule", message, "change the rule instead"));
    };
    let own = state.trade(trade);
    let (Some(level), true) = (state.level(rule), own.is_held()) else {
        let message = format!("rule {id} has no level to loosen");
        return Err(refuse(RefusalCode::WrongState, "rule", message, "change the rule instead"));
    };
    check_price(state, own.terms.instrument, to)?;
    let here = state.surroundings(rule, trade);
    let target = Level::at(x(rule.side(own, here.spec), to));
    if target.trigger >= level.trigger {
        let message = format!("{to} would not loosen the stop");
        return Err(refuse(
            RefusalCode::BadPrice,
            "to",
            message,
            "to tighten a stop, change its rule or add one",
        ));
    }
    if rule.is_met(target, here) == Some(true) {
        let message = format!("the market is already through {to}");
        return Err(refuse(
            RefusalCode::WouldTrigger,
            "to",
            message,
            "loosen it further, or exit the trade",
        ));
    }
    Ok(())
}

fn check_reset(state: &State, id: RuleId, reason: &str) -> Result<(), Refusal> {
    need_reason(reason)?;
    let rule = any_rule(state, id)?;
    if rule.fired.is_none() {
        let message = format!("rule {id} has not fired");
        return Err(refuse(RefusalCode::WrongState, "rule", message, "there is nothing to reset"));
    }
    if rule.mtm_rule().is_some_and(is_daily) {
        let message = format!("{} holds until the session day ends", rule.reference().kind);
        return Err(refuse(
            RefusalCode::WrongState,
            "rule",
            message,
            "a daily limit is not lost twice in a day",
        ));
    }
    if let (Scope::Trade(trade), Some(_)) = (rule.scope, rule.price_rule())
        && !state.trade(trade).is_held()
        && !state.books.values().any(|book| book.blocks.iter().any(|block| block.by.rule == id))
    {
        let message = format!("trade {trade} is over");
        return Err(refuse(RefusalCode::WrongState, "rule", message, "re-enter the trade instead"));
    }
    Ok(())
}

pub(super) fn check_strategy_reset(
    state: &State,
    id: StrategyId,
    reason: &str,
) -> Result<(), Refusal> {
    known(state, Scope::Strategy(id))?;
    need_reason(reason)?;
    if !state.strategies[id.index()].is_active || !latched_on(state, id).is_empty() {
        return Ok(());
    }
    let message = format!("strategy {id} is active and none of its rules has fired");
    Err(refuse(
        RefusalCode::WrongState,
        "strategy",
        message,
        "daily rules end with the session day",
    ))
}

pub(super) fn check_halt(state: &State, scope: Scope) -> Result<(), Refusal> {
    known(state, scope)?;
    if let Scope::Trade(_) = scope {
        let message = "a single trade can't be halted";
        return Err(refuse(
            RefusalCode::BadField,
            "scope",
            message,
            "halt its group or strategy, or exit it",
        ));
    }
    Ok(())
}

/// Bytes of a note.
const LONGEST_NOTE: usize = 2_048;

pub(super) fn check_note(text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() || text.len() > LONGEST_NOTE {
        let message = format!("a note has 1 to {LONGEST_NOTE} bytes");
        return Err(refuse(RefusalCode::BadField, "text", message, "say it in a sentence"));
    }
    Ok(())
}

pub(super) fn check_release(state: &State, reason: &str) -> Result<(), Refusal> {
    need_reason(reason)?;
    if state.is_killed() {
        return Ok(());
    }
    Err(refuse(
        RefusalCode::WrongState,
        "",
        "the kill switch is not engaged",
        "there is nothing to release",
    ))
}
