//! A look at a journal from beside its writer: durable facts only.

use crate::chain::{Chain, Content};
use crate::disk::Disk;
use crate::error::JournalError;
use crate::head::Head;
use crate::recover::{Walk, first_words, start_of};
use crate::segment::SegmentHead;
use crate::store::{Folder, Memory, Store};
use crate::turn::Turn;
use highmark_engine::{Engine, Timestamp};
use serde::Serialize;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// A journal that is read, and may be written by another at the same time.
#[derive(Clone, Debug)]
pub struct Reader {
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    Folder(PathBuf, Disk),
    Memory(Memory),
}

/// What a journal holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stats {
    pub head: Head,
    pub segments: Vec<SegmentSummary>,
    /// Bytes of all segments.
    pub bytes: u64,
}

/// One segment in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SegmentSummary {
    pub segment: u64,
    pub epoch: u64,
    pub created_at: Timestamp,
    /// The version of the program that began it.
    pub product: String,
    /// The first turn that it holds, or will hold.
    pub first_turn: u64,
    /// The last one; the one before the first when it holds none.
    pub last_turn: u64,
    pub records: u64,
    pub events: u64,
    /// Bytes of all of it.
    pub bytes: u64,
    pub is_active: bool,
}

impl Reader {
    pub fn open(dir: &Path) -> Result<Reader, JournalError> {
        Reader::open_on(dir, &Disk::default())
    }

    pub fn open_on(dir: &Path, disk: &Disk) -> Result<Reader, JournalError> {
        let reader = Reader { place: Place::Folder(dir.to_owned(), disk.clone()) };
        match reader.store().segments()?.is_empty() {
            true => Err(JournalError::NotFound { path: dir.to_owned() }),
            false => Ok(reader),
        }
    }

    /// A reader of a journal in memory.
    pub fn over(memory: &Memory) -> Reader {
        Reader { place: Place::Memory(memory.clone()) }
    }

    /// All turns that are still there.
    pub fn turns(&self) -> Result<Turns, JournalError> {
        self.turns_from(0)
    }

    /// The turns from number `turn` on, up to the end as it is when it is reached.
    pub fn turns_from(&self, turn: u64) -> Result<Turns, JournalError> {
        let mut store = self.store();
        let segments = store.segments()?;
        let first = segment_with(store.as_mut(), &segments, turn)?;
        let segments = segments.into_iter().filter(|segment| *segment >= first).collect();
        Ok(Turns { store, segments, open: None, from: turn, ready: VecDeque::new(), failed: false })
    }

    /// The engine as it was when the oldest segment that is still there began.
    pub fn beginning(&self) -> Result<Engine, JournalError> {
        self.engine_before(0)
    }

    /// The engine as it was before turn number `turn`, or after the last turn when there is no such one.
    pub fn engine_before(&self, turn: u64) -> Result<Engine, JournalError> {
        let mut store = self.store();
        let segments = store.segments()?;
        let first = segment_with(store.as_mut(), &segments, turn)?;
        let mut engine = start_of(store.as_mut(), first)?.engine;
        for each in self.turns_from(engine.state().turn() + 1)? {
            let each = each?;
            if each.number().is_none_or(|number| number >= turn) {
                break;
            }
            each.events.iter().for_each(|event| engine.apply(event));
        }
        Ok(engine)
    }

    /// The first words of each segment.
    pub fn heads(&self) -> Result<Vec<SegmentHead>, JournalError> {
        let mut store = self.store();
        let segments = store.segments()?;
        segments.into_iter().map(|segment| Ok(first_words(store.as_mut(), segment)?.0)).collect()
    }

    pub fn segments(&self) -> Result<Vec<SegmentSummary>, JournalError> {
        Ok(self.stats()?.segments)
    }

    /// What the journal holds. The active segment's records are walked, the others' ends are known.
    pub fn stats(&self) -> Result<Stats, JournalError> {
        let mut store = self.store();
        let numbers = store.segments()?;
        let mut heads = Vec::new();
        for segment in &numbers {
            heads.push(first_words(store.as_mut(), *segment)?);
        }
        let Some((last, words)) = heads.last() else {
            return Err(JournalError::Storage {
                doing: "count segments",
                cause: "there is none".into(),
            });
        };
        let mut chain = Chain::begin(last, words);
        let mut walk = Walk::new(last.segment);
        while let Some(record) = walk.next(store.as_mut())? {
            chain.follow(&record)?;
        }
        let head = chain.head;
        let mut segments = Vec::new();
        for (place, (first, _)) in heads.iter().enumerate() {
            let sealed = heads.get(place + 1).and_then(|(next, _)| next.before.as_ref());
            let (records, turns, events) = match sealed {
                Some(sealed) => (sealed.records, sealed.turns, sealed.events),
                None => (head.records, head.turns, head.events),
            };
            segments.push(SegmentSummary {
                segment: first.segment,
                epoch: first.epoch,
                created_at: first.created_at,
                product: first.product.clone(),
                first_turn: first.turns_before() + 1,
                last_turn: turns,
                records,
                events: events - first.events_before(),
                bytes: store.size(first.segment)?,
                is_active: sealed.is_none(),
            });
        }
        let bytes = segments.iter().map(|segment| segment.bytes).sum();
        Ok(Stats { head, segments, bytes })
    }

    pub(crate) fn store(&self) -> Box<dyn Store> {
        match &self.place {
            Place::Folder(dir, disk) => Box::new(Folder::to_read(dir, disk)),
            Place::Memory(memory) => Box::new(memory.clone()),
        }
    }
}

/// The segment that holds `turn`, or the oldest when it is older, or the newest when it is yet to come.
fn segment_with(store: &mut dyn Store, segments: &[u64], turn: u64) -> Result<u64, JournalError> {
    for segment in segments.iter().rev() {
        if first_words(store, *segment)?.0.turns_before() < turn {
            return Ok(*segment);
        }
    }
    Ok(segments.first().copied().unwrap_or(1))
}

/// The turns of a journal in order, over all its segments, each checked against its chain.
pub struct Turns {
    store: Box<dyn Store>,
    segments: VecDeque<u64>,
    open: Option<(Chain, Walk)>,
    from: u64,
    ready: VecDeque<Turn>,
    failed: bool,
}

impl Turns {
    /// Makes some turns ready; false at the end.
    fn read(&mut self) -> Result<bool, JournalError> {
        loop {
            let Some((chain, walk)) = &mut self.open else {
                let Some(segment) = self.segments.pop_front() else { return Ok(false) };
                let (first, words) = first_words(self.store.as_mut(), segment)?;
                self.open = Some((Chain::begin(&first, &words), Walk::new(segment)));
                continue;
            };
            let Some(record) = walk.next(self.store.as_mut())? else {
                self.open = None;
                continue;
            };
            chain.follow(&record)?;
            if record.turns == 0 || chain.head.turns < self.from {
                continue;
            }
            if let Content::Turns(turns) = chain.content(&record)? {
                let wanted = |turn: &Turn| turn.number().is_some_and(|number| number >= self.from);
                self.ready.extend(turns.into_iter().filter(wanted));
                return Ok(true);
            }
        }
    }
}

impl Iterator for Turns {
    type Item = Result<Turn, JournalError>;

    fn next(&mut self) -> Option<Result<Turn, JournalError>> {
        while self.ready.is_empty() && !self.failed {
            match self.read() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
        self.ready.pop_front().map(Ok)
    }
}
