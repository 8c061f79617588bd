//! freqtrade's detailed back-tests on OHLC bars (05).
//!
//! Each bar is fed in the order that freqtrade decides in: the stop of before against the far end of the bar, then the
//! near end, which trails and books profit, then the far end against the stop of now. The desk's broker fills an exit
//! at its level, and at the bar's open when the whole bar lies beyond it.

use crate::data::{flag, json, list, need, read, unsigned};
use crate::desk::*;
use crate::profiles;
use crate::tally::{Outcome, Tally, Verdict, same};
use highmark_engine::*;
use serde_json::Value;

const BAR: i64 = 3600;
const PESSIMISTIC: &str = "exit bar and reason are compared; the fill of a trailing stop on the entry bar is freqtrade's own pessimistic formula";
const LIMIT: &str =
    "entry or exit by a limit order at a custom price, with its adjustments and timeouts";
const ROI_TABLE: &str = "a target that falls with the age of the trade (ROI table)";
/// In the table of targets: leave whatever the profit is.
const ANYWAY: i64 = -1;

pub(crate) fn backtest_bars() -> Tally {
    let file = "05_freqtrade_backtest_bars.json";
    let profile = "strict arming, exact levels, a strict target; bars as ticks: far end, near end, far end; fill at the level, at the open on a gap";
    let all = json(file);
    Tally::new(file, "freqtrade, back-tests on bars", profile).cases(list(&all, "cases"), backtest)
}

fn left(params: &Value) -> Option<&'static str> {
    let limits = ["custom_entry_price", "custom_exit_price", "adjust_entry_price", "timeout"];
    let table = params["minimal_roi"].as_object().unwrap();
    if limits.iter().any(|key| !params[key].is_null()) {
        Some(LIMIT)
    } else if table.iter().any(|(minute, goal)| minute != "0" && *goal != ANYWAY) {
        Some(ROI_TABLE)
    } else {
        None
    }
}

/// A ratio of the margin as a share of the price.
fn of_price(params: &Value, key: &str) -> Option<Fraction> {
    Some(of_margin(params, unsigned(params, key)?))
}

fn of_margin(params: &Value, ratio: Fraction) -> Fraction {
    let leverage: Price = need(params, "leverage");
    Fraction(ratio.0 / u32::try_from(leverage.0 / UNIT).unwrap())
}

fn rules(params: &Value, entry: Price) -> Vec<RuleDraft> {
    let stop = of_price(params, "stop_loss").unwrap();
    let positive = of_price(params, "trailing_stop_positive");
    let only_offset = flag(params, "trailing_only_offset_is_reached");
    let goal = of_margin(params, need(&params["minimal_roi"], "0"));
    let target = Place::FromEntry(Distance::OfEntry(goal));
    let mut above_target: RuleDraft = PriceRule::Target { at: target }.into();
    above_target.options.strict = true;
    let stop_loss = PriceRule::StopLoss { at: Place::FromEntry(Distance::OfEntry(stop)) };
    let mut rules = vec![stop_loss.into(), above_target];
    for (minute, goal) in params["minimal_roi"].as_object().unwrap() {
        if *goal == ANYWAY {
            let when = When::After(Span::minutes(minute.parse().unwrap()));
            rules.push(PriceRule::Time { when }.into());
        }
    }
    let is_trailing = flag(params, "trailing_stop");
    if flag(params, "use_custom_stoploss") || (is_trailing && !only_offset) {
        rules.push(trail(Distance::OfBest(stop)));
    }
    if let (true, Some(by)) = (is_trailing, positive) {
        let offset = of_price(params, "trailing_stop_positive_offset").unwrap();
        let arm_at = if offset.0 == 0 {
            ArmAt::Price(entry)
        } else {
            ArmAt::Profit(Distance::OfEntry(offset))
        };
        rules.push(armed_trail(Distance::OfBest(by), arm_at));
    }
    rules
}

fn backtest(case: &Value) -> Verdict {
    let params = &case["params"];
    if let Some(reason) = left(params) {
        return Ok(Outcome::Left(reason));
    }
    let profile = profiles::strict_arming();
    let mut desk = Desk::new(Market { profile, fills: FillMode::Orders, ..Market::default() });
    let bars = list(case, "bars");
    let signal = bars.iter().position(|bar| is_on(bar, "enter_long") || is_on(bar, "enter_short"));
    let first = signal.unwrap() + 1;
    let is_short = is_on(&bars[first - 1], "enter_short");
    let side = if is_short { Side::Sell } else { Side::Buy };
    let entry: Price = need(&bars[first], "open");
    desk.wait(BAR);
    let trade = desk.enter_one(side, entry, rules(params, entry))?;
    let leaves = |nth: usize| {
        flag(params, "use_exit_signal")
            && (is_on(&bars[nth - 1], "exit_long") || is_on(&bars[nth - 1], "exit_short"))
    };
    let closed = (first..bars.len()).find(|nth| {
        let is_closed = play(&mut desk, &bars[*nth], side, *nth > first && leaves(*nth), trade);
        desk.wait(BAR - 10);
        is_closed
    });
    let expected = &case["expected"]["trades"][0];
    same("entry bar", Some(first), read(expected, "open_tick"))?;
    same("short", Some(is_short), expected["is_short"].as_bool())?;
    same("exit bar", closed, read(expected, "close_tick"))?;
    let reason = desk.exits[0].cause.reason.clone();
    same("reason", name(&reason), expected["exit_reason"].as_str().unwrap())?;
    if closed == Some(first) && reason.kind() == Some(RuleKind::Trail) {
        return Ok(Outcome::Part(PESSIMISTIC));
    }
    let (view, leverage) = (desk.trade(trade), need::<Price>(params, "leverage"));
    let margin = view.quantity.value(entry, 1).scaled(UNIT.into(), leverage.0.into());
    let ratio = Money(RUPEE).scaled(view.realised.0, margin.0).rounded(3);
    let published = need::<Money>(&case["expected"], "sum_profit_ratio_rounded_3");
    same("profit ratio", ratio, published)?;
    Ok(Outcome::Whole)
}

fn is_on(bar: &Value, key: &str) -> bool {
    bar[key] == 1
}

fn name(reason: &ExitReason) -> &'static str {
    match reason.kind() {
        Some(RuleKind::StopLoss) => "STOP_LOSS",
        Some(RuleKind::Trail) => "TRAILING_STOP_LOSS",
        Some(RuleKind::PriceTarget | RuleKind::Time) => "ROI",
        _ => "EXIT_SIGNAL",
    }
}

/// Feeds one bar, and fills what it decides; says whether the trade is over.
fn play(desk: &mut Desk, bar: &Value, side: Side, signalled: bool, trade: TradeId) -> bool {
    let price = |key: &str| need::<Price>(bar, key);
    let (open, low, high) = (price("open"), price("low"), price("high"));
    if signalled {
        desk.last(open);
        let reason = String::from("signal");
        desk.ask(Command::ExitTrade { trade, quantity: None, reason }).unwrap();
        let exit = desk.exits[0].clone();
        desk.fill_exit(&exit, open).unwrap();
        return true;
    }
    let (far, near) = if side == Side::Buy { (low, high) } else { (high, low) };
    for each in [far, near, far] {
        if let Some(exit) = desk.last(each).first() {
            // A rule without a level leaves at the price that it saw.
            let level = exit.cause.level.or(exit.cause.mark).unwrap();
            let is_inside = low <= level && level <= high;
            desk.fill_exit(exit, if is_inside { level } else { open }).unwrap();
            return true;
        }
    }
    false
}
