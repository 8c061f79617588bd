//! Retention: whole sealed segments are removed, and their tombstones keep the chain.

use crate::hash::Hash;
use highmark_engine::Timestamp;
use serde::{Deserialize, Serialize};

/// Which sealed segments are kept. The active one always is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    Everything,
    /// So many segments, with the active one.
    Segments(u64),
    /// Those that were still written to at or after this moment.
    Since(Timestamp),
}

/// The tombstone of a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    pub segment: u64,
    pub records: u64,
    /// The number of its last turn.
    pub turns: u64,
    pub events: u64,
    /// Its last link, which the next segment begins from.
    pub hash: Hash,
    pub at: Timestamp,
}
