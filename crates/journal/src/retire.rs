//! Retention: whole sealed segments are removed, and their tombstones keep the chain.

use crate::carry::lacks_state;
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
    /// So many days, with the one that is written: a segment that goes on within a day is of that day.
    Days(u64),
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

/// The sealed segments that are to go, oldest first; without a gap, so that what stays is whole, and none from which
/// another is still to be folded.
pub(crate) fn tombstones(
    store: &mut dyn Store,
    keep: Retention,
    now: Timestamp,
) -> Result<Vec<Retired>, JournalError> {
    let segments = store.segments()?;
    let oldest_kept = match keep {
        Retention::Days(count) => oldest_of(store, &segments, count.max(1))?,
        Retention::Everything | Retention::Since(_) => 0,
    };
    let (mut tombstones, mut may_go) = (Vec::new(), 0);
    for pair in segments.windows(2) {
        let [segment, next] = pair else { break };
        let goes_by_number = *segment < oldest_kept;
        if !goes_by_number && !matches!(keep, Retention::Since(_)) {
            break;
        }
        let (after, _) = first_words(store, *next)?;
        let is_folded = lacks_state(store, &after)?;
        let goes = match keep {
            Retention::Everything | Retention::Days(_) => goes_by_number,
            Retention::Since(moment) => after.created_at < moment,
        };
        let Some(sealed) = after.before.filter(|sealed| goes && sealed.segment == *segment) else {
            break;
        };
        let Sealed { segment, records, turns, events, hash } = sealed;
        tombstones.push(Retired { segment, records, turns, events, hash, at: now });
        if !is_folded {
            may_go = tombstones.len();
        }
    }
    tombstones.truncate(may_go);
    Ok(tombstones)
}

/// The segment with which the last `days` days begin; 0 when there are not more of them.
fn oldest_of(store: &mut dyn Store, segments: &[u64], days: u64) -> Result<u64, JournalError> {
    let mut begun = 0;
    if segments.len() as u64 <= days {
        return Ok(0);
    }
    for segment in segments.iter().rev() {
        begun += u64::from(!first_words(store, *segment)?.0.within_day);
        if begun == days {
            return Ok(*segment);
        }
    }
    Ok(0)
}
