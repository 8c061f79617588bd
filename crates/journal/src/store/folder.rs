//! A folder of SQLite files, one a segment: the store of a journal on a disk.

use super::migrate;
use super::names::{self, CHECKPOINTS, HEAD, UNFINISHED};
use super::sqlite::{self, Purpose, failed};
use super::{Store, names::segment_file};
use crate::checkpoint::Checkpoint;
use crate::disk::Disk;
use crate::error::JournalError;
use crate::fault;
use crate::hash::Hash;
use crate::head::Head;
use crate::record::Record;
use crate::segment::OLDEST;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Row, params};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Rows and bytes that are read at once.
const ROWS: i64 = 256;
const BYTES: usize = 4 << 20;
/// The note of the end always has this length, so that writing it over never leaves a rest.
const NOTE_LENGTH: usize = 512;

/// The folder of one journal.
pub(crate) struct Folder {
    dir: PathBuf,
    disk: Disk,
    is_writer: bool,
    active: Option<(u64, Connection)>,
    reading: Option<(u64, Connection)>,
    /// About how many bytes were written to the log since it was last moved into its segment.
    logged: u64,
}

impl Folder {
    /// A folder to look at; nothing in it is changed.
    pub(crate) fn to_read(dir: &Path, disk: &Disk) -> Folder {
        Folder {
            dir: dir.to_owned(),
            disk: disk.clone(),
            is_writer: false,
            active: None,
            reading: None,
            logged: 0,
        }
    }

    /// A folder whose lock is held by the caller.
    pub(crate) fn to_write(dir: &Path, disk: &Disk) -> Result<Folder, JournalError> {
        sqlite::check_version()?;
        let folder = Folder { is_writer: true, ..Folder::to_read(dir, disk) };
        folder.remove_unfinished()?;
        Ok(folder)
    }

    pub(crate) fn path(&self, segment: u64) -> PathBuf {
        segment_file(&self.dir, segment)
    }

    /// Removes what a crash left half made.
    fn remove_unfinished(&self) -> Result<(), JournalError> {
        let failed = |error| JournalError::storage("tidy the folder", error);
        let names = self.disk.files.list(&self.dir).map_err(failed)?;
        for name in names.iter().filter(|name| names::is_unfinished(name)) {
            self.disk.files.remove(&self.dir.join(name)).map_err(failed)?;
        }
        Ok(())
    }

    /// Brings segments of older formats forward, the newest last: when that one is done, all are.
    pub(crate) fn migrate(&mut self) -> Result<Vec<u64>, JournalError> {
        let segments = self.segments()?;
        let newest = segments.last().copied().unwrap_or(1);
        if migrate::is_current(newest, &self.path(newest), &self.disk, OLDEST)? {
            return Ok(Vec::new());
        }
        let mut migrated = Vec::new();
        for segment in segments {
            if migrate::bring_forward(
                segment,
                &self.path(segment),
                &self.disk,
                migrate::STEPS,
                OLDEST,
            )? {
                migrated.push(segment);
            }
        }
        Ok(migrated)
    }

    /// Copies a segment as it is at one moment into another folder, whole or not at all.
    pub(crate) fn copy(&mut self, segment: u64, to: &Path) -> Result<(), JournalError> {
        let path = segment_file(to, segment);
        let unfinished = PathBuf::from(format!("{}{UNFINISHED}", path.display()));
        let disk = self.disk.clone();
        let connection = self.connection(segment)?;
        sqlite::copy(connection, &unfinished, &disk)
            .map_err(|error| failed("copy a segment", segment, error))?;
        let renamed = disk.files.rename(&unfinished, &path);
        renamed
            .and_then(|()| disk.files.sync_folder(to))
            .map_err(|error| JournalError::storage("copy a segment", error))
    }

