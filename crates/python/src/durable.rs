//! The journal behind an engine: what a call gives back is durable before it is given.
//!
//! Calls that come together are made durable together: whoever holds the journal writes all that waits, and the
//! others find it done.

use crate::border::error;
use crate::inner::Inner;
use highmark_engine::{Engine, Event, Timestamp};
use highmark_journal::{About, Head, Journal, JournalError, Rolling, Turn};
use pyo3::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError, TryLockError};
use std::thread::Builder;
use std::time::{Duration, Instant, SystemTime};

/// A checkpoint is due after this many records, or this time.
const CHECKPOINT_RECORDS: u64 = 1_000;
const CHECKPOINT_EVERY: Duration = Duration::from_secs(60);
/// A segment with so many events is long: a start is to fold no more.
const LONG: u64 = 250_000;
/// Of a journal of up to this many bytes every link is followed before it is believed.
const SMALL: u64 = 256 << 20;

/// A journal that an engine writes.
pub(crate) struct Durable {
    keeper: Mutex<Option<Keeper>>,
    /// The last durable turn.
    written: AtomicU64,
    /// Why nothing more is written.
    lost: OnceLock<JournalError>,
}

struct Keeper {
    journal: Journal,
    rolling: Rolling,
    signed: Head,
    signed_at: Instant,
    /// Events before the active segment.
    events_before: u64,
}

/// What was found in a folder.
pub(crate) struct Found {
    pub(crate) durable: Durable,
    pub(crate) engine: Engine,
    pub(crate) notes: Vec<String>,
    pub(crate) is_new: bool,
}

/// Where the journal stands in a state folder: where the command line looks for it.
pub(crate) fn journal_in(folder: &Path) -> PathBuf {
    folder.join("journal")
}

impl Durable {
    /// Takes up the journal in a state folder, or makes one.
    pub(crate) fn open(folder: &Path) -> Result<Found, JournalError> {
        let dir = journal_in(folder);
        let about = About::new(concat!("highmark-python ", env!("CARGO_PKG_VERSION")));
        follow_links(&dir)?;
        let (journal, engine, notes, is_new) = match Journal::open(&dir, &about, now()) {
            Ok((journal, found)) => (journal, found.engine, found.notes, false),
            Err(JournalError::NotFound { .. }) => {
                let journal = Journal::create(&dir, &about, now())?;
                (journal, Engine::new(), Vec::new(), true)
            }
            Err(error) => return Err(error),
        };
        let signed = journal.head().clone();
        let written = AtomicU64::new(signed.turns);
        let rolling = Rolling::of(dir, &journal, |fold| {
            Builder::new().name("highmark-carry".into()).spawn(fold).map(drop)
        });
        let (events_before, signed_at) = (signed.events, Instant::now());
        let keeper = Keeper { journal, rolling, events_before, signed, signed_at };
        let durable = Durable { keeper: Mutex::new(Some(keeper)), written, lost: OnceLock::new() };
        Ok(Found { durable, engine, notes, is_new })
    }

    /// Why it has stopped, if it has.
    pub(crate) fn lost(&self) -> Option<&JournalError> {
        self.lost.get()
    }

    pub(crate) fn is_written(&self, turn: u64) -> bool {
        self.written.load(Ordering::Acquire) >= turn
    }

