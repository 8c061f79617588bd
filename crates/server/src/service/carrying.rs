//! The state with which a segment begins: folded from the record on a thread of its own, and written in small parts
//! between the turns. To write it down takes a second where a day had many trades, and no exit waits for that.

use crate::behind::aside;
use highmark_journal::{Carry, Journal, JournalError, Reader};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

/// Bytes of a part, and how long turns have the disk for themselves between two.
const PART: usize = 64 << 10;
const PAUSE: Duration = Duration::from_millis(50);
/// How long the last state is waited for when the service stops; without it the next start folds a segment more.
const PATIENCE: Duration = Duration::from_secs(5);

/// The state that is on its way into the active segment, if one is.
pub(super) struct Carrying {
    journal: PathBuf,
    folds: Option<Receiver<Carry>>,
    carry: Option<Carry>,
    wrote: Instant,
}

impl Carrying {
    pub(super) fn new(journal: PathBuf) -> Carrying {
        Carrying { journal, folds: None, carry: None, wrote: Instant::now() }
    }

    /// Begins to fold the state with which `segment` begins. One that is still on its way to an earlier segment is let
    /// go.
    pub(super) fn begin(&mut self, segment: u64) {
        let (give, folded) = sync_channel(1);
        let journal = self.journal.clone();
        let begun = aside("carry", move || {
            let carry = Reader::open(&journal).and_then(|reader| Carry::fold(&reader, segment));
            match carry {
                // Nobody takes it when the service has ended, or gone on in another segment.
                Ok(carry) => drop(give.send(carry.in_parts_of(PART))),
                Err(error) => tracing::warn!(%error, segment, "{UNWRITTEN}"),
            }
        });
        self.carry = None;
        self.folds = match begun {
            Ok(()) => Some(folded),
            Err(error) => {
                tracing::warn!(%error, segment, "{UNWRITTEN}");
                None
            }
        };
    }

    /// How long there is nothing to do for it; `None` when nothing is on its way.
    pub(super) fn pause(&self) -> Option<Duration> {
        (self.folds.is_some() || self.carry.is_some()).then_some(PAUSE)
    }

    /// Writes a part, if one is there and the last was some time ago. True when that was the end of it.
    pub(super) fn go_on(&mut self, journal: &mut Journal) -> Result<bool, JournalError> {
        self.take();
        let Some(carry) = self.carry.as_mut().filter(|_| self.wrote.elapsed() >= PAUSE) else {
            return Ok(false);
        };
        let is_whole = journal.carry(carry)?;
        self.wrote = Instant::now();
        if is_whole {
            self.carry = None;
        }
        Ok(is_whole)
    }

    /// Writes all of it, and waits for it a little. True when it is there.
    pub(super) fn finish(&mut self, journal: &mut Journal) -> Result<bool, JournalError> {
        if let Some(folds) = self.folds.take() {
            match folds.recv_timeout(PATIENCE) {
                Ok(carry) => self.carry = Some(carry),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
        let Some(mut carry) = self.carry.take() else { return Ok(false) };
        while !journal.carry(&mut carry)? {}
        Ok(true)
    }

    fn take(&mut self) {
        match self.folds.as_ref().map(Receiver::try_recv) {
            Some(Ok(carry)) => (self.carry, self.folds) = (Some(carry), None),
            Some(Err(TryRecvError::Disconnected)) => self.folds = None,
            Some(Err(TryRecvError::Empty)) | None => {}
        }
    }
}

const UNWRITTEN: &str = "the state with which the segment begins could not be folded: a start folds the one before it too";
