//! How a segment begins: from what, with which state carried, by whom.

use crate::checkpoint::PublicKey;
use crate::error::{Damage, JournalError};
use crate::hash::Hash;
use crate::retire::Retired;
use highmark_engine::{State, Timestamp};
use serde::{Deserialize, Serialize};
use std::io::Read;

/// The format that is written; newer ones are refused. Since 2 the state that a segment goes on from may come later.
pub const FORMAT: u32 = 2;
/// The oldest format that is read as it is; older ones are migrated.
pub(crate) const OLDEST: u32 = 1;

/// The first words of a segment; never changed once written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentHead {
    pub format: u32,
    /// The version of the program that began it.
    pub product: String,
    /// A random name of the journal, so that no segment or checkpoint passes for another's.
    pub journal: String,
    pub epoch: u64,
    pub segment: u64,
    pub created_at: Timestamp,
    /// The key that signs its checkpoints.
    pub key: PublicKey,
    /// The end of the segment before; none for the first.
    pub before: Option<Sealed>,
    /// Tombstones of all segments that were removed before.
    pub retired: Vec<Retired>,
    /// The state that it goes on from; none for the first, and when it comes later.
    pub carried: Option<Carried>,
    /// It goes on within the day of the segment before, which had become long.
    #[serde(default, skip_serializing_if = "is_not_so")]
    pub within_day: bool,
}

fn is_not_so(flag: &bool) -> bool {
    !flag
}

/// The end of a sealed segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    pub segment: u64,
    pub records: u64,
    pub turns: u64,
    pub events: u64,
    pub hash: Hash,
}

/// What is said of a carried state, whose bytes stand beside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// Of the bytes as they are stored.
    pub digest: Hash,
    /// Of the state's text.
    pub state: Hash,
    /// The length of that text.
    pub length: u64,
}

impl SegmentHead {
    /// The first link of the segment's chain.
    pub fn link(&self, body: &[u8]) -> Hash {
        let before = self.before.as_ref().map_or(Hash::default(), |sealed| sealed.hash);
        Hash::of(&[b"hm seg 1", &before.0, body])
    }

    pub fn turns_before(&self) -> u64 {
        self.before.as_ref().map_or(0, |sealed| sealed.turns)
    }

    pub fn events_before(&self) -> u64 {
        self.before.as_ref().map_or(0, |sealed| sealed.events)
    }
}

/// A state as bytes, and what is said of them.
pub(crate) fn pack(state: &State) -> Result<(Carried, Vec<u8>), JournalError> {
    let failed = |error: String| JournalError::storage("write the state down", error);
    let text = serde_json::to_vec(state).map_err(|error| failed(error.to_string()))?;
    let bytes = zstd::bulk::compress(&text, 1).map_err(|error| failed(error.to_string()))?;
    let carried = Carried {
        digest: Hash::of(&[&bytes]),
        state: Hash::of(&[&text]),
        length: text.len() as u64,
    };
    Ok((carried, bytes))
}

/// A carried state that was read.
pub(crate) struct Unpacked {
    pub(crate) state: State,
    /// It reads exactly as it was written: no field is new or gone.
    pub(crate) is_exact: bool,
}

/// Reads a carried state, or says why it cannot be read.
pub(crate) fn unpack(carried: &Carried, bytes: &[u8]) -> Result<Unpacked, String> {
    if Hash::of(&[bytes]) != carried.digest {
        return Err("its bytes are damaged".into());
    }
    let mut text = Vec::new();
    let decoder = zstd::stream::read::Decoder::new(bytes).map_err(|error| error.to_string())?;
    decoder.take(carried.length + 1).read_to_end(&mut text).map_err(|error| error.to_string())?;
    if Hash::of(&[&text]) != carried.state {
        return Err("its text is damaged".into());
    }
    let state: State = serde_json::from_slice(&text)
        .map_err(|error| format!("this version cannot read it ({error})"))?;
    let again = serde_json::to_vec(&state).map_err(|error| error.to_string())?;
    Ok(Unpacked { state, is_exact: again == text })
}

/// The head in a segment's first row.
pub(crate) fn parse_head(segment: u64, body: &[u8]) -> Result<SegmentHead, JournalError> {
    let damaged = |what: String| {
        JournalError::Damaged(Damage {
            segment,
            record: None,
            turns: None,
            what,
            remedy: Damage::RESTORE.into(),
        })
    };
    let head: SegmentHead = serde_json::from_slice(body)
        .map_err(|error| damaged(format!("its first words cannot be read ({error})")))?;
    if head.segment != segment {
        return Err(damaged(format!("it says that it is segment {}", head.segment)));
    }
    if head.before.as_ref().map_or(1, |before| before.segment + 1) != segment {
        return Err(damaged("it does not say what came before it".into()));
    }
    Ok(head)
}
