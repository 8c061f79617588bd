//! An input and what was decided of it: what survives whole or not at all.

use highmark_engine::{Event, Input, Timestamp};

/// One input and its events; the first is `TurnBegan`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    pub input: Input,
    pub events: Vec<Event>,
}

impl Turn {
    pub fn new(input: Input, events: Vec<Event>) -> Turn {
        Turn { input, events }
    }

    /// Its number, unless the first event is not `TurnBegan`.
    pub fn number(&self) -> Option<u64> {
        self.began().map(|(turn, _)| turn)
    }

    /// The engine's clock in this turn.
    pub fn at(&self) -> Timestamp {
        self.began_at().unwrap_or(self.input.at)
    }

    pub(crate) fn began_at(&self) -> Option<Timestamp> {
        self.began().map(|(_, at)| at)
    }

    fn began(&self) -> Option<(u64, Timestamp)> {
        match self.events.first() {
            Some(Event::TurnBegan { turn, at }) => Some((*turn, *at)),
            _ => None,
        }
    }
}
