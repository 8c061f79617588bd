//! vectorbt's fixed and trailing stops on closes and on OHLC bars (12).
//!
//! A bar tests its open, then its far end, against the extremes of the bars before it, and then adds its own near end.
//! So the open and the far end come as quotes, which are only tested, and the near end as a trade, which trails. The
//! desk's broker fills at the open when that is beyond the level, else at the level.

use crate::data::{flag, json, list, need, read};
use crate::desk::*;
use crate::profiles;
use crate::tally::{Outcome, Tally, Verdict, same};
use highmark_engine::*;
use serde_json::Value;

pub(crate) fn bars() -> Tally {
    let file = "12_vectorbt_bars.json";
    let profile = "test then trail, exact levels; best by last, `breach_mark` executable; bars as quotes of open and far end, then a trade at the near end";
    let all = json(file);
    Tally::new(file, "vectorbt, stops on bars", profile).cases(list(&all, "cases"), stopped)
}

fn rules(case: &Value) -> Vec<RuleDraft> {
    // No stop at all, or one that is infinitely far.
    if case["stop_pct"].is_null() || case["stop_pct"] == "inf" {
        return Vec::new();
    }
    let share: Fraction = need(case, "stop_pct");
    let mut rule = if flag(case, "trailing") {
        trail(Distance::OfBest(share))
    } else {
        PriceRule::StopLoss { at: Place::FromEntry(Distance::OfEntry(share)) }.into()
    };
    rule.options.breach_mark = Some(MarkKind::Executable);
    vec![rule]
}

fn stopped(case: &Value) -> Verdict {
    let profile = profiles::test_then_trail_exactly();
    let mut desk = Desk::new(Market { profile, fills: FillMode::Orders, ..Market::default() });
    let side = side(&need::<String>(case, "side"));
    let bars = list(case, "bars");
    let first: usize = need(case, "entry_bar");
    let entry: Price = need(case, "entry_price");
    desk.last(entry);
    let trade = desk.enter_one(side, entry, rules(case))?;
    let closed = (first + 1..bars.len()).find(|nth| play(&mut desk, &bars[*nth], side));
    let expected = &case["expected_exit"];
    same("exit bar", closed, read(expected, "bar"))?;
    same("exit price", desk.trade(trade).exit, read(expected, "price"))?;
    Ok(Outcome::Whole)
}

/// Feeds one bar; says whether it closed the trade. A bar that has only a close is that price throughout.
fn play(desk: &mut Desk, bar: &Value, side: Side) -> bool {
    let close: Price = need(bar, "close");
    let price = |key: &str| read(bar, key).unwrap_or(close);
    let (far, near) = match side {
        Side::Buy => (price("low"), price("high")),
        Side::Sell => (price("high"), price("low")),
    };
    let open = price("open");
    if let Some(exit) = desk.quote(open, open).first() {
        desk.fill_exit(exit, open).unwrap();
        return true;
    }
    if let Some(exit) = desk.quote(far, far).first() {
        desk.fill_exit(exit, exit.cause.level.unwrap()).unwrap();
        return true;
    }
    desk.last(near);
    false
}
