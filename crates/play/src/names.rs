//! Names of things in a state, and things by their names.

use highmark_engine::*;
use std::fmt;

pub fn strategy(state: &State, id: StrategyId) -> String {
    let found = state.strategies().find(|(strategy, _)| *strategy == id);
    found.map_or_else(|| id.to_string(), |(_, spec)| spec.name.clone())
}

pub fn account(state: &State, id: AccountId) -> String {
    let found = state.accounts().find(|(account, _)| *account == id);
    found.map_or_else(|| id.to_string(), |(_, spec)| spec.name.clone())
}

pub fn symbol(state: &State, id: InstrumentId) -> String {
    let found = state.instruments().find(|(instrument, _)| *instrument == id);
    found.map_or_else(|| id.to_string(), |(_, spec)| spec.symbol.clone())
}

pub fn group(state: &State, id: GroupId) -> String {
    let found = state.groups().find(|(group, _, _)| *group == id);
    found.map_or_else(|| id.to_string(), |(_, _, name)| name.to_owned())
}

pub fn trade(state: &State, id: TradeId) -> String {
    match state.trade_view(id) {
        Some(view) if !view.name.is_empty() && view.generation > 0 => {
            format!("{}#{}", view.name, view.generation + 1)
        }
        Some(view) if !view.name.is_empty() => view.name,
        Some(_) | None => id.to_string(),
    }
}

pub fn scope(state: &State, scope: Scope) -> String {
    match scope {
        Scope::Trade(id) => trade(state, id),
        Scope::Group(id) => group(state, id),
        Scope::Strategy(id) => strategy(state, id),
        Scope::Account(id) => account(state, id),
        Scope::System => "system".into(),
    }
}

/// What a person may ask about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Scope(Scope),
    Rule(RuleId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Scope(scope) => scope.fmt(f),
            Subject::Rule(rule) => rule.fmt(f),
        }
    }
}

/// A trade, strategy, group, account or rule by its name, else by its id, or `system`: for people, who call things by
/// their names. What has an id is asked for by [`by_id`], for somebody may have named something else so.
pub fn find(state: &State, name: &str) -> Option<Subject> {
    if name == "system" {
        return Some(Subject::Scope(Scope::System));
    }
    by_name(state, name).map(Subject::Scope).or_else(|| by_id(state, name))
}

fn by_name(state: &State, name: &str) -> Option<Scope> {
    let strategy = state.strategies().find(|(_, spec)| spec.name == name);
    if let Some((id, _)) = strategy {
        return Some(Scope::Strategy(id));
    }
    if let Some((id, _)) = state.accounts().find(|(_, spec)| spec.name == name) {
        return Some(Scope::Account(id));
    }
    if let Some((id, _, _)) = state.groups().find(|(_, _, group)| *group == name) {
        return Some(Scope::Group(id));
    }
    let (name, generation) = match name.split_once('#') {
        Some((name, number)) => (name, number.parse::<u32>().ok()?.checked_sub(1)?),
        None => (name, 0),
    };
    let trade = state.trade_views().find(|view| view.name == name && view.generation == generation);
    trade.map(|view| Scope::Trade(view.id))
}

/// Something by its id alone: `t5`, `s1`, `a0`, `g2`, `r3`.
pub fn by_id(state: &State, id: &str) -> Option<Subject> {
    let number: u32 = id.get(1..)?.parse().ok()?;
    match id.as_bytes().first()? {
        b't' => {
            state.trade_view(TradeId(number)).map(|view| Scope::Trade(view.id)).map(Subject::Scope)
        }
        b's' => existing(state, Scope::Strategy(StrategyId(number))),
        b'a' => existing(state, Scope::Account(AccountId(number))),
        b'g' => existing(state, Scope::Group(GroupId(number))),
        b'r' => state.rule_view(RuleId(number)).map(|view| Subject::Rule(view.rule.rule)),
        _ => None,
    }
}

/// Whether a state has it.
pub fn is_there(state: &State, subject: Subject) -> bool {
    match subject {
        Subject::Scope(scope) => state.exists(scope),
        Subject::Rule(rule) => rule.0 < state.rule_count(),
    }
}

fn existing(state: &State, scope: Scope) -> Option<Subject> {
    state.scope_view(scope, Window::Life).map(|view| Subject::Scope(view.scope))
}

/// Everything that can be asked about, for suggestions.
pub fn all(state: &State) -> Vec<String> {
    let mut names = vec!["system".to_owned()];
    names.extend(state.strategies().map(|(_, spec)| spec.name.clone()));
    names.extend(state.accounts().map(|(_, spec)| spec.name.clone()));
    names.extend(state.groups().map(|(_, _, name)| name.to_owned()));
    names.extend(state.trade_views().map(|view| trade(state, view.id)));
    names
}
