//! bbgo's trailing stop with an activation and a callback ratio (11).

use crate::data::{flag, json, list, need, read};
use crate::desk::*;
use crate::profiles;
use crate::tally::{Outcome, Tally, Verdict, same};
use highmark_engine::*;
use serde_json::Value;

pub(crate) fn trailing() -> Tally {
    let file = "11_bbgo_trailing.json";
    let profile = "product; trail by a share of best, armed at a profit of a share of the entry";
    let all = json(file);
    Tally::new(file, "bbgo, trailing stop", profile).cases(list(&all, "cases"), trailed)
}

fn trailed(case: &Value) -> Verdict {
    let mut desk = Desk::under(profiles::product());
    let by = Distance::OfBest(need(case, "callback_ratio"));
    let arm_at = ArmAt::Profit(Distance::OfEntry(need(case, "activation_ratio")));
    let side = side(&need::<String>(case, "side"));
    let entry = Entry::Filled { price: need(case, "avg_cost") };
    let trade = desk.enter(side, need(case, "qty"), entry, vec![armed_trail(by, arm_at)])?;
    for step in list(case, "steps") {
        let exits = desk.last(need(step, "price"));
        same(&format!("closed at {step}"), !exits.is_empty(), flag(step, "closed"))?;
        if step.get("activated").is_some() {
            same("activated", desk.stop(trade).is_some(), flag(step, "activated"))?;
        }
        if let Some(extreme) = read::<Price>(step, "extreme") {
            same("extreme", desk.trade(trade).best, Some(extreme))?;
        }
        if let Some(text) = read::<String>(step, "close_side") {
            let closes = desk.trade(trade).side.opposite();
            same("closing side", closes, crate::desk::side(&text))?;
            same("status", desk.trade(trade).status, TradeStatus::Closed)?;
        }
    }
    Ok(Outcome::Whole)
}
