//! What a journal needs of the place that keeps its records. Nothing more is abstracted.

mod folder;
mod memory;
mod migrate;
mod names;
mod schema;
mod sqlite;

pub(crate) use folder::Folder;
pub use memory::{Loss, Memory};
pub(crate) use names::{CHECKPOINTS, KEY, LOCK, RESTORING};

use crate::checkpoint::Checkpoint;
use crate::error::JournalError;
use crate::head::Head;
use crate::record::Record;

/// Segments of records. Whatever a call wrote is durable when it returns, but for [`Store::note_head`].
pub trait Store: Send {
    /// The numbers of the segments that are there, lowest first; the last is the active one.
    fn segments(&mut self) -> Result<Vec<u64>, JournalError>;

    /// A segment's first words, as they were written.
    fn first_words(&mut self, segment: u64) -> Result<Vec<u8>, JournalError>;

    /// The bytes of the state that a segment carries.
    fn carried(&mut self, segment: u64) -> Result<Option<Vec<u8>>, JournalError>;

    /// The records of a segment after number `after`, as many as are read at once; none at its end.
    fn records(&mut self, segment: u64, after: u64) -> Result<Vec<Record>, JournalError>;

    /// The first `count` parts of the state that a segment was given later, put together.
    fn parts(&mut self, segment: u64, count: u64) -> Result<Vec<u8>, JournalError>;

    /// The records of a segment that hold no turns.
    fn notes(&mut self, segment: u64) -> Result<Vec<Record>, JournalError>;

    /// The checkpoints that stand in a segment.
    fn checkpoints(&mut self, segment: u64) -> Result<Vec<Checkpoint>, JournalError>;

    /// The checkpoints that stand outside the segments, and how many lines are none.
    fn published(&mut self) -> Result<(Vec<Checkpoint>, u64), JournalError>;

    /// The end of the journal as it was last noted; `None` when nothing readable was.
    fn noted_head(&mut self) -> Result<Option<Head>, JournalError>;

    /// What else is wrong with how a segment is kept, in words.
    fn complaints(&mut self, segment: u64) -> Result<Vec<String>, JournalError>;

    /// Bytes that a segment takes.
    fn size(&mut self, segment: u64) -> Result<u64, JournalError>;

    /// Makes a new active segment, wholly or not at all.
    fn begin(
        &mut self,
        segment: u64,
        words: &[u8],
        carried: Option<&[u8]>,
    ) -> Result<(), JournalError>;

    /// Adds records to the active segment, all or none.
    fn append(&mut self, records: &[Record]) -> Result<(), JournalError>;

    /// Writes a part of the state that the active segment is given later; the first, number 0, takes the place of all
    /// that were there.
    fn add_part(&mut self, number: u64, bytes: &[u8]) -> Result<(), JournalError>;

    /// Adds a checkpoint to the active segment and to those outside.
    fn publish(&mut self, checkpoint: &Checkpoint) -> Result<(), JournalError>;

    /// Notes the end of the journal, soon after it was reached; a loss of power may lose the note.
    fn note_head(&mut self, head: &Head) -> Result<(), JournalError>;

    /// Removes a sealed segment.
    fn remove(&mut self, segment: u64) -> Result<(), JournalError>;

    /// Leaves everything as it is: after an error not even what tidies up may be tried.
    fn abandon(&mut self);
}
