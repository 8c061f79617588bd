//! The path of exits when the journal has stopped: a file that is open already, one fact a line.
//!
//! Only exits and what brokers answer to them go here. After a restart they are given to the engine as
//! inputs, journaled, and the file is settled: renamed, never deleted.

use crate::error::JournalError;
use highmark_engine::{Event, OrderNews, Timestamp};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
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
    /// The kill was engaged.
    Killed { reason: String },
    /// Anything else that a person will want to know.
    Note(String),
}

/// The emergency file, open.
#[derive(Debug)]
pub struct Emergency {
    path: PathBuf,
    file: File,
    /// A line was begun and not ended.
    is_torn: bool,
}

/// Room on the disk that is kept for it: some thousand facts.
const ROOM: u64 = 1 << 20;

impl Emergency {
    /// Opens the file before it is needed, with room on the disk where that can be had, so that a full disk or a lost
    /// right cannot keep it shut.
    pub fn open(path: &Path) -> Result<Emergency, JournalError> {
        let failed = |error| JournalError::storage("open the emergency file", error);
        let file =
            OpenOptions::new().create(true).append(true).read(true).open(path).map_err(failed)?;
        let is_torn = ends_torn(path).map_err(failed)?;
        keep_room(&file);
        Ok(Emergency { path: path.to_owned(), file, is_torn })
    }

    /// Writes one fact and syncs. What it tells of may leave once this is done, and not before.
    pub fn append(&mut self, urgent: &Urgent) -> Result<(), JournalError> {
        let failed = |error| JournalError::storage("write the emergency file", error);
        let mut line = serde_json::to_vec(urgent)
            .map_err(|error| JournalError::storage("write a fact", error))?;
        line.push(b'\n');
        write_line(&mut self.file, &line, &mut self.is_torn).map_err(failed)?;
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

/// Writes a line of its own, also after one that was cut off.
fn write_line(to: &mut impl Write, line: &[u8], is_torn: &mut bool) -> io::Result<()> {
    if *is_torn {
        to.write_all(b"\n")?;
    }
    *is_torn = true;
    to.write_all(line)?;
    *is_torn = false;
    Ok(())
}

/// Not every system and file system can; without it the file is as it was.
fn keep_room(file: &File) {
    #[cfg(target_os = "linux")]
    let _ = rustix::fs::fallocate(file, rustix::fs::FallocateFlags::KEEP_SIZE, 0, ROOM);
    #[cfg(not(target_os = "linux"))]
    let _ = (file, ROOM);
}

/// Whether the last line was cut off.
fn ends_torn(path: &Path) -> io::Result<bool> {
    let content = fs::read(path)?;
    Ok(content.last().is_some_and(|byte| *byte != b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with room for so many bytes.
    struct Full {
        has: Vec<u8>,
        room: usize,
    }

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let fits = bytes.len().min(self.room - self.has.len());
            if fits == 0 {
                return Err(ErrorKind::StorageFull.into());
            }
            self.has.extend_from_slice(&bytes[..fits]);
            Ok(fits)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_fact_after_one_that_was_cut_off_has_a_line_of_its_own() {
        let (mut disk, mut is_torn) = (Full { has: Vec::new(), room: 8 }, false);
        write_line(&mut disk, b"one\n", &mut is_torn).unwrap();
        assert!(write_line(&mut disk, b"second\n", &mut is_torn).is_err());
        assert!(write_line(&mut disk, b"third\n", &mut is_torn).is_err());
        disk.room = 100;
        write_line(&mut disk, b"fourth\n", &mut is_torn).unwrap();
        write_line(&mut disk, b"fifth\n", &mut is_torn).unwrap();
        assert_eq!(disk.has, b"one\nseco\nfourth\nfifth\n");
    }
}
