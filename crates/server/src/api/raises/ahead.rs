//! What a command would loosen, looked at on a copy of the state before it is done.

use super::tighter::{is_as_tight, protects};
use crate::look::tag;
use crate::socket::protocol::Given;
use highmark_engine::*;
use highmark_play::explain::rule_words;
use highmark_play::names;

/// Trades of a book that is copied for a look ahead.
const MOST_TRADES: u32 = 20_000;

/// What a command would do.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::api) struct Ahead {
    /// It, and what must still stand for this to be true of it.
    pub command: Command,
    pub given: Option<Given>,
    /// What it loosens, in words; `None`: nothing, or it would be refused.
    pub loosens: Option<String>,
}

/// `None`: the book is too large to look ahead, and what it would take back is not known.
pub(in crate::api) fn look_ahead(state: &State, by: &str, command: Command) -> Option<Ahead> {
    let given = given(state, &command);
    if state.trade_count() > MOST_TRADES {
        if matches!(command, Command::Undo { command: None } | Command::Redo) {
            return None;
        }
        let loosens = Some("the book is too large to look ahead".to_owned());
        return Some(Ahead { command, given, loosens });
    }
    let mut engine = Engine::from_state(state.clone());
    let body = Body::Command { by: by.to_owned(), command: command.clone() };
    let events = engine.step(Input { at: state.now(), body });
    let refused = events.iter().find_map(|event| match event {
        Event::Refused(refusal) => Some(refusal),
        _ => None,
    });
    if let Some(refusal) = refused {
        return match forced(&command).filter(|_| refusal.code == RefusalCode::WouldLoosen) {
            Some(forced) => look_ahead(state, by, forced),
            None => Some(Ahead { command, given, loosens: None }),
        };
    }
    let undone = events.iter().find_map(|event| match event {
        Event::Undone { command } => Some(Command::Undo { command: Some(*command) }),
        _ => None,
    });
    let always = always(state, &command);
    let loosens = always.or_else(|| loosened(state, engine.state()));
    Some(Ahead { command: undone.unwrap_or(command), given, loosens })
}

/// A change of a rule as it is done once it is confirmed: by force, unless it is so already.
fn forced(command: &Command) -> Option<Command> {
    let mut command = command.clone();
    match &mut command {
        Command::ChangeRule { draft, .. } if !draft.options.force => draft.options.force = true,
        _ => return None,
    }
    Some(command)
}

/// What the look is true of.
fn given(state: &State, command: &Command) -> Option<Given> {
    match command {
        Command::ChangeRule { rule, .. }
        | Command::RemoveRule { rule, .. }
        | Command::LoosenStop { rule, .. }
        | Command::ResetRule { rule, .. } => {
            let version = state.rule_view(*rule).map_or(0, |view| view.rule.version);
            Some(Given::Rule { rule: *rule, version })
        }
        Command::EditStrategy { strategy, .. } => {
            let found = state.strategies().find(|(id, _)| id == strategy);
            let tag = found.map(|(_, spec)| tag(spec)).unwrap_or_default();
            Some(Given::Strategy { strategy: *strategy, tag })
        }
        _ => None,
    }
}

/// What is asked for to loosen.
fn always(state: &State, command: &Command) -> Option<String> {
    match command {
        Command::LoosenStop { rule, to, .. } => {
            let view = state.rule_view(*rule)?;
            let level = view.level.map_or("none".to_owned(), |level| level.to_string());
            Some(format!("the stop of {} goes from {level} to {to}", named(state, &view)))
        }
        Command::ResetRule { rule, .. } => {
            let view = state.rule_view(*rule)?;
            Some(format!("{} watches anew", named(state, &view)))
        }
        Command::ResetStrategy { strategy, .. } => {
            Some(format!("{} may trade again", names::strategy(state, *strategy)))
        }
        _ => None,
    }
}

/// The first rule that protects less, and how.
fn loosened(before: &State, after: &State) -> Option<String> {
    (0..before.rule_count()).map(RuleId).find_map(|id| {
        let old = before.rule_view(id).filter(|view| !view.removed && protects(&view.draft))?;
        // With its trade its rules end.
        if let Scope::Trade(trade) = old.rule.scope
            && !after
                .trade_view(trade)
                .is_some_and(|trade| trade.status.is_held() || trade.status == TradeStatus::Pending)
        {
            return None;
        }
        let name = named(before, &old);
        let Some(new) = after.rule_view(id).filter(|view| !view.removed) else {
            return Some(format!("{name} is removed"));
        };
        if !is_as_tight(&old.draft, &new.draft) {
            return Some(format!("{name} becomes {}", rule_words(&new.draft)));
        }
        match (old.floor, new.floor) {
            (Some(old), Some(new)) if new < old => {
                return Some(format!("the floor of {name} goes from {old} to {new}"));
            }
            _ => {}
        }
        let capital = |state: &State| match old.rule.scope {
            Scope::Strategy(id) => {
                state.strategies().find(|(one, _)| *one == id).map(|(_, spec)| spec.capital)
            }
            _ => None,
        };
        let is_share =
            serde_json::to_string(&old.draft).is_ok_and(|text| text.contains("of_capital"));
        (is_share && capital(after) > capital(before))
            .then(|| format!("{name} is a share of a larger capital"))
    })
}

/// A rule and what it stands on.
fn named(state: &State, view: &RuleView) -> String {
    format!("{} on {}", rule_words(&view.draft), names::scope(state, view.rule.scope))
}
