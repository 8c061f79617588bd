//! Exits without a journal: what was decided stays decided, nothing leaves without a record, and a log that cannot be
//! written stops nothing.

use crate::life::{self, Folder, Life};
use crate::trouble::{add, push, quiet, stop, trades, until_flat, until_open};
use highmark_server::kill_file;
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::Ask;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use std::fs;
use std::path::Path;

const PUSHED: [&str; 2] = ["--option", "feed.kind=none"];
/// An exit that is decided stays on its way for some seconds.
const SLOW: [&str; 2] = ["--option", "paper.latency_ms=4000"];

/// Two trades at 100 with stops at 90.
fn two_trades(life: &Life, folder: &Folder) -> Client {
    let mut client = life.client(&folder.0).unwrap();
    push(&mut client, 100).unwrap();
    for trade in 0..2 {
        add(&mut client).unwrap();
        stop(&mut client, trade);
    }
    client
}

fn alarms(client: &mut Client) -> Vec<String> {
    let status = client.ask(Ask::Status).unwrap();
    let alarms = status["alarms"].as_array().unwrap().iter();
    alarms.map(|alarm| alarm["code"].as_str().unwrap().to_owned()).collect()
}

fn decided(folder: &Path) -> usize {
    let emergency = fs::read_to_string(folder.join("emergency.ndjson")).unwrap_or_default();
    emergency.lines().filter(|line| line.contains("\"decided\"")).count()
}

/// Held to nothing at the next start, they were open again, and the kill was not engaged.
#[test]
fn what_was_decided_without_a_journal_is_not_forgotten_by_a_crash() {
    let folder = Folder::new("decided");
    let options = [&PUSHED[..], &SLOW, &["--option", "journal.on_loss=exit_all"]].concat();
    let life = life::start(&folder.0, &quiet(&folder, &options), None).unwrap();
    let mut client = two_trades(&life, &folder);
    until_open(&mut client, 2);
    let journal = rusqlite::Connection::open(folder.0.join("journal/000001.journal")).unwrap();
    journal.execute_batch("BEGIN IMMEDIATE").unwrap();
    // What is not durable is refused after it was looked at.
    let _ = push(&mut client, 89);
    while decided(&folder.0) < 2 {}
    while client.ask(Ask::Status).unwrap()["killed"] != true {}
    let recorded = || fs::read_to_string(folder.0.join("emergency.ndjson")).unwrap();
    while !recorded().contains("\"killed\"") {}
    drop(client);
    life.kill();
    journal.execute_batch("ROLLBACK").unwrap();
    drop(journal);

    let life = life::start(&folder.0, &PUSHED, None).unwrap();
    let mut client = life.client(&folder.0).unwrap();
    assert_eq!(client.ask(Ask::Status).unwrap()["killed"], true);
    push(&mut client, 95).unwrap();
    until_flat(&mut client);
    for trade in trades(&mut client, true) {
        assert_eq!((&trade["status"], &trade["open"]), (&"closed".into(), &"0".into()), "{trade}");
    }
    drop(client);
    life.kill();
    let verdict = highmark_journal::verify(&folder.0.join("journal"), &mut |_| {}).unwrap();
    assert!(verdict.is_sound(), "{verdict:?}");
}

/// They left all the same, and left again at the next start.
#[test]
fn without_any_record_no_exit_leaves_and_an_alarm_says_so() {
    let folder = Folder::new("no-record");
    let options = [&PUSHED[..], &["--option", "journal.on_loss=hold"]].concat();
    let life = life::start_within(&folder.0, &quiet(&folder, &options), "100000");
    let mut client = two_trades(&life, &folder);
    until_open(&mut client, 2);
    // From here on nothing can be written to any file, the log neither.
    let nothing = Rlimit { current: Some(0), maximum: Some(0) };
    prlimit(Some(Pid::from_raw(life.id()).unwrap()), Resource::Fsize, nothing).unwrap();
    // What is not durable is refused after it was looked at.
    let _ = push(&mut client, 89);
    while !alarms(&mut client).contains(&"EMERGENCY_LOST".into()) {}
    assert!(alarms(&mut client).contains(&"JOURNAL_LOST".into()));
    let held = trades(&mut client, false);
    assert_eq!(held.len(), 2);
    assert!(held.iter().all(|trade| trade["open"] == "1"), "{held:?}");
    drop(client);
    life.kill();
    let life = life::start(&folder.0, &PUSHED, None).unwrap();
    let mut client = life.client(&folder.0).unwrap();
    push(&mut client, 88).unwrap();
    until_flat(&mut client);
    let closed = trades(&mut client, true);
    assert!(closed.iter().all(|trade| trade["cause"]["mark"] == "88"), "{closed:?}");
}

/// A line that could not be written ended the process, before the kill was taken.
#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    let folder = Folder::new("no-log");
    let options = quiet(&folder, &PUSHED);
    let command = life::through(&["env"], "exec 2>/dev/full");
    let life = life::start_with(command, &folder.0, &options);
    let mut client = two_trades(&life, &folder);
    kill_file::put(&folder.0, "nobody reads the log").unwrap();
    until_flat(&mut client);
    assert_eq!(client.ask(Ask::Status).unwrap()["killed"], true);
}
