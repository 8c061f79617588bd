//! One running service for one state folder: a lock that dies with its process, and who holds it.

use highmark_play::failure::{Code, Failure};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Who holds a state folder, or held it last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub pid: u32,
    pub host: String,
    /// Starts on this state folder, this one included.
    pub starts: u64,
    pub version: String,
    /// Nanoseconds since 1970.
    pub started: i64,
    /// When it stopped in good order; absent while it runs, and after a crash.
    #[serde(default)]
    pub ended: Option<i64>,
}

/// The right to run on a state folder, as long as it lives.
#[derive(Debug)]
pub struct Lease {
    file: File,
    pub holder: Holder,
    /// Who held it before, if anyone did.
    pub before: Option<Holder>,
}

impl Lease {
    /// Takes the folder, or says who has it.
    pub fn take(folder: &Path, version: &str, now: i64) -> Result<Lease, Failure> {
        let path = file_of(folder);
        let opened =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = opened.map_err(|error| Failure::file(&path, &error))?;
        let before = read(&mut file);
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(folder, before)),
            Err(TryLockError::Error(error)) => return Err(Failure::file(&path, &error)),
        }
        let starts = before.as_ref().map_or(0, |holder| holder.starts) + 1;
        let holder = Holder {
            pid: std::process::id(),
            host: host(),
            starts,
            version: version.to_owned(),
            started: now,
            ended: None,
        };
        let mut lease = Lease { file, holder, before };
        lease.write().map_err(|error| Failure::file(&path, &error))?;
        Ok(lease)
    }

    /// Notes that the service ended in good order. The lock goes with the lease.
    pub fn end(mut self, now: i64) -> std::io::Result<()> {
        self.holder.ended = Some(now);
        self.write()
    }

    /// Whether whoever ran before stopped without saying so.
    pub fn follows_a_crash(&self) -> bool {
        self.before.as_ref().is_some_and(|before| before.ended.is_none())
    }

    fn write(&mut self) -> std::io::Result<()> {
        let text = serde_json::to_string(&self.holder)?;
        self.file.rewind()?;
        self.file.set_len(0)?;
        self.file.write_all(text.as_bytes())?;
        self.file.sync_data()
    }
}

/// Who holds the folder now: `None` when nobody does.
pub fn holder(folder: &Path) -> Option<Holder> {
    let mut file = OpenOptions::new().read(true).write(true).open(file_of(folder)).ok()?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => read(&mut file),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

/// Who holds the folder or held it last.
pub fn last(folder: &Path) -> Option<Holder> {
    read(&mut File::open(file_of(folder)).ok()?)
}

fn file_of(folder: &Path) -> PathBuf {
    folder.join("lease")
}

fn read(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn held(folder: &Path, holder: Option<Holder>) -> Failure {
    let who = match holder {
        Some(holder) => format!("process {} on {}", holder.pid, holder.host),
        None => "another process".to_owned(),
    };
    Failure::new(
        Code::Refused,
        format!("{who} is running on {}", folder.display()),
        "stop it first, or give this one a state folder of its own with --state",
    )
}

/// The name of this machine, as far as it tells.
fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname");
    name.map_or_else(|_| "this machine".to_owned(), |name| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::folder;

    #[test]
    fn a_second_service_is_refused_and_told_who_runs() {
        let folder = folder("lease-two");
        let first = Lease::take(&folder, "1", 5).unwrap();
        let refusal = Lease::take(&folder, "1", 6).unwrap_err();
        assert!(refusal.message.contains(&std::process::id().to_string()), "{refusal:?}");
        assert_eq!(holder(&folder).map(|holder| holder.starts), Some(1));
        drop(first);
        assert_eq!(holder(&folder), None);
    }

    #[test]
    fn a_start_knows_whether_a_crash_came_before_it() {
        let folder = folder("lease-crash");
        let first = Lease::take(&folder, "1", 5).unwrap();
        assert!(!first.follows_a_crash());
        drop(first);
        let second = Lease::take(&folder, "1", 6).unwrap();
        assert!(second.follows_a_crash());
        assert_eq!(second.holder.starts, 2);
        second.end(7).unwrap();
        assert!(!Lease::take(&folder, "1", 8).unwrap().follows_a_crash());
    }
}
