//! A trade: its fills, its cost, its best, and where it is in its life.

use crate::event::Cause;
use crate::few::Few;
use crate::ids::*;
use crate::input::{Entry as EntryKind, Fill, NewTrade, Side};
use crate::money::{Money, Price, Quantity};
use crate::rare::{Memo, Rare};
use crate::rules::level::{Entry, Level, price_of, x};
use crate::rules::spec::{RuleRef, Window};
use crate::time::Timestamp;
use crate::view::TradeStatus;
use crate::wide;
use alloc::string::String;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trade {
    pub(crate) id: TradeId,
    /// Its rules are kept as rules.
    pub(crate) terms: NewTrade,
    pub(crate) multiplier: u32,
    pub(crate) generation: u32,
    pub(crate) after: Option<TradeId>,
    pub(crate) status: TradeStatus,
    pub(crate) status_reason: Rare<Option<String>>,
    /// What entry orders are still to bring.
    pub(crate) planned: Quantity,
    pub(crate) entered: Quantity,
    pub(crate) exited: Quantity,
    pub(crate) open: Quantity,
    pub(crate) life: Basis,
    pub(crate) session: Basis,
    pub(crate) entry_value: Money,
    pub(crate) exit_value: Money,
    pub(crate) fills: u32,
    /// What all of it was entered at, as far as one fill tells.
    #[serde(skip)]
    pub(in crate::state) entered_at: Memo<Price>,
    /// The average entry as the entry fills made it, once a partial exit has rounded the cost.
    #[serde(default, skip_serializing_if = "Rare::is_usual")]
    pub(in crate::state) average: Rare<Option<Entry>>,
    pub(crate) opened_at: Option<Timestamp>,
    pub(crate) closed_at: Option<Timestamp>,
    /// In x, as far as the trade was brought up to date: `State::best` tells what it is.
    pub(in crate::state) best: Option<i64>,
    pub(in crate::state) best_at: Option<Timestamp>,
    /// Price rules on it, by id.
    pub(crate) rules: Few<RuleId>,
    pub(crate) cost_stop: Rare<Option<CostStop>>,
    pub(crate) exit: Option<InFlight>,
    pub(crate) attempts: u32,
    /// Exits that a broker refused.
    pub(crate) rejections: u32,
    pub(crate) cause: Rare<Option<Cause>>,
    pub(crate) stop_at_exit: Option<Price>,
}

/// What the open quantity cost and what was earned, in one window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Basis {
    pub(crate) cost: Money,
    pub(crate) realised: Money,
    pub(crate) charges: Money,
}

/// A stop at the trade's own entry, put there by a rule elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CostStop {
    pub(crate) level: Level,
    pub(crate) by: RuleRef,
}

/// The exit that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct InFlight {
    pub(crate) intent: IntentId,
    pub(crate) remaining: Quantity,
    pub(crate) is_unknown: bool,
}

impl Trade {
    pub(crate) fn new(
        id: TradeId,
        terms: NewTrade,
        multiplier: u32,
        generation: u32,
        after: Option<TradeId>,
    ) -> Trade {
        let planned = terms.quantity;
        Trade {
            id,
            terms,
            multiplier,
            generation,
            after,
            status: TradeStatus::Pending,
            status_reason: Rare::default(),
            planned,
            entered: Quantity::ZERO,
            exited: Quantity::ZERO,
            open: Quantity::ZERO,
            life: Basis::default(),
            session: Basis::default(),
            entry_value: Money::ZERO,
            exit_value: Money::ZERO,
            fills: 0,
            entered_at: Memo(None),
            average: Rare::default(),
            opened_at: None,
            closed_at: None,
            best: None,
            best_at: None,
            rules: Few::default(),
            cost_stop: Rare::default(),
            exit: None,
            attempts: 0,
            rejections: 0,
            cause: Rare::default(),
            stop_at_exit: None,
        }
    }

    pub(crate) fn side(&self) -> Side {
        self.terms.side
    }

    pub(crate) fn is_long(&self) -> bool {
        self.terms.side == Side::Buy
    }

    /// Whether the exit on its way is of all that is open.
    pub(crate) fn leaves_whole(&self) -> bool {
        self.exit.is_some_and(|exit| exit.remaining == self.open)
    }

    pub(crate) fn is_held(&self) -> bool {
        self.status.is_held()
    }

    /// An exit may be decided: something is open and none is under way.
    pub(crate) fn can_exit(&self) -> bool {
        match self.status {
            TradeStatus::Open => self.exit.is_none(),
            TradeStatus::Degraded => self.exit.is_none() && self.rejections < MOST_ATTEMPTS,
            TradeStatus::Pending
            | TradeStatus::Exiting
            | TradeStatus::Closed
            | TradeStatus::Cancelled
            | TradeStatus::Rejected => false,
        }
    }

    /// Units of the underlying held.
    pub(crate) fn size(&self) -> i128 {
        i128::from(self.open.0) * i128::from(self.multiplier)
    }

    /// The average entry in x, which only entry fills move; `None` when nothing is open.
    pub(crate) fn entry(&self) -> Option<Entry> {
        if self.open <= Quantity::ZERO {
            return None;
        }
        Some(match (self.entered_at.0, *self.average) {
            (Some(price), _) => Entry::at(x(self.side(), price)),
            (None, Some(average)) => average,
            (None, None) => Entry::average(self.side(), self.life.cost.0, self.size()),
        })
    }

    pub(crate) fn entry_price(&self) -> Option<Price> {
        average(self.entry_value, self.entered, self.multiplier)
    }

