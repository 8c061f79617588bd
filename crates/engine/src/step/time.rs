//! Time that has passed: held jumps, bars, candles, staleness, sessions.

use super::ticks::HOLD;
use super::trades::Look;
use crate::Engine;
use crate::event::{Bar, Event, ExitReason, HeldBecause, RefusalCode};
use crate::ids::*;
use crate::input::Session;
use crate::instrument::StalePolicy;
use crate::state::market::is_in_session;
use crate::state::{State, numbered};
use crate::time::{Span, Timestamp};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

impl Engine {
    /// Lets everything happen that was due by now, before anything else of the input is looked at.
    pub(crate) fn pass_time(&mut self, before: Timestamp) {
        self.release_held();
        if self.state.next_bar_end.is_some_and(|end| end <= self.state.now) {
            self.close_bars(None);
        }
        self.close_candles(before);
        self.notice_stale();
    }

    /// Until when no input brings anything by its time alone; before now when that is not known.
    pub(crate) fn time_is_still(&self) -> Timestamp {
        let state = &self.state;
        let waits = !state.held.is_empty()
            || !state.candle_rules.is_empty()
            || !state.cooling_rules.is_empty()
            || !state.deferred.is_empty()
            || !state.saw_bar.is_empty()
            || !state.touched.is_empty()
            || !state.asked.is_empty();
        if waits {
            return Timestamp(i64::MIN);
        }
        let struck = state.timers.first().map(|(at, ..)| *at);
        let next = [state.next_bar_end, struck].into_iter().flatten().min();
        let before_next = next.map_or(i64::MAX, |next| next.0 - 1);
        Timestamp(self.stale_from.0.min(before_next))
    }

    /// The price rules that time may confirm, and the scopes whose rules wait for it.
    pub(crate) fn clock(&mut self) -> Vec<RuleId> {
        let of_books = self.state.books.values().flat_map(|book| book.rules.iter().copied());
        let mut rules: Vec<RuleId> = of_books.collect();
        rules.sort_unstable();
        let rules = rules.into_iter().map(|id| self.state.rule(id));
        let waiting = rules.filter(|rule| rule.is_live() && rule.mtm.breach.since.is_some());
        let scopes: Vec<Scope> = waiting.map(|rule| rule.scope).collect();
        self.also_settle(scopes);
        let trades = self.state.confirming.iter().map(|id| self.state.trade(*id));
        let rules = trades.flat_map(|trade| trade.rules.iter().copied());
        rules.filter(|id| self.state.rule(*id).price.seldom.breach.since.is_some()).collect()
    }

    /// The price rules whose clock has struck, or whose bars have closed, by the time of this input.
    pub(crate) fn late(&self) -> BTreeSet<RuleId> {
        let now = self.state.now;
        let due = self.state.timers.iter().take_while(|(at, ..)| *at <= now);
        let due = due.map(|(.., rule)| *rule);
        let is_study = |id: &&RuleId| self.state.rule(**id).candle().is_none();
        due.chain(self.state.saw_bar.iter().filter(is_study).copied()).collect()
    }

    /// Looks at these rules, though their instrument may not have ticked in this input: each trade once.
    pub(crate) fn look_at_rules(&mut self, rules: &BTreeSet<RuleId>) {
        if rules.is_empty() {
            return;
        }
        let scopes = rules.iter().map(|id| self.state.rule(*id).scope);
        let trades: BTreeSet<Scope> = scopes.collect();
        for scope in trades {
            if let Scope::Trade(trade) = scope {
                self.look_at_trade(trade, Look::Rules(rules));
            }
        }
    }

