//! The engine: `step` decides what follows from an input, `apply` folds a fact into the state.

use crate::event::Event;
use crate::input::Input;
use crate::state::State;
use alloc::vec::Vec;

/// A state and the one way to move it.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    state: State,
    emitted: Vec<Event>,
}

impl Engine {
    pub fn new() -> Engine {
        Engine::default()
    }

    /// Decides what follows from `input` and applies it. Cannot fail: what is refused is an event too.
    pub fn step(&mut self, input: Input) -> Vec<Event> {
        let turn = self.state.turn + 1;
        self.emit(Event::TurnBegan { turn, at: input.at.max(self.state.now) });
        core::mem::take(&mut self.emitted)
    }

    /// Folds one fact; folding all facts of a run gives the state of that run, bit for bit.
    pub fn apply(&mut self, event: &Event) {
        self.state.apply(event);
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    fn emit(&mut self, event: Event) {
        self.state.apply(&event);
        self.emitted.push(event);
    }
}
