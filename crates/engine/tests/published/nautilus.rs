//! nautilus_trader: one step of a trail (01) and the life of an order over quotes and trades (02).
//!
//! An order is the protection of a position that was held before. It follows the last price or the side of the book
//! that closing gets, and is tested against that side whatever it follows. A limit price is followed as a trail of its
//! own that only alerts.

use crate::data::{flag, json, list, need, read};
use crate::desk::*;
use crate::profiles;
use crate::tally::{Outcome, Tally, Verdict, holds, same};
use highmark_engine::*;
use serde_json::Value;

const LIMIT_FILLS: &str =
    "whether and where a limit order fills is the broker's part: it is fed as a fill";
const MAKER: &str = "the fill is compared, maker or taker is not told apart";

pub(crate) fn trail_calc() -> Tally {
    let file = "01_nautilus_trail_calc.json";
    let profile = "test then trail, levels half-even on the tick; `breach_mark` executable, best by last or executable";
    let all = json(file);
    Tally::new(file, "nautilus_trader, trail calculation", profile)
        .cases(list(&all, "cases"), one_step)
}

pub(crate) fn tick_sequences() -> Tally {
    let file = "02_nautilus_tick_sequences.json";
    let profile = "test then trail, levels half-even on the tick; `breach_mark` executable, best by last or executable";
    let all = json(file);
    Tally::new(file, "nautilus_trader, tick sequences", profile)
        .cases(list(&all, "cases"), sequence)
}

/// Which price the position is marked at, and whether its book counts for best as well.
fn follows(order: &Value) -> (MarkKind, bool) {
    match need::<String>(order, "trigger_type").as_str() {
        "LAST_PRICE" => (MarkKind::Last, false),
        "LAST_OR_BID_ASK" => (MarkKind::Last, true),
        "BID_ASK" | "DEFAULT" | "DEFAULT(=BID_ASK)" => (MarkKind::Executable, false),
        other => panic!("no such trigger: {other}"),
    }
}

fn distance(order: &Value, key: &str) -> Option<Distance> {
    let size: Price = read(order, key)?;
    let count = || u32::try_from(size.0 / UNIT).unwrap();
    Some(match need::<String>(order, "offset_type").as_str() {
        "PRICE" => Distance::Points(size),
        "BASIS_POINTS" => Distance::BasisPoints(count()),
        "TICKS" => Distance::Ticks(count()),
        other => panic!("no such offset: {other}"),
    })
}

/// The trails of an order: by its own price, and by the book when that counts too.
fn trails(order: &Value, key: &str) -> Vec<RuleDraft> {
    let Some(by) = distance(order, key) else { return Vec::new() };
    let arm_at = read(order, "activation_price").map(ArmAt::Price);
    let mut own: RuleDraft = PriceRule::Trail { by, arm_at }.into();
    own.options.breach_mark = Some(MarkKind::Executable);
    let mut book = own.clone();
    book.options.peak_mark = Some(MarkKind::Executable);
    if follows(order).1 { vec![own, book] } else { vec![own] }
}

fn market(order: &Value, fills: FillMode, tick_size: Price) -> Market {
    let mark = follows(order).0;
    Market { profile: profiles::test_then_trail(), fills, mark, tick_size, ..Market::default() }
}

