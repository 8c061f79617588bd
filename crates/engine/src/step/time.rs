//! Time that has passed: held jumps, bars, candles, staleness, sessions.

use super::ticks::HOLD;
use super::trades::Look;
use crate::Engine;
use crate::event::{Event, ExitReason, HeldBecause, RefusalCode};
use crate::ids::*;
use crate::input::Session;
use crate::instrument::StalePolicy;
use crate::state::State;
use crate::state::market::is_in_session;
use crate::time::{Span, Timestamp};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

impl Engine {
    /// Lets everything happen that was due by now, before anything else of the input is looked at.
    pub(crate) fn pass_time(&mut self, before: Timestamp) {
        self.release_held();
        if self.state.next_bar_end.is_some_and(|end| end <= self.state.now) {
            let ids = 0..self.state.instruments.len();
            for id in ids.filter_map(|index| u32::try_from(index).ok()).map(InstrumentId) {
                self.close_bars(id, false);
            }
        }
        self.close_candles(before);
        self.notice_stale();
    }

    pub(crate) fn clock(&mut self) {
        for trade in self.state.confirming.clone() {
            self.look_at_trade(trade, Look::Clock);
        }
        self.look_elsewhere();
        let waiting = self
            .state
            .rules
            .iter()
            .filter(|rule| rule.is_live() && rule.mtm.breach.since.is_some());
        let scopes: Vec<Scope> = waiting.map(|rule| rule.scope).collect();
        self.also_settle(scopes);
    }

    /// Looks at trades whose clock has struck or whose bars have closed though their instrument did not tick.
    pub(crate) fn look_elsewhere(&mut self) {
        let now = self.state.now;
        let due =
            self.state.timers.iter().take_while(|(at, ..)| *at <= now).map(|(_, trade, _)| *trade);
        let trades: BTreeSet<TradeId> = due.chain(self.state.to_look_at.iter().copied()).collect();
        for trade in trades {
            self.look_at_trade(trade, Look::Mark);
        }
    }

    pub(crate) fn session(&mut self, session: Session) {
        if session.open >= session.close || self.state.day.is_some_and(|day| session.day < day) {
            return self.emit(Event::Refused(super::refuse(
                RefusalCode::BadField,
                "session",
                "a session has to end after it opens, and days don't go back",
                "announce sessions in order, each before its first tick",
            )));
        }
        let ids = 0..self.state.instruments.len();
        for id in ids.filter_map(|index| u32::try_from(index).ok()).map(InstrumentId) {
            if self.state.instrument(id).spec.venue == session.venue {
                self.close_bars(id, true);
            }
        }
        if self.state.day.is_none_or(|day| day < session.day) {
            self.emit(Event::DayRolled { day: session.day });
        }
        self.emit(Event::SessionOpened(session));
    }

    fn release_held(&mut self) {
        for id in self.state.held.clone() {
            let held = self.state.instrument(id).held.clone();
            if let Some(held) = held
                && self.state.now.since(held.since) >= HOLD
            {
                self.emit(Event::HeldAccepted { instrument: id, because: HeldBecause::TimePassed });
                self.take(held.tick);
            }
        }
    }

    /// Closes the bars of one instrument that are over, or all of them.
    fn close_bars(&mut self, id: InstrumentId, all: bool) {
        let lengths: Vec<Span> = self.state.instrument(id).bars.keys().copied().collect();
        for length in lengths {
            let Some(bar) =
                self.state.instrument(id).bars.get(&length).and_then(|series| series.open)
            else {
                continue;
            };
            if all || State::bar_end(bar.start, length) <= self.state.now {
                self.emit(Event::BarClosed { instrument: id, length, bar });
                for trade in self.watching(id) {
                    self.look_at_trade(trade, Look::Candle(length));
                }
            }
        }
    }

    fn watching(&self, id: InstrumentId) -> BTreeSet<TradeId> {
        let instrument = self.state.instrument(id);
        instrument.open_trades.iter().chain(&instrument.watchers).copied().collect()
    }

    fn close_candles(&mut self, before: Timestamp) {
        if self.state.candle_rules.is_empty() {
            return;
        }
        let lengths: BTreeSet<Span> =
            self.state.candle_rules.iter().filter_map(|id| self.state.rule(*id).candle()).collect();
        for length in lengths {
            let at = self.state.now.floor_to(length, Timestamp(0));
            if at > before {
                self.emit(Event::CandleClosed { length, at });
                self.judge_candles(length);
            }
        }
    }

    fn notice_stale(&mut self) {
        for id in self.state.stale_watch.clone() {
            let instrument = self.state.instrument(id);
            let checks = &instrument.spec.checks;
            let session = self.state.sessions.get(&instrument.spec.venue);
            let (Some(after), Some(accepted)) = (checks.stale_after, instrument.accepted_at) else {
                continue;
            };
            if !is_in_session(session, self.state.now) {
                continue;
            }
            let since = session.map_or(accepted, |session| session.open.max(accepted));
            let (policy, last_at) = (checks.stale_policy, instrument.quote.at);
            match instrument.stale_since {
                None if self.state.now.since(since) > after => {
                    self.emit(Event::WentStale { instrument: id, last_at });
                    if policy == StalePolicy::Poll {
                        self.emit(Event::PollRequested { instrument: id });
                    }
                }
                Some(stale) => {
                    if let StalePolicy::Exit { after } = policy
                        && self.state.now.since(stale) >= after
                    {
                        self.exit_all_of(id, &ExitReason::Stale);
                    }
                }
                None => {}
            }
        }
    }
}
