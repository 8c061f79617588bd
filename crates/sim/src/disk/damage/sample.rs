//! Sound journals to damage: each is made once, kept as bytes, and laid out again for each damage.

use super::super::desk::{describe, inputs};
use crate::random::Dice;
use highmark_engine::Engine;
use highmark_journal::{About, Carry, Journal, Reader, Turn};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How many journals there are to damage.
pub(super) const SAMPLES: u64 = 24;

/// A journal as it lay on the disk.
pub(super) struct Sample {
    pub(super) turns: Vec<Turn>,
    pub(super) state: u64,
    pub(super) files: Vec<(String, Vec<u8>)>,
}

impl Sample {
    /// The journal of that number; made by the first who asks.
    pub(super) fn of(number: u64) -> Result<Arc<Sample>, String> {
        static MADE: Mutex<BTreeMap<u64, Arc<Sample>>> = Mutex::new(BTreeMap::new());
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sample) = made.get(&number) {
            return Ok(Arc::clone(sample));
        }
        let sample = Arc::new(Sample::make(number)?);
        made.insert(number, Arc::clone(&sample));
        Ok(sample)
    }

    fn make(number: u64) -> Result<Sample, String> {
        let mut dice = Dice::new(number ^ 0x73_61_6d);
        let folder = Copy::empty().map_err(|error| error.to_string())?;
        let told = |error| describe(&error);
        let mut engine = Engine::new();
        let mut turns = Vec::new();
        let inputs = inputs(number, dice.pick(&[40, 80, 160]));
        let first = inputs.first().ok_or("a market without inputs")?.at;
        let mut journal = Journal::create(folder.dir(), &About::new("sim"), first).map_err(told)?;
        let mut rest = &inputs[..];
        while !rest.is_empty() {
            let (group, after) = rest.split_at(dice.between(1, 9).min(rest.len() as i64) as usize);
            let step = |input: &_| Turn::new(Clone::clone(input), engine.step(Clone::clone(input)));
            let group: Vec<Turn> = group.iter().map(step).collect();
            journal.append(&group).map_err(told)?;
            let now = group.last().ok_or("an empty group")?.at();
            turns.extend(group);
            if dice.chance(15) || after.is_empty() {
                journal.checkpoint(now).map_err(told)?;
            }
            if dice.chance(10) && !after.is_empty() {
                match dice.chance(50) {
                    true => journal.roll(engine.state(), now).map_err(told)?,
                    false => journal.roll_ahead(true, now).map_err(told)?,
                }
            }
            if journal.lacks_state() && dice.chance(50) {
                let reader = Reader::open(folder.dir()).map_err(told)?;
                let carry = Carry::fold(&reader, journal.head().segment).map_err(told)?;
                let mut carry = carry.in_parts_of(1_000);
                while !journal.carry(&mut carry).map_err(told)? {}
            }
            rest = after;
        }
        // Half of them as a crash leaves them, with a log; half as they are when they were closed.
        let state = engine.state().hash();
        let files = if number.is_multiple_of(2) {
            let files = folder.read();
            drop(journal);
            files
        } else {
            drop(journal);
            folder.read()
        };
        Ok(Sample { turns, state, files: files.map_err(|error| error.to_string())? })
    }

    /// The files of that journal in a new folder.
    pub(super) fn copy(&self) -> io::Result<Copy> {
        let copy = Copy::empty()?;
        for (name, bytes) in &self.files {
            fs::write(copy.0.join(name), bytes)?;
        }
        Ok(copy)
    }
}

/// A folder that is gone when it is dropped.
pub(super) struct Copy(PathBuf);

impl Copy {
    fn empty() -> io::Result<Copy> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("highmark-sim-{}-{number}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        fs::create_dir_all(&dir)?;
        Ok(Copy(dir))
    }

    pub(super) fn dir(&self) -> &Path {
        &self.0
    }

    fn read(&self) -> io::Result<Vec<(String, Vec<u8>)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            // The index of a log is made anew by whoever reads it.
            if !name.ends_with("-shm") {
                files.push((name, fs::read(entry.path())?));
            }
        }
        files.sort();
        Ok(files)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // What cannot be removed is left to the system's own tidying.
        let _ = fs::remove_dir_all(&self.0);
    }
}
