//! freqtrade's stop, step by step, on live prices (06).

use crate::data::{flag, json, list, need, read, unsigned};
use crate::desk::*;
use crate::profiles;
use crate::tally::{Outcome, Tally, Verdict, same};
use highmark_engine::*;
use serde_json::Value;

const WIDENED: &str = "a stop that is widened from the current price is a loosening by hand to the published level; before and after it the engine's own levels are compared";
const SET_AGAIN: &str = "setting the initial stop a second time does nothing there; there is no such call here, the level is compared";

pub(crate) fn stop_steps() -> Tally {
    let file = "06_freqtrade_stop_steps.json";
    let profile = "steps: strict arming, levels on the tick toward the market; adjustments: strict, exact; documentation: inclusive arming at an offset above 0";
    let all = json(file);
    Tally::new(file, "freqtrade, stop steps", profile)
        .cases(list(&all, "stoploss_reached"), reached)
        .cases(list(&all, "adjust_stop_sequences"), adjusted)
        .cases(list(&all, "docs_examples"), documented)
}

fn from_entry(share: Fraction) -> RuleDraft {
    PriceRule::StopLoss { at: Place::FromEntry(Distance::OfEntry(share)) }.into()
}

/// Trails by `positive` once the profit is above `offset`.
fn positive(case: &Value, entry: Price, ratio: &str, offset: &str) -> Option<RuleDraft> {
    let by = Distance::OfBest(unsigned(case, ratio)?);
    let offset: Fraction = unsigned(case, offset)?;
    let arm_at =
        if offset.0 == 0 { ArmAt::Price(entry) } else { ArmAt::Profit(Distance::OfEntry(offset)) };
    Some(armed_trail(by, arm_at))
}

/// How a custom rule trails; `None` for one that gives no number.
fn custom(text: &str, stop: Fraction) -> Option<Distance> {
    match text {
        "default: the static stoploss ratio (-0.10) of the current price" => {
            Some(Distance::OfBest(stop))
        }
        "constant -0.05" => Some(Distance::OfBest(Fraction::percent(5))),
        // The steps of these cases stay below 0.6.
        "-0.1 while profit < 0.6, else -(2*profit)" => {
            Some(Distance::OfBest(Fraction::percent(10)))
        }
        "returns +inf (invalid => keep static stop)" => None,
        other => panic!("no such custom rule: {other}"),
    }
}

fn reached(case: &Value) -> Verdict {
    let decimals: u32 = need(case, "price_decimals");
    let market = Market {
        profile: profiles::strict_arming_on_ticks(),
        tick_size: Price(UNIT / 10i64.pow(decimals)),
        ..Market::default()
    };
    let mut desk = Desk::new(market);
    let entry: Price = need(case, "entry");
    let stop: Fraction = unsigned(case, "static_stop_ratio").unwrap();
    let mut rules = vec![from_entry(stop)];
    if flag(case, "trailing") {
        rules.push(trail(Distance::OfBest(stop)));
        let armed = positive(case, entry, "trailing_positive_ratio", "trailing_positive_offset");
        rules.extend(armed);
    }
    if let Some(text) = read::<String>(case, "custom_rule") {
        rules.extend(custom(&text, stop).map(trail));
    }
    let stops = rules.len();
    rules.extend(read(case, "liquidation_price").map(stop_at));
    let side = side(&need::<String>(case, "side"));
    let trade = desk.enter_one(side, entry, rules)?;
    for step in list(case, "steps") {
        let exits = desk.last(need(step, "price"));
        let levels = (0..stops).filter_map(|nth| desk.rule_of(trade, nth).level);
        let stop = levels.max_by_key(|level| level.0 * side.sign()).unwrap();
        let published: Price = need(step, "expect_stop_rounded_3");
        same("stop", (stop - published).0.abs() <= UNIT / 2_000, true)
            .map_err(|_| format!("stop is {stop} at {step}"))?;
        let is_liquidated = |exit: &Exit| {
            let rule = exit.cause.reason.rule().unwrap().rule;
            desk.trade(trade).rules.iter().position(|each| *each == rule) == Some(stops)
        };
        let said = match exits.first() {
            None => "NONE",
            Some(exit) if is_liquidated(exit) => "LIQUIDATION",
            Some(exit) if exit.cause.reason.kind() == Some(RuleKind::StopLoss) => "STOP_LOSS",
            Some(_) => "TRAILING_STOP_LOSS",
        };
        same(&format!("exit at {step}"), said, step["expect_exit"].as_str().unwrap())?;
    }
    Ok(Outcome::Whole)
}

