//! Trades asked for, averaged in, exited by hand, re-entered and rolled.

use super::{check_price, known, known_instrument, next, refuse};
use crate::Engine;
use crate::event::{Event, ExitReason, Refusal, RefusalCode};
use crate::ids::*;
use crate::input::{Entry, FillMode, NewTrade};
use crate::money::{MOST_SIZE, Price, Quantity};
use crate::rare::Shared;
use crate::rules::spec::{Place, PriceRule, Provenance, RuleDraft, RuleSpec};
use crate::state::trade::Trade;
use crate::state::{FillName, State};
use crate::step::rule_checks;
use crate::view::{Closed, TradeStatus};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

impl Engine {
    pub(super) fn add_trade(
        &mut self,
        new: NewTrade,
        generation: u32,
        after: Option<TradeId>,
    ) -> TradeId {
        let trade = TradeId(next(self.state.trades.len()));
        let (entry, quantity, side, account) = (new.entry, new.quantity, new.side, new.account);
        let instrument = new.instrument;
        let drafts: Vec<_> = new.rules.iter().map(|draft| Box::new(draft.clone())).collect();
        self.emit(Event::TradeAdded { trade, new: Box::new(new), generation, after });
        let reason = String::from("set with the trade");
        let provenance = Shared::from(Provenance { by: self.asked_by.clone(), reason });
        for draft in drafts {
            let (rule, provenance) = (RuleId(next(self.state.rules.len())), provenance.clone());
            self.emit(Event::RuleSet { rule, scope: Scope::Trade(trade), draft, provenance });
        }
        let mark = self
            .state
            .instrument(instrument)
            .quote
            .mark(self.state.instrument(instrument).spec.mark, true);
        let price = match (entry, self.state.accounts[account.index()].fills) {
            (Entry::Filled { price } | Entry::Adopted { price }, _) => Some(price),
            (Entry::AtMark, FillMode::Tracking) => self.entry_mark(trade).or(mark),
            (Entry::AtMark, FillMode::Orders) => None,
        };
        match price {
            Some(price) => {
                let name = FillName::Entry(trade, 1).text();
                self.fill_at(trade, name, side, quantity, price);
            }
            None => self.emit(Event::EntryDecided { trade, quantity }),
        }
        if self.state.is_killed() {
            self.exit_or_defer(trade, &ExitReason::EnteredWhileClosed { by: None });
        }
        trade
    }

    /// What entering pays: the trade's own kind of mark.
    fn entry_mark(&self, trade: TradeId) -> Option<Price> {
        self.state.trade_mark(self.state.trade(trade), None)
    }

    pub(super) fn increase(&mut self, id: TradeId, quantity: Quantity, price: Option<Price>) {
        let trade = self.state.trade(id);
        let side = trade.side();
        let fills = self.state.accounts[trade.terms.account.index()].fills;
        let name = FillName::Entry(id, trade.fills + 1).text();
        match (price, fills) {
            (Some(price), _) => self.fill_at(id, name, side, quantity, price),
            (None, FillMode::Orders) => self.emit(Event::EntryDecided { trade: id, quantity }),
            (None, FillMode::Tracking) => {
                if let Some(price) = self.entry_mark(id) {
                    self.fill_at(id, name, side, quantity, price);
                }
            }
        }
    }

    pub(super) fn exit_by_hand(&mut self, id: TradeId, quantity: Option<Quantity>, reason: String) {
        let cause = self.plain_cause(id, ExitReason::Operator { reason });
        let trade = self.state.trade(id);
        if trade.exit.is_some() {
            return self.defer(id, cause);
        }
        let quantity = quantity.unwrap_or(trade.open);
        self.exit(id, quantity, cause, None);
    }

    pub(super) fn re_enter(&mut self, id: TradeId, entry: Entry) {
        let generation = latest_generation(&self.state, id) + 1;
        let new = again(&self.state, id, entry);
        self.add_trade(new, generation, Some(id));
    }

