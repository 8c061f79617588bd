//! A checkpoint: the end of the chain at one moment, signed, so that a cut or rewritten tail shows.

use crate::about::About;
use crate::disk::folder_of;
use crate::error::JournalError;
use crate::hash::{Hash, bytes_of, hex};
use crate::head::Head;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use highmark_engine::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;

/// A signed statement of where the journal ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The random name of the journal.
    pub journal: String,
    pub segment: u64,
    /// Records in that segment.
    pub records: u64,
    /// The number of the last turn.
    pub turns: u64,
    pub events: u64,
    pub hash: Hash,
    pub epoch: u64,
    pub at: Timestamp,
    /// The version of the program that signed, and a digest of it.
    pub product: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// The key that can check the signature.
    pub key: PublicKey,
    /// Hexadecimal, over [`Checkpoint::statement`].
    pub signature: String,
}

/// The public half of a signing key, in hexadecimal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicKey(pub String);

/// The key that signs. It is never shown.
#[derive(Clone)]
pub(crate) struct Signer {
    key: SigningKey,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.public().0)
    }
}

impl Checkpoint {
    /// What is signed: every field in one fixed form, which does not depend on how JSON is written.
    pub fn statement(&self) -> String {
        let Checkpoint { journal, segment, records, turns, events, hash, epoch, at, .. } = self;
        format!(
            "highmark checkpoint 1\njournal {journal}\nsegment {segment}\nrecords {records}\nturns {turns}\n\
             events {events}\nhash {hash}\nepoch {epoch}\nat {}\nproduct {}\nprogram {}\nkey {}\n",
            at.0,
            serde_json::Value::from(self.product.as_str()),
            serde_json::Value::from(self.program.clone()),
            self.key.0,
        )
    }

    /// Whether the signature is that of the key which the checkpoint names.
    pub fn is_signed(&self) -> bool {
        let Some(signature) = bytes_of(&self.signature) else { return false };
        let Some(key) = bytes_of(&self.key.0) else { return false };
        let Ok(key) = VerifyingKey::from_bytes(&key) else { return false };
        key.verify_strict(self.statement().as_bytes(), &Signature::from_bytes(&signature)).is_ok()
    }
}

impl Signer {
    pub(crate) fn generate() -> Result<Signer, JournalError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)
            .map_err(|error| JournalError::storage("make a signing key", error))?;
        Ok(Signer { key: SigningKey::from_bytes(&seed) })
    }

    /// The key in a file, if the file is there.
    pub(crate) fn read(path: &Path, about: &About) -> Result<Option<Signer>, JournalError> {
        if !about.disk.files.exists(path) {
            return Ok(None);
        }
        let content = about
            .disk
            .files
            .read(path)
            .map_err(|error| JournalError::storage("read the signing key", error))?;
        let text = String::from_utf8_lossy(&content);
        match bytes_of(text.trim()) {
            Some(seed) => Ok(Some(Signer { key: SigningKey::from_bytes(&seed) })),
            None => Err(JournalError::storage(
                "read the signing key",
                "it is not 64 hexadecimal digits",
            )),
        }
    }

    /// Writes the key to a new file that its owner alone may read, whole or not at all.
    pub(crate) fn write(&self, path: &Path, about: &About) -> Result<(), JournalError> {
        let failed = |error| JournalError::storage("write the signing key", error);
        let files = &about.disk.files;
        let unfinished = path.with_extension("new");
        if files.exists(&unfinished) {
            files.remove(&unfinished).map_err(failed)?;
        }
        let text = format!("{}\n", hex(self.key.as_bytes()));
        files.write_secret(&unfinished, text.as_bytes()).map_err(failed)?;
        files.rename(&unfinished, path).map_err(failed)?;
        files.sync_folder(&folder_of(path)).map_err(failed)
    }

    pub(crate) fn public(&self) -> PublicKey {
        PublicKey(hex(self.key.verifying_key().as_bytes()))
    }

    pub(crate) fn sign(
        &self,
        head: &Head,
        journal: &str,
        about: &About,
        at: Timestamp,
    ) -> Checkpoint {
        let mut checkpoint = Checkpoint {
            journal: journal.to_owned(),
            segment: head.segment,
            records: head.records,
            turns: head.turns,
            events: head.events,
            hash: head.hash,
            epoch: head.epoch,
            at,
            product: about.product.clone(),
            program: about.program.clone(),
            key: self.public(),
            signature: String::new(),
        };
        let signature = self.key.sign(checkpoint.statement().as_bytes());
        checkpoint.signature = hex(&signature.to_bytes());
        checkpoint
    }
}

/// A random name for a new journal.
pub(crate) fn random_name() -> Result<String, JournalError> {
    let mut name = [0; 16];
    getrandom::fill(&mut name).map_err(|error| JournalError::storage("name the journal", error))?;
    Ok(hex(&name))
}