    pub(crate) fn session(&mut self, session: Session) {
        // One that closes as it opens is a day without trading: no tick of it counts.
        if session.open > session.close || self.state.day.is_some_and(|day| session.day < day) {
            return self.emit(Event::Refused(super::refuse(
                RefusalCode::BadField,
                "session",
                "a session can't end before it opens, and days don't go back",
                "announce sessions in order, each before its first tick",
            )));
        }
        self.close_bars(Some(session.venue));
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

    /// Closes the bars that are over, or all of a venue, and then decides the rules that look at closes.
    fn close_bars(&mut self, all_of: Option<VenueId>) {
        let before = self.state.saw_bar.clone();
        for (id, length, bar) in self.bars_over(all_of) {
            self.emit(Event::BarClosed { instrument: id, length, bar });
        }
        let saw = self.state.saw_bar.difference(&before).copied();
        let candles: BTreeSet<RuleId> =
            saw.filter(|id| self.state.rule(*id).candle().is_some()).collect();
        self.look_at_rules(&candles);
    }

    fn bars_over(&self, all_of: Option<VenueId>) -> Vec<(InstrumentId, Span, Bar)> {
        let mut over = Vec::new();
        for (id, instrument) in numbered(&self.state.instruments) {
            let all = all_of.is_some_and(|venue| venue == instrument.spec.venue);
            for (length, series) in &instrument.bars {
                if let Some(bar) = series.open
                    && (all || State::bar_end(bar.start, *length) <= self.state.now)
                {
                    over.push((InstrumentId(id), *length, bar));
                }
            }
        }
        over
    }

    fn close_candles(&mut self, before: Timestamp) {
        if self.state.candle_rules.is_empty() {
            return;
        }
        let end = |length: &Span| self.state.now.floor_to(*length, Timestamp(0));
        let lengths = self.state.candle_rules.iter().filter_map(|id| self.state.rule(*id).candle());
        let ended: BTreeSet<Span> = lengths.filter(|length| end(length) > before).collect();
        for length in &ended {
            let at = self.state.now.floor_to(*length, Timestamp(0));
            self.emit(Event::CandleClosed { length: *length, at });
        }
        if !ended.is_empty() {
            self.judge_candles(&ended);
        }
    }

    fn notice_stale(&mut self) {
        if self.state.now <= self.stale_from {
            return;
        }
        self.stale_from = Timestamp(i64::MAX);
        for id in self.state.stale_watch.clone() {
            let instrument = self.state.instrument(id);
            let checks = &instrument.spec.checks;
            let session = self.state.sessions.get(&instrument.spec.venue);
            let Some(after) = checks.stale_after else { continue };
            let Some(accepted) = instrument.accepted_at else {
                self.stale_from = self.stale_from.min(self.state.now.plus(after));
                continue;
            };
            let is_in_session = is_in_session(session, self.state.now);
            let since = session.map_or(accepted, |session| session.open.max(accepted));
            let (policy, last_at) = (checks.stale_policy, instrument.quote.at);
            // A session's open counts afresh, also for a mark that was stale at the close before.
            let stale = since.plus(after);
            self.stale_from = self.stale_from.min(if self.state.now <= stale {
                stale
            } else {
                next_look(policy, stale, self.state.now, after)
            });
            if self.state.now <= stale || !is_in_session {
                continue;
            }
            if instrument.stale_since.is_none() {
                self.emit(Event::WentStale { instrument: id, since: stale, last_at });
                if policy == StalePolicy::Poll {
                    self.emit(Event::PollRequested { instrument: id });
                }
            }
            if let StalePolicy::Exit { after } = policy
                && self.state.now.since(stale) >= after
            {
                self.exit_all_of(id, &ExitReason::Stale);
            }
        }
    }
}

/// When an instrument that is stale is to be looked at again: it may become fresh and go stale anew, or act by its policy.
fn next_look(policy: StalePolicy, stale: Timestamp, now: Timestamp, after: Span) -> Timestamp {
    let anew = now.plus(after);
    match policy {
        StalePolicy::Exit { after } => anew.min(Timestamp(stale.plus(after).0 - 1)),
        StalePolicy::Hold | StalePolicy::Poll => anew,
    }
}
