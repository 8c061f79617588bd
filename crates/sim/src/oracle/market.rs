//! Steps 1 and 2: which ticks count, what they make of the market, sessions and staleness.

use super::book::{Book, Held, Instrument};
use super::shared::Shared;
use super::{Moment, Oracle, bars};
use crate::fact::Fact;
use highmark_engine::{
    Fraction, InstrumentId, LARGEST, MILLION, Session, Side, StalePolicy, Tick, TickKind,
    TickRefusal, Timestamp,
};

const SECOND: i64 = 1_000_000_000;

/// `|new - old| > old x share`, exactly.
fn jumps(old: i64, new: i64, share: Fraction) -> bool {
    let apart = (i128::from(new) - i128::from(old)).abs() * i128::from(MILLION);
    apart > i128::from(old).abs() * i128::from(share.0)
}

/// The three prices of a tick as they would count: zero sides and crossed books dropped.
fn counted(tick: &Tick, allow_negative: bool) -> [Option<i64>; 3] {
    let side = |price: Option<highmark_engine::Price>| {
        price.map(|price| price.0).filter(|price| *price != 0 || allow_negative)
    };
    let (bid, ask) = (side(tick.bid), side(tick.ask));
    let crossed = bid.zip(ask).is_some_and(|(bid, ask)| bid > ask);
    let last = tick.last.map(|price| price.0);
    if crossed { [last, None, None] } else { [last, bid, ask] }
}

impl Oracle {
    pub(super) fn tick(&mut self, tick: &Tick) {
        let Some(instrument) = self.book.instruments.get(tick.instrument.0 as usize) else {
            self.say(Fact::TickRefused(None, TickRefusal::UnknownInstrument));
            return;
        };
        let refusal =
            malformed(instrument, tick, self.book.now).or_else(|| self.untimely(instrument, tick));
        if let Some(refusal) = refusal {
            self.say(Fact::TickRefused(Some(tick.instrument), refusal));
            if matches!(refusal, TickRefusal::Zero | TickRefusal::Negative) {
                self.suspect(tick.instrument);
            }
            return;
        }
        if instrument.gap_held {
            self.say(Fact::TickRefused(Some(tick.instrument), TickRefusal::GapHeld));
            return;
        }
        let new = self.mark_after(tick);
        if self.holds_gap(tick.instrument, new) {
            self.book.instruments[tick.instrument.0 as usize].gap_held = true;
            self.say(Fact::GapHeld(tick.instrument));
            self.say(Fact::TickRefused(Some(tick.instrument), TickRefusal::GapHeld));
            return;
        }
        if !self.holds_jump(tick, new) {
            self.accept(tick);
        }
    }

    /// What is wrong with the tick's time or place in the row.
    fn untimely(&self, instrument: &Instrument, tick: &Tick) -> Option<TickRefusal> {
        if let Some(session) = self.book.sessions.get(&instrument.spec.venue)
            && (tick.at < session.open || tick.at >= session.close)
        {
            return Some(TickRefusal::OutsideSession);
        }
        let last = instrument.seen.get(&tick.source)?;
        let allow_negative = instrument.spec.checks.allow_negative;
        let content = |tick: &Tick| (tick.at, counted(tick, allow_negative), tick.volume);
        let same = content(last) == content(tick);
        match (last.sequence, tick.sequence) {
            (Some(before), Some(number)) if number == before => {
                return Some(if same {
                    TickRefusal::Duplicate
                } else {
                    TickRefusal::SequenceConflict
                });
            }
            (Some(before), Some(number)) if number < before && number != 1 => {
                return Some(TickRefusal::OutOfOrder);
            }
            (None, None) if same => return Some(TickRefusal::Duplicate),
            _ => {}
        }
        (tick.at < last.at).then_some(TickRefusal::OutOfOrder)
    }

    /// The mark that the tick would make.
    fn mark_after(&self, tick: &Tick) -> Option<i64> {
        let mut book = Book {
            instruments: vec![Shared::new(self.book.instrument(tick.instrument).clone_prices())],
            ..Book::default()
        };
        merge(&mut book.instruments[0], tick);
        book.price(InstrumentId(0), book.instruments[0].spec.mark, Side::Buy)
    }