    /// Makes all turns up to `owed` durable. Whatever fails once has failed for good.
    pub(crate) fn settle(&self, inner: &Mutex<Inner>, owed: u64) -> Result<(), JournalError> {
        if self.is_written(owed) {
            return Ok(());
        }
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_written(owed) {
            return Ok(());
        }
        if let Some(error) = self.lost() {
            return Err(stopped(error));
        }
        let Some(keeper) = keeper.as_mut() else { return Ok(()) };
        let turns = {
            let mut inner = inner.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut inner.unwritten)
        };
        match keeper.write(&turns) {
            Ok(()) => {
                self.written.store(keeper.journal.head().turns, Ordering::Release);
                Ok(())
            }
            Err(error) => {
                let _ = self.lost.set(error.clone());
                Err(error)
            }
        }
    }

    /// Writes what waits, signs the end and lets the journal go. After a failure it only lets go.
    pub(crate) fn close(&self, inner: &Mutex<Inner>) -> Result<(), JournalError> {
        let last = inner.lock().map_or(0, |inner| inner.engine.state().turn());
        let written = match self.lost() {
            Some(_) => Ok(()),
            None => self.settle(inner, last),
        };
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut keeper) = keeper.take() else { return Ok(()) };
        match self.lost() {
            Some(_) => written,
            None => keeper.end(),
        }
    }

    /// In a forked child: the folder stays with the process that opened it. A child that was forked while another
    /// thread wrote holds the folder's lock until it ends.
    pub(crate) fn forsake(&self) {
        let mut keeper = match self.keeper.try_lock() {
            Ok(keeper) => keeper,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        if let Some(keeper) = keeper.take() {
            keeper.journal.forsake();
            // Its thread stayed in the other process, perhaps while it gave something.
            std::mem::forget(keeper.rolling);
        }
    }
}

impl Keeper {
    fn write(&mut self, turns: &[Turn]) -> Result<(), JournalError> {
        self.journal.append(turns)?;
        if self.rolls_after(turns) {
            self.rolling.roll(&mut self.journal, !begins_day(turns), now())?;
        }
        // A state that could not be folded costs the next start a segment more, which nobody has to act on.
        self.rolling.go_on(&mut self.journal, now())?;
        let head = self.journal.head();
        let is_new = head.segment != self.signed.segment;
        let many = is_new || head.records >= self.signed.records + CHECKPOINT_RECORDS;
        if is_new {
            self.events_before = head.events;
        }
        if head.hash != self.signed.hash && (many || self.signed_at.elapsed() >= CHECKPOINT_EVERY) {
            self.journal.checkpoint(now())?;
            self.signed = self.journal.head().clone();
            self.signed_at = Instant::now();
        }
        Ok(())
    }

    /// The state with which the active segment begins is written if it can be, and the end is signed.
    fn end(&mut self) -> Result<(), JournalError> {
        self.rolling.finish(&mut self.journal)?;
        self.journal.checkpoint(now()).map(|_| ())
    }

    /// Whether a segment is to begin after these turns: with each day, and when this one has become long.
    fn rolls_after(&self, turns: &[Turn]) -> bool {
        self.journal.head().events - self.events_before >= LONG || begins_day(turns)
    }
}

fn begins_day(turns: &[Turn]) -> bool {
    let events = turns.iter().flat_map(|turn| &turn.events);
    events.into_iter().any(|event| matches!(event, Event::DayRolled { .. }))
}

/// The first error again, for whoever asks later.
fn stopped(error: &JournalError) -> JournalError {
    JournalError::Stopped { first: error.to_string() }
}

fn follow_links(dir: &Path) -> Result<(), JournalError> {
    let files = std::fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok);
    let sizes = files.filter_map(|file| file.metadata().ok()).map(|file| file.len());
    if sizes.sum::<u64>() > SMALL {
        return Ok(());
    }
    let verdict = match highmark_journal::verify_links(dir) {
        Ok(verdict) => verdict,
        // Opening says it better: there is none, or it is of another format.
        Err(JournalError::NotFound { .. } | JournalError::Older { .. }) => return Ok(()),
        Err(error) => return Err(error),
    };
    match verdict.damages.into_iter().next() {
        None => Ok(()),
        Some(damage) => Err(JournalError::Damaged(damage)),
    }
}

/// The journal keeps the wall clock's time of its own acts; the engine's is the caller's.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// A journal's error as the package's own exception.
pub(crate) fn raised(py: Python<'_>, fault: &JournalError) -> PyErr {
    let class = match fault {
        JournalError::Held { .. } => "JournalHeld",
        JournalError::Damaged(_) => "JournalDamaged",
        JournalError::NotFound { .. } => "JournalMissing",
        JournalError::Storage { .. }
        | JournalError::Stopped { .. }
        | JournalError::OutOfStep { .. } => "JournalStopped",
        JournalError::Newer { .. } | JournalError::Older { .. } | JournalError::Exists { .. } => {
            "JournalError"
        }
    };
    error(py, class, &fault.to_string(), &fault.hint())
}
