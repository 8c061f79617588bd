//! Fills to average, realised and unrealised: barter-rs and nautilus_trader (09).
//!
//! Both take fees off realised; ours keeps the two apart, so realised less charges is compared.

use crate::data::{json, list, need, read};
use crate::desk::*;
use crate::profiles;
use crate::tally::{Outcome, Tally, Verdict, same};
use highmark_engine::*;
use serde_json::Value;

pub(crate) fn positions() -> Tally {
    let file = "09_position_pnl.json";
    let profile = "product; fills with charges on an orders account";
    let all = json(file);
    Tally::new(file, "barter-rs and nautilus_trader, positions", profile)
        .cases(list(&all, "barter_position"), position)
        .cases(list(&all, "barter_realised"), realised)
        .cases(list(&all, "barter_avg"), average)
        .cases(list(&all, "nautilus_position"), nautilus)
}

fn desk() -> Desk {
    Desk::new(Market { profile: profiles::product(), fills: FillMode::Orders, ..Market::default() })
}

/// Books one fill of a net position: a new trade when none is held, more or less of the one that is.
fn book(desk: &mut Desk, fill: &Value, charges: Money) -> Result<(), String> {
    let side = side(&need::<String>(fill, "side"));
    let (quantity, price) = (need(fill, "qty"), need(fill, "price"));
    let trade = match desk.held() {
        Some(trade) => trade,
        None => desk.enter(side, quantity, Entry::AtMark, Vec::new())?,
    };
    desk.fill(trade, side, quantity, price, charges).map(|_| ())
}

/// Realised less charges.
fn net(trade: &TradeView) -> Money {
    trade.realised - trade.charges
}

fn position(case: &Value) -> Verdict {
    let mut desk = desk();
    for fill in list(case, "fills") {
        book(&mut desk, fill, need(fill, "fee"))?;
    }
    let held = desk.held().map(|id| desk.trade(id));
    let expected = &case["expected_position"];
    same("a position", held.is_some(), !expected.is_null())?;
    if let Some(held) = held {
        same("side", held.side, side(&need::<String>(expected, "side")))?;
        same("average", held.entry, read(expected, "avg"))?;
        same("quantity", held.open, need(expected, "qty"))?;
        same("realised", net(&held), need(expected, "realised"))?;
    }
    let mut views = desk.engine.state().trade_views();
    let closed = views.find(|trade| trade.status == TradeStatus::Closed);
    let expected = &case["expected_closed"];
    same("a closed one", closed.is_some(), !expected.is_null())?;
    if let Some(closed) = closed {
        same("side", closed.side, side(&need::<String>(expected, "side")))?;
        same("realised", net(&closed), need(expected, "realised"))?;
    }
    Ok(Outcome::Whole)
}

fn realised(case: &Value) -> Verdict {
    let mut desk = desk();
    let (side, quantity) = (side(&need::<String>(case, "side")), need(case, "qty"));
    let trade =
        desk.enter(side, quantity, Entry::Filled { price: need(case, "avg") }, Vec::new())?;
    desk.fill(trade, side.opposite(), quantity, need(case, "close"), need(case, "fee"))?;
    same("realised", net(&desk.trade(trade)), need(case, "expected"))?;
    Ok(Outcome::Whole)
}

fn average(case: &Value) -> Verdict {
    let mut desk = desk();
    let entry = Entry::Filled { price: need(case, "avg") };
    let trade = desk.enter(Side::Buy, need(case, "qty"), entry, Vec::new())?;
    let more: Quantity = need(case, "trade_qty");
    let added = desk.fill(trade, Side::Buy, more, need(case, "trade_price"), Money::ZERO);
    same("a fill of nothing is refused", added.is_err(), more == Quantity::ZERO)?;
    near("average", &mut desk, trade, need(case, "expected"))?;
    Ok(Outcome::Whole)
}

fn nautilus(case: &Value) -> Verdict {
    let mut desk = desk();
    let rate: Fraction = need(case, "fee_rate");
    for step in list(case, "steps") {
        let (quantity, price): (Quantity, Price) = (need(step, "qty"), need(step, "price"));
        book(&mut desk, step, quantity.value(price, 1).share(rate))?;
        let trade = desk.held().unwrap();
        let expected = &step["expect"];
        if let Some(quantity) = read::<Quantity>(expected, "qty") {
            same("quantity", desk.trade(trade).open, quantity)?;
        }
        if let Some(price) = read::<String>(expected, "avg") {
            near("average", &mut desk, trade, price)?;
        }
        if let Some(realised) = read::<Money>(expected, "realised") {
            same("realised", net(&desk.trade(trade)).rounded(8), realised)?;
        }
    }
    let trade = desk.held().unwrap();
    if let Some(mark) = read(case, "mark") {
        desk.last(mark);
        let view = desk.trade(trade);
        same("unrealised", view.unrealised, read(case, "expected_unrealised"))?;
        if let Some(total) = read::<Money>(case, "expected_total") {
            same("total", view.mtm - view.charges, total)?;
        }
    }
    Ok(Outcome::Whole)
}

/// The average of what is open, as what it has gained at a mark of 1 says.
fn near(what: &str, desk: &mut Desk, trade: TradeId, published: String) -> Result<(), String> {
    desk.last(Price::whole(1));
    let view = desk.trade(trade);
    let gain = Money(view.unrealised.unwrap().0 * i128::from(view.side.sign()));
    let cost = view.open.value(Price::whole(1), 1) - gain;
    let ours = cost.scaled(UNIT.into(), view.open.0.into());
    let published: Money = published[..published.len().min(18)].parse().unwrap();
    if (ours - published).0.abs() <= 1_000 {
        Ok(())
    } else {
        Err(format!("{what} is {ours}, published is {published}"))
    }
}
