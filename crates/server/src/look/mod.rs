//! What can be looked at from outside: the service at a glance, and parts of the engine's state in full.
//! The same functions serve a running service and a journal that was folded.

mod status;

pub use status::{
    Facts, FeedStatus, JournalStatus, Latencies, Latency, Recovered, Row, ServiceStatus, Status,
    status_of,
};

use crate::socket::protocol::{Given, Look, Problem};
use highmark_engine::*;
use serde_json::{Value, json};

/// The service at a glance, as it is sent.
pub fn status(state: &State, facts: &Facts) -> Value {
    value(&status_of(state, Some(facts)))
}

/// Part of the state; a problem when it is not there.
pub fn look(state: &State, what: Look) -> Result<Value, Problem> {
    Ok(match what {
        Look::Names => names(state),
        Look::Strategies => value(&status_of(state, None).strategies),
        Look::Open => {
            let views = state.live_trades(Scope::System).filter_map(|id| state.trade_view(id));
            views.map(|view| trade(state, &view)).collect()
        }
        Look::Page { all, after, limit } => page(state, all, after, limit),
        Look::Trade(id) => match state.trade_view(id) {
            Some(view) => trade(state, &view),
            None => return Err(not_found(format!("there is no trade {id}"))),
        },
        Look::Strategy(id) => match state.strategies().find(|(one, _)| *one == id) {
            Some((_, spec)) => value(spec),
            None => return Err(not_found(format!("there is no strategy {id}"))),
        },
        Look::Rules => {
            let ids = (0..state.rule_count()).map(RuleId);
            let views = ids.filter_map(|id| state.rule_view(id)).filter(|view| !view.removed);
            views.map(|view| value(&view)).collect()
        }
        Look::Instruments => {
            let all = state.instruments().map(|(id, spec)| {
                json!({
                    "id": id, "spec": spec, "mark": state.mark(id), "stale": state.is_stale(id),
                })
            });
            all.collect()
        }
    })
}

fn not_found(message: String) -> Problem {
    Problem::new("NOT_FOUND", message, "")
}

/// Whether what was looked at is still so.
pub fn stands(state: &State, given: &Given) -> Result<(), Problem> {
    let stands = match given {
        Given::Rule { rule, version } => {
            let view = state.rule_view(*rule);
            // What is not there is told by the command itself.
            view.is_none_or(|view| view.rule.version == *version)
        }
        Given::Strategy { strategy, tag: seen } => {
            let found = state.strategies().find(|(id, _)| id == strategy);
            found.is_none_or(|(_, spec)| tag(spec) == *seen)
        }
    };
    let changed = || {
        let hint = "look again, then decide again";
        Problem {
            field: "If-Match".into(),
            ..Problem::new("CHANGED", "it was changed since it was looked at", hint)
        }
    };
    if stands { Ok(()) } else { Err(changed()) }
}

/// Tells terms of a strategy from others.
pub fn tag(spec: &StrategySpec) -> String {
    let text = serde_json::to_vec(spec).unwrap_or_default();
    blake3::hash(&text).to_hex()[..16].to_owned()
}

/// At most `limit` trades by their ids, and the id after which there are more. It costs as many as it gives, and as many live
/// ones as it passes by.
fn page(state: &State, all: bool, after: Option<TradeId>, limit: u32) -> Value {
    let first = after.map_or(0, |after| after.0.saturating_add(1));
    let every = (first..state.trade_count()).map(TradeId);
    let live = state.live_trades(Scope::System).skip_while(|id| id.0 < first);
    let mut ids: Box<dyn Iterator<Item = TradeId>> =
        if all { Box::new(every) } else { Box::new(live) };
    let given: Vec<TradeId> = ids.by_ref().take(limit as usize).collect();
    let views = given.iter().filter_map(|id| state.trade_view(*id));
    let trades: Vec<Value> = views.map(|view| trade(state, &view)).collect();
    let next = ids.next().and(given.last().copied().or(after));
    json!({ "trades": trades, "next": next })
}

/// A trade with the names that a person knows it by.
fn trade(state: &State, view: &TradeView) -> Value {
    let mut value = value(view);
    if let Value::Object(fields) = &mut value {
        let strategy = highmark_play::names::strategy(state, view.strategy);
        let account = highmark_play::names::account(state, view.account);
        let spec = state.instruments().find(|(id, _)| *id == view.instrument);
        let (symbol, multiplier) =
            spec.map(|(_, spec)| (spec.symbol.clone(), spec.multiplier)).unwrap_or_default();
        fields.insert("strategy_name".into(), strategy.into());
        fields.insert("account_name".into(), account.into());
        fields.insert("symbol".into(), symbol.into());
        fields.insert("multiplier".into(), multiplier.into());
    }
    value
}

/// Every id with its name.
fn names(state: &State) -> Value {
    let trades = state.trade_views().map(|view| {
        json!({
            "id": view.id, "name": view.name, "generation": view.generation, "status": view.status,
            "strategy": view.strategy, "group": view.group, "account": view.account,
            "instrument": view.instrument, "rules": view.rules,
        })
    });
    let rules = (0..state.rule_count()).map(RuleId).filter_map(|id| state.rule_view(id));
    let rules = rules
        .filter(|view| !view.removed)
        .map(|view| json!({ "rule": view.rule, "kind": view.rule.kind.name() }));
    json!({
        "instruments": pairs(state.instruments().map(|(id, spec)| (id.0, spec.symbol.clone()))),
        "accounts": pairs(state.accounts().map(|(id, spec)| (id.0, spec.name.clone()))),
        "strategies": pairs(state.strategies().map(|(id, spec)| (id.0, spec.name.clone()))),
        "groups": state.groups().map(|(id, strategy, name)| {
            json!({ "id": id, "strategy": strategy, "name": name })
        }).collect::<Value>(),
        "trades": trades.collect::<Value>(),
        "rules": rules.collect::<Value>(),
    })
}

fn pairs(all: impl Iterator<Item = (u32, String)>) -> Value {
    all.map(|(id, name)| json!({ "id": id, "name": name })).collect()
}

fn value(of: &impl serde::Serialize) -> Value {
    // Views are plain data: numbers, texts, lists and maps with names.
    serde_json::to_value(of).unwrap_or(Value::Null)
}
