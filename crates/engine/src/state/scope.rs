//! A scope's book: what it holds, what it has earned, its peaks, and whether it takes entries.

use crate::ids::*;
use crate::index::rows::{Holding, Valued};
use crate::input::Side;
use crate::money::{Money, Price};
use crate::rules::spec::{RuleRef, Window};
use crate::state::roster::Roster;
use crate::state::trade::Trade;
use crate::time::Timestamp;
use crate::wide;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Book {
    pub(crate) exposures: BTreeMap<InstrumentId, Exposure>,
    pub(crate) session: Tally,
    pub(crate) life: Tally,
    /// Mtm rules on this scope, by id.
    pub(crate) rules: Vec<RuleId>,
    /// Trades that are pending or held.
    pub(crate) live: Roster,
    pub(crate) total_trades: u32,
    pub(crate) opened_today: u32,
    pub(crate) margin: Money,
    /// The sum of entry value over all entry fills.
    pub(crate) premium: Money,
    pub(crate) blocks: Vec<Block>,
    pub(crate) halted: Option<String>,
}

/// What was earned in one window, and the highest mtm in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) realised: Money,
    pub(crate) charges: Money,
    pub(crate) peak: Money,
    pub(crate) peak_at: Option<Timestamp>,
}

/// Net holdings in one instrument, longs and shorts apart: with one mark each, mtm is linear in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Exposure {
    pub(crate) long: Leg,
    pub(crate) short: Leg,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Leg {
    pub(crate) size: i128,
    pub(crate) session_cost: Money,
    pub(crate) life_cost: Money,
}

/// A rule that keeps entries out, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Block {
    pub(crate) by: RuleRef,
    pub(crate) until: Option<Timestamp>,
}

/// What a trade adds to each of its scopes, or what is added to that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    side: Side,
    size: i128,
    session_cost: Money,
    life_cost: Money,
    session_realised: Money,
    life_realised: Money,
    session_charges: Money,
    life_charges: Money,
    premium: Money,
}

impl Tally {
    /// Moves the peak to an mtm that is higher.
    pub(crate) fn see(&mut self, mtm: Money, at: Timestamp) {
        if mtm > self.peak {
            (self.peak, self.peak_at) = (mtm, Some(at));
        }
    }
}

impl Share {
    pub(crate) fn of(trade: &Trade) -> Share {
        Share {
            side: trade.side(),
            size: trade.size(),
            session_cost: trade.session.cost,
            life_cost: trade.life.cost,
            session_realised: trade.session.realised,
            life_realised: trade.life.realised,
            session_charges: trade.session.charges,
            life_charges: trade.life.charges,
            premium: trade.entry_value,
        }
    }

    /// What this adds more than the trade did `before`.
    pub(crate) fn since(&self, before: &Share) -> Share {
        Share {
            side: self.side,
            size: self.size - before.size,
            session_cost: self.session_cost - before.session_cost,
            life_cost: self.life_cost - before.life_cost,
            session_realised: self.session_realised - before.session_realised,
            life_realised: self.life_realised - before.life_realised,
            session_charges: self.session_charges - before.session_charges,
            life_charges: self.life_charges - before.life_charges,
            premium: self.premium - before.premium,
        }
    }

    /// What it has earned by the session and by its life.
    pub(in crate::state) fn realised(&self) -> (Money, Money) {
        (self.session_realised, self.life_realised)
    }

    /// What it has gained by the session and by its life; at cost without a mark.
    pub(crate) fn gains(&self, at: Valued) -> (Money, Money) {
        let (mark, sign) = match self.side {
            Side::Buy => (at.long, 1),
            Side::Sell => (at.short, -1),
        };
        let Some(mark) = mark else { return (Money::ZERO, Money::ZERO) };
        let value = wide::times(self.size, mark.0);
        (Money((value - self.session_cost.0) * sign), Money((value - self.life_cost.0) * sign))
    }
}

impl Leg {
    fn unrealised(&self, window: Window, mark: Option<Price>) -> Money {
        let cost = match window {
            Window::Session => self.session_cost,
            Window::Life => self.life_cost,
        };
        mark.map_or(Money::ZERO, |mark| Money(wide::times(self.size, mark.0)) - cost)
    }
}

impl Exposure {
    pub(crate) fn holding(&self) -> Holding {
        Holding { long: self.long.size, short: self.short.size }
    }

    /// What the holdings have gained at the marks for longs and for shorts; at cost without one.
    pub(crate) fn unrealised(
        &self,
        window: Window,
        long_mark: Option<Price>,
        short_mark: Option<Price>,
    ) -> Money {
        self.long.unrealised(window, long_mark) - self.short.unrealised(window, short_mark)
    }
}

impl Book {
    pub(crate) fn tally(&self, window: Window) -> &Tally {
        match window {
            Window::Session => &self.session,
            Window::Life => &self.life,
        }
    }

    pub(crate) fn tally_mut(&mut self, window: Window) -> &mut Tally {
        match window {
            Window::Session => &mut self.session,
            Window::Life => &mut self.life,
        }
    }

    /// Adds to what it holds; says what it held of the instrument before and holds after.
    pub(in crate::state) fn shift(
        &mut self,
        instrument: InstrumentId,
        more: &Share,
    ) -> [Holding; 2] {
        let exposure = self.exposures.entry(instrument).or_default();
        let before = exposure.holding();
        let leg = match more.side {
            Side::Buy => &mut exposure.long,
            Side::Sell => &mut exposure.short,
        };
        leg.size += more.size;
        leg.session_cost += more.session_cost;
        leg.life_cost += more.life_cost;
        let after = exposure.holding();
        if after.is_empty() {
            self.exposures.remove(&instrument);
        }
        self.session.realised += more.session_realised;
        self.life.realised += more.life_realised;
        self.session.charges += more.session_charges;
        self.life.charges += more.life_charges;
        self.premium += more.premium;
        [before, after]
    }

    /// Whether `later` is this book but for peaks, and those moved at `at` if they did.
    pub(crate) fn differs_by_peaks_of(&self, later: &Book, at: Option<Timestamp>) -> bool {
        let moved_then =
            |before: &Tally, later: &Tally| later.peak_at == before.peak_at || later.peak_at == at;
        let mut same = later.clone();
        for (tally, before) in [(&mut same.session, &self.session), (&mut same.life, &self.life)] {
            (tally.peak, tally.peak_at) = (before.peak, before.peak_at);
        }
        same == *self
            && moved_then(&self.session, &later.session)
            && moved_then(&self.life, &later.life)
    }

    /// The rule that keeps entries out at `now`, if one does.
    pub(crate) fn block(&self, now: Timestamp) -> Option<&Block> {
        self.blocks.iter().find(|block| block.until.is_none_or(|until| now < until))
    }
}