    /// The connection through which the active segment is written, opened when it is first needed.
    fn writer(&mut self) -> Result<&mut Connection, JournalError> {
        let newest = match &self.active {
            Some((segment, _)) => *segment,
            None => self
                .segments()?
                .last()
                .copied()
                .ok_or_else(|| JournalError::NotFound { path: self.dir.clone() })?,
        };
        if self.active.is_none() {
            self.reading = None;
            let path = self.path(newest);
            self.write_log_again(&path)?;
            let opened = sqlite::connect(&path, &self.disk, Purpose::Write);
            let connection =
                opened.map_err(|error| failed("open the active segment", newest, error))?;
            sqlite::format(&connection, newest, &path)?;
            self.active = Some((newest, connection));
        }
        Ok(&mut self.active.as_mut().expect("it was opened just now").1)
    }

    /// Writes what a log holds over itself, and syncs it.
    ///
    /// After a sync that failed the system may show what it never wrote, and count it as written: a process
    /// that starts then would go on from turns that the next loss of power takes away, and all after them.
    fn write_log_again(&self, path: &Path) -> Result<(), JournalError> {
        let failed = |error| JournalError::storage("write the log again", error);
        let log = PathBuf::from(format!("{}-wal", path.display()));
        if !self.disk.files.exists(&log) {
            return Ok(());
        }
        let content = self.disk.files.read(&log).map_err(failed)?;
        self.disk.files.write(&log, &content, true).map_err(failed)
    }

    /// A connection to read a segment through: the writer's own for the active one.
    pub(crate) fn connection(&mut self, segment: u64) -> Result<&Connection, JournalError> {
        if self.is_writer && self.active.is_none() && self.segments()?.last() == Some(&segment) {
            self.writer()?;
        }
        if self.active.as_ref().is_some_and(|(active, _)| *active == segment) {
            return Ok(&self.active.as_ref().expect("looked at just now").1);
        }
        if self.reading.as_ref().is_none_or(|(reading, _)| *reading != segment) {
            let path = self.path(segment);
            if !self.disk.files.exists(&path) {
                return Err(JournalError::NotFound { path });
            }
            let opened = sqlite::connect(&path, &self.disk, Purpose::Read);
            let connection = opened.map_err(|error| failed("open a segment", segment, error))?;
            sqlite::format(&connection, segment, &path)?;
            self.reading = Some((segment, connection));
        }
        Ok(&self.reading.as_ref().expect("it was opened just now").1)
    }

    /// Writes a whole segment under a name that is no segment's.
    fn make(
        &self,
        path: &Path,
        words: &[u8],
        carried: Option<&[u8]>,
    ) -> Result<(), rusqlite::Error> {
        let mut connection = sqlite::connect(path, &self.disk, Purpose::Make)?;
        fault::point("begin_segment.made");
        let transaction = connection.transaction()?;
        sqlite::make_tables(&transaction)?;
        transaction.execute(
            "INSERT INTO segment (id, words, carried) VALUES (1, ?1, ?2)",
            params![words, carried],
        )?;
        transaction.commit()?;
        fault::point("begin_segment.written");
        // Before it has its name: were it done when the segment is first opened, a loss of power in the middle
        // would leave a rollback journal, which only a writer can clear away.
        sqlite::journal_mode(&connection, "WAL")?;
        connection.close().map_err(|(_, error)| error)
    }

    fn insert(connection: &mut Connection, records: &[Record]) -> Result<(), rusqlite::Error> {
        let transaction =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        fault::point("append.began");
        {
            let mut statement = transaction.prepare(
                "INSERT INTO records (seq, first_turn, turns, events, hash, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            for record in records {
                statement.execute(params![
                    record.seq.cast_signed(),
                    record.first_turn.cast_signed(),
                    record.turns.cast_signed(),
                    record.events.cast_signed(),
                    &record.hash.0[..],
                    record.body,
                ])?;
                fault::point("append.inserted");
            }
        }
        transaction.commit()?;
        fault::point("append.committed");
        Ok(())
    }
}

