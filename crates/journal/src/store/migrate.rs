//! Migration: a segment of an older format is brought forward, rehearsed on a copy, with a backup kept.
//!
//! Steps go one format forward each and never back. Format 1 is read as it is, so there is no step yet.

use super::names::UNFINISHED;
use super::sqlite::{self, Purpose};
use crate::disk::Disk;
use crate::error::JournalError;
use crate::fault;
use rusqlite::{Connection, Transaction};
use std::path::{Path, PathBuf};

/// One step: what it does to the tables of a segment of format `from`. It never touches what is chained.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) from: u32,
    pub(super) change: fn(&Transaction<'_>) -> Result<(), rusqlite::Error>,
}

/// The way from each older format to the one after it, oldest first.
pub(super) const STEPS: &[Step] = &[];

/// Whether a segment has this format or a newer one, which is refused elsewhere.
pub(super) fn is_current(
    segment: u64,
    path: &Path,
    disk: &Disk,
    format: u32,
) -> Result<bool, JournalError> {
    let found = format_of(path, disk)
        .map_err(|error| sqlite::failed("read a segment's format", segment, error))?;
    Ok(found >= format)
}

/// Brings the segment in `path` to `format`; says whether there was anything to do.
pub(super) fn bring_forward(
    segment: u64,
    path: &Path,
    disk: &Disk,
    steps: &[Step],
    format: u32,
) -> Result<bool, JournalError> {
    let failed = |error| JournalError::storage("migrate a segment", error);
    let found = format_of(path, disk)
        .map_err(|error| sqlite::failed("read a segment's format", segment, error))?;
    let way: Vec<Step> =
        steps.iter().copied().filter(|step| (found..format).contains(&step.from)).collect();
    if found >= format {
        return Ok(false);
    }
    if way.len() as u32 != format - found {
        return Err(JournalError::Older { path: path.to_owned(), format: found });
    }
    fault::point("migrate.before");
    let beside = |ending: String| PathBuf::from(format!("{}{ending}", path.display()));
    let rehearsal = beside(format!("{UNFINISHED}-rehearsal"));
    copy(path, disk, &rehearsal)?;
    walk(&rehearsal, disk, &way).map_err(failed)?;
    remove(&rehearsal, disk)?;
    fault::point("migrate.rehearsed");
    let kept = beside(format!(".format{found}"));
    if !disk.files.exists(&kept) {
        let unfinished = beside(format!("{UNFINISHED}-kept"));
        copy(path, disk, &unfinished)?;
        disk.files
            .rename(&unfinished, &kept)
            .map_err(|error| JournalError::storage("keep a segment as it was", error))?;
    }
    fault::point("migrate.backed_up");
    walk(path, disk, &way).map_err(failed)?;
    Ok(true)
}

/// Goes each step in a transaction of its own; a crash between two is gone on from.
fn walk(path: &Path, disk: &Disk, way: &[Step]) -> Result<(), rusqlite::Error> {
    let mut connection = sqlite::connect(path, disk, Purpose::Make)?;
    for step in way {
        let transaction = connection.transaction()?;
        (step.change)(&transaction)?;
        transaction.pragma_update(None, "user_version", step.from + 1)?;
        transaction.commit()?;
        fault::point("migrate.stepped");
    }
    connection.close().map_err(|(_, error)| error)
}

fn format_of(path: &Path, disk: &Disk) -> Result<u32, rusqlite::Error> {
    let connection = sqlite::connect(path, disk, Purpose::Mend)?;
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn copy(path: &Path, disk: &Disk, to: &Path) -> Result<(), JournalError> {
    if disk.files.exists(to) {
        remove(to, disk)?;
    }
    let opened: Result<Connection, _> = sqlite::connect(path, disk, Purpose::Read);
    let copied = opened.and_then(|connection| sqlite::copy(&connection, to, disk));
    copied.map_err(|error| JournalError::storage("copy a segment", error))
}

fn remove(path: &Path, disk: &Disk) -> Result<(), JournalError> {
    disk.files.remove(path).map_err(|error| JournalError::storage("remove a copy", error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::JournalError;

    /// A format 0 as it might have been: the count of events was not kept.
    const FORMAT_0: &str =
        "CREATE TABLE records (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
        INSERT INTO records VALUES (1, x'0102'), (2, x'03');";

    const FORWARD: &[Step] = &[Step {
        from: 0,
        change: |transaction| {
            transaction.execute_batch(
                "ALTER TABLE records ADD COLUMN events INTEGER NOT NULL DEFAULT 0;
                 UPDATE records SET events = length(body);",
            )
        },
    }];

    fn old_segment(name: &str) -> (PathBuf, PathBuf) {
        let folder =
            std::env::temp_dir().join(format!("highmark-migrate-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("000001.journal");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(FORMAT_0).unwrap();
        (folder, path)
    }

    fn events(path: &Path) -> Vec<i64> {
        let connection = Connection::open(path).unwrap();
        let mut statement = connection.prepare("SELECT events FROM records ORDER BY seq").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn an_older_segment_is_brought_forward_once_and_kept_as_it_was() {
        let (folder, path) = old_segment("forward");
        let disk = Disk::default();
        assert!(bring_forward(1, &path, &disk, FORWARD, 1).unwrap());
        assert!(!bring_forward(1, &path, &disk, FORWARD, 1).unwrap());
        assert_eq!(events(&path), [2, 1]);
        assert_eq!(format_of(&path, &disk), Ok(1));
        let kept = folder.join("000001.journal.format0");
        assert_eq!(format_of(&kept, &disk), Ok(0));
        let names = disk.files.list(&folder).unwrap();
        assert_eq!(names, ["000001.journal", "000001.journal.format0"]);
        std::fs::remove_dir_all(folder).unwrap();
    }

    const HOME: &str = "HIGHMARK_MIGRATE_HOME";

    /// Not a test of its own: what a parent starts.
    #[test]
    fn child() {
        if let Some(path) = std::env::var_os(HOME) {
            bring_forward(1, Path::new(&path), &Disk::default(), FORWARD, 1).unwrap();
        }
    }

    #[test]
    fn a_crash_anywhere_in_a_migration_is_gone_on_from() {
        for point in fault::NAMES.iter().filter(|point| point.starts_with("migrate.")) {
            let (folder, path) = old_segment(&format!("crash-{point}"));
            let child = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "store::migrate::tests::child"])
                .env(HOME, &path)
                .env(fault::VARIABLE, point)
                .output()
                .unwrap();
            assert!(!child.status.success(), "{point}");
            bring_forward(1, &path, &Disk::default(), FORWARD, 1).unwrap();
            assert_eq!(events(&path), [2, 1], "{point}");
            let kept = folder.join("000001.journal.format0");
            assert_eq!(format_of(&kept, &Disk::default()), Ok(0), "{point}");
            std::fs::remove_dir_all(folder).unwrap();
        }
    }

    #[test]
    fn a_step_that_fails_in_rehearsal_changes_nothing() {
        let (folder, path) = old_segment("rehearsal");
        let before = std::fs::read(&path).unwrap();
        let wrong = [Step {
            from: 0,
            change: |transaction| transaction.execute_batch("DROP TABLE nothing"),
        }];
        let refused = bring_forward(1, &path, &Disk::default(), &wrong, 1).unwrap_err();
        assert!(matches!(refused, JournalError::Storage { .. }), "{refused}");
        let no_way = bring_forward(1, &path, &Disk::default(), &[], 1).unwrap_err();
        assert!(matches!(no_way, JournalError::Older { format: 0, .. }), "{no_way}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
