//! The tables of a segment, and the triggers that keep an honest mistake from changing them.

/// `HMJ1`: tells a journal from other databases.
pub(super) const APPLICATION: i32 = 0x484d_4a31;

/// The table that segments of format 1 do not have.
pub(super) const PARTS: &str = "parts";

/// Each table or trigger with its text, in the order in which they are made.
pub(super) const SCHEMA: &[(&str, &str)] = &[
    (
        "segment",
        "CREATE TABLE segment (id INTEGER PRIMARY KEY CHECK (id = 1), words BLOB NOT NULL, carried BLOB) STRICT",
    ),
    (
        "records",
        "CREATE TABLE records (seq INTEGER PRIMARY KEY, first_turn INTEGER NOT NULL, turns INTEGER NOT NULL, \
         events INTEGER NOT NULL, hash BLOB NOT NULL, body BLOB NOT NULL) STRICT",
    ),
    // Of a state that comes later than its segment; what is said of it stands in the chain. Since format 2.
    (PARTS, "CREATE TABLE parts (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT"),
    ("checkpoints", "CREATE TABLE checkpoints (id INTEGER PRIMARY KEY, line TEXT NOT NULL) STRICT"),
    (
        "segment_stays",
        "CREATE TRIGGER segment_stays BEFORE UPDATE ON segment \
         BEGIN SELECT RAISE(ABORT, 'a journal is never changed'); END",
    ),
    (
        "segment_is_kept",
        "CREATE TRIGGER segment_is_kept BEFORE DELETE ON segment \
         BEGIN SELECT RAISE(ABORT, 'nothing is deleted from a journal'); END",
    ),
    (
        "records_stay",
        "CREATE TRIGGER records_stay BEFORE UPDATE ON records \
         BEGIN SELECT RAISE(ABORT, 'a journal is never changed'); END",
    ),
    (
        "records_are_kept",
        "CREATE TRIGGER records_are_kept BEFORE DELETE ON records \
         BEGIN SELECT RAISE(ABORT, 'nothing is deleted from a journal'); END",
    ),
    (
        "checkpoints_stay",
        "CREATE TRIGGER checkpoints_stay BEFORE UPDATE ON checkpoints \
         BEGIN SELECT RAISE(ABORT, 'a journal is never changed'); END",
    ),
    (
        "checkpoints_are_kept",
        "CREATE TRIGGER checkpoints_are_kept BEFORE DELETE ON checkpoints \
         BEGIN SELECT RAISE(ABORT, 'nothing is deleted from a journal'); END",
    ),
];
