//! What a person does at a time of day, in a few words: `halt strategy X`, `loosen trail of trade Y`.

use super::diagnostics::{any_of, suggestion};
use super::model::*;
use super::names;
use super::reader::{Fields, Item, Problems};
use super::rules::{self, Rule};
use super::{shape, values};
use highmark_engine::{Adjustment, Price};

/// The first words of every order, with an example.
pub const VERBS: [(&str, &str); 20] = [
    ("halt", "halt strategy X"),
    ("resume", "resume strategy X"),
    ("kill", "kill"),
    ("release", "release"),
    ("exit", "exit trade X, exit strategy X"),
    ("cancel", "cancel trade X"),
    ("increase", "increase trade X (with quantity)"),
    ("roll", "roll trade X into SYMBOL"),
    ("reset", "reset strategy X, reset max_loss of strategy X"),
    ("add", "add rule to trade X (with rule)"),
    ("change", "change trail of trade X (with rule)"),
    ("remove", "remove trail of trade X"),
    ("loosen", "loosen trail of trade X (with to and reason)"),
    ("margin", "margin of account A (with amount)"),
    ("mark", "mark SYMBOL (with price)"),
    ("settle", "settle SYMBOL (with price)"),
    ("adjust", "adjust SYMBOL (with new, old, dividend)"),
    ("accept", "accept gap of SYMBOL"),
    ("undo", "undo"),
    ("redo", "redo"),
];

type Told<T> = Result<T, (String, String)>;

pub(super) fn scheduled(
    item: &Item<'_>,
    scenario: &Scenario,
    p: &mut Problems,
) -> Option<Scheduled> {
    let f = p.fields(item, &shape::AT)?;
    let time = p.read(f.get("time"), values::clock);
    let reason = p.read(f.get("reason"), values::text).unwrap_or_default();
    let place = f.get("do")?;
    let text = p.read(Some(place.clone()), values::text)?;
    let rule = f.get("rule").and_then(|item| rules::rule(&item, true, p));
    let given = Given { rule, reason: &reason, scenario };
    match order(&text, &f, given, p) {
        Ok(order) => Some(Scheduled {
            time: time?,
            order: order?,
            reason,
            text,
            at: f.heading(),
            path: f.path.clone(),
        }),
        Err((message, hint)) => {
            p.at(&place, message, hint);
            None
        }
    }
}

struct Given<'s> {
    rule: Option<Rule>,
    reason: &'s str,
    scenario: &'s Scenario,
}

