//! What can go wrong with a journal, sorted by what the caller does next.

use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// Why a journal could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalError {
    /// Another process writes it; wait for its end or look for it.
    Held { path: PathBuf, by: String },
    /// What was written is not what is there. Nothing is repaired by guessing: restore a backup.
    Damaged(Damage),
    /// It was written by a newer version: install that one.
    Newer { path: PathBuf, format: u32, known: u32 },
    /// It was written by an older version and not brought forward yet.
    Older { path: PathBuf, format: u32 },
    /// There is none; make one.
    NotFound { path: PathBuf },
    /// There is one already, or something else is in its place.
    Exists { path: PathBuf },
    /// The disk or the database refused. A writer that said this has stopped.
    Storage { doing: &'static str, cause: String },
    /// The writer stopped at its first error, which this repeats. Nothing was written since.
    Stopped { first: String },
    /// A caller's mistake: turns have to follow each other. The writer has stopped.
    OutOfStep { expected: u64, found: Option<u64> },
}

/// One damage: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The segment's number, 0 for the folder.
    pub segment: u64,
    /// The record in its segment, from 1.
    pub record: Option<u64>,
    /// The first and last turn that cannot be trusted.
    pub turns: Option<(u64, u64)>,
    pub what: String,
    pub remedy: String,
}

impl JournalError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            JournalError::Held { .. } => "stop the other process first; one journal has one writer".into(),
            JournalError::Damaged(damage) => damage.remedy.clone(),
            JournalError::Newer { .. } => "use the version of Highmark that wrote it, or a later one".into(),
            JournalError::Older { .. } => {
                "open it once for writing with this version: it is migrated, and kept as it was beside".into()
            }
            JournalError::NotFound { path } => {
                format!("check the path, or start a new journal in {}", path.display())
            }
            JournalError::Exists { path } => format!("choose an empty folder instead of {}", path.display()),
            JournalError::Storage { .. } | JournalError::Stopped { .. } => {
                "look at the disk (space, rights, errors), then start again: a restart recovers all that was durable".into()
            }
            JournalError::OutOfStep { .. } => "this is a fault of the program: report it with the journal".into(),
        }
    }

    pub(crate) fn storage(doing: &'static str, cause: impl fmt::Display) -> JournalError {
        JournalError::Storage { doing, cause: cause.to_string() }
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JournalError::Held { path, by } => {
                write!(f, "the journal in {} is being written by {by}", path.display())
            }
            JournalError::Damaged(damage) => write!(f, "the journal is damaged: {damage}"),
            JournalError::Newer { path, format, known } => write!(
                f,
                "{} has format {format}; this version reads up to format {known}",
                path.display()
            ),
            JournalError::Older { path, format } => {
                write!(f, "{} has the older format {format}", path.display())
            }
            JournalError::NotFound { path } => {
                write!(f, "there is no journal in {}", path.display())
            }
            JournalError::Exists { path } => write!(f, "{} is not empty", path.display()),
            JournalError::Storage { doing, cause } => write!(f, "{doing}: {cause}"),
            JournalError::Stopped { first } => {
                write!(f, "the journal has stopped at its first error: {first}")
            }
            JournalError::OutOfStep { expected, found: Some(found) } => {
                write!(f, "turn {found} was to be written where turn {expected} comes next")
            }
            JournalError::OutOfStep { expected, found: None } => {
                write!(
                    f,
                    "something that begins no turn was to be written where turn {expected} comes next"
                )
            }
        }
    }
}

impl std::error::Error for JournalError {}

impl Damage {
    pub(crate) const RESTORE: &'static str =
        "keep the folder as it is, restore the last backup into a clean one, and compare";
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.segment {
            0 => f.write_str("folder")?,
            segment => write!(f, "segment {segment}")?,
        }
        if let Some(record) = self.record {
            write!(f, ", record {record}")?;
        }
        if let Some((first, last)) = self.turns {
            write!(f, ", turns {first} to {last}")?;
        }
        write!(f, ": {}", self.what)
    }
}
