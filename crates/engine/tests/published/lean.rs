//! QuantConnect LEAN: its trailing-stop order (03) and its risk models (04).

use crate::data::{flag, json, list, need, read};
use crate::desk::*;
use crate::profiles;
use crate::tally::{Outcome, Tally, Verdict, holds, same};
use highmark_engine::*;
use serde_json::Value;

const NO_DATA: &str = "a whole back-test on minute data of LEAN's own that is not here";
const BAR_FILL: &str = "which bar triggers and the level are compared; a fill at the level inside a bar is the bar model's";

pub(crate) fn trailing_order() -> Tally {
    let file = "03_lean_trailing_order.json";
    let profile =
        "test then trail; absolute trails half-even on the tick, percentages of best exact";
    let all = json(file);
    Tally::new(file, "LEAN, trailing-stop order", profile)
        .cases(list(&all, "calculate_stop"), calculated)
        .cases(list(&all, "update_stop"), updated)
        .cases(list(&all, "fill_sequences"), filled)
        .cases(list(&all, "stale_data"), stale)
        .cases(list(&all, "rounding"), rounded)
        .cases(list(&all, "regression_algorithms"), |_| Ok(Outcome::Left(NO_DATA)))
}

pub(crate) fn risk_models() -> Tally {
    let file = "04_lean_risk_models.json";
    let profile = "strict; trail by a share of best from the entry, stop-loss from the entry, `max_loss` of the account's capital";
    let all = json(file);
    Tally::new(file, "LEAN, risk models", profile)
        .cases(list(&all, "trailing_risk"), trailing_risk)
        .cases(list(&all, "max_drawdown_security"), security)
        .cases(list(&all, "max_drawdown_portfolio"), portfolio)
}

const CENT: Price = Price(UNIT / 100);

fn is_share(case: &Value) -> bool {
    flag(case, "as_percentage")
}

fn distance(case: &Value, key: &str) -> Distance {
    if is_share(case) {
        Distance::OfBest(need(case, key))
    } else {
        Distance::Points(need(case, key))
    }
}

fn desk_for(case: &Value) -> Desk {
    let profile = if is_share(case) {
        profiles::test_then_trail_exactly()
    } else {
        profiles::test_then_trail()
    };
    Desk::new(Market { profile, tick_size: CENT, ..Market::default() })
}

fn calculated(case: &Value) -> Verdict {
    let mut desk = desk_for(case);
    let market: Price = need(case, "market_price");
    desk.last(market);
    let side = closed_by(&need::<String>(case, "order_side"));
    let trade = desk.adopt_one(side, market, vec![trail(distance(case, "trail"))])?;
    same("stop", desk.stop(trade), read(case, "expected_stop"))?;
    Ok(Outcome::Whole)
}

fn updated(case: &Value) -> Verdict {
    let mut desk = desk_for(case);
    let side = closed_by(&need::<String>(case, "order_side"));
    let before: Price = need(case, "current_stop");
    let rules = vec![stop_at(before), trail(distance(case, "trail"))];
    let trade = desk.adopt_one(side, beyond(side, before, CENT), rules)?;
    same("stop before", desk.stop(trade), Some(before))?;
    desk.last(need(case, "market_price"));
    same("stop", desk.stop(trade), read(case, "expected_new_stop").or(Some(before)))?;
    same("exits", desk.exits.len(), 0)?;
    Ok(Outcome::Whole)
}

fn filled(case: &Value) -> Verdict {
    let mut desk = desk_for(case);
    let side = closed_by(&need::<String>(case, "order_side"));
    let before: Price = need(case, "initial_stop");
    let rules = vec![stop_at(before), trail(distance(case, "trail"))];
    let entry = Entry::Adopted { price: beyond(side, before, CENT) };
    let trade = desk.enter(side, need(case, "qty"), entry, rules)?;
    for step in list(case, "steps") {
        let exits = desk.last(need(step, "price"));
        same("filled", !exits.is_empty(), flag(step, "filled"))?;
        if let Some(stop) = read::<Price>(step, "stop") {
            same("stop", desk.stop(trade), Some(stop))?;
        }
        if let Some(price) = read::<Price>(step, "fill_price") {
            same("fill price", desk.trade(trade).exit, Some(price))?;
        }
    }
    Ok(Outcome::Whole)
}

/// A bar as ticks made one second apart, the last at `end`; says whether any of them decided an exit.
fn bar(desk: &mut Desk, case: &Value, end: i64) -> bool {
    let bar = &case["bar"];
    let mut exits = 0;
    for (nth, key) in (0..).zip(["open", "low", "high", "close"]) {
        let price: Price = need(bar, key);
        exits += desk.tick_of(end - 3 + nth, |tick| tick.last = Some(price)).len();
    }
    exits > 0
}

