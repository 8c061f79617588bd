//! Worked examples on the pages of vendors: Definedge and Tradetron (16).

use crate::data::{flag, json, list, need, read};
use crate::desk::*;
use crate::profiles;
use crate::tally::{Outcome, Tally, Verdict, same};
use highmark_engine::*;
use serde_json::Value;

pub(crate) fn examples() -> Tally {
    let file = "16_vendor_examples.json";
    let profile = "product; armed trail by a share of best, break-even with a locked profit";
    let all = json(file);
    Tally::new(file, "vendors' worked examples", profile).cases(list(&all, "cases"), example)
}

fn example(case: &Value) -> Verdict {
    let percent = |key: &str| Fraction(need::<Fraction>(case, key).0 / 100);
    let rule = if case.get("trail_pct").is_some() {
        let arm_at = ArmAt::Profit(Distance::OfEntry(percent("activation_gain_pct")));
        armed_trail(Distance::OfBest(percent("trail_pct")), arm_at)
    } else {
        let at = Distance::Points(need(case, "activate_at_points"));
        PriceRule::BreakEven { at, plus: need(case, "lock_profit_at_points") }.into()
    };
    let mut desk = Desk::under(profiles::product());
    let side = side(&need::<String>(case, "side"));
    let trade = desk.enter_one(side, need(case, "entry"), vec![rule])?;
    for step in list(case, "steps") {
        let exits = desk.last(need(step, "price"));
        same(&format!("exit at {step}"), !exits.is_empty(), flag(step, "exit"))?;
        for key in ["stop", "locked_exit_price"] {
            if step.get(key).is_some() {
                same(&format!("stop at {step}"), desk.stop(trade), read(step, key))?;
            }
        }
        if step.get("active").is_some() {
            same("active", desk.stop(trade).is_some(), flag(step, "active"))?;
        }
    }
    Ok(Outcome::Whole)
}