/// A trail whose ratio is given anew at each step, and the trade that it stands on.
struct Adjusted {
    desk: Desk,
    trade: TradeId,
    rule: RuleId,
    covered: Outcome,
}

fn adjusted(case: &Value) -> Verdict {
    let ops = list(case, "ops");
    let side = side(&need::<String>(case, "side"));
    let mut desk = Desk::under(profiles::strict());
    let trade =
        desk.enter_one(side, need(&ops[0], "price"), vec![trail(by(case, &ops[0], "ratio"))])?;
    let rule = desk.trade(trade).rules[0];
    let mut play = Adjusted { desk, trade, rule, covered: Outcome::Whole };
    for (nth, op) in ops.iter().enumerate() {
        if nth > 0 {
            play.op(case, op).map_err(|refusal| format!("{refusal} at {op}"))?;
        }
        let (ours, published) = (play.desk.stop(trade).unwrap(), need::<Price>(op, "stop"));
        let off = read::<Price>(op, "approx").unwrap_or_default();
        if (ours - published).0.abs() > off.0 {
            return Err(format!("stop is {ours} at {op}"));
        }
    }
    Ok(play.covered)
}

/// A ratio of the margin as a share of best.
fn by(case: &Value, op: &Value, key: &str) -> Distance {
    let (ratio, leverage): (Fraction, u32) = (need(op, key), need(case, "leverage"));
    Distance::OfBest(Fraction(ratio.0 / leverage))
}

impl Adjusted {
    fn op(&mut self, case: &Value, op: &Value) -> Result<(), String> {
        if flag(op, "initial") {
            self.covered = Outcome::Part(SET_AGAIN);
            return Ok(());
        }
        if flag(op, "allow_widen") {
            self.covered = Outcome::Part(WIDENED);
            self.desk.last(need(op, "price"));
            let (rule, to) = (self.rule, need(op, "stop"));
            self.desk.ask(Command::LoosenStop { rule, to, provenance: reason() })?;
            return Ok(());
        }
        let is_restart = op.get("reinit_ratio").is_some();
        let key = if is_restart { "reinit_ratio" } else { "ratio" };
        if let Some(price) = read(op, "price") {
            self.desk.last(price);
        }
        let mut draft = trail(by(case, op, key));
        if draft.spec != self.desk.rule(self.rule).draft.spec {
            draft.options.force = true;
            let rule = self.rule;
            self.desk.ask(Command::ChangeRule { rule, draft, provenance: reason() })?;
        }
        same("status", self.desk.trade(self.trade).status, TradeStatus::Open)
    }
}

fn documented(case: &Value) -> Verdict {
    let offset: Fraction = read(case, "positive_offset").unwrap_or_default();
    // The documentation's offset is inclusive; an offset of 0 means any profit at all.
    let profile = if offset.0 == 0 { profiles::strict_arming() } else { profiles::product() };
    let mut desk = Desk::under(profile);
    let (entry, stop) = (need(case, "entry"), need(case, "stop_ratio"));
    let mut rules = vec![from_entry(stop)];
    if flag(case, "trailing") {
        if !flag(case, "only_offset") {
            rules.push(trail(Distance::OfBest(stop)));
        }
        rules.extend(positive(case, entry, "positive_ratio", "positive_offset"));
    }
    let trade = desk.enter_one(Side::Buy, entry, rules)?;
    for step in list(case, "steps") {
        desk.last(need(step, "price"));
        same(&format!("stop at {step}"), desk.stop(trade), read(step, "stop"))?;
    }
    if let Some(level) = read::<Price>(case, "triggers_at") {
        same("exits above", desk.last(level + Price(1)).len(), 0)?;
        same("exits at the level", desk.last(level).len(), 1)?;
    }
    Ok(Outcome::Whole)
}
