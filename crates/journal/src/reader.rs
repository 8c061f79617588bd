//! A look at a journal from beside its writer: durable facts only.

use crate::disk::Disk;
use crate::error::JournalError;
use crate::head::Head;
use crate::turn::Turn;
use highmark_engine::{Engine, Timestamp};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A journal that is read, and may be written by another at the same time.
#[derive(Clone, Debug)]
pub struct Reader {
    dir: PathBuf,
    disk: Disk,
}

/// The turns of a journal in order, over all its segments.
pub struct Turns {}

/// What a journal holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stats {
    pub head: Head,
    pub segments: Vec<SegmentSummary>,
    /// Bytes of all segments on the disk.
    pub bytes: u64,
}

/// One segment in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SegmentSummary {
    pub segment: u64,
    pub epoch: u64,
    pub created_at: Timestamp,
    pub product: String,
    /// The first turn that it can hold.
    pub first_turn: u64,
    pub last_turn: u64,
    pub records: u64,
    pub events: u64,
    /// Bytes of its records.
    pub bytes: u64,
    pub is_active: bool,
}

const UNBUILT: JournalError =
    JournalError::Storage { doing: "use the journal", cause: String::new() };

impl Reader {
    pub fn open(dir: &Path) -> Result<Reader, JournalError> {
        Reader::open_on(dir, &Disk::default())
    }

    pub fn open_on(dir: &Path, disk: &Disk) -> Result<Reader, JournalError> {
        Ok(Reader { dir: dir.to_owned(), disk: disk.clone() })
    }

    /// All turns that are still there.
    pub fn turns(&self) -> Result<Turns, JournalError> {
        self.turns_from(0)
    }

    /// The turns from number `turn` on.
    pub fn turns_from(&self, turn: u64) -> Result<Turns, JournalError> {
        let _ = (turn, &self.dir, &self.disk);
        Err(UNBUILT)
    }

    /// The engine as it was when the oldest segment began, for a fold or a rerun of [`Reader::turns`].
    pub fn base(&self) -> Result<Engine, JournalError> {
        Err(UNBUILT)
    }

    /// The engine after the last durable turn.
    pub fn engine_now(&self) -> Result<Engine, JournalError> {
        self.engine_before(u64::MAX)
    }

    /// The engine as it was before number `turn`, from the nearest carried state.
    pub fn engine_before(&self, turn: u64) -> Result<Engine, JournalError> {
        let _ = turn;
        Err(UNBUILT)
    }

    pub fn segments(&self) -> Result<Vec<SegmentSummary>, JournalError> {
        Err(UNBUILT)
    }

    pub fn stats(&self) -> Result<Stats, JournalError> {
        Err(UNBUILT)
    }
}

impl Iterator for Turns {
    type Item = Result<Turn, JournalError>;

    fn next(&mut self) -> Option<Result<Turn, JournalError>> {
        None
    }
}
