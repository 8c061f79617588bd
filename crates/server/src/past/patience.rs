//! How long whoever asked for some of the past waits for it, and how far it has been read.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Looked at with every turn that is read.
#[derive(Debug, Default)]
pub struct Patience {
    until: Option<Instant>,
    given_up: AtomicBool,
    turns: AtomicU64,
}

impl Patience {
    /// Waits so long and no longer.
    pub fn of(time: Duration) -> Patience {
        Patience { until: Instant::now().checked_add(time), ..Patience::default() }
    }

    /// Nobody waits any more.
    pub fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
    }

    pub fn is_over(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
            || self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// Turns that were read.
    pub fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    /// Counts a turn; false once it is over, for good.
    pub(super) fn one_more(&self) -> bool {
        let turns = self.turns.fetch_add(1, Ordering::Relaxed);
        // Looking at the clock costs more than most turns do.
        if turns.is_multiple_of(256) && self.is_over() {
            self.give_up();
        }
        !self.given_up.load(Ordering::Relaxed)
    }
}