    /// What is open was entered at this on average, half-even at 1e-8: it closes at it when no mark is known.
    pub(crate) fn open_entry_price(&self) -> Option<Price> {
        self.entry().map(|entry| price_of(self.side(), entry.rounded()))
    }

    pub(crate) fn exit_price(&self) -> Option<Price> {
        average(self.exit_value, self.exited, self.multiplier)
    }

    pub(crate) fn basis(&self, window: Window) -> &Basis {
        match window {
            Window::Session => &self.session,
            Window::Life => &self.life,
        }
    }

    /// What the open quantity has gained at `mark`; at cost without one.
    pub(crate) fn unrealised(&self, window: Window, mark: Option<Price>) -> Money {
        mark.map_or(Money::ZERO, |mark| {
            self.signed(self.open.value(mark, self.multiplier) - self.basis(window).cost)
        })
    }

    pub(crate) fn mtm(&self, window: Window, mark: Option<Price>) -> Money {
        self.basis(window).realised + self.unrealised(window, mark)
    }

    fn signed(&self, amount: Money) -> Money {
        if self.is_long() { amount } else { -amount }
    }

    /// Books an execution.
    pub(crate) fn fill(&mut self, fill: &Fill, adopted_best: Option<Price>, best_from_mark: bool) {
        assert!(fill.quantity > Quantity::ZERO, "fills have positive quantity");
        let value = fill.quantity.value(fill.price, self.multiplier);
        for basis in [&mut self.life, &mut self.session] {
            basis.charges += fill.charges;
        }
        self.fills += 1;
        if fill.side == self.side() {
            self.enter(fill, value, adopted_best, best_from_mark);
        } else {
            self.leave(fill, value);
        }
    }

    fn enter(
        &mut self,
        fill: &Fill,
        value: Money,
        adopted_best: Option<Price>,
        best_from_mark: bool,
    ) {
        let is_first = self.opened_at.is_none();
        self.entered_at = Memo(is_first.then_some(fill.price));
        self.average.set(None);
        self.planned = Quantity((self.planned.0 - fill.quantity.0).max(0));
        self.entered += fill.quantity;
        self.open += fill.quantity;
        self.entry_value += value;
        for basis in [&mut self.life, &mut self.session] {
            basis.cost += value;
        }
        if is_first {
            self.opened_at = Some(fill.at);
            let best = match self.terms.entry {
                EntryKind::Adopted { .. } => adopted_best,
                EntryKind::Filled { .. } | EntryKind::AtMark if best_from_mark => None,
                EntryKind::Filled { .. } | EntryKind::AtMark => Some(fill.price),
            };
            self.best = best.map(|price| x(self.side(), price));
            self.best_at = self.best.map(|_| fill.at);
        }
        match self.status {
            TradeStatus::Pending => self.status = TradeStatus::Open,
            TradeStatus::Cancelled | TradeStatus::Rejected | TradeStatus::Closed => {
                self.degrade("filled after it had ended");
                self.closed_at = None;
            }
            TradeStatus::Open | TradeStatus::Exiting | TradeStatus::Degraded => {}
        }
    }

    fn leave(&mut self, fill: &Fill, value: Money) {
        assert!(fill.quantity <= self.open, "an exit never exceeds the open quantity");
        let (taken, open) = (i128::from(fill.quantity.0), i128::from(self.open.0));
        let is_long = self.is_long();
        self.keep_average(taken, open);
        for basis in [&mut self.life, &mut self.session] {
            let cost = if taken == open {
                basis.cost
            } else {
                Money(wide::mul_div_half_even(basis.cost.0, taken, open))
            };
            basis.cost -= cost;
            basis.realised += if is_long { value - cost } else { cost - value };
        }
        self.open -= fill.quantity;
        self.exited += fill.quantity;
        self.exit_value += value;
        if let Some(exit) = &mut self.exit {
            exit.remaining = Quantity((exit.remaining.0 - fill.quantity.0).max(0));
        }
        if self.open == Quantity::ZERO {
            self.status = TradeStatus::Closed;
            self.closed_at = Some(fill.at);
            self.exit = None;
        } else if self.exit.is_some_and(|exit| exit.remaining == Quantity::ZERO) {
            self.status = TradeStatus::Open;
            self.exit = None;
        }
    }

    /// Remembers the average entry before a part leaves at a cost that is rounded, so that the rounding moves no level.
    fn keep_average(&mut self, taken: i128, open: i128) {
        let is_exact = taken == open || self.life.cost.0 % open * taken % open == 0;
        if !is_exact && self.average.is_none() {
            let entry = self.entry();
            self.average.set(entry);
        }
    }

    /// Something is wrong with it that a person should see.
    pub(crate) fn degrade(&mut self, reason: &str) {
        self.status = TradeStatus::Degraded;
        self.status_reason.set(Some(String::from(reason)));
    }

    /// Moves best to `mark` if it is better; says whether it was.
    pub(crate) fn see(&mut self, mark: Price, at: Timestamp) -> bool {
        let here = x(self.side(), mark);
        let is_better = self.best.is_none_or(|best| here > best);
        if is_better {
            (self.best, self.best_at) = (Some(here), Some(at));
        }
        is_better
    }
}

/// Exits that may be decided for one trade before it waits for a person.
pub(crate) const MOST_ATTEMPTS: u32 = 5;

fn average(value: Money, quantity: Quantity, multiplier: u32) -> Option<Price> {
    let size = i128::from(quantity.0) * i128::from(multiplier);
    (size > 0)
        .then(|| wide::div_half_even(value.0, size))
        .and_then(|units| i64::try_from(units).ok())
        .map(Price)
}
