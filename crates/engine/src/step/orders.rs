//! What brokers did: fills are facts whatever we thought, and no answer is no answer.

use super::commands::next;
use super::refuse;
use crate::Engine;
use crate::event::{Event, ExitReason, RefusalCode};
use crate::ids::*;
use crate::input::{Entry, ExternalPolicy, Fill, FillMode, NewTrade, OrderNews};
use crate::money::{LARGEST, MOST_OPEN, MOST_SIZE, Money, Price, Quantity};
use crate::state::FillName;
use crate::state::trade::Trade;
use crate::view::{Closed, TradeStatus};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The most that one fill may be charged: 10^14 rupees.
const MOST_CHARGES: Money = Money::rupees(100_000_000_000_000);

impl Engine {
    pub(crate) fn order(&mut self, news: OrderNews) {
        match news {
            OrderNews::Filled(fill) => self.filled(fill),
            OrderNews::EntryRejected { trade, reason } => {
                if self.is_pending(trade) {
                    self.emit(Event::TradeRejected { trade, reason });
                } else if self.is_still_entering(trade) {
                    self.emit(Event::EntryEnded { trade, reason });
                } else {
                    self.refuse_news(trade, "is not pending: an entry can't be rejected any more");
                }
            }
            OrderNews::ExitRejected { intent, reason } => {
                if self.is_under_way(intent) {
                    self.exit_rejected(intent, reason);
                } else {
                    self.refuse_news(intent.trade, "has no such exit under way");
                }
            }
            OrderNews::ExitUnknown { intent } => {
                if self.is_under_way(intent) {
                    self.emit(Event::ExitUnknown { intent });
                } else {
                    self.refuse_news(intent.trade, "has no such exit under way");
                }
            }
            OrderNews::Position { account, instrument, net } => {
                self.position(account, instrument, net)
            }
        }
    }

    /// The trade's own rules are armed again by the rejection; what a latched scope, a kill or a `then` decided is decided again with the next input.
    fn exit_rejected(&mut self, intent: IntentId, reason: String) {
        let trade = self.state.trade(intent.trade);
        let cause = (*trade.cause).clone();
        let was_whole = trade.leaves_whole();
        self.emit(Event::ExitRejected { intent, reason });
        self.exited.insert(intent.trade);
        let Some(cause) = cause else { return };
        let stands = match &cause.reason {
            ExitReason::Rule(rule) => {
                rule.scope != Scope::Trade(intent.trade)
                    || rule.kind.is_on_mtm()
                    || self.state.rule(rule.rule).exits_by_then()
            }
            ExitReason::Kill | ExitReason::EnteredWhileClosed { .. } => true,
            ExitReason::MovedToCost { .. }
            | ExitReason::Operator { .. }
            | ExitReason::Stale
            | ExitReason::Settlement
            | ExitReason::Roll
            | ExitReason::External => false,
        };
        if stands && was_whole && self.state.trade(intent.trade).can_exit() {
            self.defer(intent.trade, cause);
        }
    }

    fn is_pending(&self, trade: TradeId) -> bool {
        let trade = self.state.trades.get(trade.index());
        trade.is_some_and(|trade| trade.status == TradeStatus::Pending)
    }

    fn is_still_entering(&self, trade: TradeId) -> bool {
        let trade = self.state.trades.get(trade.index());
        trade.is_some_and(|trade| trade.planned > Quantity::ZERO && trade.is_held())
    }

    fn is_under_way(&self, intent: IntentId) -> bool {
        let trade = self.state.trades.get(intent.trade.index());
        trade.and_then(|trade| trade.exit).is_some_and(|exit| exit.intent == intent)
    }

    fn refuse_news(&mut self, trade: TradeId, what: &str) {
        let message = format!("trade {trade} {what}");
        let hint = "compare our orders with the broker's";
        self.emit(Event::Refused(refuse(RefusalCode::WrongState, "trade", message, hint)));
    }

