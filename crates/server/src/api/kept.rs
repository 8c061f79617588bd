//! A file of the state folder that commands change and a running service reads: for its owner alone, changed whole or
//! not at all, and read again whenever it is another.

use crate::config::save;
use highmark_play::failure::{Code, Failure};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What stands in a file; nothing when there is none.
pub(super) fn read<T: DeserializeOwned + Default>(path: &Path) -> Result<T, Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(T::default()),
        Err(error) => return Err(Failure::file(path, &error)),
    };
    let meta = fs::metadata(path).map_err(|error| Failure::file(path, &error))?;
    if meta.mode() & 0o077 != 0 {
        let hint = format!("chmod 600 {}", path.display());
        let message = format!("{}: others may read or change it", path.display());
        return Err(Failure::new(Code::Refused, message, hint));
    }
    serde_json::from_str(&text).map_err(|error| {
        let message = format!("{}: {error}", path.display());
        Failure::new(Code::Failure, message, "remove the file, and make anew what stood there")
    })
}

/// Changes a file whole or not at all; two who do so at once wait for each other.
pub(super) fn change<T: DeserializeOwned + Serialize + Default, G>(
    path: &Path,
    with: impl FnOnce(&mut T) -> Result<G, Failure>,
) -> Result<G, Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let failed = |error: std::io::Error| Failure::file(folder, &error);
    let lock = File::open(folder).map_err(failed)?;
    lock.lock().map_err(failed)?;
    let mut kept = read(path)?;
    let given = with(&mut kept)?;
    let text = serde_json::to_string_pretty(&kept)
        .map_err(|error| Failure::new(Code::Failure, error.to_string(), ""))?;
    save(path, &text).map_err(|error| Failure::file(path, &error))?;
    Ok(given)
}

/// A name that can stand in the record.
pub(super) fn check_name(name: &str, of: &str) -> Result<(), Failure> {
    const LONGEST: usize = 64;
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    if !name.is_empty() && name.len() <= LONGEST && name.chars().all(fits) {
        return Ok(());
    }
    let hint = format!("use letters, digits, dots and hyphens, at most {LONGEST}");
    Err(Failure::new(Code::Usage, format!("`{name}` is no name for a {of}"), hint))
}

/// Random bytes from the system, in hexadecimal.
pub(super) fn random(bytes: usize) -> Result<String, Failure> {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random).map_err(|error| {
        Failure::new(Code::Failure, format!("no random bytes: {error}"), "try again")
    })?;
    Ok(hex(&random))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is kept in a file, for a running service.
#[derive(Debug)]
pub(super) struct Kept<T> {
    path: PathBuf,
    seen: Mutex<(Option<Stamp>, T)>,
}

/// What changes when a file is replaced or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    bytes: u64,
    changed: (i64, i64),
}

impl<T: DeserializeOwned + Default> Kept<T> {
    pub(super) fn new(path: PathBuf) -> Kept<T> {
        Kept { path, seen: Mutex::default() }
    }

    /// Asks what stands there now. When it cannot be read, there is nothing and nobody.
    pub(super) fn now<G>(&self, ask: impl FnOnce(&T) -> G) -> G {
        let stamp = fs::metadata(&self.path).ok().map(|meta| Stamp {
            inode: meta.ino(),
            bytes: meta.size(),
            changed: (meta.ctime(), meta.ctime_nsec()),
        });
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.0 != stamp {
            let kept = read(&self.path).unwrap_or_else(|failure| {
                tracing::error!(%failure, "what lets people in cannot be read: nobody is let in");
                T::default()
            });
            *seen = (stamp, kept);
        }
        ask(&seen.1)
    }
}
