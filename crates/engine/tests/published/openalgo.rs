//! OpenAlgo: a points trail after a least profit, break-even, rounding to the tick (13).

use crate::data::{flag, json, list, need, read};
use crate::desk::*;
use crate::profiles;
use crate::tally::{Outcome, Tally, Verdict, same};
use highmark_engine::*;
use serde_json::Value;

const SLICES: &str = "cutting a large order into slices belongs to the broker's adapter";

pub(crate) fn scalping() -> Tally {
    let file = "13_openalgo_trail.json";
    let profile = "product; trail by points, armed at a profit of points; levels half-even on the tick for rounding";
    let all = json(file);
    Tally::new(file, "OpenAlgo, trail and break-even", profile)
        .cases(list(&all, "cases"), watched)
        .cases(list(&all, "prd_examples"), example)
}

fn watched(case: &Value) -> Verdict {
    let mut desk = Desk::under(profiles::product());
    let side = side(&need::<String>(case, "side"));
    let (entry, stop, target): (Price, Price, Price) =
        (need(case, "entry"), need(case, "current_sl"), need(case, "target"));
    let mut rules: Vec<RuleDraft> = Vec::new();
    if target > Price::ZERO {
        rules.push(PriceRule::Target { at: Place::Price(target) }.into());
    }
    if flag(case, "trailing") {
        let least = Distance::Points(need(case, "min_profit_before_trailing"));
        let by = Distance::Points(need(case, "trail_points"));
        rules.push(armed_trail(by, ArmAt::Profit(least)));
    }
    // The best price so far; the stop that stands already may lie beyond the entry.
    let best: Price = need(case, if side == Side::Buy { "highest" } else { "lowest" });
    let trade = desk.enter_one(side, entry, rules)?;
    desk.last(best);
    desk.watch(Scope::Trade(trade), stop_at(stop))?;
    for step in list(case, "steps") {
        let exits = desk.last(need(step, "price"));
        same("breached", !exits.is_empty(), flag(step, "breached"))?;
        let reason = exits.first().map(|exit| match exit.cause.reason.kind() {
            Some(RuleKind::PriceTarget) => "target",
            _ => "sl",
        });
        same("reason", reason, step["reason"].as_str())?;
        if let Some(stop) = read::<Price>(step, "current_sl") {
            same("stop", desk.stop(trade), Some(stop))?;
        }
    }
    Ok(Outcome::Whole)
}

fn example(case: &Value) -> Verdict {
    match need::<String>(case, "id").as_str() {
        "openalgo/prd/breakeven_long" => break_even(case),
        "openalgo/prd/tick_round_sl" => rounded(case),
        _ => Ok(Outcome::Left(SLICES)),
    }
}

fn break_even(case: &Value) -> Verdict {
    let mut desk = Desk::under(profiles::product());
    let at = Distance::OfEntry(Fraction(need::<Fraction>(case, "breakeven_pct").0 / 100));
    let stop: Price = need(case, "sl");
    let rules = vec![stop_at(stop), PriceRule::BreakEven { at, plus: Price::ZERO }.into()];
    let trade = desk.enter_one(side(&need::<String>(case, "side")), need(case, "entry"), rules)?;
    let arms_at: Price = need(case, "arms_at");
    desk.last(arms_at - Price(1));
    same("stop before", desk.stop(trade), Some(stop))?;
    desk.last(arms_at);
    same("stop after", desk.stop(trade), read(case, "sl_after"))?;
    Ok(Outcome::Whole)
}

fn rounded(case: &Value) -> Verdict {
    let tick_size = need(case, "tick");
    let market = Market { profile: profiles::on_ticks(), tick_size, ..Market::default() };
    let mut desk = Desk::new(market);
    let stop: Price = need(case, "price");
    let entry = Price(stop.0 * 2);
    let trade = desk.enter_one(Side::Buy, entry, vec![stop_at(stop)])?;
    same("stop", desk.stop(trade), read(case, "expected"))?;
    Ok(Outcome::Whole)
}
