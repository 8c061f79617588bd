//! The ways in which a journal is damaged.

use super::sample::{Copy, Sample};
use crate::random::Dice;
use highmark_engine::{Event, Price};
use highmark_journal::codec::{self, Encoder};
use highmark_journal::{Hash, Record, SegmentHead};
use rusqlite::{Connection, OptionalExtension as _};
use std::fs;
use std::path::{Path, PathBuf};

/// One damage.
#[derive(Clone, Debug)]
pub(super) enum Harm {
    /// One bit of one file.
    Flip { file: String, at: usize, bit: u8 },
    /// A file ends too early.
    Cut { file: String, length: usize },
    /// A file is gone.
    Gone { file: String },
    /// A run of bytes became zeroes.
    Zeroes { file: String, at: usize, length: usize },
    /// A row of the records is gone, and its neighbours are as they were.
    RowDeleted { segment: String },
    /// All rows from one on are gone.
    RowsCut { segment: String },
    /// A row stands there twice, and what follows is numbered on.
    RowDoubled { segment: String },
    /// Two rows changed places.
    RowsSwapped { segment: String },
    /// An amount in a record is another, compressed as it would have been.
    Edited { segment: String },
    /// The same, by someone who hashes the record anew as well.
    EditedAndHashed { segment: String },
    /// The state that a segment goes on from is another.
    CarriedEdited { segment: String },
    /// A segment's checkpoints are gone.
    CheckpointsDeleted { segment: String },
}

/// Where the damage is, as verification is to name it.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Segment(u64),
    /// A file beside the segments: a note of the end, or copies of the checkpoints.
    File(String),
}

impl Place {
    fn of(file: &str) -> Place {
        let digits: String = file.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().map_or_else(|_| Place::File(file.to_owned()), Place::Segment)
    }

    /// What is wrong in one place may show in the next: a segment that is gone shows where the next begins.
    pub(super) fn is_named_in(&self, told: &str) -> bool {
        match self {
            Place::Segment(number) => {
                let names = [format!("segment {number}"), format!("{number:06}.journal")];
                names.iter().any(|name| told.contains(name))
            }
            Place::File(name) if name == "head" => {
                told.contains("the journal's end") || told.contains("the note of the end")
            }
            Place::File(_) => told.contains("checkpoint"),
        }
    }
}

impl Harm {
    pub(super) fn draw(sample: &Sample, dice: &mut Dice) -> Harm {
        let files: Vec<&(String, Vec<u8>)> = sample
            .files
            .iter()
            .filter(|(name, bytes)| is_journal(name) && !bytes.is_empty())
            .collect();
        let (file, bytes) = files[dice.below(files.len())].clone();
        let segments: Vec<&String> =
            files.iter().map(|(name, _)| name).filter(|name| name.ends_with(".journal")).collect();
        let segment = segments[dice.below(segments.len())].clone();
        let at = dice.below(bytes.len());
        match dice.below(20) {
            0..=7 => Harm::Flip { file, at, bit: dice.below(8) as u8 },
            8..=9 => Harm::Cut { file, length: at },
            10 => Harm::Gone { file },
            11 => Harm::Zeroes { file, at, length: dice.pick(&[16, 512, 4096]) },
            12 => Harm::RowDeleted { segment },
            13 => Harm::RowsCut { segment },
            14 => Harm::RowDoubled { segment },
            15 => Harm::RowsSwapped { segment },
            16 => Harm::Edited { segment },
            17 => Harm::EditedAndHashed { segment },
            18 => Harm::CarriedEdited { segment },
            _ => Harm::CheckpointsDeleted { segment },
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Harm::Flip { .. } => "bit flipped",
            Harm::Cut { .. } => "tail cut",
            Harm::Gone { .. } => "file gone",
            Harm::Zeroes { .. } => "bytes zeroed",
            Harm::RowDeleted { .. } => "row deleted",
            Harm::RowsCut { .. } => "last rows deleted",
            Harm::RowDoubled { .. } => "row doubled",
            Harm::RowsSwapped { .. } => "rows swapped",
            Harm::Edited { .. } => "amount edited",
            Harm::EditedAndHashed { .. } => "amount edited and hashed",
            Harm::CarriedEdited { .. } => "carried state edited",
            Harm::CheckpointsDeleted { .. } => "checkpoints deleted",
        }
    }

    /// Bytes may hold nothing; a row always holds something.
    pub(super) fn may_mean_nothing(&self) -> bool {
        match self {
            Harm::Flip { .. } | Harm::Zeroes { .. } => true,
            // The log and its segment may both hold what the other has lost; the note of the end is filled up.
            Harm::Cut { .. } => true,
            Harm::Gone { file } => file.ends_with("-wal"),
            _ => false,
        }
    }

