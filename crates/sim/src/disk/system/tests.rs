//! SQLite on a drive, without a journal: what the drive promises, and that its losses are felt.

use super::super::{Drive, Failure, Loss, Trouble};
use super::NAME;
use crate::random::Dice;
use rusqlite::{Connection, OpenFlags};

fn open(drive: &Drive, synchronous: &str) -> rusqlite::Result<Connection> {
    let path = drive.root().join("rows.db");
    let connection = Connection::open_with_flags_and_vfs(path, OpenFlags::default(), NAME)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "wal_autocheckpoint", 8)?;
    connection.execute("create table if not exists row (number integer primary key, text)", [])?;
    Ok(connection)
}

fn add(connection: &Connection, number: u32) -> rusqlite::Result<usize> {
    let text = "x".repeat(number as usize * 37 % 5000);
    connection.execute("insert into row values (?1, ?2)", (number, text))
}

fn rows(connection: &Connection) -> Vec<u32> {
    let mut query = connection.prepare("select number from row order by number").unwrap();
    let rows = query.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Rows until the power goes at a random call: what was acknowledged, and what is there afterwards.
fn episode(seed: u64, synchronous: &str) -> (u32, rusqlite::Result<Vec<u32>>) {
    let mut dice = Dice::new(seed);
    let drive = Drive::new();
    drive.cut_at(60 + dice.below(200) as u64);
    let mut acknowledged = 0;
    if let Ok(connection) = open(&drive, synchronous) {
        while add(&connection, acknowledged + 1).is_ok() {
            acknowledged += 1;
        }
    }
    assert!(drive.is_off());
    drive.power_on(Loss::draw(&mut dice), &mut dice);
    let after = open(&drive, synchronous).and_then(|connection| {
        let sound: String = connection.query_row("pragma integrity_check", [], |row| row.get(0))?;
        assert!(sound == "ok" || synchronous != "full", "seed {seed}: {sound}");
        if sound == "ok" { Ok(rows(&connection)) } else { Ok(Vec::new()) }
    });
    (acknowledged, after)
}

#[test]
fn full_synchronous_loses_nothing_that_was_acknowledged() {
    let mut all = 0;
    for seed in 0..150 {
        let (acknowledged, after) = episode(seed, "full");
        let after = after.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let expected: Vec<u32> = (1..=after.len() as u32).collect();
        assert_eq!(after, expected, "seed {seed}");
        assert!(after.len() as u32 >= acknowledged, "seed {seed}: lost of {acknowledged}");
        all += acknowledged;
    }
    assert!(all > 1_000, "{all} rows are too few to show anything");
}

#[test]
fn without_syncs_the_drive_loses_rows() {
    for synchronous in ["normal", "off"] {
        let loses = |seed: &u64| {
            let (acknowledged, after) = episode(*seed, synchronous);
            after.map_or(true, |after| (after.len() as u32) < acknowledged)
        };
        let lost = (0..60).filter(loses).count();
        assert!(lost > 5, "synchronous={synchronous} lost rows in {lost} of 60 episodes");
    }
}

#[test]
fn a_failed_call_is_felt_and_once_only() {
    let drive = Drive::new();
    let connection = open(&drive, "full").unwrap();
    add(&connection, 1).unwrap();
    for trouble in Trouble::ALL {
        drive.fail_at(Some(Failure { call: drive.calls() + 1, trouble, lasts: false }));
        assert!(add(&connection, 2).is_err(), "{trouble:?}");
    }
    assert_eq!(drive.failed(), 3);
    add(&connection, 2).unwrap();
    assert_eq!(rows(&connection), [1, 2]);
}

#[test]
fn what_was_open_before_a_restart_is_open_no_more() {
    let drive = Drive::new();
    let before = open(&drive, "full").unwrap();
    add(&before, 1).unwrap();
    drive.end_process();
    assert!(add(&before, 2).is_err());
    drop(before);
    let after = open(&drive, "full").unwrap();
    assert_eq!(rows(&after), [1]);
}

#[test]
fn a_second_writer_waits_in_vain() {
    let drive = Drive::new();
    let first = open(&drive, "full").unwrap();
    let second = open(&drive, "full").unwrap();
    first.execute_batch("begin immediate").unwrap();
    add(&first, 1).unwrap();
    assert!(add(&second, 2).unwrap_err().to_string().contains("locked"));
    assert_eq!(rows(&second), [0u32; 0]);
    first.execute_batch("commit").unwrap();
    assert_eq!(rows(&second), [1]);
}

#[test]
fn the_same_calls_have_the_same_trace() {
    let trace = |rows: u32| {
        let drive = Drive::new();
        let connection = open(&drive, "full").unwrap();
        (1..=rows).for_each(|row| assert_eq!(add(&connection, row), Ok(1)));
        drive.trace()
    };
    assert_eq!(trace(30), trace(30));
    assert_ne!(trace(30), trace(31));
}