    fn filled(&mut self, fill: Fill) {
        let Some(trade) = self.state.trades.get(fill.trade.index()) else {
            let message = format!("there is no trade {}", fill.trade);
            let refusal = refuse(
                RefusalCode::NotFound,
                "trade",
                message,
                "adopt the position to have it watched",
            );
            return self.emit(Event::Refused(refusal));
        };
        if !self.is_plausible(&fill, trade) {
            let refusal = refuse(
                RefusalCode::BadField,
                "fill",
                "a fill has a quantity, a price and charges within range",
                "read it again",
            );
            return self.emit(Event::Refused(refusal));
        }
        // A broker's clock ahead of ours must not leave a trade unprotected until ours has caught up.
        let fill = Fill { at: fill.at.min(self.state.now), ..fill };
        let key = (trade.terms.account, FillName::from(fill.id.as_str()));
        let is_counted = self.state.accounts[key.0.index()].fills == FillMode::Tracking
            && key.1.is_counted_by(|id| self.state.trades.get(id.index()));
        if is_counted || self.state.fills_seen.iter().any(|seen| seen.contains(&key)) {
            return self.emit(Event::FillRepeated { id: fill.id, trade: fill.trade });
        }
        let is_entry = fill.side == trade.side();
        if !is_entry && fill.quantity > trade.open {
            return self.overfill(fill);
        }
        let (id, was_over) = (fill.trade, trade.closed_at.is_some());
        let leaving = (is_entry && trade.leaves_whole()).then(|| (*trade.cause).clone()).flatten();
        self.emit(Event::Filled(fill));
        if !is_entry {
            return self.count_anew(id);
        }
        if was_over {
            self.end_entry(id);
        }
        if !self.leave_if_closed(id, was_over) && was_over {
            self.leave_again(id);
        }
        // All of the trade was to leave: what came meanwhile follows, for the rule behind the exit has fired.
        if let Some(cause) = leaving {
            self.defer(id, cause);
        }
    }

    /// Whether the numbers of a fill are ones that the engine can reckon with.
    fn is_plausible(&self, fill: &Fill, trade: &Trade) -> bool {
        let size = i128::from(fill.quantity.0) * i128::from(trade.multiplier);
        let entered = i128::from(trade.entered.0) * i128::from(trade.multiplier);
        let grows = fill.side == trade.side() || fill.quantity > trade.open;
        fill.quantity > Quantity::ZERO
            && fill.price.0.unsigned_abs() <= LARGEST.unsigned_abs()
            && fill.charges.0.unsigned_abs() <= MOST_CHARGES.0.unsigned_abs()
            && size <= MOST_SIZE
            && (!grows || (entered + size <= MOST_SIZE && self.state.has_room_for(size)))
    }

    /// A fill is a fact, also in a scope that takes no entries any more: after a kill or a shutdown it leaves at once, and
    /// so it does where a rule has closed the scope, when it is `late`: its trade had ended. Says whether it leaves.
    fn leave_if_closed(&mut self, id: TradeId, late: bool) -> bool {
        // A halt, and a rule that lets its trades go on, refuse what is asked for after them; what was on its way may come.
        let ends = |closed: &Closed| late || !matches!(closed, Closed::Latched(_));
        let mut scopes = self.state.scopes_of(id);
        let closed = scopes.find_map(|scope| self.state.closed_by_a_rule(scope).filter(ends));
        let Some(closed) = closed else { return false };
        let by = match closed {
            Closed::Latched(rule) => Some(rule),
            Closed::Killed | Closed::ShutDown | Closed::Halted => None,
        };
        self.exit_or_defer(id, &ExitReason::EnteredWhileClosed { by });
        true
    }

    /// A fill into a trade that had ended: the rule that has closed it protects nothing any more.
    fn leave_again(&mut self, id: TradeId) {
        match self.state.spent_exit(id) {
            Some(rule) => self.exit_or_defer(id, &ExitReason::Rule(rule)),
            None => {
                let reason = String::from("filled after it had ended");
                self.emit(Event::TradeDegraded { trade: id, reason });
            }
        }
    }

