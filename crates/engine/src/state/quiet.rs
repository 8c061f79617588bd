//! The fast path: a tick from which nothing follows but its price.
//!
//! It does what [`State::apply`] does with such a mark, without what turns out to be nothing: it looks at its instrument
//! alone, allocates nothing, and costs the same whatever is open, plus a sum for each scope that holds the instrument.
//! Anything unusual is left to the general path, which takes any tick.

use super::State;
use super::is_jump;
use super::market::{Instrument, Quote, is_in_session};
use crate::event::Event;
use crate::ids::*;
use crate::index::lanes::Lane;
use crate::index::rows::Valued;
use crate::input::{Command, Side, TickOrder};
use crate::instrument::MarkKind;
use crate::money::{LARGEST, MILLION, Price};
use crate::rules::level::x;
use crate::tick::{Tick, TickKind};
use crate::time::Timestamp;

/// What a quiet tick makes of the quote.
#[derive(Clone, Copy)]
struct Quiet {
    quote: Quote,
    before: Valued,
    after: Valued,
}

impl State {
    /// Takes in a tick at `now` if nothing follows from it but a mark; says whether it was such a one. What time alone brings
    /// is another's to know, and scopes that it touches are yet to be settled.
    pub(crate) fn mark_quietly(&mut self, tick: &Tick, now: Timestamp) -> bool {
        if self.pass(tick, now) {
            return true;
        }
        let Some(quiet) = self.quiet(tick, now) else { return false };
        self.take_quietly(tick, now, quiet);
        true
    }

    /// What a tick at `now` does, if nothing follows from it but a mark.
    fn quiet(&self, tick: &Tick, now: Timestamp) -> Option<Quiet> {
        let id = tick.instrument;
        let instrument = self.instruments.get(id.index())?;
        let is_usual = instrument.takes_plainly(tick, now)
            && self.profile.order == TickOrder::RatchetThenTest
            && (self.sessions.is_empty()
                || is_in_session(self.sessions.get(&instrument.spec.venue), tick.at));
        if !is_usual {
            return None;
        }
        let (quote, before) = (instrument.quote.after(tick), instrument.valued(None));
        let after = Valued::by(&quote, instrument.spec.mark, false);
        let (long, short) = (x(Side::Buy, after.long?), x(Side::Sell, after.short?));
        let is_quiet = self.index.is_calm(id, [Some(long), Some(short)], tick.at)
            && self.index.rows.moves_by_steps(id, before, after)
            && instrument.spec.checks.jump.is_none_or(|filter| {
                before.long.is_some_and(|before| !is_jump(before.0, long, filter))
            });
        is_quiet.then_some(Quiet { quote, before, after })
    }

    /// Takes in a tick at `now` from which nothing follows but its price, if it is known to be one; says whether it was.
    fn pass(&mut self, tick: &Tick, now: Timestamp) -> bool {
        let id = tick.instrument;
        let Some((step, feed)) = self.index.lanes.pass(tick, now) else { return false };
        let instrument = &mut self.instruments[id.index()];
        instrument.quote.last = tick.last;
        (instrument.quote.at, instrument.accepted_at) = (tick.at, Some(now));
        instrument.feeds.remember_next(feed, tick);
        self.index.rows.step(id, step, &mut self.touched);
        self.index.met.clear();
        true
    }

    /// Lets ticks pass that are like the one that was taken in last, if it was plain.
    fn open_lane(&mut self, tick: &Tick) {
        self.index.lanes.close(tick.instrument);
        let (id, instrument) = (tick.instrument, self.instrument(tick.instrument));
        let is_plain = instrument.spec.mark == MarkKind::Last
            && tick.bid.is_none()
            && tick.ask.is_none()
            && tick.sequence.is_none()
            && instrument.quote.source == tick.source;
        let (Some(last), Some((low, high)), Some(feed)) =
            (tick.last, self.index.calm(id), instrument.feeds.place(tick.source))
        else {
            return;
        };
        if !is_plain || self.index.is_off {
            return;
        }
        let checks = &instrument.spec.checks;
        let (mut low, mut high) = (low.max(0), high.min(LARGEST + 1));
        if let Some((bottom, top)) = checks.band {
            (low, high) = (low.max(bottom.0 - 1), high.min(top.0 + 1));
        }
        if let Some(filter) = checks.jump {
            // From any price this near to the last one to any other is no jump.
            let part = i128::from(filter.0) * i128::from(last.0);
            let near = part / (i128::from(filter.0) + 2 * i128::from(MILLION));
            let near = i64::try_from(near).unwrap_or(0);
            (low, high) = (low.max(last.0 - near - 1), high.min(last.0 + near + 1));
        }
        let session = self.sessions.get(&instrument.spec.venue);
        let lane = Lane {
            last,
            at: tick.at,
            low: Price(low),
            high: Price(high),
            source: tick.source,
            feed,
            tick_size: checks.on_tick_size.then_some(instrument.spec.tick_size),
            ahead: checks.future_after,
            open: session.map_or(Timestamp(i64::MIN), |session| session.open),
            close: session.map_or(Timestamp(i64::MAX), |session| session.close),
            age: 0,
        };
        self.index.lanes.open(id, lane);
    }