    fn mark_now(&self, id: InstrumentId) -> Option<i64> {
        self.book.price(id, self.book.instrument(id).spec.mark, Side::Buy)
    }

    fn holds_gap(&mut self, id: InstrumentId, new: Option<i64>) -> bool {
        let old = self.mark_now(id);
        let instrument = &mut self.book.instruments[id.0 as usize];
        let first = std::mem::take(&mut instrument.first_of_session);
        match (instrument.spec.checks.overnight_gap, old, new) {
            (Some(share), Some(old), Some(new)) => first && jumps(old, new, share),
            _ => false,
        }
    }

    /// The jump filter; `true` while the tick does not count.
    fn holds_jump(&mut self, tick: &Tick, new: Option<i64>) -> bool {
        let (now, id) = (self.book.now, tick.instrument);
        let old = self.mark_now(id);
        let held = self.book.instruments[id.0 as usize].held.take();
        // The held tick's price is the mark that it makes when it counts.
        let held_mark = held.as_ref().and_then(|held| self.mark_after(&held.tick));
        let instrument = &mut self.book.instruments[id.0 as usize];
        let (Some(share), Some(old), Some(new)) = (instrument.spec.checks.jump, old, new) else {
            // With nothing to compare, the tick counts, and what was held does not.
            if held.is_some() {
                self.say(Fact::HeldDropped(id));
            }
            return false;
        };
        if !jumps(old, new, share) {
            if held.is_some() {
                self.say(Fact::HeldDropped(id));
            }
            return false;
        }
        instrument.seen.insert(tick.source, *tick);
        if let (Some(mut held), Some(held_mark)) = (held, held_mark)
            && !jumps(held_mark, new, share)
        {
            held.agreed += 1;
            if held.agreed >= 2 || held.tick.source != tick.source {
                self.say(Fact::HeldAccepted(id));
                return false;
            }
            held.tick = *tick;
            instrument.held = Some(held);
            self.say(Fact::Held(id));
            return true;
        }
        instrument.held = Some(Held { tick: *tick, since: now, agreed: 0 });
        self.say(Fact::Held(id));
        true
    }

    fn accept(&mut self, tick: &Tick) {
        let now = self.book.now;
        let instrument = &mut self.book.instruments[tick.instrument.0 as usize];
        merge(instrument, tick);
        instrument.accepted_at = Some(now);
        instrument.marked_at = Some(tick.at);
        instrument.held = None;
        instrument.refused_at.clear();
        instrument.suspect = false;
        instrument.seen.insert(tick.source, *tick);
        if std::mem::take(&mut instrument.stale) {
            self.say(Fact::Fresh(tick.instrument));
        }
        self.book.touch_holders(tick.instrument);
        bars::add(&mut self.book, tick.instrument);
        self.judge_all(Moment::Tick(tick.instrument, tick.at));
    }

    /// A person says what the mark is: no filter asks whether that can be, and what is held waits on.
    pub(super) fn mark_by_hand(&mut self, tick: &Tick) {
        let index = tick.instrument.0 as usize;
        let held = self.book.instruments[index].held.take();
        self.book.instruments[index].first_of_session = false;
        self.accept(tick);
        self.book.instruments[index].held = held;
    }

    /// Held ticks that nothing refuted for a second count.
    pub(super) fn accept_ripe(&mut self) {
        for index in 0..self.book.instruments.len() {
            let ripe = self.book.instruments[index]
                .held
                .as_ref()
                .filter(|held| self.book.now.0 - held.since.0 >= SECOND)
                .map(|held| held.tick);
            if let Some(tick) = ripe {
                self.say(Fact::HeldAccepted(tick.instrument));
                self.accept(&tick);
            }
        }
    }

    fn suspect(&mut self, id: InstrumentId) {
        let now = self.book.now;
        let instrument = &mut self.book.instruments[id.0 as usize];
        instrument.refused_at.push(now);
        instrument.refused_at.retain(|at| now.0 - at.0 <= 10 * SECOND);
        if instrument.refused_at.len() >= 5 && !instrument.suspect {
            instrument.suspect = true;
            self.say(Fact::Suspected(id));
        }
    }

