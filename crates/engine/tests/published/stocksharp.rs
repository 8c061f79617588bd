//! StockSharp's protection of a position: take, stop and trail in per cent, adds, partial closes (10).

use crate::data::{flag, json, list, need, read};
use crate::desk::*;
use crate::profiles;
use crate::tally::{Outcome, Tally, Verdict, same};
use highmark_engine::*;
use serde_json::Value;

const FIFO: &str = "the first position passes; the second one's average after partial closes is first-in-first-out, ours is the average cost";

pub(crate) fn protection() -> Tally {
    let file = "10_stocksharp_protective.json";
    let profile = "product; target and stop from the average entry, trail by a share of best";
    let all = json(file);
    Tally::new(file, "StockSharp, protection", profile)
        .cases(list(&all, "cases"), protected)
        .cases(list(&all, "negative"), negative)
}

fn desk() -> Desk {
    Desk::new(Market { profile: profiles::product(), fills: FillMode::Orders, ..Market::default() })
}

fn percent(case: &Value, key: &str) -> Fraction {
    Fraction(need::<Fraction>(case, key).0 / 100)
}

fn target(by: Fraction) -> RuleDraft {
    PriceRule::Target { at: Place::FromEntry(Distance::OfEntry(by)) }.into()
}

fn rules(case: &Value) -> Vec<RuleDraft> {
    let stop = percent(case, "stop_pct");
    let stop = if flag(case, "trailing") {
        trail(Distance::OfBest(stop))
    } else {
        PriceRule::StopLoss { at: Place::FromEntry(Distance::OfEntry(stop)) }.into()
    };
    vec![stop, target(percent(case, "take_pct"))]
}

fn protected(case: &Value) -> Verdict {
    let mut desk = desk();
    let is_fifo = case.get("cost_basis").is_some();
    for op in list(case, "ops") {
        if let Some(price) = read::<Price>(op, "tick") {
            let exits = desk.last(price);
            compare(&desk, &exits, &op["expect"]).map_err(|said| format!("{said} at {op}"))?;
        } else {
            fill(&mut desk, case, op)?;
        }
        if let Some(position) = read::<Quantity>(op, "expect_position") {
            same(&format!("position at {op}"), held(&desk), position)?;
            if is_fifo && position == Quantity::ZERO {
                return Ok(Outcome::Part(FIFO));
            }
        }
    }
    Ok(Outcome::Whole)
}

fn fill(desk: &mut Desk, case: &Value, op: &Value) -> Result<(), String> {
    let (price, signed): (Price, Quantity) = (need(op, "fill_price"), need(op, "fill_qty"));
    let side = if signed > Quantity::ZERO { Side::Buy } else { Side::Sell };
    let quantity = Quantity(signed.0.abs());
    match desk.held() {
        Some(trade) => desk.fill(trade, side, quantity, price, Money::ZERO).map(|_| ()),
        None => desk.enter(side, quantity, Entry::Filled { price }, rules(case)).map(|_| ()),
    }
}

fn held(desk: &Desk) -> Quantity {
    desk.held().map_or(Quantity::ZERO, |id| {
        let trade = desk.trade(id);
        Quantity(trade.open.0 * trade.side.sign())
    })
}

fn compare(desk: &Desk, exits: &[Exit], expect: &Value) -> Result<(), String> {
    same("exits", exits.len(), usize::from(!expect.is_null()))?;
    let Some(exit) = exits.first() else { return Ok(()) };
    let is_take = exit.cause.reason.kind() == Some(RuleKind::PriceTarget);
    same("kind", if is_take { "take" } else { "stop" }, expect["kind"].as_str().unwrap())?;
    let closing = desk.trade(exit.trade).side.opposite();
    same("side", closing, side(&need::<String>(expect, "close_side")))?;
    same("volume", exit.quantity, need(expect, "volume"))
}

/// Cases that the file tells in words.
fn negative(case: &Value) -> Verdict {
    let mut desk = desk();
    let (quantity, price) = (Quantity::whole(10), Price::whole(100));
    let entry = Entry::Filled { price };
    match need::<String>(case, "id").as_str() {
        "stocksharp/nonpositive_price" => {
            desk.enter(Side::Buy, quantity, entry, vec![target(Fraction::percent(1))])?;
            for bad in [Price::ZERO, Price::whole(-5)] {
                same("exits", desk.last(bad).len(), 0)?;
            }
            same("exits at 101", desk.last(Price::whole(101)).len(), 1)?;
        }
        "stocksharp/timeout" => {
            let after = |key: &str| -> RuleDraft {
                PriceRule::Time { when: When::After(Span::seconds(need(case, key))) }.into()
            };
            let mut timed = rules(case);
            timed.extend([after("take_timeout_s"), after("stop_timeout_s")]);
            let trade = desk.enter(Side::Buy, quantity, entry, timed)?;
            desk.wait(9);
            same("exits after 10 s", desk.last(price).len(), 0)?;
            desk.wait(34);
            let exits = desk.last(price);
            same("exits after 45 s", exits.len(), 1)?;
            let fired = desk.rule_of(trade, 2).rule;
            same("by", exits[0].cause.reason.rule(), Some(fired))?;
        }
        other => return Err(format!("no such case: {other}")),
    }
    Ok(Outcome::Whole)
}
