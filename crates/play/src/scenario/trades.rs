//! Trades: what is traded, when it is entered, and whether it is entered again.

use super::model::*;
use super::names;
use super::node::Value;
use super::reader::{Item, Problems};
use super::rules::rules;
use super::{shape, values};
use highmark_engine::{Quantity, Side};

pub(super) fn trade(item: &Item<'_>, scenario: &Scenario, p: &mut Problems) -> Option<Trade> {
    let f = p.fields(item, &shape::TRADE)?;
    let name = p.read(f.get("name"), values::text);
    let strategy = names::index(f.get("strategy"), &names::strategies(scenario), "strategy", p);
    let account = match f.get("account") {
        Some(item) => names::index(Some(item), &names::accounts(scenario), "account", p),
        None => Some(0),
    };
    let groups: Vec<String> = strategy
        .and_then(|index| scenario.strategies.get(index))
        .map(|strategy| strategy.groups.iter().map(|group| group.name.clone()).collect())
        .unwrap_or_default();
    let group = match (strategy, f.get("group")) {
        (Some(_), Some(item)) => names::index(Some(item), &groups, "group of this strategy", p),
        _ => None,
    };
    let instrument = names::index(f.get("instrument"), &names::symbols(scenario), "instrument", p);
    let side = p.choice(f.get("side"), &[("buy", Side::Buy), ("sell", Side::Sell)]);
    let lot = instrument.map(|index| scenario.instruments[index].spec.lot_size);
    let quantity = match f.one_of(p, &["lots", "quantity"]) {
        Some(("lots", item)) => p.read(Some(item), values::count).and_then(|lots| {
            let units = lot?.0.checked_mul(i64::from(lots))?;
            Some(Quantity(units))
        }),
        Some((_, item)) => p.read(Some(item), values::quantity),
        None => None,
    };
    let enter = f.get("enter").map(|item| enter(&item, side.unwrap_or(Side::Buy), p));
    let filled = p.read(f.get("filled"), values::price);
    let re_entry = f.get("re_entry").and_then(|item| re_entry(&item, p));
    let rules = rules(f.get("rule"), true, p);
    Some(Trade {
        name: name?,
        strategy: strategy?,
        account: account?,
        group,
        instrument: instrument?,
        side: side?,
        quantity: quantity?,
        enter: enter.unwrap_or_default(),
        filled,
        re_entry,
        rules,
        at: f.heading(),
        path: f.path.clone(),
    })
}

fn enter(item: &Item<'_>, side: Side, p: &mut Problems) -> Enter {
    let Value::Table(_) = item.node.value else {
        p.choice(Some(item.clone()), &[("at once", ())]);
        return Enter::default();
    };
    let Some(f) = p.fields(item, &shape::ENTER) else { return Enter::default() };
    let mut enter = Enter {
        from: p.read(f.get("at"), values::clock),
        until: p.read(f.get("until"), values::clock),
        signal: None,
    };
    if let (Some(from), Some(until)) = (enter.from, enter.until)
        && until <= from
    {
        f.wrong(p, "`until` is not after `at`", "there would be no time left to enter");
    }
    if f.has("breakout") && f.has("momentum") {
        f.wrong(p, "a trade has one signal", "remove breakout or momentum");
    }
    enter.signal = match (f.get("breakout"), f.get("momentum")) {
        (Some(item), _) => breakout(&item, side, p),
        (None, Some(item)) => momentum(&item, side, p),
        (None, None) => None,
    };
    enter
}

fn breakout(item: &Item<'_>, side: Side, p: &mut Problems) -> Option<Signal> {
    let f = p.fields(item, &shape::BREAKOUT)?;
    let up = p.choice(f.get("side"), &[("up", true), ("down", false)]);
    let (word, place) = f.one_of(p, &["above", "below", "range"])?;
    match word {
        "above" => p.read(Some(place), values::price).map(Signal::Above),
        "below" => p.read(Some(place), values::price).map(Signal::Below),
        _ => {
            let length = p.read(Some(place), values::span)?;
            Some(Signal::Range { length, up: up.unwrap_or(side == Side::Buy) })
        }
    }
}

fn momentum(item: &Item<'_>, side: Side, p: &mut Problems) -> Option<Signal> {
    let f = p.fields(item, &shape::MOMENTUM)?;
    let points = p.read(f.get("points"), values::price);
    let within = p.read(f.get("within"), values::span)?;
    Some(Signal::Momentum { points: points?, within, up: side == Side::Buy })
}

fn re_entry(item: &Item<'_>, p: &mut Problems) -> Option<ReEntry> {
    let f = p.fields(item, &shape::RE_ENTRY)?;
    let times = p.read(f.get("times"), values::count).unwrap_or(1);
    let after = p.choice(
        f.get("after"),
        &[("stop", (true, false)), ("target", (false, true)), ("either", (true, true))],
    );
    let (after_stop, after_target) = after.unwrap_or((true, false));
    let at_cost = p.choice(f.get("kind"), &[("asap", false), ("at_cost", true)])?;
    Some(ReEntry { at_cost, times, after_stop, after_target })
}
