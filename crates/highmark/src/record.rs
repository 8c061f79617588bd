//! The journal of a service, read beside it: durable facts, folded again.

use crate::failure::{Code, Failure};
use highmark_engine::{Engine, Event, State, Timestamp};
use highmark_journal::{JournalError, Reader, Turns};
use std::path::Path;

/// A journal that can be read.
pub struct Record {
    reader: Reader,
}

pub fn open(dir: &Path) -> Result<Record, Failure> {
    Ok(Record { reader: Reader::open(dir).map_err(|error| failed(&error))? })
}

/// What a journal's error means at a command line: damage is a failure, told with its remedy.
pub fn failed(error: &JournalError) -> Failure {
    let mut failure = highmark_server::service::failed(error);
    match error {
        JournalError::Damaged(_) | JournalError::Newer { .. } | JournalError::Older { .. } => {
            failure.code = Code::Failure
        }
        JournalError::NotFound { .. } => {
            failure.hint =
                "start a service with `highmark run`, or name its folder with --state".into();
        }
        JournalError::Held { .. }
        | JournalError::Exists { .. }
        | JournalError::Storage { .. }
        | JournalError::Stopped { .. }
        | JournalError::OutOfStep { .. } => {}
    }
    failure
}

impl Record {
    /// The engine after the last durable turn.
    pub fn now(&self) -> Result<Engine, Failure> {
        self.reader.engine_before(u64::MAX).map_err(|error| failed(&error))
    }

    /// The engine as it was before a turn.
    pub fn before(&self, turn: u64) -> Result<Engine, Failure> {
        self.reader.engine_before(turn).map_err(|error| failed(&error))
    }

    /// The engine as it was when the oldest segment that is still there began.
    pub fn beginning(&self) -> Result<Engine, Failure> {
        self.reader.beginning().map_err(|error| failed(&error))
    }

    pub fn turns(&self) -> Result<Turns, Failure> {
        self.reader.turns().map_err(|error| failed(&error))
    }

    pub fn turns_from(&self, turn: u64) -> Result<Turns, Failure> {
        self.reader.turns_from(turn).map_err(|error| failed(&error))
    }

    pub fn stats(&self) -> Result<highmark_journal::Stats, Failure> {
        self.reader.stats().map_err(|error| failed(&error))
    }

    /// Folds turn by turn, to the last one that is not after `until`.
    pub fn fold(
        &self,
        until: Option<Timestamp>,
        mut each: impl FnMut(&[Event], &State),
    ) -> Result<Engine, Failure> {
        let mut engine = self.beginning()?;
        for turn in self.turns()? {
            let turn = turn.map_err(|error| failed(&error))?;
            if until.is_some_and(|until| turn.at() > until) {
                break;
            }
            turn.events.iter().for_each(|event| engine.apply(event));
            each(&turn.events, engine.state());
        }
        Ok(engine)
    }
}