    pub(super) fn roll(&mut self, id: TradeId, into: InstrumentId, entry: Entry) {
        let new = rolled(&self.state, id, into, entry);
        let generation = self.state.trade(id).generation;
        let cause = self.plain_cause(id, ExitReason::Roll);
        let open = self.state.trade(id).open;
        self.exit(id, open, cause, None);
        let to = self.add_trade(new, generation, Some(id));
        self.emit(Event::Rolled { from: id, to });
    }

    pub(super) fn settle_instrument(&mut self, instrument: InstrumentId, price: Price) {
        for id in self.state.instrument(instrument).open_trades.iter().collect::<Vec<_>>() {
            let trade = self.state.trade(id);
            if trade.exit.is_some() {
                // The contract is gone: whatever the order under way was, the settlement closes the trade.
                let (open, side) = (trade.open, trade.side().opposite());
                self.end_entry(id);
                self.fill_at(id, format!("{id}settled"), side, open, price);
                continue;
            }
            let (open, side, account) = (trade.open, trade.side().opposite(), trade.terms.account);
            let mut cause = self.plain_cause(id, ExitReason::Settlement);
            cause.mark = Some(price);
            self.exit(id, open, cause, Some(price));
            if self.state.accounts[account.index()].fills == FillMode::Orders {
                self.fill_at(id, format!("{id}settled"), side, open, price);
            }
        }
        let pending: Vec<TradeId> = self.live(Scope::System);
        for id in pending {
            let trade = self.state.trade(id);
            if trade.terms.instrument == instrument && trade.status == TradeStatus::Pending {
                self.emit(Event::TradeCancelled {
                    trade: id,
                    reason: String::from("the contract has ended"),
                });
            }
        }
    }
}

pub(super) fn check_new(state: &State, new: &NewTrade) -> Result<(), Refusal> {
    known(state, Scope::Strategy(new.strategy))?;
    known(state, Scope::Account(new.account))?;
    known_instrument(state, new.instrument)?;
    if let Some(group) = new.group {
        known(state, Scope::Group(group))?;
        if state.groups[group.index()].strategy != new.strategy {
            let message = format!("group {group} belongs to another strategy");
            return Err(refuse(
                RefusalCode::BadField,
                "group",
                message,
                "choose a group of the trade's strategy",
            ));
        }
    }
    check_quantity(state, new.instrument, new.quantity)?;
    if !matches!(new.entry, Entry::Adopted { .. })
        && let Some((scope, closed)) = state.bar_to_entry(crate::state::scopes(new, None))
    {
        return Err(closed_to_entries(scope, closed));
    }
    let price = entry_price(state, new)?;
    if let Some(price) = price {
        check_price(state, new.instrument, price)?;
    }
    check_room(state, new.instrument, new.quantity)?;
    for draft in &new.rules {
        rule_checks::check_for_new_trade(state, new, price, draft)?;
    }
    Ok(())
}

/// The price of an entry that fills at once; `None` when an order will tell.
fn entry_price(state: &State, new: &NewTrade) -> Result<Option<Price>, Refusal> {
    let quote = &state.instrument(new.instrument).quote;
    let is_long = new.side.sign() > 0;
    match (new.entry, state.accounts[new.account.index()].fills) {
        (Entry::Filled { price } | Entry::Adopted { price }, _) => Ok(Some(price)),
        (Entry::AtMark, FillMode::Orders) => Ok(None),
        (Entry::AtMark, FillMode::Tracking) => quote
            .mark(state.instrument(new.instrument).spec.mark, is_long)
            .map(Some)
            .ok_or_else(|| {
                let message =
                    format!("{} has no mark yet", state.instrument(new.instrument).spec.symbol);
                refuse(
                    RefusalCode::NoMark,
                    "entry",
                    message,
                    "wait for its first tick, or give the price paid",
                )
            }),
    }
}

