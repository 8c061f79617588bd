//! Checkpoints that a command of the owner's copies away: they prove the journal, and show that it was cut.

use crate::life::{self, Folder};
use crate::trouble::quiet;
use highmark_engine::{Command, Scope};
use highmark_journal::{Checkpoint, Reader};
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::Ask;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command as Process, Output};

fn verify(state: &Path, against: &Path) -> Output {
    Process::new(env!("CARGO_BIN_EXE_highmark"))
        .args(["journal", "verify", "--json", "--state"])
        .arg(state)
        .arg("--against")
        .arg(against)
        .output()
        .unwrap()
}

/// Two commands, and a signature in between and after.
fn work(client: &mut Client) {
    for _ in 0..2 {
        let halt = Command::Halt { scope: Scope::System, reason: "drill".into() };
        client.ask(Ask::Command { by: "test".into(), command: Box::new(halt) }).unwrap();
        client.ask(Ask::Checkpoint).unwrap();
    }
}

#[test]
fn copies_of_checkpoints_prove_the_journal_and_show_a_cut() {
    let folder = Folder::new("hook");
    let (state, away) = (folder.0.join("state"), folder.0.join("away"));
    fs::create_dir_all(&away).unwrap();
    fs::create_dir_all(&state).unwrap();
    let copies = away.join("checkpoints.ndjson");
    let file = folder.0.join("highmark.toml");
    let hook = format!("cat >> {}", copies.display());
    let text = format!("[journal]\ncheckpoint_every = \"1s\"\ncheckpoint_hook = \"{hook}\"\n");
    fs::write(&file, text).unwrap();
    let config = file.display().to_string();
    let options = quiet(&folder, &["--feed", "none"]);
    let options: Vec<String> = ["--config".to_owned(), config].into_iter().chain(options).collect();

    // What the journal was after the first life, to put back later as somebody who wants to hide the second does.
    let life = life::start(&state, &options, None).unwrap();
    work(&mut life.client(&state).unwrap());
    assert!(life.stop().success());
    let before = folder.0.join("before");
    copy(&state.join("journal"), &before);

    let life = life::start(&state, &options, None).unwrap();
    work(&mut life.client(&state).unwrap());
    assert!(life.stop().success());

    let copied = fs::read_to_string(&copies).unwrap();
    let copied: Vec<Checkpoint> =
        copied.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(copied.len() >= 4, "{copied:?}");
    assert!(copied.is_sorted_by_key(|one| one.turns), "in their order");
    // The last one is of the journal's end, and all that the journal keeps itself were copied.
    let head = Reader::open(&state.join("journal")).unwrap().stats().unwrap().head;
    assert_eq!(copied.last().map(|one| (one.turns, one.hash)), Some((head.turns, head.hash)));
    let sound = verify(&state, &copies);
    assert!(sound.status.success(), "{sound:?}");
    let told: Value = serde_json::from_slice(&sound.stdout).unwrap();
    assert_eq!((told["sound"].as_bool(), told["unsigned_turns"].as_u64()), (Some(true), Some(0)));

    // Put back whole, the older journal is sound by all that lies beside it.
    fs::remove_dir_all(state.join("journal")).unwrap();
    copy(&before, &state.join("journal"));
    let alone = Process::new(env!("CARGO_BIN_EXE_highmark"))
        .args(["journal", "verify", "--state"])
        .arg(&state)
        .output()
        .unwrap();
    assert!(alone.status.success(), "{alone:?}");
    let cut = verify(&state, &copies);
    assert_eq!(cut.status.code(), Some(1), "{cut:?}");
    let told: Value = serde_json::from_slice(&cut.stdout).unwrap();
    assert!(told["damages"][0]["what"].as_str().unwrap().contains("cut off"), "{told}");

    fs::write(&copies, "no checkpoint\n").unwrap();
    assert_eq!(verify(&state, &copies).status.code(), Some(2));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_command_that_takes_no_checkpoint_is_told_of() {
    let folder = Folder::new("hook-fails");
    let file = folder.0.join("highmark.toml");
    fs::write(&file, "[journal]\ncheckpoint_hook = \"exit 3\"\n").unwrap();
    let config = file.display().to_string();
    let life = life::start(&folder.0, &["--config", &config, "--feed", "none"], None).unwrap();
    let mut client = life.client(&folder.0).unwrap();
    work(&mut client);
    let alarm = |client: &mut Client| {
        let status = client.ask(Ask::Status).unwrap();
        let mut alarms = status["alarms"].as_array().unwrap().iter();
        alarms.find(|alarm| alarm["code"] == "CHECKPOINT_NOT_COPIED").cloned()
    };
    let sounding = loop {
        if let Some(sounding) = alarm(&mut client) {
            break sounding;
        }
    };
    assert!(sounding["message"].as_str().unwrap().contains("exit status: 3"), "{sounding}");
    // A command that works again ends the alarm.
    fs::write(&file, "[journal]\ncheckpoint_hook = \"cat > /dev/null\"\n").unwrap();
    client.ask(Ask::Reload).unwrap();
    work(&mut client);
    while alarm(&mut client).is_some() {}
    drop(client);
    assert!(life.stop().success());
}
