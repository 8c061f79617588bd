//! The engine: `step` decides what follows from an input, `apply` folds a fact into the state.

use crate::event::Event;
use crate::ids::{InstrumentId, TradeId};
use crate::input::{Body, Input};
use crate::state::State;
use crate::time::Timestamp;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

/// A state and the one way to move it.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    pub(crate) state: State,
    emitted: Vec<Event>,
    /// Trades that got an exit in this turn: each gets at most one.
    pub(crate) exited: BTreeSet<TradeId>,
    /// No instrument goes stale, or acts on being so, before this has passed.
    pub(crate) stale_from: Timestamp,
    /// Who asked for the command of this turn.
    pub(crate) asked_by: String,
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
        let before = self.state.now;
        self.exited.clear();
        self.emit(Event::TurnBegan { turn: self.state.turn + 1, at: input.at.max(before) });
        self.pass_time(before);
        let mut late = self.late();
        match input.body {
            Body::Ticks(ticks) => self.ticks(ticks),
            Body::Unreadable { source, instrument, refusal } => {
                let known = |id: &InstrumentId| id.index() < self.state.instruments.len();
                let (at, instrument) = (self.state.now, instrument.filter(known));
                self.emit(Event::TickRefused { instrument, source, at, refusal });
            }
            Body::Clock => late.extend(self.clock()),
            Body::Session(session) => {
                self.stale_from = Timestamp::default();
                self.session(session);
            }
            Body::Command { by, command } => {
                self.stale_from = Timestamp::default();
                self.command(by, command);
            }
            Body::Order(news) => self.order(news),
        }
        self.look_at_rules(&late);
        self.exit_deferred();
        self.settle();
        core::mem::take(&mut self.emitted)
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
