//! Backup beside a live writer, and restore into a clean folder.

use crate::about::About;
use crate::disk::{Disk, folder_of};
use crate::error::{Damage, JournalError};
use crate::fault;
use crate::head::Head;
use crate::journal::Journal;
use crate::reader::Reader;
use crate::recover::damage_at;
use crate::store::{CHECKPOINTS, Folder, KEY, LOCK, RESTORING, Store};
use crate::verify::{Trusted, verify_against};
use highmark_engine::{SECOND, Timestamp};
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::Path;

/// The page that says that a backup is whole.
const CONTENT: &str = "backup.json";

/// What a backup holds; written beside it, last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    pub at: Timestamp,
    /// The end of the journal in it.
    pub head: Head,
    pub segments: Vec<u64>,
    pub bytes: u64,
}

/// What a restore made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// The end of the backup.
    pub from: Head,
    /// The end of the new journal: the same turns in a new epoch.
    pub head: Head,
    pub notes: Vec<String>,
}

/// Copies the journal in `dir` to the new or empty folder `to`, as it is at one moment.
///
/// The writer goes on meanwhile. The signing key is not copied.
pub fn backup(dir: &Path, to: &Path, now: Timestamp) -> Result<Backup, JournalError> {
    backup_on(dir, &Disk::default(), to, now)
}

/// The same on a disk that is named.
pub fn backup_on(
    dir: &Path,
    disk: &Disk,
    to: &Path,
    now: Timestamp,
) -> Result<Backup, JournalError> {
    let failed = |error| JournalError::storage("write the backup", error);
    let mut folder = Folder::to_read(dir, disk);
    let segments = folder.segments()?;
    if segments.is_empty() {
        return Err(JournalError::NotFound { path: dir.to_owned() });
    }
    make_empty(to, disk, &[])?;
    fault::point("backup.before");
    // Read before the segments, so that it names nothing that they do not hold.
    if let Some(checkpoints) = read_if_there(&dir.join(CHECKPOINTS), disk)? {
        disk.files.write(&to.join(CHECKPOINTS), &checkpoints, true).map_err(failed)?;
    }
    let mut copied = Vec::new();
    for segment in segments {
        match folder.copy(segment, to) {
            Ok(()) => copied.push(segment),
            // Retired while the older ones were copied.
            Err(JournalError::NotFound { .. }) => continue,
            Err(error) => return Err(error),
        }
        fault::point("backup.copied");
    }
    let stats = Reader::open_on(to, disk)?.stats()?;
    let backup = Backup { at: now, head: stats.head, segments: copied, bytes: stats.bytes };
    let page = serde_json::to_vec_pretty(&backup)
        .map_err(|error| JournalError::storage("write the backup", error))?;
    disk.files.write(&to.join(CONTENT), &page, true).map_err(failed)?;
    fault::point("backup.listed");
    disk.files.sync_folder(to).map_err(failed)?;
    disk.files.sync_folder(&folder_of(to)).map_err(failed)?;
    Ok(backup)
}

/// Makes a journal in the new or empty folder `dir` from a backup, verified, in a new epoch.
///
/// A signing key may be put into the folder before; otherwise the new journal gets one of its own.
pub fn restore(
    from: &Path,
    dir: &Path,
    about: &About,
    now: Timestamp,
) -> Result<Restored, JournalError> {
    let disk = &about.disk;
    let failed = |error| JournalError::storage("restore the backup", error);
    let backup = read_content(from, disk)?;
    let verdict = verify_against(from, disk, &Trusted::default(), &mut |_| {})?;
    if let Some(damage) = verdict.damages.into_iter().next() {
        return Err(JournalError::Damaged(of_backup(damage)));
    }
    if verdict.head.as_ref() != Some(&backup.head) {
        let damage = damage_at(backup.head.segment, "it does not end where the backup says".into());
        return Err(damage);
    }
    make_empty(dir, disk, &[KEY, LOCK])?;
    fault::point("restore.before");
    // While this is there the folder is no journal, whatever else it holds.
    disk.files.write(&dir.join(RESTORING), b"a restore has not ended\n", true).map_err(failed)?;
    disk.files.sync_folder(dir).map_err(failed)?;
    let mut folder = Folder::to_read(from, disk);
    for segment in &backup.segments {
        folder.copy(*segment, dir)?;
        fault::point("restore.copied");
    }
    if let Some(checkpoints) = read_if_there(&from.join(CHECKPOINTS), disk)? {
        disk.files.write(&dir.join(CHECKPOINTS), &checkpoints, true).map_err(failed)?;
    }
    let epoch = new_epoch(backup.head.epoch, now);
    let (journal, recovered) = Journal::take_up(dir, about, now, Some(epoch))?;
    fault::point("restore.begun");
    disk.files.remove(&dir.join(RESTORING)).map_err(failed)?;
    disk.files.sync_folder(dir).map_err(failed)?;
    Ok(Restored { from: backup.head, head: journal.head().clone(), notes: recovered.notes })
}

/// Minutes since 2020, so that two restores of one backup differ too; always above the one before.
fn new_epoch(before: u64, now: Timestamp) -> u64 {
    const FROM: i64 = 1_577_836_800;
    let minutes = (now.0 / SECOND - FROM).max(0) / 60;
    minutes.unsigned_abs().max(before + 1)
}

fn read_content(from: &Path, disk: &Disk) -> Result<Backup, JournalError> {
    let path = from.join(CONTENT);
    let Some(page) = read_if_there(&path, disk)? else {
        return Err(JournalError::NotFound { path });
    };
    serde_json::from_slice(&page)
        .map_err(|error| damage_at(0, format!("{CONTENT} cannot be read ({error})")))
}

fn of_backup(damage: Damage) -> Damage {
    let remedy = "use another backup: this one is damaged".into();
    Damage { what: format!("in the backup, {}", damage.what), remedy, ..damage }
}

/// Makes a folder, or takes one in which there is nothing but files of the names that may be there.
fn make_empty(folder: &Path, disk: &Disk, may: &[&str]) -> Result<(), JournalError> {
    let failed = |error| JournalError::storage("make the folder", error);
    disk.files.make_folder(folder).map_err(failed)?;
    let names = disk.files.list(folder).map_err(failed)?;
    match names.iter().all(|name| may.contains(&name.as_str())) {
        true => Ok(()),
        false => Err(JournalError::Exists { path: folder.to_owned() }),
    }
}

fn read_if_there(path: &Path, disk: &Disk) -> Result<Option<Vec<u8>>, JournalError> {
    match disk.files.read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(JournalError::storage("read a file beside the journal", error)),
    }
}
