//! The engine: `step` decides what follows from an input, `apply` folds a fact into the state.

use crate::event::Event;
use crate::ids::{InstrumentId, RuleId};
use crate::input::{Body, Input};
use crate::sets::TradeSet;
use crate::state::State;
use crate::step::scopes::Settling;
use crate::tick::Tick;
use crate::time::Timestamp;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

/// A state and the one way to move it.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    pub(crate) state: State,
    pub(crate) emitted: Vec<Event>,
    /// Trades that got an exit in this turn: each gets at most one.
    pub(crate) exited: TradeSet,
    /// No instrument goes stale, or acts on being so, before this has passed.
    pub(crate) stale_from: Timestamp,
    /// Who asked for the command of this turn.
    pub(crate) asked_by: String,
    pub(crate) settling: Settling,
    /// Until when time alone means nothing to anybody, as of the last input at which it was looked at.
    still_until: Option<Timestamp>,
}

impl Engine {
    pub fn new() -> Engine {
        Engine::default()
    }

    /// An engine that goes on from a state that was carried over.
    ///
    /// Between inputs an engine is its state and nothing else.
    pub fn from_state(state: State) -> Engine {
        Engine { state, ..Engine::default() }
    }

    /// An engine without the trigger index: it looks at every open trade at every mark and decides the same, slower.
    ///
    /// For comparison.
    pub fn scanning() -> Engine {
        let mut engine = Engine::default();
        engine.state.index.is_off = true;
        engine
    }

    /// Decides what follows from `input` and applies it. Cannot fail: what is refused is an event too.
    ///
    /// The events are one turn: they are kept together or not at all.
    pub fn step(&mut self, input: Input) -> Vec<Event> {
        let mut events = Vec::new();
        self.step_into(input, &mut events);
        events
    }

    /// As [`Engine::step_into`] of one tick, which allocates nothing when nothing follows from it.
    pub fn tick(&mut self, at: Timestamp, tick: &Tick, events: &mut Vec<Event>) {
        if self.quiet(at, tick, events) {
            return;
        }
        core::mem::swap(&mut self.emitted, events);
        self.turn(at, |engine, _| engine.take_tick(tick));
        core::mem::swap(&mut self.emitted, events);
    }

    /// As [`Engine::step`], adding the events to those in `events`, whose room is used again.
    pub fn step_into(&mut self, input: Input, events: &mut Vec<Event>) {
        if let Body::Ticks(ticks) = &input.body
            && let [tick] = &ticks[..]
        {
            return self.tick(input.at, tick, events);
        }
        core::mem::swap(&mut self.emitted, events);
        self.turn(input.at, |engine, late| engine.take_in(input.body, late));
        core::mem::swap(&mut self.emitted, events);
    }

    /// A turn of a tick from which nothing follows but its mark, and what scopes make of that; false if it may be another.
    fn quiet(&mut self, at: Timestamp, tick: &Tick, events: &mut Vec<Event>) -> bool {
        let (turn, at) = (self.state.turn + 1, at.max(self.state.now));
        if self.still_until.is_none_or(|until| until < at) {
            return false;
        }
        if !self.state.mark_quietly(tick, at) {
            return false;
        }
        (self.state.turn, self.state.now) = (turn, at);
        self.exited.clear();
        make(events, || Event::TurnBegan { turn, at });
        make(events, || Event::Marked(*tick));
        if !self.state.touched.is_empty() {
            core::mem::swap(&mut self.emitted, events);
            self.settle();
            core::mem::swap(&mut self.emitted, events);
            self.still_until = Some(self.time_is_still());
        } else if self.state.index.rows.is_moved {
            make(events, || Event::Settled);
            self.state.settle();
        }
        true
    }

    /// One turn: what time brings, what `answer` does, and what follows.
    fn turn(&mut self, at: Timestamp, answer: impl FnOnce(&mut Engine, &mut BTreeSet<RuleId>)) {
        let before = self.state.now;
        self.exited.clear();
        self.emit(Event::TurnBegan { turn: self.state.turn + 1, at: at.max(before) });
        let mut late = BTreeSet::new();
        let was_still = self.is_still();
        if !was_still {
            self.pass_time(before);
            late = self.late();
        }
        let began = self.emitted.len();
        answer(self, &mut late);
        self.look_at_rules(&late);
        self.exit_deferred();
        self.settle();
        // A mark that was taken in, and nothing else, leaves time as it was, but for the bars that it opened.
        if !was_still || !is_quiet(&self.emitted[began..]) {
            self.still_until = Some(self.time_is_still());
        } else if let Some(end) = self.state.next_bar_end {
            self.still_until = self.still_until.map(|until| Timestamp(until.0.min(end.0 - 1)));
        }
    }

    /// Time alone brings nothing to anybody now, as far as that was known when the last turn ended.
    fn is_still(&self) -> bool {
        self.still_until.is_some_and(|until| self.state.now <= until)
    }

    fn ticks(&mut self, ticks: &[Tick]) {
        let mut is_quiet = self.is_still();
        for tick in ticks {
            is_quiet = is_quiet && self.state.mark_quietly(tick, self.state.now);
            if is_quiet {
                make(&mut self.emitted, || Event::Marked(*tick));
            } else {
                self.take_tick(tick);
            }
        }
    }

    fn take_in(&mut self, body: Body, late: &mut BTreeSet<RuleId>) {
        match body {
            Body::Ticks(ticks) => self.ticks(&ticks),
            Body::Unreadable { source, instrument, refusal } => {
                let known = |id: &InstrumentId| id.index() < self.state.instruments.len();
                let (at, instrument) = (self.state.now, instrument.filter(known));
                self.emit(Event::TickRefused { instrument, source, at, refusal });
            }
            Body::Clock => late.extend(self.clock()),
            Body::Session(session) => {
                self.stale_from = Timestamp::default();
                // What struck before it does so by the sessions before: a close that was missed is not the next day's.
                self.look_at_rules(&core::mem::take(late));
                self.session(session);
            }
            Body::Command { by, command } => {
                self.stale_from = Timestamp::default();
                self.command(by, command);
            }
            Body::Order(news) => self.order(news),
        }
    }

    /// Folds one fact; folding all facts of a run gives the state of that run, bit for bit.
    pub fn apply(&mut self, event: &Event) {
        self.state.apply(event);
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn emit(&mut self, event: Event) {
        self.state.apply(&event);
        self.emitted.push(event);
    }
}

/// Makes an event where it stays: to make it elsewhere and move it takes as long as the rest of a quiet turn.
fn make(events: &mut Vec<Event>, event: impl FnOnce() -> Event) {
    events.extend(core::iter::once(event).map(|event| event()));
}

/// Nothing but a mark, and what is sampled for it.
fn is_quiet(events: &[Event]) -> bool {
    events.iter().all(|event| matches!(event, Event::Marked(_) | Event::Settled))
}