fn check_quantity(state: &State, id: InstrumentId, quantity: Quantity) -> Result<(), Refusal> {
    let spec = &state.instrument(id).spec;
    let bad = |message: String, hint: String| {
        Err(refuse(RefusalCode::BadQuantity, "quantity", message, hint))
    };
    if quantity <= Quantity::ZERO {
        return bad(
            format!("{quantity} is no quantity"),
            String::from("give one above zero; the side says which way"),
        );
    }
    if quantity.0 % spec.lot_size.0 != 0 {
        let hint = format!("{} trades in lots of {}", spec.symbol, spec.lot_size);
        return bad(format!("{quantity} is not a whole number of lots"), hint);
    }
    if spec.size(quantity) > MOST_SIZE {
        let hint = String::from("quantity x multiplier is at most 10,000,000,000");
        return bad(format!("{quantity} is too large"), hint);
    }
    Ok(())
}

/// Whether the engine can still reckon with so much more.
fn check_room(state: &State, id: InstrumentId, quantity: Quantity) -> Result<(), Refusal> {
    if state.has_room_for(state.instrument(id).spec.size(quantity)) {
        return Ok(());
    }
    let message = String::from("everything that is open would be too large to reckon with");
    Err(refuse(RefusalCode::BadQuantity, "quantity", message, "check the unit"))
}

fn closed_to_entries(scope: Scope, closed: Closed) -> Refusal {
    match closed {
        Closed::Killed => refuse(
            RefusalCode::Killed,
            "",
            "the kill switch is engaged: no entries",
            "release it first; positions that are open already can be adopted",
        ),
        Closed::Halted => refuse(
            RefusalCode::Halted,
            "",
            format!("{scope} is halted: no entries"),
            "resume it first",
        ),
        Closed::ShutDown => refuse(
            RefusalCode::EntriesBlocked,
            "strategy",
            format!("strategy {scope} was shut down: no entries"),
            "reset the strategy when you know why it was",
        ),
        Closed::Latched(rule) => refuse(
            RefusalCode::EntriesBlocked,
            "",
            format!("{} {} has fired on {scope}: no entries", rule.kind, rule.rule),
            "reset the rule, or wait for the next session day if it is a daily one",
        ),
    }
}

fn trade_of(state: &State, id: TradeId) -> Result<&Trade, Refusal> {
    known(state, Scope::Trade(id))?;
    Ok(state.trade(id))
}

fn wrong_state(trade: &Trade, hint: &str) -> Refusal {
    refuse(
        RefusalCode::WrongState,
        "trade",
        format!("trade {} is {}", trade.id, trade.status),
        hint,
    )
}

pub(super) fn check_increase(
    state: &State,
    id: TradeId,
    quantity: Quantity,
    price: Option<Price>,
) -> Result<(), Refusal> {
    let trade = trade_of(state, id)?;
    if trade.status != TradeStatus::Open {
        return Err(wrong_state(trade, "only an open trade can be added to"));
    }
    check_quantity(state, trade.terms.instrument, quantity)?;
    let asked_for =
        i128::from(trade.entered.0) + i128::from(trade.planned.0) + i128::from(quantity.0);
    if asked_for * i128::from(trade.multiplier) > MOST_SIZE {
        let message = format!("trade {id} would become too large");
        return Err(refuse(RefusalCode::BadQuantity, "quantity", message, "open another trade"));
    }
    check_room(state, trade.terms.instrument, quantity)?;
    if let Some((scope, closed)) = state.bar_to_entry(state.scopes_of(id)) {
        return Err(closed_to_entries(scope, closed));
    }
    let more = NewTrade {
        entry: price.map_or(Entry::AtMark, |price| Entry::Filled { price }),
        ..trade.terms.clone()
    };
    match entry_price(state, &more)? {
        Some(price) => check_price(state, more.instrument, price),
        None => Ok(()),
    }
}

pub(super) fn check_cancel(state: &State, id: TradeId) -> Result<(), Refusal> {
    let trade = trade_of(state, id)?;
    if trade.status == TradeStatus::Pending {
        return Ok(());
    }
    Err(wrong_state(trade, "only a pending trade can be cancelled; exit one that is open"))
}

