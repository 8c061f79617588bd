//! Exits: one intent per trade and turn, filled at once where nobody else fills.

use crate::Engine;
use crate::event::{Cause, Event, ExitReason};
use crate::ids::*;
use crate::input::{Fill, FillMode, Side};
use crate::money::{Money, Price, Quantity};
use crate::rules::level::price_of;
use crate::state::trade::MOST_ATTEMPTS;
use crate::state::{FillName, charge};
use crate::view::TradeStatus;
use alloc::string::String;
use alloc::vec::Vec;

impl Engine {
    /// Decides an exit of `quantity`; with nobody to fill it, it fills at `price` (else at the mark, else at the entry).
    pub(crate) fn exit(
        &mut self,
        id: TradeId,
        quantity: Quantity,
        cause: Cause,
        price: Option<Price>,
    ) {
        let trade = self.state.trade(id);
        assert!(trade.exit.is_none(), "one exit in flight per trade");
        assert!(quantity > Quantity::ZERO && quantity <= trade.open, "an exit is for what is open");
        let intent = IntentId { trade: id, attempt: trade.attempts + 1 };
        let side = trade.side().opposite();
        let account = &self.state.accounts[trade.terms.account.index()];
        let price = price
            .or_else(|| self.state.trade_mark(trade, None))
            .or_else(|| trade.open_entry_price());
        let fills = match account.fills {
            FillMode::Tracking => price,
            FillMode::Orders => None,
        };
        self.exited.insert(id);
        if quantity == trade.open {
            self.end_entry(id);
        }
        self.emit(Event::ExitDecided { intent, quantity, cause: cause.into() });
        if let Some(price) = fills {
            self.fill_at(id, FillName::Exit(intent).text(), side, quantity, price);
        }
    }

    /// Books an execution of our own making, with its charges.
    pub(crate) fn fill_at(
        &mut self,
        trade: TradeId,
        id: alloc::string::String,
        side: Side,
        quantity: Quantity,
        price: Price,
    ) {
        let held = self.state.trade(trade);
        let rates = &self.state.instrument(held.terms.instrument).spec.charges;
        let charges = charge(rates, side, quantity.value(price, held.multiplier));
        let at = self.state.now;
        self.emit(Event::Filled(Fill { id, trade, side, quantity, price, charges, at }));
        if side != self.state.trade(trade).side() {
            self.count_anew(trade);
        }
    }

    /// What is filled is not rejected: of a trade of which something was exited, rejections count anew.
    pub(crate) fn count_anew(&mut self, trade: TradeId) {
        if self.state.trade(trade).rejections > 0 {
            self.emit(Event::RejectionsForgotten { trade });
        }
    }

    /// What an exit without a rule of the trade's own is valued at.
    pub(crate) fn plain_cause(&self, id: TradeId, reason: ExitReason) -> Cause {
        let trade = self.state.trade(id);
        let quote = &self.state.instrument(trade.terms.instrument).quote;
        let mark = self.state.trade_mark(trade, None);
        let (best, best_at) = self.state.best(trade);
        Cause {
            reason,
            mark,
            mark_at: mark.map(|_| quote.at),
            source: mark.map(|_| quote.source),
            level: None,
            best: best.map(|best| price_of(trade.side(), best)),
            best_at,
        }
    }

    /// Exits all of a trade, now or as soon as the exit that is under way allows.
    pub(crate) fn exit_or_defer(&mut self, id: TradeId, reason: &ExitReason) {
        let trade = self.state.trade(id);
        let is_given_up = trade.rejections >= MOST_ATTEMPTS && !matches!(reason, ExitReason::Kill);
        if !trade.is_held() || is_given_up {
            return;
        }
        let cause = self.plain_cause(id, reason.clone());
        if trade.exit.is_none() && !self.exited.contains(id) {
            let open = trade.open;
            self.exit(id, open, cause, None);
        } else {
            self.defer(id, cause);
        }
    }

    /// A trade that leaves wholly is not entered any more: what its entry order still had to bring is called back.
    pub(crate) fn end_entry(&mut self, id: TradeId) {
        if self.state.trade(id).planned > Quantity::ZERO {
            let reason = String::from("its trade ends");
            self.emit(Event::EntryEnded { trade: id, reason });
        }
    }

    /// Notes a whole exit that follows when the exit under way, or this input, has ended.
    pub(crate) fn defer(&mut self, id: TradeId, cause: Cause) {
        self.end_entry(id);
        // What a person decides takes the place of what is not sent any more.
        let is_void = self.state.deferred.get(&id).is_none_or(|waiting| {
            self.state.trade(id).rejections >= MOST_ATTEMPTS
                && !is_by_a_person(&waiting.cause.reason)
        });
        if is_void {
            self.emit(Event::ExitDeferred { trade: id, cause: cause.into() });
        }
    }

    /// Exits the trades whose whole exit had to wait for another.
    pub(crate) fn exit_deferred(&mut self) {
        if self.state.deferred.is_empty() {
            return;
        }
        for (id, waiting) in self.state.deferred.clone() {
            let trade = self.state.trade(id);
            let is_its_turn = waiting.turn < self.state.turn && !self.exited.contains(id);
            let is_free = trade.is_held() && trade.exit.is_none();
            // After too many rejections only what a person decided is still sent.
            let is_sent = trade.rejections < MOST_ATTEMPTS || is_by_a_person(&waiting.cause.reason);
            if is_free && is_its_turn && is_sent {
                let cause = self.plain_cause(id, waiting.cause.reason);
                let open = trade.open;
                self.exit(id, open, cause, None);
            }
        }
    }

    pub(crate) fn exit_all_of(&mut self, instrument: InstrumentId, reason: &ExitReason) {
        for id in self.state.instrument(instrument).open_trades.iter().collect::<Vec<_>>() {
            if self.state.trade(id).can_exit() && !self.exited.contains(id) {
                self.exit_or_defer(id, reason);
            }
        }
    }

    /// Cancels what is pending in a scope.
    pub(crate) fn cancel_pending(&mut self, scope: Scope, reason: &str) {
        for id in self.live(scope) {
            if self.state.trade(id).status == TradeStatus::Pending {
                self.emit(Event::TradeCancelled { trade: id, reason: reason.into() });
            }
        }
    }

    pub(crate) fn live(&self, scope: Scope) -> Vec<TradeId> {
        self.state.books.get(scope).map(|book| book.live.iter().collect()).unwrap_or_default()
    }

    /// The held trades of a scope in the order in which they leave.
    pub(crate) fn leaving(&self, scope: Scope) -> Vec<TradeId> {
        self.state.leaving(scope)
    }

    /// The life mtm of a trade at a mark of `kind`.
    pub(crate) fn life_mtm(&self, id: TradeId, kind: Option<crate::instrument::MarkKind>) -> Money {
        let trade = self.state.trade(id);
        trade.mtm(crate::rules::spec::Window::Life, self.state.trade_mark(trade, kind))
    }
}

fn is_by_a_person(reason: &ExitReason) -> bool {
    match reason {
        ExitReason::Operator { .. } | ExitReason::Roll | ExitReason::Kill => true,
        ExitReason::Rule(_)
        | ExitReason::MovedToCost { .. }
        | ExitReason::EnteredWhileClosed { .. }
        | ExitReason::Stale
        | ExitReason::Settlement
        | ExitReason::External => false,
    }
}
