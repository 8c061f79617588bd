//! One connection to one segment: how it is opened, what is asked of SQLite, what its errors mean.

use super::schema::{APPLICATION, PARTS, SCHEMA};
use crate::disk::Disk;
use crate::error::{Damage, JournalError};
use crate::segment::{FORMAT, OLDEST};
use rusqlite::backup::StepResult;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};
use std::path::Path;
use std::time::Duration;

/// Before this, two connections could lose a commit when the log was reset.
const OLDEST_SQLITE: i32 = 3_051_003;
/// How long a commit waits for a lock that a stranger holds.
const PATIENCE: Duration = Duration::from_secs(2);
/// The extended code of a file that ends too early.
const SHORT_READ: i32 = 522;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To make a file that is no segment yet.
    Make,
    Write,
    /// To look at a file that a crash may have left in the middle of a change, which this takes back.
    Mend,
    Read,
}

/// Opens the database in `path` with the settings that durability asks for, and checks that they hold.
pub(super) fn connect(
    path: &Path,
    disk: &Disk,
    purpose: Purpose,
) -> Result<Connection, rusqlite::Error> {
    let mode = match purpose {
        Purpose::Make => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        Purpose::Write | Purpose::Mend => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Purpose::Read if disk.shared_memory => OpenFlags::SQLITE_OPEN_READ_ONLY,
        // Without shared memory a log is read under a lock that only one who may write can take.
        Purpose::Read => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = match &disk.vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs.as_str())?,
        None => Connection::open_with_flags(path, flags)?,
    };
    connection.busy_timeout(PATIENCE)?;
    if !disk.shared_memory {
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    }
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    if matches!(purpose, Purpose::Make | Purpose::Write) {
        let asked = if purpose == Purpose::Write { "WAL" } else { "DELETE" };
        let mode = journal_mode(&connection, asked)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // On a Mac a plain sync does not reach the disk.
        connection.pragma_update(None, "fullfsync", true)?;
        connection.pragma_update(None, "checkpoint_fullfsync", true)?;
        // What SQLite moves of its own accord it moves without telling of errors.
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        let level: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
        if !mode.eq_ignore_ascii_case(asked) || level != 2 {
            let what = format!(
                "SQLite keeps journal_mode {mode} and synchronous {level} instead of {asked} and 2"
            );
            let code = ffi::Error::new(ffi::SQLITE_CANTOPEN);
            return Err(rusqlite::Error::SqliteFailure(code, Some(what)));
        }
    }
    Ok(connection)
}

/// Moves what the log holds into the segment, as far as readers let it, without waiting for them.
pub(super) fn move_log(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

/// Asks for a journal mode and says which one there is now.
///
/// The statement is run to its end: the change of a file to another mode is committed only then, and an error
/// of that commit would go unheard in a statement that is dropped after its first row.
pub(super) fn journal_mode(
    connection: &Connection,
    asked: &str,
) -> Result<String, rusqlite::Error> {
    let mut statement = connection.prepare(&format!("PRAGMA journal_mode = {asked}"))?;
    let mut rows = statement.query([])?;
    let mut mode = String::new();
    while let Some(row) = rows.next()? {
        mode = row.get(0)?;
    }
    Ok(mode)
}

/// Refuses a library that could lose what was committed.
pub(super) fn check_version() -> Result<(), JournalError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        let cause =
            format!("it is {}, and before 3.51.3 it can lose a commit", rusqlite::version());
        return Err(JournalError::storage("use SQLite", cause));
    }
    Ok(())
}

/// The format of a segment: refused when it is newer, damage when it is no journal at all.
pub(super) fn format(
    connection: &Connection,
    segment: u64,
    path: &Path,
) -> Result<u32, JournalError> {
    let asked = |name: &str| -> Result<i32, JournalError> {
        connection
            .pragma_query_value(None, name, |row| row.get(0))
            .map_err(|error| failed("read a segment's format", segment, error))
    };
    if asked("application_id")? != APPLICATION {
        return Err(damaged(segment, "the file is no journal".into()));
    }
    let format = u32::try_from(asked("user_version")?)
        .map_err(|_| damaged(segment, "its format is no number".into()))?;
    if format < OLDEST {
        return Err(JournalError::Older { path: path.to_owned(), format });
    }
    if format > FORMAT {
        return Err(JournalError::Newer { path: path.to_owned(), format, known: FORMAT });
    }
    Ok(format)
}

/// Copies a whole database as it is at one moment to a new file, which is on the disk when this returns.
///
/// It reads in one transaction, so a writer beside goes on, and does not make it begin again.
pub(super) fn copy(from: &Connection, to: &Path, disk: &Disk) -> Result<(), rusqlite::Error> {
    let mut target = connect(to, disk, Purpose::Make)?;
    let step = rusqlite::backup::Backup::new(from, &mut target)?.step(-1)?;
    match step {
        StepResult::Done => target.close().map_err(|(_, error)| error),
        _ => {
            let code = ffi::Error::new(ffi::SQLITE_BUSY);
            Err(rusqlite::Error::SqliteFailure(code, Some("the journal could not be read".into())))
        }
    }
}

/// Makes the tables and marks the file as a journal.
pub(super) fn make_tables(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", FORMAT)?;
    SCHEMA.iter().try_for_each(|(_, text)| connection.execute_batch(text))
}

/// What differs from the tables and triggers that a segment has, and what SQLite itself finds.
pub(super) fn complaints(connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    let mut found = Vec::new();
    let mut statement = connection.prepare("SELECT name, sql FROM sqlite_schema ORDER BY rowid")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?.unwrap_or_default()))
    })?;
    let rows: Vec<(String, String)> = rows.collect::<Result<_, _>>()?;
    let format: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let schema = || SCHEMA.iter().filter(|(name, _)| *name != PARTS || format > OLDEST);
    for (name, text) in schema() {
        if !rows.iter().any(|(found, sql)| found == name && sql == text) {
            found.push(format!("its `{name}` is missing or was changed"));
        }
    }
    if rows.len() > schema().count() {
        found.push("it has tables or triggers that are not ours".into());
    }
    let mut statement = connection.prepare("PRAGMA integrity_check(5)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let line: String = row.get(0)?;
        if line != "ok" {
            found.push(format!("SQLite says: {}", line.replace('\n', " ")));
        }
    }
    Ok(found)
}

/// What a failed call means: damage when the content is wrong, storage when the disk or a lock is.
pub(super) fn failed(doing: &'static str, segment: u64, error: rusqlite::Error) -> JournalError {
    let is_damage = match &error {
        rusqlite::Error::SqliteFailure(code, _) => match code.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown => true,
            ErrorCode::SystemIoFailure => code.extended_code == SHORT_READ,
            _ => false,
        },
        _ => true,
    };
    if is_damage {
        damaged(segment, error.to_string())
    } else {
        JournalError::storage(doing, error)
    }
}

pub(super) fn damaged(segment: u64, what: String) -> JournalError {
    let remedy = Damage::RESTORE.into();
    JournalError::Damaged(Damage { segment, record: None, turns: None, what, remedy })
}
