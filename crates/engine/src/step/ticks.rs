//! Ticks: checked, held or taken, and what each taken one decides.

use crate::Engine;
use crate::event::{Event, HeldBecause};
use crate::ids::*;
use crate::input::TickOrder;
use crate::money::{LARGEST, Price};
use crate::state::State;
use crate::state::market::{Instrument, is_in_session};
use crate::tick::{Tick, TickKind, TickRefusal};
use crate::time::SECOND;
use alloc::vec::Vec;

/// A jump is held for at most this long.
pub(crate) const HOLD: crate::time::Span = crate::time::Span(SECOND);

impl Engine {
    pub(crate) fn take_tick(&mut self, tick: &Tick) {
        match check(&self.state, *tick) {
            Ok(tick) => self.take_or_hold(tick),
            Err(refusal) => self.refuse_tick(tick, refusal),
        }
    }

    fn refuse_tick(&mut self, tick: &Tick, refusal: TickRefusal) {
        let known =
            (tick.instrument.index() < self.state.instruments.len()).then_some(tick.instrument);
        let at = self.state.now;
        self.emit(Event::TickRefused { instrument: known, source: tick.source, at, refusal });
        if let Some(id) = known {
            let instrument = self.state.instrument(id);
            if instrument.bad_prices.len() >= 5 && !instrument.is_suspect {
                self.emit(Event::Suspected { instrument: id });
            }
        }
    }

    fn take_or_hold(&mut self, tick: Tick) {
        let id = tick.instrument;
        let instrument = self.state.instrument(id);
        let before = instrument.mark();
        let after = instrument.quote.after(&tick).mark(instrument.spec.mark, true);
        if let (Some(bound), Some(close), Some(price), true) =
            (instrument.spec.checks.overnight_gap, before, after, instrument.expects_open)
            && crate::state::is_jump(close.0, price.0, bound)
        {
            self.emit(Event::GapHeld { instrument: id, close, price });
            return self.refuse_tick(&tick, TickRefusal::GapHeld);
        }
        let jumps = match (instrument.spec.checks.jump, before, after) {
            (Some(filter), Some(before), Some(after)) => {
                crate::state::is_jump(before.0, after.0, filter)
            }
            _ => false,
        };
        match (&instrument.held, jumps) {
            (None, false) => {}
            (Some(_), false) => self.emit(Event::HeldDropped { instrument: id }),
            (None, true) => return self.emit(Event::TickHeld(tick)),
            (Some(held), true) => match confirms(instrument, held, &tick) {
                Some(because) => self.emit(Event::HeldAccepted { instrument: id, because }),
                None => return self.emit(Event::TickHeld(tick)),
            },
        }
        self.take(tick);
    }

    /// Takes a tick in: marks move, stops ratchet, trades are decided.
    pub(crate) fn take(&mut self, tick: Tick) {
        let id = tick.instrument;
        if self.state.instrument(id).stale_since.is_some() {
            self.emit(Event::BecameFresh { instrument: id });
        }
        let stops = self.stops_shown(id);
        self.emit(Event::Marked(tick));
        if self.state.profile.order == TickOrder::TestThenRatchet {
            self.look_at_instrument(id);
            self.emit(Event::Ratcheted { instrument: id });
            self.tell_moves(&stops);
        } else {
            self.tell_moves(&stops);
            self.look_at_instrument(id);
        }
    }

    fn look_at_instrument(&mut self, id: InstrumentId) {
        if !self.state.meets(id) {
            return;
        }
        let mut met = self.state.take_met(id);
        for trade in &met {
            self.look_at_trade(*trade, super::trades::Look::Mark(id));
        }
        met.clear();
        self.state.index.met = met;
    }

    fn stops_shown(&self, id: InstrumentId) -> Vec<(TradeId, Option<Price>)> {
        if !self.state.profile.dense {
            return Vec::new();
        }
        let trades = self.state.instrument(id).open_trades.iter();
        trades
            .map(|trade| (trade, self.state.standing_stop(trade).map(|stop| stop.price)))
            .collect()
    }

