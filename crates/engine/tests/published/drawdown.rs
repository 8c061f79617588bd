//! Drawdowns of equity: freqtrade's of closed trades, barter's streaming ones (08).
//!
//! The engine's drawdown rule says equity as its value, and the highest equity as its floor plus its distance.

use crate::data::{json, list, need, read};
use crate::desk::*;
use crate::profiles;
use crate::tally::{Outcome, Tally, Verdict, same};
use highmark_engine::*;
use serde_json::Value;

const RATIOS: &str =
    "sums the ratios of trades instead of equity; its own note says that it is no target";
const PERIODS: &str = "the peak and the drawdown now are the engine's; the worst of a period is taken from them by the test, emitted periods are not compared";
/// Far enough that the rule never fires.
const FAR: Money = Money::rupees(10_000_000);

pub(crate) fn drawdowns() -> Tally {
    let file = "08_drawdown.json";
    let profile = "product; `drawdown` on the account, realised (freqtrade) or intraday (barter)";
    let all = json(file);
    Tally::new(file, "freqtrade and barter-rs, drawdown", profile)
        .cases(list(&all, "freqtrade"), closed_trades)
        .cases(list(&all, "freqtrade_protection"), |_| Ok(Outcome::Left(RATIOS)))
        .cases(list(&all, "barter"), streaming)
}

fn desk_with(balance: Money, basis: DrawdownBasis) -> Result<(Desk, RuleId), String> {
    let market = Market { profile: profiles::product(), balance, ..Market::default() };
    let mut desk = Desk::new(market);
    let distance = DrawdownDistance::Money(FAR);
    let rule = MtmRule::Drawdown { distance, basis, lock_at: None };
    let rule = desk.watch(Scope::Account(AccountId(0)), rule.into())?;
    Ok((desk, rule))
}

/// The highest equity, the drawdown from it, and that as a share of it.
fn drawdown(desk: &Desk, rule: RuleId) -> (Money, Money, Money) {
    let view = desk.rule(rule);
    let high = view.floor.unwrap() + FAR;
    let down = high - view.value.unwrap();
    (high, down, Money(RUPEE).scaled(down.0, high.0))
}

fn closed_trades(case: &Value) -> Verdict {
    let (mut desk, rule) = desk_with(need(case, "starting_balance"), DrawdownBasis::Realised)?;
    let (mut worst, mut share, mut at) = (Money::ZERO, Money::ZERO, (0, 0));
    let mut highest = (Money::ZERO, 0);
    let entry = Price::whole(100_000);
    for (nth, profit) in (0usize..).zip(list(case, "profits")) {
        let profit: Price = profit.to_string().parse().unwrap();
        let trade = desk.enter_one(Side::Buy, entry, Vec::new())?;
        desk.last(entry + profit);
        let reason = String::from("closed");
        desk.ask(Command::ExitTrade { trade, quantity: None, reason })?;
        let (high, down, of_high) = drawdown(&desk, rule);
        if high > highest.0 {
            highest = (high, nth);
        }
        if down > worst {
            (worst, share, at) = (down, of_high, (highest.1, nth));
        }
    }
    near("drawdown", worst, need(case, "expected_abs"))?;
    let relative = read(case, "expected_rel").or(read(case, "expected_rel_at_abs_trough"));
    near("relative drawdown", share, relative.unwrap())?;
    if let Some(index) = read(case, "high_index") {
        same("from and to", at, (index, need(case, "low_index")))?;
    }
    Ok(Outcome::Whole)
}

fn streaming(case: &Value) -> Verdict {
    let equity: Vec<Price> = prices(case, "equity");
    let peaks: Vec<Price> = prices(case, "expected_peak");
    let balance = equity[0].to_string().parse().unwrap();
    let (mut desk, rule) = desk_with(balance, DrawdownBasis::Intraday)?;
    desk.enter_one(Side::Buy, equity[0], Vec::new())?;
    let (mut worst, mut since) = (Money::ZERO, Money::ZERO);
    for (nth, (now, peak)) in equity.iter().zip(peaks).enumerate() {
        desk.last(*now);
        let (high, _, share) = drawdown(&desk, rule);
        same(&format!("peak at {now}"), high.to_string(), peak.to_string())?;
        worst = if high > since { Money::ZERO } else { worst.max(share) };
        since = high;
        let published = case["expected_max_dd_in_period"][nth].as_str().unwrap();
        // Longer than our money holds: the rest is cut off.
        let published = &published[..published.len().min(18)];
        let published: Money = published.parse().unwrap();
        same(&format!("drawdown at {now}"), (worst - published).0.abs() <= 1, true)?;
    }
    Ok(Outcome::Part(PERIODS))
}

fn prices(case: &Value, key: &str) -> Vec<Price> {
    list(case, key).iter().map(|price| price.as_str().unwrap().parse().unwrap()).collect()
}

/// Published with six decimals or more.
fn near(what: &str, ours: Money, published: Money) -> Result<(), String> {
    if (ours - published).0.abs() <= RUPEE / 2_000_000 {
        Ok(())
    } else {
        Err(format!("{what} is {ours}, published is {published}"))
    }
}
