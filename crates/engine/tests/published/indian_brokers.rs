//! The trailing stops of Indian brokers, as their own pages work them out (17).
//!
//! A stepped stop is read in the way that the page fits; where only one reading fits, the other one is shown to give
//! something else. The limit price of a stop-limit order is followed as the same rule with its own start, which only
//! alerts.

use crate::data::{flag, json, list, need, read};
use crate::desk::*;
use crate::profiles;
use crate::tally::{Outcome, Tally, Verdict, holds, same};
use highmark_engine::*;
use serde_json::Value;

pub(crate) fn brokers() -> Tally {
    let file = "17_indian_brokers.json";
    let profile = "product; `step` by whole steps or by the full move as the page says, trail by points, `lock_and_trail`";
    let all = json(file);
    Tally::new(file, "Indian brokers' worked examples", profile)
        .cases(list(&all, "cases"), stepped)
        .cases(list(&all, "profit_trail"), profit_trail)
}

/// How a page's trail moves.
#[derive(Clone, Copy, PartialEq)]
enum Reading {
    FloorFromBase,
    FullMoveFromLast,
    Continuous,
}

fn stepped(case: &Value) -> Verdict {
    let (fitting, other): (&[Reading], Option<Reading>) =
        match need::<String>(case, "step_rule").as_str() {
            "floor_from_base" => (&[Reading::FloorFromBase], Some(Reading::FullMoveFromLast)),
            "full_move_from_last" => (&[Reading::FullMoveFromLast], Some(Reading::FloorFromBase)),
            "floor_from_base or full_move_from_last" => {
                (&[Reading::FloorFromBase, Reading::FullMoveFromLast], None)
            }
            "continuous" => (&[Reading::Continuous], None),
            other => return Err(format!("no such reading: {other}")),
        };
    if case["initial_stop"].is_null() {
        gap_modified(case)?;
        return Ok(Outcome::Whole);
    }
    for reading in fitting {
        play(case, *reading)?;
    }
    if let Some(other) = other {
        holds("the other reading gives something else", play(case, other).is_err())?;
    }
    Ok(Outcome::Whole)
}

/// The rule of a stop that starts at `start`.
fn rule(case: &Value, reading: Reading, start: Price) -> RuleDraft {
    let every = || Distance::Points(need(case, "step"));
    let by = match reading {
        Reading::FloorFromBase => StepBy::WholeSteps { r#move: every() },
        Reading::FullMoveFromLast => StepBy::FullMove,
        Reading::Continuous => {
            let apart = need::<Price>(case, "base_price") - start;
            return trail(Distance::Points(Price(apart.0.abs())));
        }
    };
    PriceRule::Step { start: Place::Price(start), every: every(), by, from: None }.into()
}

fn play(case: &Value, reading: Reading) -> Result<(), String> {
    let mut desk = Desk::under(profiles::product());
    let side = closed_by(&need::<String>(case, "order_side"));
    let mut rules = vec![rule(case, reading, need(case, "initial_stop"))];
    if let Some(limit) = read(case, "initial_limit") {
        rules.push(alerting(rule(case, reading, limit)));
    }
    if let Some(target) = read(case, "target") {
        rules.push(PriceRule::Target { at: Place::Price(target) }.into());
    }
    let trade = desk.enter_one(side, need(case, "base_price"), rules)?;
    for step in list(case, "steps") {
        let exits = desk.last(need(step, "price"));
        same(&format!("triggered at {step}"), !exits.is_empty(), flag(step, "triggered"))?;
        if step.get("stop").is_some() {
            same(&format!("stop at {step}"), desk.trigger(trade), read(step, "stop"))?;
        }
        if let (Some(exit), Some(at)) = (exits.first(), read::<Price>(step, "at")) {
            same("triggered at", exit.cause.level, Some(at))?;
        }
        for key in ["limit", "limit_order"] {
            if step.get(key).is_some() {
                let limit = desk.rule_of(trade, 1).level;
                same(&format!("{key} at {step}"), limit, read(step, key))?;
            }
        }
    }
    Ok(())
}

/// A gap that is modified counts from the price of that moment.
fn gap_modified(case: &Value) -> Result<(), String> {
    let mut desk = Desk::under(profiles::product());
    let base: Price = need(case, "base_price");
    let every: Price = need(case, "step");
    let start = Price(base.0 / 2);
    let trade = desk.enter_one(Side::Buy, base - Price::whole(10), Vec::new())?;
    desk.last(base);
    let by = StepBy::WholeSteps { r#move: Distance::Points(every) };
    let every = Distance::Points(every);
    let step = PriceRule::Step { start: Place::Price(start), every, by, from: Some(base) };
    desk.watch(Scope::Trade(trade), step.into())?;
    for step in list(case, "steps") {
        let price: Price = need(step, "price");
        desk.last(price - Price(1));
        same("moved before", desk.stop(trade) > Some(start), false)?;
        desk.last(price);
        same("moved", desk.stop(trade) > Some(start), flag(step, "first_move"))?;
    }
    Ok(())
}

/// Profit locked behind the best profit, in money: one unit bought at 100.
fn profit_trail(case: &Value) -> Verdict {
    let mut desk = Desk::under(profiles::product());
    let one = Amount::Money(Money::rupees(1));
    let rule = MtmRule::LockAndTrail {
        arm_at: Amount::Money(need(case, "activate_at_profit")),
        floor: Amount::Money(need(case, "first_lock")),
        every: one,
        raise: Amount::Money(need(case, "move_ratio")),
        max_steps: None,
    };
    let rule = desk.watch(Scope::Strategy(STRATEGY), rule.into())?;
    let entry = Price::whole(100);
    let trade = desk.enter_one(Side::Buy, entry, Vec::new())?;
    for step in list(case, "steps") {
        let exits = desk.last(entry + need::<Price>(step, "profit"));
        same(&format!("closed at {step}"), !exits.is_empty(), flag(step, "closed"))?;
        if step.get("lock").is_some() {
            same(&format!("lock at {step}"), desk.rule(rule).floor, read(step, "lock"))?;
        }
        if let Some(profit) = read::<Money>(step, "close_profit") {
            same("profit", desk.trade(trade).realised, profit)?;
        }
    }
    Ok(Outcome::Whole)
}