impl Store for Folder {
    fn segments(&mut self) -> Result<Vec<u64>, JournalError> {
        let names = match self.disk.files.list(&self.dir) {
            Ok(names) => names,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(JournalError::NotFound { path: self.dir.clone() });
            }
            Err(error) => return Err(JournalError::storage("list the segments", error)),
        };
        let mut segments: Vec<u64> =
            names.iter().filter_map(|name| names::segment_of(name)).collect();
        segments.sort_unstable();
        // Both are written after the first segment: without one, what they tell of was taken away, and nobody
        // may begin anew in its place.
        let told = names.iter().any(|name| name == HEAD || name == CHECKPOINTS);
        if segments.is_empty() && told {
            let newest = self.noted_head()?.map_or(1, |head| head.segment);
            let what = "it is missing, and what stands beside it tells of it".to_owned();
            return Err(sqlite::damaged(newest, what));
        }
        Ok(segments)
    }

    fn first_words(&mut self, segment: u64) -> Result<Vec<u8>, JournalError> {
        self.connection(segment)?
            .query_row("SELECT words FROM segment WHERE id = 1", [], |row| row.get(0))
            .map_err(|error| failed("read a segment's first words", segment, error))
    }

    fn carried(&mut self, segment: u64) -> Result<Option<Vec<u8>>, JournalError> {
        self.connection(segment)?
            .query_row("SELECT carried FROM segment WHERE id = 1", [], |row| row.get(0))
            .map_err(|error| failed("read a carried state", segment, error))
    }

    fn records(&mut self, segment: u64, after: u64) -> Result<Vec<Record>, JournalError> {
        let doing = "read records";
        let connection = self.connection(segment)?;
        let read = || -> Result<Vec<Record>, rusqlite::Error> {
            let mut statement = connection.prepare(
                "SELECT seq, first_turn, turns, events, hash, body FROM records WHERE seq > ?1 ORDER BY seq LIMIT ?2",
            )?;
            let mut rows = statement.query(params![after.cast_signed(), ROWS])?;
            let (mut records, mut bytes) = (Vec::new(), 0);
            while bytes < BYTES
                && let Some(row) = rows.next()?
            {
                let record = record(row)?;
                bytes += record.body.len();
                records.push(record);
            }
            Ok(records)
        };
        read().map_err(|error| failed(doing, segment, error))
    }

    fn parts(&mut self, segment: u64, count: u64) -> Result<Vec<u8>, JournalError> {
        let connection = self.connection(segment)?;
        let read = || -> Result<Vec<u8>, rusqlite::Error> {
            let mut statement =
                connection.prepare("SELECT bytes FROM parts WHERE number < ?1 ORDER BY number")?;
            let mut rows = statement.query([count.cast_signed()])?;
            let mut bytes = Vec::new();
            while let Some(row) = rows.next()? {
                bytes.extend_from_slice(row.get_ref(0)?.as_blob()?);
            }
            Ok(bytes)
        };
        read().map_err(|error| failed("read a carried state", segment, error))
    }

    fn notes(&mut self, segment: u64) -> Result<Vec<Record>, JournalError> {
        let connection = self.connection(segment)?;
        let read = || -> Result<Vec<Record>, rusqlite::Error> {
            let mut statement = connection.prepare(
                "SELECT seq, first_turn, turns, events, hash, body FROM records WHERE turns = 0 ORDER BY seq",
            )?;
            statement.query_map([], record)?.collect()
        };
        read().map_err(|error| failed("read notes", segment, error))
    }

    fn checkpoints(&mut self, segment: u64) -> Result<Vec<Checkpoint>, JournalError> {
        let connection = self.connection(segment)?;
        let read = || -> Result<Vec<String>, rusqlite::Error> {
            let mut statement = connection.prepare("SELECT line FROM checkpoints ORDER BY id")?;
            statement.query_map([], |row| row.get(0))?.collect()
        };
        let lines = read().map_err(|error| failed("read checkpoints", segment, error))?;
        let parsed = lines.iter().map(|line| {
            serde_json::from_str(line).map_err(|error| {
                sqlite::damaged(segment, format!("a checkpoint cannot be read ({error})"))
            })
        });
        parsed.collect()
    }

    fn published(&mut self) -> Result<(Vec<Checkpoint>, u64), JournalError> {
        let Some(content) = self.beside(CHECKPOINTS)? else { return Ok((Vec::new(), 0)) };
        let (mut checkpoints, mut unreadable) = (Vec::new(), 0);
        for line in content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match serde_json::from_slice(line) {
                Ok(checkpoint) => checkpoints.push(checkpoint),
                Err(_) => unreadable += 1,
            }
        }
        Ok((checkpoints, unreadable))
    }

    fn noted_head(&mut self) -> Result<Option<Head>, JournalError> {
        Ok(self.beside(HEAD)?.and_then(|content| read_note(&content)))
    }

    fn complaints(&mut self, segment: u64) -> Result<Vec<String>, JournalError> {
        let connection = self.connection(segment)?;
        sqlite::complaints(connection)
            .map_err(|error| failed("look over a segment", segment, error))
    }

    fn size(&mut self, segment: u64) -> Result<u64, JournalError> {
        let connection = self.connection(segment)?;
        let asked =
            |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let pages = asked("page_count").and_then(|pages| Ok(pages * asked("page_size")?));
        pages
            .map(|bytes| bytes.unsigned_abs())
            .map_err(|error| failed("measure a segment", segment, error))
    }

    fn begin(
        &mut self,
        segment: u64,
        words: &[u8],
        carried: Option<&[u8]>,
    ) -> Result<(), JournalError> {
        let failed = |error| JournalError::storage("begin a segment", error);
        fault::point("begin_segment.before");
        let path = self.path(segment);
        let unfinished = PathBuf::from(format!("{}{UNFINISHED}", path.display()));
        self.make(&unfinished, words, carried)
            .map_err(|error| JournalError::storage("begin a segment", error))?;
        fault::point("begin_segment.closed");
        self.disk.files.rename(&unfinished, &path).map_err(failed)?;
        fault::point("begin_segment.renamed");
        self.disk.files.sync_folder(&self.dir).map_err(failed)?;
        fault::point("begin_segment.synced");
        // What the log of the sealed segment still holds is moved into it. Closing would do that too, and say
        // nothing of its errors.
        self.reading = None;
        if let Some((_, sealed)) = self.active.take() {
            let failed = |error| JournalError::storage("seal a segment", error);
            sqlite::move_log(&sealed).map_err(failed)?;
            sealed.close().map_err(|(_, error)| failed(error))?;
            self.logged = 0;
        }
        self.writer().map(|_| ())
    }

    fn append(&mut self, records: &[Record]) -> Result<(), JournalError> {
        let failed = |error| JournalError::storage("write turns", error);
        Folder::insert(self.writer()?, records).map_err(failed)?;
        self.logged(records.iter().map(|record| record.body.len())).map_err(failed)
    }

    fn add_part(&mut self, number: u64, bytes: &[u8]) -> Result<(), JournalError> {
        let failed = |error| JournalError::storage("write a carried state", error);
        let write = |connection: &mut Connection| -> Result<(), rusqlite::Error> {
            let transaction =
                connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            transaction.execute("DELETE FROM parts WHERE number >= ?1", [number.cast_signed()])?;
            transaction.execute(
                "INSERT INTO parts (number, bytes) VALUES (?1, ?2)",
                params![number.cast_signed(), bytes],
            )?;
            transaction.commit()
        };
        write(self.writer()?).map_err(failed)?;
        self.logged(std::iter::once(bytes.len())).map_err(failed)
    }

    fn publish(&mut self, checkpoint: &Checkpoint) -> Result<(), JournalError> {
        let failed =
            |error: &dyn std::fmt::Display| JournalError::storage("write a checkpoint", error);
        let mut line = serde_json::to_string(checkpoint).map_err(|error| failed(&error))?;
        fault::point("checkpoint.before");
        self.writer()?
            .execute("INSERT INTO checkpoints (line) VALUES (?1)", [&line])
            .map_err(|error| failed(&error))?;
        fault::point("checkpoint.inserted");
        line.push('\n');
        let path = self.dir.join(CHECKPOINTS);
        self.disk.files.append(&path, line.as_bytes()).map_err(|error| failed(&error))?;
        fault::point("checkpoint.appended");
        Ok(())
    }

    fn note_head(&mut self, head: &Head) -> Result<(), JournalError> {
        let failed =
            |error: &dyn std::fmt::Display| JournalError::storage("note the journal's end", error);
        let note = note_of(head).map_err(|error| failed(&error))?;
        self.disk
            .files
            .write(&self.dir.join(HEAD), &note, false)
            .map_err(|error| failed(&error))?;
        fault::point("append.head_written");
        Ok(())
    }

    fn remove(&mut self, segment: u64) -> Result<(), JournalError> {
        let failed = |error| JournalError::storage("remove a segment", error);
        self.reading = None;
        let path = self.path(segment);
        for beside in ["-wal", "-shm"] {
            let path = PathBuf::from(format!("{}{beside}", path.display()));
            if self.disk.files.exists(&path) {
                self.disk.files.remove(&path).map_err(failed)?;
            }
        }
        self.disk.files.remove(&path).map_err(failed)?;
        self.disk.files.sync_folder(&self.dir).map_err(failed)
    }

    fn abandon(&mut self) {
        if let Some((_, connection)) = &self.active {
            // After an error not even the log may be moved into the file; if that cannot be said, closing is
            // what SQLite does after any crash.
            let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        }
    }
}

