//! The ways to close everything that need neither the socket nor the API: the kill file, a signal, a command that gets no
//! answer; with the process stopped, killed, and its database locked.

use crate::kills::LOAD;
use crate::life::{self, Folder, Life};
use crate::trouble::{add, command, marked, quiet, until_flat};
use highmark_engine::Command;
use highmark_server::kill_file;
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::Ask;
use serde_json::Value;
use std::path::Path;
use std::process::Command as Process;

/// A service with a few open trades.
fn trading(folder: &Folder, options: &[&'static str]) -> (Life, Client) {
    let options = quiet(folder, &[&LOAD[..], options].concat());
    let life = life::start(&folder.0, &options, None).unwrap();
    let mut client = marked(&life, folder);
    (0..5).for_each(|_| drop(add(&mut client).unwrap()));
    (life, client)
}

fn is_killed(client: &mut Client) -> bool {
    client.ask(Ask::Status).unwrap()["killed"] == Value::Bool(true)
}

/// Looks until the file is gone, which it is once the kill is durable.
fn until_taken(client: &mut Client, state: &Path) {
    while kill_file::path(state).exists() {
        client.ask(Ask::Status).unwrap();
    }
}

#[test]
fn a_kill_file_closes_everything_and_is_gone_once_that_is_durable() {
    let folder = Folder::new("kill-file");
    let (life, mut client) = trading(&folder, &[]);
    // Whoever can make a file can do it.
    std::fs::write(kill_file::path(&folder.0), "").unwrap();
    until_taken(&mut client, &folder.0);
    assert!(is_killed(&mut client));
    until_flat(&mut client);
    assert!(add(&mut client).is_err());
    drop(client);
    life.kill();
    // It stays killed over a crash, and what was released is not killed again.
    let life = life::start(&folder.0, &LOAD, None).unwrap();
    let mut client = marked(&life, &folder);
    assert!(is_killed(&mut client));
    command(&mut client, Command::Release { reason: "well again".into() }).unwrap();
    life.kill();
    let life = life::start(&folder.0, &LOAD, None).unwrap();
    assert!(!is_killed(&mut marked(&life, &folder)));
}

#[test]
fn a_kill_file_that_nobody_took_is_what_the_next_start_does_first() {
    let folder = Folder::new("kill-left");
    let (life, client) = trading(&folder, &[]);
    drop(client);
    life.kill();
    kill_file::put(&folder.0, "it was dead").unwrap();
    let life = life::start(&folder.0, &LOAD, None).unwrap();
    let mut client = life.client(&folder.0).unwrap();
    assert!(is_killed(&mut client), "killed before the first answer");
    until_flat(&mut client);
    until_taken(&mut client, &folder.0);
}

#[test]
fn the_signal_for_users_closes_everything() {
    let folder = Folder::new("kill-signal");
    let (life, mut client) = trading(&folder, &[]);
    life.signal("-USR1");
    while !is_killed(&mut client) {}
    until_flat(&mut client);
    until_taken(&mut client, &folder.0);
    assert!(life.stop().success());
}

#[test]
fn a_kill_that_a_stopped_process_does_not_answer_is_done_when_it_goes_on() {
    let folder = Folder::new("kill-stopped");
    let (life, mut client) = trading(&folder, &[]);
    life.signal("-STOP");
    let mut asks = Process::new(env!("CARGO_BIN_EXE_highmark"));
    asks.args(["kill", "engage", "--yes", "--reason", "no answer", "--state"]).arg(&folder.0);
    let said = asks.output().unwrap();
    let told = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.status.success() && told.contains("the kill file is written"), "{said:?}");
    life.signal("-CONT");
    until_taken(&mut client, &folder.0);
    assert!(is_killed(&mut client));
    until_flat(&mut client);
}

#[test]
fn a_kill_with_the_database_locked_lets_exits_out_and_is_done_again_by_the_next_start() {
    let folder = Folder::new("kill-locked");
    let (life, mut client) = trading(&folder, &["--option", "journal.on_loss=hold"]);
    let journal = rusqlite::Connection::open(folder.0.join("journal/000001.journal")).unwrap();
    journal.execute_batch("BEGIN IMMEDIATE").unwrap();
    kill_file::put(&folder.0, "locked out").unwrap();
    until_flat(&mut client);
    let status = client.ask(Ask::Status).unwrap();
    assert_eq!(status["service"]["journal"]["lost"], true);
    let emergency = std::fs::read_to_string(folder.0.join("emergency.ndjson")).unwrap();
    assert!(emergency.lines().any(|line| line.contains("decided")), "exits went the other way");
    assert!(kill_file::path(&folder.0).exists(), "it is not durable, so it stays");
    drop(client);
    assert!(!life.stop().success());
    journal.execute_batch("ROLLBACK").unwrap();
    drop(journal);
    let life = life::start(&folder.0, &LOAD, None).unwrap();
    assert!(life.card["from_emergency"].as_u64().unwrap() > 0, "{}", life.card);
    let mut client = life.client(&folder.0).unwrap();
    assert!(is_killed(&mut client));
    until_taken(&mut client, &folder.0);
    until_flat(&mut client);
}
