//! Segments that begin while turns go on: the state with which one begins is folded from the record on a thread of its
//! own, and written in small parts between the turns. To write it down takes a second where a day had many trades, and
//! no exit waits for that.

use crate::carry::Carry;
use crate::error::JournalError;
use crate::journal::Journal;
use crate::reader::Reader;
use highmark_engine::Timestamp;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

/// Bytes of a part, and how long turns have the disk for themselves between two.
const PART: usize = 64 << 10;
const PAUSE: Duration = Duration::from_millis(50);
/// How long the last state is waited for at the end; without it the next start folds a segment more.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs what it is given on a thread of its own, and does not wait for it.
pub type Aside = fn(Box<dyn FnOnce() + Send>) -> io::Result<()>;

type Folded = Result<Carry, JournalError>;

/// Begins segments for a writer, and brings the state into the active one if it lacks it.
#[derive(Debug)]
pub struct Rolling {
    journal: PathBuf,
    aside: Aside,
    folds: Option<Receiver<Folded>>,
    carry: Option<Carry>,
    wrote: Instant,
    /// A segment is to begin once the active one has its state.
    is_due: bool,
    failed: Option<JournalError>,
}

impl Rolling {
    /// For the journal in this folder; what an earlier writer left undone is taken up.
    pub fn of(folder: PathBuf, journal: &Journal, aside: Aside) -> Rolling {
        let wrote = Instant::now();
        let (folds, carry, failed) = (None, None, None);
        let mut rolling =
            Rolling { journal: folder, aside, folds, carry, wrote, is_due: false, failed };
        if journal.lacks_state() {
            rolling.begin(journal.head().segment);
        }
        rolling
    }

    /// The journal goes on in a new segment: with a day at once, which waits some seconds at most for a state that is
    /// still on its way into the last one, and `within_day` once that is there.
    ///
    /// # Errors
    /// When the journal has stopped, or stops at this.
    pub fn roll(
        &mut self,
        journal: &mut Journal,
        within_day: bool,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        if self.pause().is_some() {
            if within_day {
                self.is_due = true;
                return Ok(());
            }
            // Days that are so short are played from a record.
            self.finish(journal)?;
        }
        self.roll_now(journal, within_day, now)
    }

    /// Writes a part of the state, if one is there and the last was some time ago, and begins the segment that waits
    /// for it. True when all of it has come to be there.
    ///
    /// # Errors
    /// When the journal has stopped, or stops at this.
    pub fn go_on(&mut self, journal: &mut Journal, now: Timestamp) -> Result<bool, JournalError> {
        self.take();
        let mut is_whole = false;
        if let Some(carry) = self.carry.as_mut().filter(|_| self.wrote.elapsed() >= PAUSE) {
            is_whole = journal.carry(carry)?;
            self.wrote = Instant::now();
            if is_whole {
                self.carry = None;
            }
        }
        if self.is_due && self.pause().is_none() {
            self.roll_now(journal, true, now)?;
        }
        Ok(is_whole)
    }

    /// Writes all of it, and waits for it a little. True when all of it has come to be there.
    ///
    /// # Errors
    /// When the journal has stopped, or stops at this.
    pub fn finish(&mut self, journal: &mut Journal) -> Result<bool, JournalError> {
        if let Some(folds) = self.folds.take() {
            match folds.recv_timeout(PATIENCE) {
                Ok(folded) => self.keep(folded),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
        let Some(mut carry) = self.carry.take() else { return Ok(false) };
        while !journal.carry(&mut carry)? {}
        Ok(true)
    }

    /// How long there is nothing to do; `None` when nothing is on its way.
    pub fn pause(&self) -> Option<Duration> {
        (self.folds.is_some() || self.carry.is_some()).then_some(PAUSE)
    }

    /// Why a state could not be folded, told once: a start folds the segment before it too, until another begins.
    pub fn failed(&mut self) -> Option<JournalError> {
        self.failed.take()
    }

    fn roll_now(
        &mut self,
        journal: &mut Journal,
        within_day: bool,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        journal.roll_ahead(within_day, now)?;
        self.is_due = false;
        self.begin(journal.head().segment);
        Ok(())
    }

    /// Begins to fold the state with which `segment` begins. One that is still on its way to an earlier segment is let
    /// go.
    fn begin(&mut self, segment: u64) {
        let (give, folded) = sync_channel(1);
        let journal = self.journal.clone();
        let begun = (self.aside)(Box::new(move || {
            let carry = Reader::open(&journal).and_then(|reader| Carry::fold(&reader, segment));
            // Nobody takes it when the writer has ended, or gone on in another segment.
            drop(give.send(carry.map(|carry| carry.in_parts_of(PART))));
        }));
        self.carry = None;
        self.folds = begun.is_ok().then_some(folded);
        self.failed = begun.err().map(|error| JournalError::storage("begin a thread", error));
    }

    fn take(&mut self) {
        match self.folds.as_ref().map(Receiver::try_recv) {
            Some(Ok(folded)) => {
                self.folds = None;
                self.keep(folded);
            }
            Some(Err(TryRecvError::Disconnected)) => self.folds = None,
            Some(Err(TryRecvError::Empty)) | None => {}
        }
    }

    fn keep(&mut self, folded: Folded) {
        match folded {
            Ok(carry) => self.carry = Some(carry),
            Err(error) => self.failed = Some(error),
        }
    }
}