/// `Ok(None)` when something that belongs to the order is wrong and has been told.
fn order(text: &str, f: &Fields<'_>, given: Given<'_>, p: &mut Problems) -> Told<Option<Order>> {
    let (verb, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let target = |words: &str| names::target(words, given.scenario);
    let quantity = p.read(f.get("quantity"), values::quantity);
    let price = p.read(f.get("price"), values::price);
    let order = match verb {
        "halt" => Order::Halt(target(rest)?),
        "resume" => Order::Resume(target(rest)?),
        "kill" => Order::Kill,
        "release" => Order::Release,
        "undo" => Order::Undo,
        "redo" => Order::Redo,
        "exit" => Order::Exit { target: target(rest)?, quantity },
        "cancel" => Order::Cancel(names::trade(rest, given.scenario)?),
        "increase" => {
            let trade = names::trade(rest, given.scenario)?;
            Order::Increase { trade, quantity: needed(quantity, "quantity", verb)?, price }
        }
        "roll" => {
            let (trade, into) = split(rest, " into ", "roll trade X into SYMBOL")?;
            let into = names::instrument(into, given.scenario)?;
            Order::Roll { trade: names::trade(trade, given.scenario)?, into }
        }
        "reset" | "add" | "change" | "remove" | "loosen" => {
            let to = p.read(f.get("to"), values::price);
            return on_rule(verb, rest, given, to).map(Some);
        }
        "margin" => {
            let amount = needed(p.read(f.get("amount"), values::money), "amount", verb)?;
            Order::Margin { target: target(rest.trim_start_matches("of "))?, amount }
        }
        "mark" => {
            let instrument = names::instrument(rest, given.scenario)?;
            Order::Mark { instrument, price: needed(price, "price", verb)? }
        }
        "settle" => {
            let instrument = names::instrument(rest, given.scenario)?;
            Order::Settle { instrument, price: needed(price, "price", verb)? }
        }
        "adjust" => Order::Adjust {
            instrument: names::instrument(rest, given.scenario)?,
            adjustment: Adjustment {
                new: p.read(f.get("new"), values::count).unwrap_or(1),
                old: p.read(f.get("old"), values::count).unwrap_or(1),
                dividend: p.read(f.get("dividend"), values::price).unwrap_or_default(),
            },
        },
        "accept" => {
            let (_, of) = split(rest, "gap of ", "accept gap of SYMBOL")?;
            Order::AcceptGap(names::instrument(of, given.scenario)?)
        }
        other => return Err(unknown_verb(other)),
    };
    Ok(Some(order))
}

/// The orders that change rules.
fn on_rule(verb: &str, rest: &str, given: Given<'_>, to: Option<Price>) -> Told<Order> {
    let target = |words: &str| names::target(words, given.scenario);
    Ok(match verb {
        "reset" => match rest.split_once(" of ") {
            Some((rule, of)) => Order::ResetRule { rule: rule_name(rule)?, target: target(of)? },
            None => Order::Reset(target(rest)?),
        },
        "add" => {
            let (_, to) = split(rest, "rule to ", "add rule to trade X")?;
            Order::AddRule { target: target(to)?, rule: needed(given.rule, "rule", verb)? }
        }
        "change" => {
            let (rule, of) = split(rest, " of ", "change trail of trade X")?;
            let draft = needed(given.rule, "rule", verb)?;
            Order::ChangeRule { rule: rule_name(rule)?, target: target(of)?, draft }
        }
        "remove" => {
            let (rule, of) = split(rest, " of ", "remove trail of trade X")?;
            Order::RemoveRule { rule: rule_name(rule)?, target: target(of)? }
        }
        _ => {
            let (rule, of) = split(rest, " of ", "loosen trail of trade X")?;
            if given.reason.is_empty() {
                return Err((
                    "loosening a stop needs a `reason`".into(),
                    "the record keeps it".into(),
                ));
            }
            let to = needed(to, "to", verb)?;
            Order::Loosen { rule: rule_name(rule)?, target: target(of)?, to }
        }
    })
}

fn unknown_verb(verb: &str) -> (String, String) {
    let verbs = || VERBS.iter().map(|(verb, _)| *verb);
    let hint = match suggestion(verb, verbs()) {
        Some(close) => {
            let example =
                VERBS.iter().find(|(verb, _)| *verb == close).map_or("", |(_, text)| text);
            format!("did you mean `{close}`? For example: {example}")
        }
        None => format!("begin with {}", any_of(verbs())),
    };
    (format!("`{verb}` is nothing that can be done"), hint)
}

fn needed<T>(value: Option<T>, field: &str, verb: &str) -> Told<T> {
    value.ok_or_else(|| (format!("`{verb}` needs `{field}`"), format!("add {field} = ...")))
}

fn split<'t>(text: &'t str, at: &str, example: &str) -> Told<(&'t str, &'t str)> {
    text.split_once(at)
        .ok_or_else(|| ("this is not complete".into(), format!("for example: {example}")))
}

fn rule_name(word: &str) -> Told<String> {
    let word = word.trim();
    if rules::NAMES.contains(&word) {
        return Ok(word.to_owned());
    }
    let hint = match suggestion(word, rules::NAMES) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("rules are {}", any_of(rules::NAMES)),
    };
    Err((format!("there is no rule `{word}`"), hint))
}
