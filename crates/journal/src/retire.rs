//! Retention: whole sealed segments are removed, and their tombstones keep the chain.

use crate::error::JournalError;
use crate::hash::Hash;
use crate::recover::first_words;
use crate::segment::Sealed;
use crate::store::Store;
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

/// The sealed segments that are to go, oldest first; without a gap, so that what stays is whole.
pub(crate) fn tombstones(
    store: &mut dyn Store,
    keep: Retention,
    now: Timestamp,
) -> Result<Vec<Retired>, JournalError> {
    let segments = store.segments()?;
    let mut tombstones = Vec::new();
    for (place, pair) in segments.windows(2).enumerate() {
        let [segment, next] = pair else { break };
        let (after, _) = first_words(store, *next)?;
        let goes = match keep {
            Retention::Everything => false,
            Retention::Segments(count) => (segments.len() - place) as u64 > count.max(1),
            Retention::Since(moment) => after.created_at < moment,
        };
        let Some(sealed) = after.before.filter(|sealed| goes && sealed.segment == *segment) else {
            break;
        };
        let Sealed { segment, records, turns, events, hash } = sealed;
        tombstones.push(Retired { segment, records, turns, events, hash, at: now });
    }
    Ok(tombstones)
}
