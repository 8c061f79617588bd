//! Verification: the whole chain, the checkpoints, the head, and that each segment goes on from the last.

use crate::error::{Damage, JournalError};
use crate::head::Head;
use serde::Serialize;
use std::path::Path;

/// How far a verification has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub segment: u64,
    pub segments: u64,
    pub records: u64,
    pub turns: u64,
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub head: Option<Head>,
    pub segments: u64,
    pub records: u64,
    pub turns: u64,
    pub events: u64,
    pub checkpoints: u64,
    /// Turns after the last signed checkpoint: a cut there can be seen by the head file alone.
    pub unsigned_turns: u64,
    pub damages: Vec<Damage>,
    /// What is no damage and should be known all the same.
    pub notes: Vec<String>,
}

impl Verdict {
    pub fn is_sound(&self) -> bool {
        self.damages.is_empty()
    }
}

/// Walks the whole journal in `dir`, which may be written at the same time.
pub fn verify(dir: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Verdict, JournalError> {
    let _ = (dir, progress);
    Err(JournalError::Storage { doing: "verify", cause: String::new() })
}