fn stale(case: &Value) -> Verdict {
    let mut desk = Desk::under(profiles::test_then_trail());
    let side = closed_by(&need::<String>(case, "order_side"));
    let level: Price = need(case, "initial_stop");
    let old_end = desk.now;
    let mut trade = None;
    for event in list(case, "events") {
        let exited = match need::<String>(event, "bar_end").as_str() {
            "before_submit" => {
                let exited = bar(&mut desk, case, old_end);
                desk.wait(60);
                let entry = beyond(side, level, CENT);
                trade = Some(desk.enter_one(side, entry, vec![stop_at(level)])?);
                exited
            }
            "fill_forward_copy_of_old_bar" => {
                desk.wait(60);
                bar(&mut desk, case, old_end)
            }
            "after_submit" => {
                desk.wait(60);
                let end = desk.now;
                bar(&mut desk, case, end)
            }
            other => return Err(format!("no such event: {other}")),
        };
        same("filled", exited, flag(event, "filled"))?;
        if let Some(price) = read::<Price>(event, "fill_price") {
            same("level", desk.exits[0].cause.level, Some(price))?;
        }
    }
    same("status", desk.trade(trade.unwrap()).status, TradeStatus::Closed)?;
    Ok(Outcome::Part(BAR_FILL))
}

/// A stop and a trail that are off the tick stand on it.
fn rounded(case: &Value) -> Verdict {
    let tick_size: Price = need(case, "tick");
    let market = Market { profile: profiles::test_then_trail(), tick_size, ..Market::default() };
    let mut desk = Desk::new(market);
    let here = Price::whole(400);
    desk.last(here);
    let fixed = desk.adopt_one(Side::Buy, here, vec![stop_at(need(case, "input_stop"))])?;
    same("stop", desk.stop(fixed), read(case, "expected_stop"))?;
    let by = distance(case, "input_trail");
    let trailed = desk.adopt_one(Side::Buy, here, vec![trail(by)])?;
    let room = desk.stop(trailed).map(|stop| here - stop);
    same("trail", room, read(case, "expected_trail"))?;
    Ok(Outcome::Whole)
}

fn trailing_risk(case: &Value) -> Verdict {
    let mut desk = Desk::under(profiles::strict());
    let held: Price = need(case, "qty");
    let side = if held > Price::ZERO { Side::Buy } else { Side::Sell };
    for step in list(case, "steps") {
        if flag(step, "flip_position_after") {
            return Err("no case that flips is known".into());
        }
        if flag(step, "invested") && desk.held().is_none() {
            let by = Distance::OfBest(need(case, "max_drawdown"));
            desk.enter_one(side, need(case, "entry_price"), vec![trail(by)])?;
        }
        let exits = desk.last(need(step, "price"));
        let expected = flag(step, "expect_liquidate");
        same(&format!("liquidated at {step}"), !exits.is_empty(), expected)?;
    }
    Ok(Outcome::Whole)
}

/// One unit that cost `cost` stands at its gain.
fn security(case: &Value) -> Verdict {
    let mut desk = Desk::under(profiles::strict());
    let (cost, gain): (Price, Price) = (need(case, "cost"), need(case, "unreali\u{7a}ed"));
    let mut exits = Vec::new();
    if flag(case, "invested") {
        let at = Place::FromEntry(Distance::OfEntry(need(case, "max_drawdown")));
        let trade = desk.enter_one(Side::Buy, cost, vec![PriceRule::StopLoss { at }.into()])?;
        exits = desk.last(cost + gain);
        let gained: Money = need(case, "unreali\u{7a}ed");
        same("unrealised or realised", desk.trade(trade).mtm, gained)?;
    }
    same("liquidated", !exits.is_empty(), flag(case, "expect_liquidate"))?;
    Ok(Outcome::Whole)
}

/// An account whose equity moves by one unit that is held, and is taken again after it was closed.
fn portfolio(case: &Value) -> Verdict {
    let start: Price = need(case, "start_equity");
    let market = Market {
        profile: profiles::strict(),
        balance: need(case, "start_equity"),
        ..Market::default()
    };
    let mut desk = Desk::new(market);
    let most = Amount::OfCapital(need(case, "max_drawdown"));
    holds("the reference stands still", !flag(case, "trailing"))?;
    let mut draft: RuleDraft = MtmRule::MaxLoss { amount: most }.into();
    draft.options.window = Window::Life;
    let rule = desk.watch(Scope::Account(AccountId(0)), draft)?;
    let path = match case.get("equity_path") {
        Some(path) => path.as_array().unwrap().clone(),
        None => vec![case["equity"].clone()],
    };
    let expected = match case.get("expect_liquidate_path") {
        Some(path) => path.as_array().unwrap().clone(),
        None => vec![case["expect_liquidate"].clone()],
    };
    let is_short = read::<Price>(case, "holdings_value").is_some_and(|value| value < Price::ZERO);
    let side = if is_short { Side::Sell } else { Side::Buy };
    let is_invested = case.get("invested").is_none_or(|_| flag(case, "invested"));
    let (mut equity, mut mark) = (start, start);
    for (next, liquidates) in path.iter().zip(expected) {
        let next: Price = next.as_str().unwrap().parse().unwrap();
        if is_invested && desk.held().is_none() {
            desk.enter_one(side, mark, Vec::new())?;
        }
        mark = Price(mark.0 + (next - equity).0 * side.sign());
        equity = next;
        let exits = if is_invested { desk.last(mark) } else { Vec::new() };
        same(&format!("liquidated at {next}"), Some(!exits.is_empty()), liquidates.as_bool())?;
        let view = desk.engine.state().scope_view(Scope::Account(AccountId(0)), Window::Life);
        let ours = need::<Money>(case, "start_equity") + view.unwrap().mtm;
        same("equity", ours, next.to_string().parse().unwrap())?;
        if !exits.is_empty() {
            desk.ask(Command::ResetRule { rule, reason: "liquidated".into() })?;
        }
    }
    Ok(Outcome::Whole)
}
