//! freqtrade's profit in money and as a ratio, after fees (07).
//!
//! The engine says it twice: at the closing price before the exit, as the net value of a rule, with the projected
//! charges of closing; and after the exit, realised less charges. Funding is a charge with a sign.

use crate::data::{csv, need};
use crate::desk::*;
use crate::profiles;
use crate::tally::{Outcome, Tally, Verdict};
use highmark_engine::*;
use serde_json::Value;

const INTEREST: &str = "interest on what was borrowed: the engine knows charges, not loans";
const BILLION: i128 = 1_000_000_000;

pub(crate) fn profit() -> Tally {
    let file = "07_freqtrade_pnl.csv";
    let profile = "product; `valuation` net with the closing side's rate, life window";
    Tally::new(file, "freqtrade, profit", profile).cases(&csv(file), calculated)
}

fn calculated(row: &Value) -> Verdict {
    let is_short = row["is_short"] == "True";
    let leverage: Price = need(row, "leverage");
    if row["trading_mode"] == "margin" && (is_short || leverage > Price::whole(1)) {
        return Ok(Outcome::Left(INTEREST));
    }
    let (opening, closing) = (rate(row, "fee_open"), rate(row, "fee_close"));
    let side = if is_short { Side::Sell } else { Side::Buy };
    let (buy_ppb, sell_ppb) = if is_short { (closing, 0) } else { (0, closing) };
    let charges = ChargeRates { per_order: Money::ZERO, buy_ppb, sell_ppb };
    let market = Market {
        profile: profiles::product(),
        fills: FillMode::Orders,
        charges,
        ..Market::default()
    };
    let mut desk = Desk::new(market);
    let (amount, open, close): (Quantity, Price, Price) =
        (need(row, "amount"), need(row, "open_price"), need(row, "close_price"));

    let mut net: RuleDraft =
        MtmRule::MaxLoss { amount: Amount::Money(Money::rupees(99_999)) }.into();
    net.options.valuation = Valuation::Net;
    net.options.window = Window::Life;
    let rule = desk.watch(Scope::Strategy(STRATEGY), net)?;
    let trade = desk.enter(side, amount, Entry::AtMark, Vec::new())?;
    let fee = fee(amount.value(open, 1), opening);
    let funding: Money = need(row, "funding_fees");
    desk.fill(trade, side, amount, open, fee - funding)?;
    desk.last(close);
    near(
        row,
        "expected_profit_abs",
        desk.rule(rule).value.unwrap(),
        Money::rupees(1).0 / 1_000_000,
    )?;

    desk.fill(trade, side.opposite(), amount, close, self::fee(amount.value(close, 1), closing))?;
    let view = desk.trade(trade);
    let profit = view.realised - view.charges;
    near(row, "expected_profit_abs", profit, RUPEE / 1_000_000)?;
    let cost = view.quantity.value(view.entry.unwrap(), 1);
    let stake = if is_short { cost - fee } else { cost + fee };
    let ratio = Money(RUPEE).scaled(profit.0, stake.0).scaled(leverage.0.into(), UNIT.into());
    near(row, "expected_profit_ratio", ratio, RUPEE / 50_000_000)?;
    Ok(Outcome::Whole)
}

/// Parts per billion.
fn rate(row: &Value, key: &str) -> u32 {
    u32::try_from(need::<Price>(row, key).0 * 10).unwrap()
}

/// What the broker charges for an order of `value`.
fn fee(value: Money, ppb: u32) -> Money {
    value.scaled(ppb.into(), BILLION)
}

fn near(row: &Value, key: &str, ours: Money, off: i128) -> Result<(), String> {
    let published: Money = need(row, key);
    if (ours - published).0.abs() <= off {
        Ok(())
    } else {
        Err(format!("{key} is {ours}, published is {published}"))
    }
}
