//! Two order books in Rust: nanobook's watermark and orderbook-rs's repricing, in whole cents and points (14).

use crate::data::{flag, json, list, need, read};
use crate::desk::*;
use crate::profiles;
use crate::tally::{Outcome, Tally, Verdict, same};
use highmark_engine::*;
use serde_json::Value;

pub(crate) fn books() -> Tally {
    let file = "14_rust_books.json";
    let profile = "product; trail by points or by a share of best, best from the first mark";
    let all = json(file);
    Tally::new(file, "nanobook and orderbook-rs", profile)
        .cases(list(&all, "nanobook"), watermark)
        .cases(list(&all, "nanobook_trigger"), across_levels)
        .cases(list(&all, "orderbook_rs"), repriced)
        .cases(list(&all, "orderbook_rs_trigger"), triggered)
}

fn watermark(case: &Value) -> Verdict {
    let mut desk = Desk::under(profiles::product());
    let side = closed_by(&need::<String>(case, "order_side"));
    let by = match need::<String>(case, "method").as_str() {
        "fixed_cents" => Distance::Points(need(case, "value")),
        "pct" => Distance::OfBest(need(case, "value")),
        other => return Err(format!("no such method: {other}")),
    };
    let stop: Price = need(case, "initial_stop_cents");
    let rules = vec![stop_at(stop), trail(by)];
    let trade = desk.adopt_one(side, beyond(side, stop, Price::whole(1)), rules)?;
    for step in list(case, "steps") {
        let exits = desk.last(need(step, "price"));
        if flag(step, "triggered") {
            same("exits", exits.len(), 1)?;
            continue;
        }
        same("watermark", desk.trade(trade).best, read(step, "watermark"))?;
        same("stop", desk.stop(trade), read(step, "stop"))?;
    }
    Ok(Outcome::Whole)
}

/// Stops of many orders; one price triggers those that it reaches, in the order in which they came.
fn across_levels(case: &Value) -> Verdict {
    let mut desk = Desk::under(profiles::product());
    let mut trades = Vec::new();
    for stop in list(case, "stops") {
        let side = closed_by(stop[0].as_str().unwrap());
        let level = Price::whole(stop[1].as_i64().unwrap());
        let entry = beyond(side, level, Price::whole(1));
        trades.push((desk.enter_one(side, entry, vec![stop_at(level)])?, stop[2].clone()));
    }
    let exits = desk.last(need(case, "price"));
    let named = |exit: &Exit| trades.iter().find(|(id, _)| *id == exit.trade).unwrap().1.clone();
    let ids: Vec<Value> = exits.iter().map(named).collect();
    same("triggered", ids.as_slice(), list(case, "expected_ids_in_order"))?;
    Ok(Outcome::Whole)
}

fn repriced(case: &Value) -> Verdict {
    let mut desk = Desk::under(profiles::product());
    let side = closed_by(&need::<String>(case, "order_side"));
    let reference: Price = need(case, "last_reference");
    let (before, by): (Price, Price) = (need(case, "current_stop"), need(case, "trail"));
    desk.last(reference);
    let rules = vec![stop_at(before), trail(Distance::Points(by))];
    let trade = desk.adopt_one(side, reference, rules)?;
    desk.last(need(case, "market"));
    same("stop", desk.stop(trade), read(case, "expected").or(Some(before)))?;
    Ok(Outcome::Whole)
}

fn triggered(case: &Value) -> Verdict {
    let mut desk = Desk::under(profiles::product());
    let side = closed_by(&need::<String>(case, "order_side"));
    let stop: Price = need(case, "stop");
    desk.enter_one(side, beyond(side, stop, Price::whole(10)), vec![stop_at(stop)])?;
    let exits = desk.last(need(case, "market"));
    same("triggered", !exits.is_empty(), flag(case, "expected"))?;
    Ok(Outcome::Whole)
}
