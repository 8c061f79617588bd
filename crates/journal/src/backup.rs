//! Backup beside a live writer, and restore into a clean folder.

use crate::about::About;
use crate::error::JournalError;
use crate::head::Head;
use highmark_engine::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What a backup holds; written beside it as `backup.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    pub at: Timestamp,
    pub head: Head,
    pub segments: Vec<u64>,
    pub bytes: u64,
}

/// What a restore made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// The end of the backup.
    pub from: Head,
    /// The end of the new journal: the same turns in a new epoch.
    pub head: Head,
}

/// Copies the journal in `dir` to the new or empty folder `to`, as it is at one moment.
pub fn backup(dir: &Path, to: &Path, now: Timestamp) -> Result<Backup, JournalError> {
    let _ = (dir, to, now);
    Err(JournalError::Storage { doing: "back up", cause: String::new() })
}

/// Makes a journal in the new or empty folder `dir` from a backup, verified, in a new epoch.
pub fn restore(
    from: &Path,
    dir: &Path,
    about: &About,
    now: Timestamp,
) -> Result<Restored, JournalError> {
    let _ = (from, dir, about, now);
    Err(JournalError::Storage { doing: "restore", cause: String::new() })
}
