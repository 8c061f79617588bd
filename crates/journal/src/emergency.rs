//! The path of exits when the journal has stopped: a file that is open already, one fact a line.
//!
//! Only exits and what brokers answer to them go here. After a restart they are given to the engine as
//! inputs, journaled, and the file is settled: renamed, never deleted.

use crate::error::JournalError;
use highmark_engine::{Event, OrderNews, Timestamp};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A fact that could not wait for the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Urgent {
    pub at: Timestamp,
    pub fact: UrgentFact,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UrgentFact {
    /// An exit was decided; the same decision has the same id however often it is made.
    Decided(Box<Event>),
    /// What came back.
    News(OrderNews),
    /// Anything else that a person will want to know.
    Note(String),
}

/// The emergency file, open.
#[derive(Debug)]
pub struct Emergency {
    path: PathBuf,
    file: File,
}

impl Emergency {
    /// Opens the file before it is needed, so that a full disk or a lost right cannot keep it shut.
    pub fn open(path: &Path) -> Result<Emergency, JournalError> {
        let failed = |error| JournalError::storage("open the emergency file", error);
        let mut file =
            OpenOptions::new().create(true).append(true).read(true).open(path).map_err(failed)?;
        if ends_torn(path).map_err(failed)? {
            file.write_all(b"\n").map_err(failed)?;
        }
        Ok(Emergency { path: path.to_owned(), file })
    }

    /// Writes one fact and syncs. The caller goes on with the exit whatever the answer is.
    pub fn append(&mut self, urgent: &Urgent) -> Result<(), JournalError> {
        let failed = |error| JournalError::storage("write the emergency file", error);
        let mut line = serde_json::to_vec(urgent)
            .map_err(|error| JournalError::storage("write a fact", error))?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(failed)?;
        self.file.sync_data().map_err(failed)
    }

    /// What stands in the file at `path`, and how many lines could not be read (a crash tears the last).
    pub fn read(path: &Path) -> Result<(Vec<Urgent>, u64), JournalError> {
        let content = match fs::read(path) {
            Ok(content) => content,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok((Vec::new(), 0)),
            Err(error) => return Err(JournalError::storage("read the emergency file", error)),
        };
        let (mut facts, mut torn) = (Vec::new(), 0);
        for line in content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match serde_json::from_slice(line) {
                Ok(urgent) => facts.push(urgent),
                Err(_) => torn += 1,
            }
        }
        Ok((facts, torn))
    }

    /// Puts the file aside once all of it is journaled, and opens an empty one in its place.
    pub fn settle(&mut self, now: Timestamp) -> Result<PathBuf, JournalError> {
        let failed = |error| JournalError::storage("settle the emergency file", error);
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".settled-{}", now.0));
        let aside = self.path.with_file_name(name);
        fs::rename(&self.path, &aside).map_err(failed)?;
        *self = Emergency::open(&self.path.clone())?;
        crate::disk::sync_folder_of(&self.path).map_err(failed)?;
        Ok(aside)
    }
}

/// Whether the last line was cut off.
fn ends_torn(path: &Path) -> std::io::Result<bool> {
    let content = fs::read(path)?;
    Ok(content.last().is_some_and(|byte| *byte != b'\n'))
}