    fn tell_moves(&mut self, before: &[(TradeId, Option<Price>)]) {
        for (trade, from) in before {
            if let Some(stop) = self.state.standing_stop(*trade)
                && *from != Some(stop.price)
            {
                self.emit(Event::StopMoved {
                    trade: *trade,
                    rule: stop.rule,
                    from: *from,
                    to: stop.price,
                });
            }
        }
    }
}

fn confirms(
    instrument: &Instrument,
    held: &crate::state::market::Held,
    tick: &Tick,
) -> Option<HeldBecause> {
    if !instrument.agrees(held, tick) {
        None
    } else if held.tick.source != tick.source {
        Some(HeldBecause::SecondSource)
    } else {
        (held.agreed >= 1).then_some(HeldBecause::TicksAgreed)
    }
}

/// The tick as it may be taken, or why not. In the order that `docs/semantics.md` states.
fn check(state: &State, mut tick: Tick) -> Result<Tick, TickRefusal> {
    let instrument =
        state.instruments.get(tick.instrument.index()).ok_or(TickRefusal::UnknownInstrument)?;
    let checks = &instrument.spec.checks;
    match tick.kind {
        TickKind::Regular => {}
        TickKind::Auction => return Err(TickRefusal::Auction),
        TickKind::Test => return Err(TickRefusal::Test),
    }
    check_signs(&mut tick, checks.allow_negative)?;
    let prices = [tick.last, tick.bid, tick.ask];
    let prices = || prices.iter().flatten();
    if prices().any(|price| price.0.checked_abs().is_none_or(|size| size > LARGEST)) {
        return Err(TickRefusal::Range);
    }
    if checks.on_tick_size && prices().any(|price| price.0 % instrument.spec.tick_size.0 != 0) {
        return Err(TickRefusal::TickSize);
    }
    if let Some((low, high)) = checks.band
        && prices().any(|price| *price < low || *price > high)
    {
        return Err(TickRefusal::Band);
    }
    if checks.future_after.is_some_and(|span| tick.at > state.now.plus(span)) {
        return Err(TickRefusal::Future);
    }
    if !is_in_session(state.sessions.get(&instrument.spec.venue), tick.at) {
        return Err(TickRefusal::OutsideSession);
    }
    check_order(instrument, &tick)?;
    if instrument.gap_held {
        return Err(TickRefusal::GapHeld);
    }
    Ok(tick)
}

/// Refuses zeros and negatives; drops absent sides and crossed books.
fn check_signs(tick: &mut Tick, allows_negative: bool) -> Result<(), TickRefusal> {
    if tick.last.is_none() && tick.bid.is_none() && tick.ask.is_none() {
        return Err(TickRefusal::NoPrice);
    }
    if !allows_negative {
        if tick.last == Some(Price::ZERO) {
            return Err(TickRefusal::Zero);
        }
        if [tick.last, tick.bid, tick.ask].iter().flatten().any(|price| *price < Price::ZERO) {
            return Err(TickRefusal::Negative);
        }
        for side in [&mut tick.bid, &mut tick.ask] {
            *side = side.filter(|price| *price != Price::ZERO);
        }
    }
    if let (Some(bid), Some(ask)) = (tick.bid, tick.ask)
        && bid > ask
    {
        (tick.bid, tick.ask) = (None, None);
    }
    if tick.last.is_none() && tick.bid.is_none() && tick.ask.is_none() {
        return Err(TickRefusal::NoPrice);
    }
    Ok(())
}

fn check_order(instrument: &Instrument, tick: &Tick) -> Result<(), TickRefusal> {
    let Some(feed) = instrument.feeds.get(tick.source) else { return Ok(()) };
    let before = &feed.tick;
    let is_same = (before.at, before.last, before.bid, before.ask, before.volume)
        == (tick.at, tick.last, tick.bid, tick.ask, tick.volume);
    match (feed.sequence, tick.sequence) {
        (Some(last), Some(next)) if next == last => {
            return Err(if is_same {
                TickRefusal::Duplicate
            } else {
                TickRefusal::SequenceConflict
            });
        }
        (Some(last), Some(next)) if next < last && next != 1 => {
            return Err(TickRefusal::OutOfOrder);
        }
        (_, None) if is_same => return Err(TickRefusal::Duplicate),
        _ => {}
    }
    if tick.at < before.at { Err(TickRefusal::OutOfOrder) } else { Ok(()) }
}
