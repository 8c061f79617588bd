//! A checkpoint: the end of the chain at one moment, signed, so that a cut or rewritten tail shows.

use crate::hash::Hash;
use highmark_engine::Timestamp;
use serde::{Deserialize, Serialize};

/// A signed statement of where the journal ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    pub segment: u64,
    pub records: u64,
    pub turns: u64,
    pub events: u64,
    pub hash: Hash,
    pub epoch: u64,
    pub at: Timestamp,
    pub product: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// The key that can check the signature.
    pub key: PublicKey,
    /// Hexadecimal; over all of the above.
    pub signature: String,
}

/// The public half of a signing key, in hexadecimal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicKey(pub String);
