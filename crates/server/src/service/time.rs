//! Now: the wall's clock, or, with recorded ticks, where the record stands.

use highmark_engine::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The time that inputs get.
#[derive(Clone, Debug)]
pub enum Clock {
    Wall,
    /// The latest time of the recorded ticks.
    Record(Arc<AtomicI64>),
}

impl Clock {
    pub fn record(from: Timestamp) -> Clock {
        Clock::Record(Arc::new(AtomicI64::new(from.0)))
    }

    pub fn is_wall(&self) -> bool {
        matches!(self, Clock::Wall)
    }

    pub fn now(&self) -> Timestamp {
        match self {
            Clock::Wall => wall(),
            Clock::Record(at) => Timestamp(at.load(Ordering::Relaxed)),
        }
    }

    /// The record has reached this time.
    pub fn saw(&self, now: Timestamp) {
        if let Clock::Record(at) = self {
            at.fetch_max(now.0, Ordering::Relaxed);
        }
    }
}

/// The wall's time.
pub fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
