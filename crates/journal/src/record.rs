//! A record: the turns of one group commit, and their link in the chain.

use crate::hash::Hash;
use crate::retire::Retired;
use crate::segment::Carried;
use serde::{Deserialize, Serialize};

/// A record holds at most so many turns.
pub const MOST_TURNS: usize = 4096;
/// A record of more than one turn holds at most so many bytes.
pub const MOST_BYTES: usize = 1 << 20;

/// One row of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// From 1, without gaps, in its segment.
    pub seq: u64,
    /// The number of its first turn, or of the next one when it holds a note.
    pub first_turn: u64,
    /// How many turns it holds; none when its body is a note.
    pub turns: u64,
    pub events: u64,
    pub body: Vec<u8>,
    pub hash: Hash,
}

/// What the journal says of itself, in the chain like everything else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Note {
    /// These segments are removed after this.
    Retired(Vec<Retired>),
    /// The state with which this segment begins is whole; its bytes stand beside, in so many parts.
    Carried { carried: Carried, parts: u64 },
}

impl Record {
    /// The hash that a record with this content has after `before` in `segment`.
    pub fn link(&self, segment: u64, before: Hash) -> Hash {
        let mut header = [0u8; 48];
        header[..8].copy_from_slice(b"hm rec 1");
        let numbers =
            [segment, self.seq, self.first_turn, self.turns, self.events].map(u64::to_le_bytes);
        header[8..].copy_from_slice(numbers.as_flattened());
        Hash::of(&[&before.0, &header, &self.body])
    }
}