    /// Changes the copy, and says where.
    pub(super) fn apply(&self, copy: &Copy, dice: &mut Dice) -> Result<Place, String> {
        let told = |error: std::io::Error| error.to_string();
        let path = |file: &String| copy.dir().join(file);
        match self {
            Harm::Flip { file, at, bit } => {
                let mut bytes = fs::read(path(file)).map_err(told)?;
                bytes[*at] ^= 1 << bit;
                fs::write(path(file), bytes).map_err(told)?;
                Ok(Place::of(file))
            }
            Harm::Zeroes { file, at, length } => {
                let mut bytes = fs::read(path(file)).map_err(told)?;
                let end = (at + length).min(bytes.len());
                bytes[*at..end].fill(0);
                fs::write(path(file), bytes).map_err(told)?;
                Ok(Place::of(file))
            }
            Harm::Cut { file, length } => {
                let bytes = fs::read(path(file)).map_err(told)?;
                fs::write(path(file), &bytes[..*length]).map_err(told)?;
                Ok(Place::of(file))
            }
            Harm::Gone { file } => {
                fs::remove_file(path(file)).map_err(told)?;
                Ok(Place::of(file))
            }
            Harm::RowDeleted { segment }
            | Harm::RowsCut { segment }
            | Harm::RowDoubled { segment }
            | Harm::RowsSwapped { segment }
            | Harm::Edited { segment }
            | Harm::EditedAndHashed { segment }
            | Harm::CarriedEdited { segment }
            | Harm::CheckpointsDeleted { segment } => {
                let opened = Unlocked::open(&path(segment)).map_err(|error| error.to_string())?;
                let applied = self.apply_rows(&opened.0, dice).and_then(|()| opened.lock());
                applied.map_err(|error| error.to_string())?;
                Ok(Place::of(segment))
            }
        }
    }

    fn apply_rows(&self, rows: &Connection, dice: &mut Dice) -> rusqlite::Result<()> {
        let count: u32 = rows.query_row("SELECT count(*) FROM records", [], |row| row.get(0))?;
        if count == 0 {
            // A segment without records: its first words are what is left to change.
            return rows.execute_batch("UPDATE segment SET words = words || x'20'");
        }
        let seq = 1 + dice.below(count as usize) as u32;
        match self {
            Harm::RowDeleted { .. } => rows.execute("DELETE FROM records WHERE seq = ?1", [seq])?,
            Harm::RowsCut { .. } => rows.execute("DELETE FROM records WHERE seq >= ?1", [seq])?,
            Harm::RowDoubled { .. } => {
                rows.execute("UPDATE records SET seq = -seq - 1 WHERE seq > ?1", [seq])?;
                rows.execute("UPDATE records SET seq = -seq WHERE seq < 0", [])?;
                rows.execute(
                    "INSERT INTO records SELECT seq + 1, first_turn, turns, events, hash, body
                     FROM records WHERE seq = ?1",
                    [seq],
                )?
            }
            Harm::RowsSwapped { .. } if count > 1 => {
                let other = 1 + (seq + dice.below(count as usize - 1) as u32) % count;
                rows.execute("UPDATE records SET seq = -1 WHERE seq = ?1", [seq])?;
                rows.execute("UPDATE records SET seq = ?1 WHERE seq = ?2", [seq, other])?;
                rows.execute("UPDATE records SET seq = ?1 WHERE seq = -1", [other])?
            }
            Harm::CarriedEdited { .. } => edit_carried(rows, seq)?,
            Harm::CheckpointsDeleted { .. } => {
                let deleted = rows.execute("DELETE FROM checkpoints", [])?;
                if deleted == 0 { edit(rows, seq, false)? } else { deleted }
            }
            Harm::EditedAndHashed { .. } => edit(rows, seq, true)?,
            _ => edit(rows, seq, false)?,
        };
        Ok(())
    }
}

/// The files that a journal consists of; its lock and its key are not what is verified.
fn is_journal(name: &str) -> bool {
    name.ends_with(".journal")
        || name.ends_with("-wal")
        || name == "head"
        || name.starts_with("checkpoints")
}

/// A carried state with one digit changed; in the first segment, which carries none, a record instead.
fn edit_carried(rows: &Connection, seq: u32) -> rusqlite::Result<usize> {
    let carried: Option<Vec<u8>> =
        rows.query_row("SELECT carried FROM segment", [], |row| row.get(0))?;
    if let Some(carried) = carried {
        return rows.execute("UPDATE segment SET carried = ?1", [one_digit_changed(&carried)]);
    }
    let mut later = rows.prepare("SELECT bytes FROM parts ORDER BY number")?;
    let parts: Vec<Vec<u8>> =
        later.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    if parts.is_empty() || !is_whole(rows)? {
        return edit(rows, seq, false);
    }
    rows.execute("DELETE FROM parts WHERE number > 0", [])?;
    rows.execute("UPDATE parts SET bytes = ?1", [one_digit_changed(&parts.concat())])
}

