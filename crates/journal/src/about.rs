//! What a journal is told when it is made or opened: who writes, with which key, on which disk.

use crate::disk::Disk;
use std::path::PathBuf;

/// Who writes the journal, and where.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The version of the program that writes; it stands in each segment and each checkpoint.
    pub product: String,
    /// A digest of the program itself, for checkpoints.
    pub program: Option<String>,
    /// The file of the signing key; `signing.key` in the folder of the journal when absent.
    pub key: Option<PathBuf>,
    pub disk: Disk,
}

impl About {
    pub fn new(product: impl Into<String>) -> About {
        About { product: product.into(), ..About::default() }
    }
}
