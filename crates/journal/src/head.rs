//! Where a journal ends.

use crate::hash::Hash;
use serde::{Deserialize, Serialize};

/// The end of a journal: all that is durable up to here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The active segment, from 1.
    pub segment: u64,
    /// Raised by each restore, so that names made before and after it cannot collide.
    pub epoch: u64,
    /// Records in the active segment.
    pub records: u64,
    /// The number of the last turn, from the first segment on.
    pub turns: u64,
    /// Events from the first segment on.
    pub events: u64,
    /// The last link of the chain.
    pub hash: Hash,
}