/// Whether the state that a segment was given later is there to its end: a note says so.
fn is_whole(rows: &Connection) -> rusqlite::Result<bool> {
    let notes =
        "SELECT count(*) FROM records WHERE turns = 0 AND instr(body, CAST('carried' AS BLOB)) > 0";
    rows.query_row(notes, [], |row| Ok(row.get::<_, u32>(0)? > 0))
}

fn one_digit_changed(packed: &[u8]) -> Vec<u8> {
    let mut text = zstd_text(packed);
    let digit = text.iter().rposition(u8::is_ascii_digit).unwrap_or(0);
    text[digit] = if text[digit] == b'7' { b'8' } else { b'7' };
    zstd::bulk::compress(&text, 3).unwrap_or_default()
}

fn zstd_text(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::decode_all(bytes).unwrap_or_else(|_| bytes.to_vec())
}

/// One amount of one record, one unit more than it was.
fn edit(rows: &Connection, seq: u32, hashes: bool) -> rusqlite::Result<usize> {
    let wrong = |text: String| rusqlite::Error::InvalidParameterName(text);
    let body: Vec<u8> =
        rows.query_row("SELECT body FROM records WHERE seq = ?1", [seq], |row| row.get(0))?;
    let Ok(mut turns) = codec::decode(&body) else {
        // A note of the journal's own: any byte of it.
        return rows.execute(
            "UPDATE records SET body = CAST(body || x'20' AS BLOB) WHERE seq = ?1",
            [seq],
        );
    };
    let amounts = turns.iter_mut().flat_map(|turn| turn.events.iter_mut()).filter_map(amount);
    match amounts.last() {
        Some(amount) => amount.0 += 1,
        None => {
            if let Some(turn) = turns.last_mut() {
                turn.input.at.0 -= 1;
            }
        }
    }
    let mut encoder = Encoder::new().map_err(|error| wrong(error.to_string()))?;
    let edited = encoder.encode(&turns).map_err(|error| wrong(error.to_string()))?;
    if edited == body {
        return Err(wrong("the edit changed nothing".to_owned()));
    }
    let changed = rows.execute("UPDATE records SET body = ?1 WHERE seq = ?2", (&edited, seq))?;
    if hashes {
        let digest = hash_of(rows, seq, &edited)?;
        rows.execute("UPDATE records SET hash = ?1 WHERE seq = ?2", (digest, seq))?;
    }
    Ok(changed)
}

fn amount(event: &mut Event) -> Option<&mut Price> {
    match event {
        Event::Filled(fill) => Some(&mut fill.price),
        Event::Marked(tick) => tick.last.as_mut(),
        _ => None,
    }
}

/// The link that the record would have, had it been written so.
fn hash_of(rows: &Connection, seq: u32, body: &[u8]) -> rusqlite::Result<Vec<u8>> {
    let words: Vec<u8> = rows.query_row("SELECT words FROM segment", [], |row| row.get(0))?;
    let head: SegmentHead = serde_json::from_slice(&words)
        .map_err(|error| rusqlite::Error::InvalidParameterName(error.to_string()))?;
    let before = "SELECT hash FROM records WHERE seq = ?1 - 1";
    let before: Option<[u8; 32]> = rows.query_row(before, [seq], |row| row.get(0)).optional()?;
    let before = before.map_or_else(|| head.link(&words), Hash);
    let record = "SELECT first_turn, turns, events FROM records WHERE seq = ?1";
    let [first_turn, turns, events] = rows
        .query_row(record, [seq], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?
        .map(i64::cast_unsigned);
    let (seq, body) = (u64::from(seq), body.to_vec());
    let record = Record { seq, first_turn, turns, events, body, hash: before };
    Ok(record.link(head.segment, before).0.to_vec())
}

/// A segment without the triggers that keep it from being changed.
struct Unlocked(Connection, Vec<String>);

impl Unlocked {
    fn open(path: &Path) -> rusqlite::Result<Unlocked> {
        let connection = Connection::open(PathBuf::from(path))?;
        let mut query =
            connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")?;
        let found = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let found: Vec<(String, String)> = found.collect::<Result<_, _>>()?;
        drop(query);
        for (name, _) in &found {
            connection.execute_batch(&format!("DROP TRIGGER {name}"))?;
        }
        Ok(Unlocked(connection, found.into_iter().map(|(_, sql)| sql).collect()))
    }

    /// The triggers again, so that not their absence is what shows.
    fn lock(&self) -> rusqlite::Result<()> {
        self.1.iter().try_for_each(|sql| self.0.execute_batch(sql))
    }
}