    /// More was exited than was open: the trade closes, the rest is a position the other way that nobody asked for.
    fn overfill(&mut self, fill: Fill) {
        let trade = self.state.trade(fill.trade);
        let (open, side, terms) = (trade.open, fill.side, trade.terms.clone());
        let excess = fill.quantity - open;
        let share = fill.charges.scaled(i128::from(open.0), i128::from(fill.quantity.0));
        if open > Quantity::ZERO {
            self.emit(Event::Filled(Fill { quantity: open, charges: share, ..fill.clone() }));
            self.count_anew(fill.trade);
        }
        let reversed = TradeId(next(self.state.trades.len()));
        let entry = Entry::Filled { price: fill.price };
        let name = String::from(terms.name.as_str());
        let new = NewTrade { name, side, quantity: excess, entry, rules: Vec::new(), ..terms };
        self.emit(Event::TradeAdded {
            trade: reversed,
            new: Box::new(new),
            generation: 0,
            after: Some(fill.trade),
        });
        let charges = if open > Quantity::ZERO { fill.charges - share } else { fill.charges };
        let id = if open > Quantity::ZERO { format!("{}+", fill.id) } else { fill.id.clone() };
        self.emit(Event::Filled(Fill { id, trade: reversed, quantity: excess, charges, ..fill }));
        let reason =
            String::from("an exit filled for more than was open: this is the rest, unprotected");
        self.emit(Event::TradeDegraded { trade: reversed, reason });
        self.leave_if_closed(reversed, true);
    }

    fn position(&mut self, account: AccountId, instrument: InstrumentId, net: Option<Quantity>) {
        if account.index() >= self.state.accounts.len()
            || instrument.index() >= self.state.instruments.len()
        {
            let refusal = refuse(
                RefusalCode::NotFound,
                "account",
                "no such account or instrument",
                "define it first",
            );
            return self.emit(Event::Refused(refusal));
        }
        let Some(theirs) = net.filter(|net| i128::from(net.0).abs() <= MOST_OPEN) else {
            return self.emit(Event::PositionUnknown { account, instrument });
        };
        let live = self.live(Scope::Account(account)).into_iter();
        let ours: Vec<TradeId> =
            live.filter(|id| self.state.trade(*id).terms.instrument == instrument).collect();
        let is_moving = |id: &TradeId| {
            let trade = self.state.trade(*id);
            trade.status == TradeStatus::Pending
                || trade.exit.is_some()
                || trade.planned > Quantity::ZERO
        };
        if ours.iter().any(is_moving) {
            return;
        }
        let signed = |id: &TradeId| {
            let trade = self.state.trade(*id);
            trade.open.0 * trade.side().sign()
        };
        let held: i64 = ours.iter().map(signed).sum();
        if held == theirs.0 {
            return;
        }
        self.emit(Event::PositionDiffers { account, instrument, ours: Quantity(held), theirs });
        let shrank = held.signum() * (held - theirs.0);
        if shrank > 0 && shrank <= held.abs() {
            self.close_externally(account, &ours, held.signum(), Quantity(shrank));
        }
    }

    /// Somebody closed a part at the broker: the policy says whose it was.
    fn close_externally(
        &mut self,
        account: AccountId,
        ours: &[TradeId],
        sign: i64,
        mut left: Quantity,
    ) {
        let mut candidates: Vec<TradeId> = ours.to_vec();
        candidates.retain(|id| self.state.trade(*id).side().sign() == sign);
        match self.state.accounts[account.index()].external {
            ExternalPolicy::NewestFirst => candidates.reverse(),
            ExternalPolicy::OldestFirst => {}
        }
        for id in candidates {
            let trade = self.state.trade(id);
            let quantity = Quantity(trade.open.0.min(left.0));
            if quantity == Quantity::ZERO {
                return;
            }
            left -= quantity;
            let (side, attempt) = (trade.side().opposite(), trade.attempts + 1);
            let cause = self.plain_cause(id, ExitReason::External);
            let price: Option<Price> = cause.mark.or_else(|| trade.open_entry_price());
            let intent = IntentId { trade: id, attempt };
            self.exited.insert(id);
            self.emit(Event::ExitDecided { intent, quantity, cause: cause.into() });
            if let Some(price) = price {
                let at = self.state.now;
                let id_of_fill = format!("{intent}external");
                let charges = Money::ZERO;
                self.emit(Event::Filled(Fill {
                    id: id_of_fill,
                    trade: id,
                    side,
                    quantity,
                    price,
                    charges,
                    at,
                }));
                self.count_anew(id);
            }
        }
    }
}