fn one_step(case: &Value) -> Verdict {
    let increment: Price = need(case, "price_increment");
    let mut desk = Desk::new(market(case, FillMode::Tracking, increment));
    let side = closed_by(&need::<String>(case, "order_side"));
    let before: Option<Price> = read(case, "current_trigger");
    let mut rules = trails(case, "offset");
    let limits = rules.len()..rules.len() + trails(case, "limit_offset").len();
    rules.extend(trails(case, "limit_offset").into_iter().map(alerting));
    rules.extend(before.map(stop_at));
    if let Some(limit) = read(case, "current_limit") {
        let mut limit = alerting(stop_at(limit));
        limit.options.force = true;
        rules.push(limit);
    }
    let trade = if let Some(before) = before {
        // The trigger stands already; the market comes after it.
        let trade = desk.adopt_one(side, beyond(side, before, increment), rules)?;
        see(&mut desk, case);
        trade
    } else {
        see(&mut desk, case);
        desk.adopt_one(side, market_price(case, side), rules)?
    };
    if case.get("expected_error").is_some() {
        same("mark", desk.trade(trade).mark, None)?;
        same("trail", desk.rule_of(trade, 0).level, None)?;
        same("waits for", desk.rule_of(trade, 0).waits_for, Waits::Mark)?;
    }
    let expected = read(case, "expected_new_trigger").or(before);
    same("trigger", desk.trigger(trade), expected)?;
    if let Some(limit) = read::<Price>(case, "expected_new_limit") {
        let levels = limits.map(|nth| desk.rule_of(trade, nth).level.unwrap());
        let current: Price = need(case, "current_limit");
        let tightest = levels.chain([current]).max_by_key(|level| level.0 * side.sign());
        same("limit", tightest, Some(limit))?;
    }
    same("exits", desk.exits.len(), 0)?;
    Ok(Outcome::Whole)
}

/// One tick with whatever prices the case has; none when it has none.
fn see(desk: &mut Desk, event: &Value) -> Vec<Exit> {
    let (last, bid, ask) = (read(event, "last"), read(event, "bid"), read(event, "ask"));
    if [last, bid, ask] == [None; 3] {
        return Vec::new();
    }
    desk.tick(|tick| (tick.last, tick.bid, tick.ask) = (last, bid, ask))
}

/// What the position is worth a unit when it is taken over.
fn market_price(quote: &Value, side: Side) -> Price {
    let book = if side == Side::Buy { "bid" } else { "ask" };
    let key = if quote.get("last").is_some() { "last" } else { book };
    need(quote, key)
}

/// An order on its way: the desk, its trade once it is submitted, and how far the case is covered.
struct Play<'a> {
    desk: Desk,
    order: &'a Value,
    trade: Option<TradeId>,
    /// The size of the order, as last modified.
    size: Quantity,
    /// The prices seen last, for taking the position over.
    quote: Value,
    covered: Outcome,
}

fn sequence(case: &Value) -> Verdict {
    let order = &case["order"];
    let is_tracked =
        order["type"] == "TRAILING_STOP_MARKET" && !case["path"].to_string().contains("emulator");
    let fills = if is_tracked { FillMode::Tracking } else { FillMode::Orders };
    let desk = Desk::new(market(order, fills, need(case, "price_increment")));
    let quote = Value::Object(serde_json::Map::new());
    let mut play =
        Play { desk, order, trade: None, size: need(order, "qty"), quote, covered: Outcome::Whole };
    for event in list(case, "events") {
        play.event(event).map_err(|difference| format!("{difference} at {event}"))?;
    }
    Ok(play.covered)
}

