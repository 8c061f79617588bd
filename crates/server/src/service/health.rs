//! What is wrong with the service, for all its threads and for whoever asks; cheap to read.

use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Something that a person has to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    pub code: String,
    pub message: String,
    pub hint: String,
    /// Since when, in nanoseconds since 1970.
    pub since: i64,
}

/// The service's own state.
#[derive(Debug, Default)]
pub struct Health {
    /// The journal stopped at its first error: nothing more is durable.
    pub journal_lost: AtomicBool,
    pub stopping: AtomicBool,
    /// Orders that are not filled yet; counted while the service stops.
    pub orders_in_flight: AtomicU64,
    /// Rounds of the engine's thread; at least ten a second while it goes on.
    pub beats: AtomicU64,
    /// The last turn that is durable.
    pub durable_turn: AtomicU64,
    pub commits: AtomicU64,
    pub durable_events: AtomicU64,
    /// When the feed last said something, in nanoseconds since 1970; 0 before its first tick.
    pub fed_at: AtomicU64,
    pub fed_ticks: AtomicU64,
    alarms: Mutex<Vec<Alarm>>,
    killed_at: Mutex<Option<Instant>>,
}

impl Health {
    /// Raises an alarm; one that sounds already is not repeated. True when it is new.
    pub fn raise(&self, alarm: Alarm) -> bool {
        let mut alarms = self.alarms.lock().unwrap_or_else(PoisonError::into_inner);
        if alarms.iter().any(|one| one.code == alarm.code) {
            return false;
        }
        alarms.push(alarm);
        true
    }

    pub fn clear(&self, code: &str) {
        let mut alarms = self.alarms.lock().unwrap_or_else(PoisonError::into_inner);
        alarms.retain(|alarm| alarm.code != code);
    }

    pub fn alarms(&self) -> Vec<Alarm> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The engine takes a kill: from now on it refuses entries.
    pub(super) fn kill_begins(&self) {
        *self.killed_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// When the engine took the last kill of this start.
    pub fn killed_at(&self) -> Option<Instant> {
        *self.killed_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn has_lost_its_journal(&self) -> bool {
        self.journal_lost.load(Ordering::Acquire)
    }
}
