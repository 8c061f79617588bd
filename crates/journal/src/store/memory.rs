//! Records in memory: for a library that keeps nothing on a disk, and for tests of what a crash loses.

use super::Store;
use crate::checkpoint::{Checkpoint, Signer};
use crate::error::JournalError;
use crate::head::Head;
use crate::record::Record;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

/// A store that lives as long as some copy of it does; copies share what they hold.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    content: Arc<Mutex<Content>>,
}

/// What a failed append leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Nothing of it was kept.
    Whole,
    /// It was kept, and the writer does not know.
    OfTheAnswer,
}

#[derive(Debug, Default)]
struct Content {
    segments: BTreeMap<u64, Segment>,
    published: Vec<Checkpoint>,
    noted: Option<Head>,
    /// The append, counted from the next as 1, that fails.
    failure: Option<(u64, Loss)>,
    key: Option<Signer>,
}

#[derive(Debug, Default)]
struct Segment {
    words: Vec<u8>,
    carried: Option<Vec<u8>>,
    parts: Vec<Vec<u8>>,
    records: Vec<Record>,
    checkpoints: Vec<Checkpoint>,
}

impl Memory {
    pub fn new() -> Memory {
        Memory::default()
    }

    /// Lets the append that comes `after` as many others fail, as a disk would.
    pub fn fail(&self, after: u64, loss: Loss) {
        self.lock().failure = Some((after, loss));
    }

    /// The key that signs, made when it is first asked for.
    pub(crate) fn signer(&self) -> Result<Signer, JournalError> {
        let mut content = self.lock();
        let signer = match &content.key {
            Some(signer) => signer.clone(),
            None => Signer::generate()?,
        };
        content.key = Some(signer.clone());
        Ok(signer)
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn look<T>(&self, segment: u64, at: impl Fn(&Segment) -> T) -> Result<T, JournalError> {
        self.lock().segments.get(&segment).map(at).ok_or_else(nowhere)
    }
}

fn nowhere() -> JournalError {
    JournalError::NotFound { path: PathBuf::from("memory") }
}

impl Content {
    fn active(&mut self) -> Result<&mut Segment, JournalError> {
        self.segments.values_mut().next_back().ok_or_else(nowhere)
    }
}

impl Store for Memory {
    fn segments(&mut self) -> Result<Vec<u64>, JournalError> {
        Ok(self.lock().segments.keys().copied().collect())
    }

    fn first_words(&mut self, segment: u64) -> Result<Vec<u8>, JournalError> {
        self.look(segment, |segment| segment.words.clone())
    }

    fn carried(&mut self, segment: u64) -> Result<Option<Vec<u8>>, JournalError> {
        self.look(segment, |segment| segment.carried.clone())
    }

    fn records(&mut self, segment: u64, after: u64) -> Result<Vec<Record>, JournalError> {
        self.look(segment, |segment| {
            segment.records.iter().filter(|record| record.seq > after).take(256).cloned().collect()
        })
    }

    fn parts(&mut self, segment: u64, count: u64) -> Result<Vec<u8>, JournalError> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        self.look(segment, |segment| segment.parts.iter().take(count).flatten().copied().collect())
    }

    fn notes(&mut self, segment: u64) -> Result<Vec<Record>, JournalError> {
        self.look(segment, |segment| {
            segment.records.iter().filter(|record| record.turns == 0).cloned().collect()
        })
    }

    fn checkpoints(&mut self, segment: u64) -> Result<Vec<Checkpoint>, JournalError> {
        self.look(segment, |segment| segment.checkpoints.clone())
    }

    fn published(&mut self) -> Result<(Vec<Checkpoint>, u64), JournalError> {
        Ok((self.lock().published.clone(), 0))
    }

    fn noted_head(&mut self) -> Result<Option<Head>, JournalError> {
        Ok(self.lock().noted.clone())
    }

    fn complaints(&mut self, _segment: u64) -> Result<Vec<String>, JournalError> {
        Ok(Vec::new())
    }

    fn size(&mut self, segment: u64) -> Result<u64, JournalError> {
        self.look(segment, |segment| {
            let bodies: usize = segment.records.iter().map(|record| record.body.len()).sum();
            let carried = segment.carried.as_ref().map_or(0, Vec::len);
            let parts: usize = segment.parts.iter().map(Vec::len).sum();
            (segment.words.len() + carried + parts + bodies) as u64
        })
    }

    fn begin(
        &mut self,
        segment: u64,
        words: &[u8],
        carried: Option<&[u8]>,
    ) -> Result<(), JournalError> {
        let made = Segment {
            words: words.to_owned(),
            carried: carried.map(<[u8]>::to_owned),
            ..Segment::default()
        };
        self.lock().segments.insert(segment, made);
        Ok(())
    }

    fn append(&mut self, records: &[Record]) -> Result<(), JournalError> {
        let mut content = self.lock();
        let fails = match &mut content.failure {
            Some((0, loss)) => Some(*loss),
            Some((after, _)) => {
                *after -= 1;
                None
            }
            None => None,
        };
        if fails != Some(Loss::Whole) {
            content.active()?.records.extend_from_slice(records);
        }
        match fails {
            Some(_) => {
                content.failure = None;
                Err(JournalError::storage("write turns", "the disk was told to fail"))
            }
            None => Ok(()),
        }
    }

    fn add_part(&mut self, number: u64, bytes: &[u8]) -> Result<(), JournalError> {
        let mut content = self.lock();
        let parts = &mut content.active()?.parts;
        parts.truncate(usize::try_from(number).unwrap_or(usize::MAX));
        parts.push(bytes.to_owned());
        Ok(())
    }

    fn publish(&mut self, checkpoint: &Checkpoint) -> Result<(), JournalError> {
        let mut content = self.lock();
        content.active()?.checkpoints.push(checkpoint.clone());
        content.published.push(checkpoint.clone());
        Ok(())
    }

    fn note_head(&mut self, head: &Head) -> Result<(), JournalError> {
        self.lock().noted = Some(head.clone());
        Ok(())
    }

    fn remove(&mut self, segment: u64) -> Result<(), JournalError> {
        self.lock().segments.remove(&segment).map(|_| ()).ok_or_else(nowhere)
    }

    fn abandon(&mut self) {}
}
