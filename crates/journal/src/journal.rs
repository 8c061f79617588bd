//! The one writer of a journal.

use crate::about::About;
use crate::checkpoint::Checkpoint;
use crate::error::JournalError;
use crate::head::Head;
use crate::retire::{Retention, Retired};
use crate::turn::Turn;
use highmark_engine::{Engine, State, Timestamp};
use std::path::Path;

/// A journal that is being written. It stops at its first error.
#[derive(Debug)]
pub struct Journal {
    head: Head,
}

/// What one group commit made durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    pub head: Head,
    pub turns: u64,
    pub events: u64,
    /// Bytes of records, compressed.
    pub bytes: u64,
}

/// What was there when the journal was opened.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// The engine as it was after the last durable turn.
    pub engine: Engine,
    pub head: Head,
    /// Turns and events that were folded to get there.
    pub turns: u64,
    pub events: u64,
    /// It began from the state that the newest segment carries; otherwise all segments were folded.
    pub from_carried: bool,
    /// What a person should know: a repaired crash, a state that had to be folded anew.
    pub notes: Vec<String>,
}

const UNBUILT: JournalError =
    JournalError::Storage { doing: "use the journal", cause: String::new() };

impl Journal {
    /// Makes a new journal in a folder that holds none.
    pub fn create(dir: &Path, about: &About, now: Timestamp) -> Result<Journal, JournalError> {
        let _ = (dir, about, now);
        Err(UNBUILT)
    }

    /// Takes up a journal where it ended, or refuses when it is damaged.
    pub fn open(
        dir: &Path,
        about: &About,
        now: Timestamp,
    ) -> Result<(Journal, Recovered), JournalError> {
        let _ = (dir, about, now);
        Err(UNBUILT)
    }

    /// Makes `turns` durable, all of them or none.
    pub fn append(&mut self, turns: &[Turn]) -> Result<Committed, JournalError> {
        let _ = turns;
        Err(UNBUILT)
    }

    /// Seals the active segment and begins the next with `state`, which the turns so far have come to.
    pub fn roll(&mut self, state: &State, now: Timestamp) -> Result<(), JournalError> {
        let _ = (state, now);
        Err(UNBUILT)
    }

    /// Signs where the journal ends now.
    pub fn checkpoint(&mut self, now: Timestamp) -> Result<Checkpoint, JournalError> {
        let _ = now;
        Err(UNBUILT)
    }

    /// Removes sealed segments that need not be kept.
    pub fn retire(
        &mut self,
        keep: Retention,
        now: Timestamp,
    ) -> Result<Vec<Retired>, JournalError> {
        let _ = (keep, now);
        Err(UNBUILT)
    }

    pub fn head(&self) -> &Head {
        &self.head
    }
}