impl Play<'_> {
    fn event(&mut self, event: &Value) -> Result<(), String> {
        for key in ["last", "bid", "ask"] {
            if let Some(price) = event.get(key) {
                self.quote[key] = price.clone();
            }
        }
        see(&mut self.desk, event);
        if flag(event, "submit") {
            self.submit()?;
        }
        if let Some(quantity) = read::<Quantity>(event, "modify_qty") {
            self.reduce_to(quantity)?;
        }
        match event.get("expect") {
            Some(expect) => self.compare(expect),
            None => Ok(()),
        }
    }

    fn submit(&mut self) -> Result<(), String> {
        let side = closed_by(&need::<String>(self.order, "side"));
        let mut rules = trails(self.order, "offset");
        rules.extend(trails(self.order, "limit_offset").into_iter().map(alerting));
        rules.extend(read(self.order, "trigger_price").map(|price| {
            let mut stop = stop_at(price);
            stop.options.breach_mark = Some(MarkKind::Executable);
            stop
        }));
        if let Some(price) = read(self.order, "oco_take_profit") {
            rules.push(PriceRule::Target { at: Place::Price(price) }.into());
        }
        let followed = match follows(self.order).0 {
            MarkKind::Last => market_price(&self.quote, side),
            _ => need(&self.quote, if side == Side::Buy { "bid" } else { "ask" }),
        };
        let entry = Entry::Adopted { price: followed };
        self.trade = Some(self.desk.enter(side, self.size, entry, rules)?);
        Ok(())
    }

    /// An order of another size is the protection of a position of that size.
    fn reduce_to(&mut self, quantity: Quantity) -> Result<(), String> {
        self.size = quantity;
        let trade = self.desk.trade(self.trade.unwrap());
        let less = Some(trade.open - quantity);
        let reason = "modified".into();
        self.desk.ask(Command::ExitTrade { trade: trade.id, quantity: less, reason })?;
        if self.desk.trade(trade.id).open != quantity {
            let exit = self.desk.exits.last().unwrap().clone();
            self.desk.fill_exit(&exit, trade.mark.unwrap())?;
        }
        self.desk.exits.clear();
        Ok(())
    }

    fn compare(&mut self, expect: &Value) -> Result<(), String> {
        let trade = self.trade.unwrap();
        if expect.get("trigger_price").is_some() {
            same("trigger", self.desk.trigger(trade), read(expect, "trigger_price"))?;
        }
        if let Some(price) = read::<Price>(expect, "activation_price") {
            same("activation price", self.desk.trade(trade).best, Some(price))?;
        }
        if let Some(is_active) = expect.get("activated") {
            let waits = self.desk.rule_of(trade, 0).waits_for;
            let is_armed = !matches!(waits, Waits::ArmingPrice(_));
            same("activated", Some(is_armed), is_active.as_bool())?;
        }
        if let Some(price) = read::<Price>(expect, "limit_price") {
            let trails = trails(self.order, "offset").len();
            let levels = (trails..2 * trails).map(|nth| self.desk.rule_of(trade, nth).level);
            let side = self.desk.trade(trade).side;
            let tightest = levels.flatten().max_by_key(|level| level.0 * side.sign());
            same("limit", tightest, Some(price))?;
        }
        if let Some(status) = read::<String>(expect, "status") {
            self.compare_status(&status, expect, trade)?;
        }
        if let Some(other) = expect.get("oco_other") {
            same("the other order", other.as_str(), Some("CANCELED"))?;
            let nth = self.desk.trade(trade).rules.len() - 1;
            same("target", self.desk.rule_of(trade, nth).waits_for, Waits::Nothing)?;
        }
        Ok(())
    }

    fn compare_status(
        &mut self,
        status: &str,
        expect: &Value,
        trade: TradeId,
    ) -> Result<(), String> {
        let decided = self.desk.exits.len();
        if status == "ACCEPTED" {
            same("filled", self.size - self.desk.trade(trade).open, need(expect, "filled_qty"))?;
            return same("exits", decided, 0);
        }
        same("exits", decided, 1)?;
        let exit = self.desk.exits[0].clone();
        let before = self.desk.trade(trade);
        same("reason", exit.cause.reason.kind(), Some(RuleKind::Trail))?;
        if expect.get("liquidity").is_some() {
            self.covered = Outcome::Part(MAKER);
        }
        let filled: Option<Quantity> = read(expect, "filled_qty");
        match status {
            "TRIGGERED" | "TRIGGERED_RELEASED_AS_MARKET" => {
                same("filled", self.size - before.open, filled.unwrap_or_default())?;
                same("to be closed", exit.quantity, before.open)
            }
            "FILLED" | "PARTIALLY_FILLED" => {
                if before.open > Quantity::ZERO {
                    self.covered = Outcome::Part(LIMIT_FILLS);
                    let quantity = filled.unwrap();
                    let price = exit.cause.level.unwrap();
                    let side = before.side.opposite();
                    self.desk.fill(trade, side, quantity, price, Money::ZERO)?;
                }
                let after = self.desk.trade(trade);
                same("closed", after.status == TradeStatus::Closed, status == "FILLED")?;
                if let (Some(quantity), "FILLED") = (filled, status) {
                    same("filled", exit.quantity, quantity)?;
                }
                if let (Some(quantity), "PARTIALLY_FILLED") = (filled, status) {
                    same("still open", after.open, exit.quantity - quantity)?;
                }
                match read::<Price>(expect, "fill_price") {
                    Some(price) => same("fill price", after.exit, Some(price)),
                    None => holds("the exit has a price", after.exit.is_some()),
                }
            }
            other => Err(format!("no such status: {other}")),
        }
    }
}