    /// Closes the lanes whose bounds an event may have changed.
    pub(super) fn close_lanes(&mut self, event: &Event) {
        match event {
            Event::Accepted { what, .. } if matches!(**what, Command::AddTrade(_)) => {}
            Event::TickRefused { instrument, .. } => {
                instrument.iter().for_each(|id| self.index.lanes.close(*id));
            }
            Event::Filled(fill) => self.close_lanes_of(fill.trade),
            Event::ExitDecided { intent, .. } => self.close_lanes_of(intent.trade),
            Event::RuleSet { scope: Scope::Trade(trade), .. } => self.close_lanes_of(*trade),
            _ => self.index.lanes.close_all(),
        }
    }

    fn close_lanes_of(&mut self, trade: TradeId) {
        let own = self.trade(trade).terms.instrument;
        self.index.lanes.close(own);
        if let Some(underlying) = self.instrument(own).spec.underlying {
            self.index.lanes.close(underlying);
        }
    }

    fn take_quietly(&mut self, tick: &Tick, now: Timestamp, quiet: Quiet) {
        let instrument = &mut self.instruments[tick.instrument.index()];
        instrument.quote = quiet.quote;
        instrument.feeds.remember(tick);
        instrument.accepted_at = Some(now);
        instrument.calm_down();
        self.index.met.clear();
        let Quiet { before, after, .. } = quiet;
        self.index.rows.mark(tick.instrument, before, after, &self.books, &mut self.touched);
        if let (Some(long), Some(short)) = (after.long, after.short) {
            let marks = [x(Side::Buy, long), x(Side::Sell, short)];
            self.index.raise_calmly(tick.instrument, marks, tick.at);
            self.open_lane(tick);
        }
    }
}

impl Instrument {
    /// It is a tick like the last, of the same source, and no check stands in its way.
    fn takes_plainly(&self, tick: &Tick, now: Timestamp) -> bool {
        let is_usual = self.held.is_none()
            && !self.gap_held
            && !self.expects_open
            && self.stale_since.is_none()
            && self.bars.is_empty()
            && self.watchers.is_empty();
        let checks = &self.spec.checks;
        let is_plain = |price: Price| {
            price > Price::ZERO
                && price.0 <= LARGEST
                && (!checks.on_tick_size || price.0 % self.spec.tick_size.0 == 0)
                && checks.band.is_none_or(|(low, high)| low <= price && price <= high)
        };
        let is_book_plain = match (tick.bid, tick.ask) {
            (None, None) => true,
            (Some(bid), Some(ask)) => is_plain(bid) && is_plain(ask) && bid <= ask,
            (Some(_), None) | (None, Some(_)) => false,
        };
        let Some(last) = tick.last else { return false };
        is_usual
            && tick.kind == TickKind::Regular
            && is_plain(last)
            && is_book_plain
            && checks.future_after.is_none_or(|span| tick.at <= now.plus(span))
            && self.follows(tick)
    }

    fn follows(&self, tick: &Tick) -> bool {
        let Some(feed) = self.feeds.get(tick.source) else { return false };
        let before = &feed.tick;
        let is_new = before.at < tick.at || before.last != tick.last;
        is_new
            && before.at <= tick.at
            && match (feed.sequence, tick.sequence) {
                (None, None) => true,
                (Some(last), Some(next)) => next > last,
                (Some(_), None) | (None, Some(_)) => false,
            }
    }
}
