//! A state that comes later: a segment may begin without the one that it goes on from. It is then folded from the
//! record beside the writer, and written in parts between the turns, so that no turn waits for it. The parts stand
//! beside the chain, as does a state that was there from the beginning; a note in the chain says what they come to.
//!
//! Until it is whole, recovery folds the segment before, which is kept as long.

use crate::error::JournalError;
use crate::reader::Reader;
use crate::record::Note;
use crate::recover::start_of;
use crate::segment::{self, Carried, SegmentHead};
use crate::store::Store;

/// A part has so many bytes: few enough to be written between two turns unnoticed.
const PART: usize = 256 << 10;

/// The state with which a segment begins, on its way into it.
#[derive(Clone, Debug)]
pub struct Carry {
    pub(crate) segment: u64,
    pub(crate) carried: Carried,
    bytes: Vec<u8>,
    part: usize,
    /// Parts that are written.
    pub(crate) parts: u64,
}

impl Carry {
    /// Folds the state with which `segment` begins from the record. Takes as long as a recovery, and about twice the
    /// memory of the state.
    ///
    /// # Errors
    /// When the segment or one that it needs is not there, or is damaged.
    pub fn fold(reader: &Reader, segment: u64) -> Result<Carry, JournalError> {
        let start = start_of(reader.store().as_mut(), segment)?;
        let state = start.engine.state().settled();
        drop(start);
        let (carried, bytes) = segment::pack(&state)?;
        Ok(Carry { segment, carried, bytes, part: PART, parts: 0 })
    }

    /// The same in parts of so many bytes, at least 1.
    pub fn in_parts_of(self, bytes: usize) -> Carry {
        Carry { part: bytes.max(1), ..self }
    }

    /// The next part with its number; none when all are written.
    pub(crate) fn next_part(&self) -> Option<(u64, &[u8])> {
        let begin = usize::try_from(self.parts).ok()?.checked_mul(self.part)?;
        let rest = self.bytes.get(begin..).filter(|rest| !rest.is_empty())?;
        Some((self.parts, &rest[..rest.len().min(self.part)]))
    }

    pub(crate) fn wrote_part(&mut self) {
        self.parts += 1;
    }
}

/// The state with which a segment begins, as it is stored: with its first words or later. None when it is the
/// first segment, or its state is yet to be written.
pub(crate) fn carried_of(
    store: &mut dyn Store,
    first: &SegmentHead,
) -> Result<Option<(Carried, Vec<u8>)>, JournalError> {
    if let Some(carried) = &first.carried {
        return Ok(Some((carried.clone(), store.carried(first.segment)?.unwrap_or_default())));
    }
    match later(store, first)? {
        Some((carried, parts)) => Ok(Some((carried, store.parts(first.segment, parts)?))),
        None => Ok(None),
    }
}

/// Whether the state with which a segment begins is yet to be written. Its bytes are not read.
pub(crate) fn lacks_state(
    store: &mut dyn Store,
    first: &SegmentHead,
) -> Result<bool, JournalError> {
    Ok(first.before.is_some() && first.carried.is_none() && later(store, first)?.is_none())
}

/// What the segment's notes say of a state that came later, and in how many parts.
fn later(
    store: &mut dyn Store,
    first: &SegmentHead,
) -> Result<Option<(Carried, u64)>, JournalError> {
    if first.before.is_none() {
        return Ok(None);
    }
    let notes = store.notes(first.segment)?;
    Ok(notes.iter().rev().find_map(|record| match serde_json::from_slice(&record.body) {
        Ok(Note::Carried { carried, parts }) => Some((carried, parts)),
        Ok(Note::Retired(_)) | Err(_) => None,
    }))
}