pub(super) fn check_exit(
    state: &State,
    id: TradeId,
    quantity: Option<Quantity>,
) -> Result<(), Refusal> {
    let trade = trade_of(state, id)?;
    // All that a part leaves behind follows it; a second part would not know of what.
    let is_taken = trade.exit.is_some() && (quantity.is_some() || trade.leaves_whole());
    if !trade.is_held() || is_taken {
        return Err(wrong_state(trade, "only a trade that is open and not exiting can be exited"));
    }
    if let Some(quantity) = quantity {
        check_quantity(state, trade.terms.instrument, quantity)?;
        if quantity > trade.open {
            let message = format!("{quantity} is more than the {} that is open", trade.open);
            return Err(refuse(
                RefusalCode::BadQuantity,
                "quantity",
                message,
                "an exit never reverses",
            ));
        }
    }
    Ok(())
}

pub(super) fn check_re_entry(state: &State, id: TradeId, entry: Entry) -> Result<(), Refusal> {
    let trade = trade_of(state, id)?;
    if trade.status != TradeStatus::Closed {
        return Err(wrong_state(trade, "only a closed trade can be re-entered"));
    }
    check_new(state, &again(state, id, entry))
}

pub(super) fn check_roll(
    state: &State,
    id: TradeId,
    into: InstrumentId,
    entry: Entry,
) -> Result<(), Refusal> {
    check_exit(state, id, None)?;
    if state.trade(id).exit.is_some() {
        return Err(wrong_state(state.trade(id), "wait until the part that leaves has left"));
    }
    known_instrument(state, into)?;
    check_new(state, &rolled(state, id, into, entry))
}

/// The last generation of the leg that `id` belongs to: a trade, and all that re-entered it.
fn latest_generation(state: &State, id: TradeId) -> u32 {
    let first = |id: TradeId| {
        let before = |id: &TradeId| {
            let trade = state.trade(*id);
            trade.after.filter(|_| trade.generation > 0)
        };
        core::iter::successors(Some(id), before).last()
    };
    let leg = state.trades.iter().filter(|trade| first(trade.id) == first(id));
    leg.map(|trade| trade.generation).max().unwrap_or_default()
}

/// The same terms for the next generation, with the rules that stand on the trade now.
fn again(state: &State, id: TradeId, entry: Entry) -> NewTrade {
    let trade = state.trade(id);
    NewTrade { entry, rules: drafts(state, trade), ..trade.terms.clone() }
}

/// The same position in another contract; rules at a fixed price stay behind.
fn rolled(state: &State, id: TradeId, into: InstrumentId, entry: Entry) -> NewTrade {
    let trade = state.trade(id);
    let mut rules = drafts(state, trade);
    rules.retain(|draft| !is_at_a_price(draft));
    NewTrade { instrument: into, quantity: trade.open, entry, rules, ..trade.terms.clone() }
}

fn drafts(state: &State, trade: &Trade) -> Vec<RuleDraft> {
    let rules = trade.rules.iter().map(|id| state.rule(*id)).filter(|rule| !rule.is_removed);
    rules.map(|rule| rule.draft.clone().into()).collect()
}

fn is_at_a_price(draft: &RuleDraft) -> bool {
    use crate::rules::spec::ArmAt;
    match &draft.spec {
        RuleSpec::Price(
            PriceRule::StopLoss { at: Place::Price(_) }
            | PriceRule::Target { at: Place::Price(_) }
            | PriceRule::Step { start: Place::Price(_), .. }
            | PriceRule::Step { from: Some(_), .. }
            | PriceRule::Trail { arm_at: Some(ArmAt::Price(_)), .. }
            | PriceRule::Keep { arm_at: Some(ArmAt::Price(_)), .. },
        ) => true,
        RuleSpec::Price(_) | RuleSpec::Mtm(_) => false,
    }
}
