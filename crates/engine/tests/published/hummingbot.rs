//! hummingbot's trailing stop on the net profit of an averaged position (15).

use crate::data::{json, list, need};
use crate::desk::*;
use crate::profiles;
use crate::tally::{Outcome, Tally, Verdict, same};
use highmark_engine::*;
use serde_json::Value;

pub(crate) fn averaged() -> Tally {
    let file = "15_hummingbot.json";
    let profile = "product; `gap` on the strategy, net, in shares of what was paid, life window";
    let all = json(file);
    Tally::new(file, "hummingbot, averaged entries", profile).cases(list(&all, "cases"), trailed)
}

fn trailed(case: &Value) -> Verdict {
    let market =
        Market { profile: profiles::product(), fills: FillMode::Orders, ..Market::default() };
    let mut desk = Desk::new(market);
    let gap = MtmRule::Gap {
        amount: Amount::OfPremium(need(case, "delta")),
        arm_at: Amount::OfPremium(need(case, "activation")),
        floor: None,
    };
    let mut draft: RuleDraft = gap.into();
    (draft.options.valuation, draft.options.window) = (Valuation::Net, Window::Life);
    let rule = desk.watch(Scope::Strategy(STRATEGY), draft)?;
    let fills = list(case, "fills");
    let trade = desk.enter(Side::Buy, need(&fills[0], "qty"), Entry::AtMark, Vec::new())?;
    for fill in fills {
        let (quantity, price) = (need(fill, "qty"), need(fill, "price"));
        desk.fill(trade, Side::Buy, quantity, price, need(fill, "fee"))?;
    }
    for step in list(case, "steps") {
        same(
            "armed before",
            desk.rule(rule).floor.is_some(),
            !step["expect"].to_string().contains("arms"),
        )?;
        let exits = desk.last(need(step, "price"));
        same("armed", desk.rule(rule).floor.is_some(), true)?;
        let closes = step["expect"].to_string().contains("closes with TRAILING_STOP");
        let kinds: Vec<_> = exits.iter().map(|exit| exit.cause.reason.kind()).collect();
        same("exits", kinds, if closes { vec![Some(RuleKind::Gap)] } else { Vec::new() })?;
    }
    Ok(Outcome::Whole)
}