    pub(super) fn notice_stale(&mut self) {
        let now = self.book.now;
        for index in 0..self.book.instruments.len() {
            let id = InstrumentId(index as u32);
            let instrument = &self.book.instruments[index];
            let (Some(after), Some(mut base)) =
                (instrument.spec.checks.stale_after, instrument.accepted_at)
            else {
                continue;
            };
            if let Some(session) = self.book.sessions.get(&instrument.spec.venue) {
                if now < session.open || now >= session.close {
                    continue;
                }
                base = base.max(session.open);
            }
            let past = now.0 - base.0 - after.0;
            if past > 0 && !instrument.stale {
                self.book.instruments[index].stale = true;
                self.book.touch_holders(id);
                self.say(Fact::Stale(id));
            }
            let StalePolicy::Exit { after } = self.book.instruments[index].spec.checks.stale_policy
            else {
                continue;
            };
            if past > 0 && past >= after.0 {
                self.exit_stale(id);
            }
        }
    }

    fn exit_stale(&mut self, id: InstrumentId) {
        let all = highmark_engine::Scope::System;
        let mut ids = self.held_in(all, |trade| trade.instrument == id);
        ids.sort();
        for trade in ids {
            let trade = &self.book.trades[trade.0 as usize];
            let (price, open, id) = (self.book.mark(trade), trade.open, trade.id);
            self.exit(id, open, "stale", None, price);
        }
    }

    /// A venue's next session; the first one of a new day rolls the windows.
    pub(super) fn session(&mut self, session: Session) {
        self.close_bars(Some(session.venue));
        self.end_candles();
        if self.book.day.is_none_or(|day| session.day > day) {
            self.roll_day();
            self.book.day = Some(session.day);
        }
        self.book.sessions.insert(session.venue, session);
        for instrument in &mut self.book.instruments {
            if instrument.spec.venue == session.venue {
                instrument.first_of_session = true;
            }
        }
    }
}

impl Instrument {
    fn clone_prices(&self) -> Instrument {
        Instrument {
            last: self.last,
            bid: self.bid,
            ask: self.ask,
            ..Instrument::new(self.spec.clone())
        }
    }
}

fn malformed(instrument: &Instrument, tick: &Tick, now: Timestamp) -> Option<TickRefusal> {
    let checks = &instrument.spec.checks;
    match tick.kind {
        TickKind::Test => return Some(TickRefusal::Test),
        TickKind::Auction => return Some(TickRefusal::Auction),
        TickKind::Regular => {}
    }
    let counted = counted(tick, checks.allow_negative);
    let prices: Vec<i64> = counted.into_iter().flatten().collect();
    if prices.is_empty() {
        return Some(TickRefusal::NoPrice);
    }
    if !checks.allow_negative {
        if counted[0] == Some(0) {
            return Some(TickRefusal::Zero);
        }
        if prices.iter().any(|price| *price < 0) {
            return Some(TickRefusal::Negative);
        }
    }
    if prices.iter().any(|price| price.abs() > LARGEST) {
        return Some(TickRefusal::Range);
    }
    let step = instrument.spec.tick_size.0;
    if checks.on_tick_size && prices.iter().any(|price| price % step != 0) {
        return Some(TickRefusal::TickSize);
    }
    if let Some((low, high)) = checks.band
        && prices.iter().any(|price| *price < low.0 || *price > high.0)
    {
        return Some(TickRefusal::Band);
    }
    let future = checks.future_after.is_some_and(|after| tick.at.0 > now.0 + after.0);
    future.then_some(TickRefusal::Future)
}

fn merge(instrument: &mut Instrument, tick: &Tick) {
    let [last, bid, ask] = counted(tick, instrument.spec.checks.allow_negative);
    instrument.last = last.or(instrument.last);
    if bid.is_some() || ask.is_some() {
        (instrument.bid, instrument.ask) = (bid, ask);
    }
}
