//! One line of memory for each instrument that says which ticks are like the last but for their price.
//!
//! Inside its bounds a tick passes every check, meets nobody and moves no best, so that it is taken by a few comparisons,
//! whatever is open. A lane is opened after a quiet tick and closed by every event that may change what it says of its
//! instrument; an event that may change what any says closes all, in O(1). A lane that is closed costs time, no more.

use crate::ids::*;
use crate::money::Price;
use crate::tick::{Tick, TickKind};
use crate::time::{Span, Timestamp};
use alloc::vec::Vec;

#[derive(Clone, Debug, Default)]
pub(crate) struct Lanes {
    /// Lanes of an earlier age are closed.
    age: u64,
    lanes: Vec<Lane>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Lane {
    pub(crate) age: u64,
    /// The last price, and when it was made.
    pub(crate) last: Price,
    pub(crate) at: Timestamp,
    /// Prices between these, both left out, mean nothing.
    pub(crate) low: Price,
    pub(crate) high: Price,
    pub(crate) source: SourceId,
    /// Where the instrument keeps the last tick of that source.
    pub(crate) feed: usize,
    /// What prices are multiples of, where others are refused.
    pub(crate) tick_size: Option<Price>,
    /// How far ahead of the engine's clock a tick may be.
    pub(crate) ahead: Option<Span>,
    /// The session.
    pub(crate) open: Timestamp,
    pub(crate) close: Timestamp,
}

impl Lane {
    /// One that takes nothing.
    pub(crate) const SHUT: Lane = Lane {
        age: 0,
        last: Price::ZERO,
        at: Timestamp(0),
        low: Price::ZERO,
        high: Price::ZERO,
        source: SourceId(0),
        feed: 0,
        tick_size: None,
        ahead: None,
        open: Timestamp(0),
        close: Timestamp(0),
    };

    fn takes(&self, tick: &Tick, now: Timestamp) -> Option<Price> {
        let price = tick.last?;
        let is_plain = tick.kind == TickKind::Regular
            && tick.source == self.source
            && tick.bid.is_none()
            && tick.ask.is_none()
            && tick.sequence.is_none();
        let follows = self.at < tick.at || (self.at == tick.at && self.last != price);
        let is_usual = is_plain
            && follows
            && self.low < price
            && price < self.high
            && self.open <= tick.at
            && tick.at < self.close
            && self.tick_size.is_none_or(|size| price.0 % size.0 == 0)
            && self.ahead.is_none_or(|span| tick.at <= now.plus(span));
        is_usual.then_some(price)
    }
}

impl Lanes {
    pub(crate) fn define(&mut self) {
        self.lanes.push(Lane::SHUT);
        self.age = self.age.max(1);
    }

    /// By how much a tick moves the price and where its source is kept, if nothing else follows from it at `now`; the lane
    /// moves with it.
    pub(crate) fn pass(&mut self, tick: &Tick, now: Timestamp) -> Option<(i64, usize)> {
        let lane = self.lanes.get_mut(tick.instrument.index())?;
        if lane.age != self.age {
            return None;
        }
        let price = lane.takes(tick, now)?;
        let step = price.0 - lane.last.0;
        (lane.last, lane.at) = (price, tick.at);
        Some((step, lane.feed))
    }

    pub(crate) fn open(&mut self, instrument: InstrumentId, lane: Lane) {
        self.lanes[instrument.index()] = Lane { age: self.age, ..lane };
    }

    pub(crate) fn close(&mut self, instrument: InstrumentId) {
        self.lanes[instrument.index()].age = 0;
    }

    pub(crate) fn close_all(&mut self) {
        self.age += 1;
    }
}