impl Folder {
    /// Rows of these lengths were written: the log is moved into its segment when it has become long.
    fn logged(&mut self, rows: impl Iterator<Item = usize>) -> Result<(), rusqlite::Error> {
        // Each takes its bytes and, of the tree above them, a page or two.
        self.logged += rows.map(|length| length as u64 + 8192).sum::<u64>();
        if self.logged >= self.disk.log_limit
            && let Some((_, active)) = &self.active
        {
            sqlite::move_log(active)?;
            self.logged = 0;
        }
        Ok(())
    }

    fn beside(&self, name: &str) -> Result<Option<Vec<u8>>, JournalError> {
        match self.disk.files.read(&self.dir.join(name)) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(JournalError::storage("read a file beside the journal", error)),
        }
    }
}

fn record(row: &Row<'_>) -> Result<Record, rusqlite::Error> {
    let number = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
    Ok(Record {
        seq: number(0)?,
        first_turn: number(1)?,
        turns: number(2)?,
        events: number(3)?,
        hash: Hash(row.get(4)?),
        body: row.get(5)?,
    })
}

/// The note: a line of JSON, its own check, and spaces to a fixed length.
fn note_of(head: &Head) -> Result<Vec<u8>, serde_json::Error> {
    let text = serde_json::to_string(head)?;
    let check = Hash::of(&[text.as_bytes()]);
    let mut note = format!("{text} {check:.16}").into_bytes();
    note.resize(NOTE_LENGTH.max(note.len() + 1) - 1, b' ');
    note.push(b'\n');
    Ok(note)
}

fn read_note(content: &[u8]) -> Option<Head> {
    let text = std::str::from_utf8(content).ok()?.trim_end();
    let (text, check) = text.rsplit_once(' ')?;
    let is_whole = format!("{:.16}", Hash::of(&[text.as_bytes()])) == check;
    if is_whole { serde_json::from_str(text).ok() } else { None }
}
