//! The journal of a service, read beside it: durable facts, folded again.

use super::patience::Patience;
use crate::service;
use highmark_engine::{Engine, Event, State, Timestamp};
use highmark_journal::{JournalError, Reader, Stats, Turn, Turns};
use highmark_play::explain::{About, Explanation, Told, explain};
use highmark_play::failure::{Code, Failure};
use highmark_play::refusals::refusals;
use highmark_play::summary::Collector;
use std::path::Path;
use std::sync::Arc;

/// A journal that can be read.
pub struct Record {
    reader: Reader,
    patience: Option<Arc<Patience>>,
}

pub fn open(dir: &Path) -> Result<Record, Failure> {
    let reader = Reader::open(dir).map_err(|error| failed(&error))?;
    Ok(Record { reader, patience: None })
}

/// What a journal's error means at a command line: damage is a failure, told with its remedy.
pub fn failed(error: &JournalError) -> Failure {
    let mut failure = service::failed(error);
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
    /// Folds read no further once nobody waits for them.
    pub fn as_long_as(self, patience: &Arc<Patience>) -> Record {
        Record { patience: Some(Arc::clone(patience)), ..self }
    }

    /// The engine after the last durable turn.
    pub fn now(&self) -> Result<Engine, Failure> {
        self.before(u64::MAX)
    }

    /// The engine as it was before a turn.
    pub fn before(&self, turn: u64) -> Result<Engine, Failure> {
        let mut engine = self.start_of(turn)?;
        for each in self.waited(engine.state().turn() + 1)? {
            let each = each.map_err(|error| failed(&error))?;
            if each.number().is_none_or(|number| number >= turn) {
                break;
            }
            each.events.iter().for_each(|event| engine.apply(event));
        }
        self.wanted()?;
        Ok(engine)
    }

    /// The engine as it was when the oldest segment that is still there began.
    pub fn beginning(&self) -> Result<Engine, Failure> {
        self.reader.beginning().map_err(|error| failed(&error))
    }

    /// The engine as it was when the last segment that began before `at` did; the oldest, when none has.
    pub fn start_before(&self, at: Timestamp) -> Result<Engine, Failure> {
        let heads = self.reader.heads().map_err(|error| failed(&error))?;
        for head in heads.iter().skip(1).rev() {
            let engine = self.start_of(head.turns_before() + 1)?;
            if engine.state().now() < at {
                return Ok(engine);
            }
        }
        self.beginning()
    }

    pub fn turns(&self) -> Result<Turns, Failure> {
        self.reader.turns().map_err(|error| failed(&error))
    }

    pub fn turns_from(&self, turn: u64) -> Result<Turns, Failure> {
        self.reader.turns_from(turn).map_err(|error| failed(&error))
    }

    pub fn stats(&self) -> Result<Stats, Failure> {
        self.reader.stats().map_err(|error| failed(&error))
    }

    /// The turns from one on; they end early when nobody waits any more, which [`Record::wanted`] tells.
    pub fn waited(
        &self,
        turn: u64,
    ) -> Result<impl Iterator<Item = Result<Turn, JournalError>> + use<>, Failure> {
        let patience = self.patience.clone();
        let goes_on = move |_: &_| patience.as_ref().is_none_or(|patience| patience.one_more());
        Ok(self.turns_from(turn)?.take_while(goes_on))
    }

    /// Whether what was read is all that was asked for.
    pub fn wanted(&self) -> Result<(), Failure> {
        if self.patience.as_ref().is_some_and(|patience| patience.is_over()) {
            let message = "it takes longer to read than whoever asked waits";
            return Err(Failure::new(Code::Interrupted, message, "ask for less of the past"));
        }
        Ok(())
    }

    /// Folds on from an engine turn by turn, to the last one that is not after `until`.
    pub fn fold(
        &self,
        mut engine: Engine,
        until: Option<Timestamp>,
        mut each: impl FnMut(&[Event], &State),
    ) -> Result<Engine, Failure> {
        for turn in self.waited(engine.state().turn() + 1)? {
            let turn = turn.map_err(|error| failed(&error))?;
            if until.is_some_and(|until| turn.at() > until) {
                break;
            }
            turn.events.iter().for_each(|event| engine.apply(event));
            each(&turn.events, engine.state());
        }
        self.wanted()?;
        Ok(engine)
    }

    /// Why something fired, or why not, as of `until` or now. What happened is told from the segment on in which
    /// `since` lies, or else all of it; `narrow` may leave some of it out.
    pub fn explain(
        &self,
        about: About<'_>,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        narrow: impl FnOnce(&State, &mut Explanation),
    ) -> Result<Explanation, Failure> {
        let start = since.map_or_else(|| self.beginning(), |since| self.start_before(since))?;
        let (mut collector, mut notes) = (Collector::default(), Vec::new());
        let engine = self.fold(start, until, |events, state| {
            notes.extend(refusals(events, state));
            collector.take(events, state);
        })?;
        let state = engine.state();
        let mut told = explain(Told { state, lines: &collector.lines, notes }, about)?;
        narrow(state, &mut told);
        Ok(told)
    }

    /// The engine as it was when the segment began that holds a turn.
    fn start_of(&self, turn: u64) -> Result<Engine, Failure> {
        let heads = self.reader.heads().map_err(|error| failed(&error))?;
        let first = heads.iter().rev().find(|head| head.turns_before() < turn);
        let first = first.map_or(0, |head| head.turns_before() + 1);
        self.reader.engine_before(first).map_err(|error| failed(&error))
    }
}
