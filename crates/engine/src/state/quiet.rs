//! The fast path: a tick from which nothing follows but its price.
//!
//! It does what [`State::apply`] does with such a mark, without what turns out to be nothing: it looks at its instrument
//! alone, allocates nothing, and costs the same whatever is open, plus a sum for each scope that holds the instrument.
//! Anything unusual is left to the general path, which takes any tick.

use super::State;
use super::is_jump;
use super::market::{Instrument, Quote, is_in_session};
use crate::index::rows::Valued;
use crate::input::{Side, TickOrder};
use crate::money::{LARGEST, Price};
use crate::rules::level::x;
use crate::tick::{Tick, TickKind};
use crate::time::Timestamp;

/// What a quiet tick makes of the quote.
#[derive(Clone, Copy)]
pub(crate) struct Quiet {
    quote: Quote,
    before: Valued,
    after: Valued,
}

impl State {
    /// What a tick at `now` does, if nothing follows from it but a mark as long as time alone brings nothing either.
    pub(crate) fn quiet(&self, tick: &Tick, now: Timestamp) -> Option<Quiet> {
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

    /// Takes in a tick that is quiet; scopes that it touches are yet to be settled.
    pub(crate) fn mark_quietly(&mut self, tick: &Tick, quiet: Quiet) {
        let instrument = &mut self.instruments[tick.instrument.index()];
        instrument.quote = quiet.quote;
        instrument.remember(tick);
        instrument.accepted_at = Some(self.now);
        instrument.calm_down();
        let Quiet { before, after, .. } = quiet;
        self.index.rows.mark(tick.instrument, before, after, &self.books, &mut self.touched);
        if let (Some(long), Some(short)) = (after.long, after.short) {
            let marks = [x(Side::Buy, long), x(Side::Sell, short)];
            self.index.raise_calmly(tick.instrument, marks, tick.at);
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
        let Some(feed) = self.feeds.get(&tick.source) else { return false };
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
