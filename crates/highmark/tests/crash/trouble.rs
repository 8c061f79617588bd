//! A disk that fills up, a stop in the middle of exits, a journal that is not what was written.

use crate::kills::LOAD;
use crate::life::{self, Folder, Life};
use highmark_engine::*;
use highmark_journal::{About, Reader};
use highmark_play::scenario::rule_in_words;
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::{Ask, Look, Pushed};
use serde_json::Value;
use std::fs;
use std::process::Command as Process;

/// One instrument, one strategy without limits that the made-up market could touch.
const DESK: &str = r#"
[[instrument]]
symbol = "SBIN"
venue = "always"

[[account]]
name = "paper"
mode = "paper"
balance = 1000000

[[strategy]]
name = "Only"
"#;

/// `options`, and a scenario in which nothing happens by itself.
pub(crate) fn quiet(folder: &Folder, options: &[&'static str]) -> Vec<String> {
    let path = folder.0.join("desk-scenario.toml");
    fs::write(&path, DESK).unwrap();
    let scenario = ["--scenario".to_owned(), path.display().to_string()];
    options.iter().map(|option| (*option).to_owned()).chain(scenario).collect()
}

pub(crate) fn command(
    client: &mut Client,
    command: Command,
) -> Result<Value, highmark::failure::Failure> {
    client.ask(Ask::Command { by: "test".into(), command: Box::new(command) })
}

pub(crate) fn add(client: &mut Client) -> Result<Value, highmark::failure::Failure> {
    let trade = NewTrade {
        name: String::new(),
        strategy: StrategyId(0),
        account: AccountId(0),
        group: None,
        instrument: InstrumentId(0),
        side: Side::Buy,
        quantity: Quantity::whole(1),
        entry: Entry::AtMark,
        rules: Vec::new(),
    };
    command(client, Command::AddTrade(trade))
}

pub(crate) fn push(client: &mut Client, price: i64) -> Result<Value, highmark::failure::Failure> {
    let last = Some(Price::whole(price));
    let pushed = Pushed { symbol: "SBIN".into(), last, ..Pushed::default() };
    client.ask(Ask::Push(vec![pushed]))
}

/// A stop at 90.
pub(crate) fn stop(client: &mut Client, trade: u32) {
    let words = ["stop_loss".to_owned(), "price=90".to_owned()];
    let draft = rule_in_words(&words, true).unwrap();
    let (scope, provenance) = (Scope::Trade(TradeId(trade)), Provenance::default());
    command(client, Command::SetRule { scope, draft, provenance }).unwrap();
}

/// Asks until so many trades are open.
pub(crate) fn until_open(client: &mut Client, count: usize) {
    while trades(client, false).iter().filter(|trade| trade["status"] == "open").count() < count {}
}

pub(crate) fn trades(client: &mut Client, all: bool) -> Vec<Value> {
    let look = Look::Page { all, after: None, limit: u32::MAX };
    client.ask(Ask::Look(look)).unwrap()["trades"].as_array().unwrap().clone()
}

/// Asks until nothing is open or on its way any more.
pub(crate) fn until_flat(client: &mut Client) {
    while !trades(client, false).is_empty() {}
}

pub(crate) fn marked(life: &Life, folder: &Folder) -> Client {
    let mut client = life.client(&folder.0).unwrap();
    let is_marked = |client: &mut Client| {
        let all = client.ask(Ask::Look(Look::Instruments)).unwrap();
        all.as_array().unwrap().iter().all(|one| !one["mark"].is_null())
    };
    while !is_marked(&mut client) {}
    client
}

/// A file that may not grow beyond so many KiB fails the journal at a write, as a full disk does. The emergency
/// file stays small.
const LARGEST: &str = "600";

#[test]
fn a_full_disk_stops_the_journal_blocks_entries_and_lets_exits_out() {
    let folder = Folder::new("full");
    let options = [&LOAD[..], &["--option", "journal.on_loss=exit_all"]].concat();
    let options = quiet(&folder, &options);
    let life = life::start_within(&folder.0, &options, LARGEST);
    let mut client = marked(&life, &folder);
    let mut added = 0;
    let refusal = loop {
        match add(&mut client) {
            Ok(_) => added += 1,
            Err(failure) => break failure,
        }
    };
    assert!(added > 0);
    let names = ["journal", "killed", "kill"];
    assert!(names.iter().any(|name| refusal.message.contains(name)), "{refusal:?}");
    // Everything is exited on the emergency path; nothing more is taken.
    until_flat(&mut client);
    let status = client.ask(Ask::Status).unwrap();
    assert_eq!(status["service"]["journal"]["lost"], true);
    // The disk of this machine may be low besides.
    let mut alarms = status["alarms"].as_array().unwrap().iter();
    assert!(alarms.any(|alarm| alarm["code"] == "JOURNAL_LOST"), "{status}");
    assert!(add(&mut client).is_err());
    drop(client);
    let ended = life.stop();
    assert!(!ended.success(), "a service that lost its journal does not end well");
    let emergency = fs::read_to_string(folder.0.join("emergency.ndjson")).unwrap();
    assert!(emergency.lines().any(|line| line.contains("decided")));
    assert!(emergency.lines().any(|line| line.contains("filled")));

    // The next start takes in what brokers said, and nothing is exited twice.
    let life = life::start(&folder.0, &LOAD, None).unwrap();
    assert!(life.card["from_emergency"].as_u64().unwrap() > 0, "{}", life.card);
    let mut client = marked(&life, &folder);
    for trade in trades(&mut client, true) {
        let exited = trade["open"].as_str().unwrap();
        assert!(!exited.starts_with('-'), "{trade}");
    }
    life.kill();
    let verdict = highmark_journal::verify(&folder.0.join("journal"), &mut |_| {}).unwrap();
    assert!(verdict.is_sound(), "{verdict:?}");
}

#[test]
fn a_stop_in_the_middle_of_exits_loses_none_and_exits_none_twice() {
    let folder = Folder::new("burst");
    let slow = ["--option", "feed.ticks_per_second=200", "--option", "paper.latency_ms=40"];
    let options = quiet(&folder, &slow);
    let life = life::start(&folder.0, &options, None).unwrap();
    let mut client = marked(&life, &folder);
    for _ in 0..100 {
        add(&mut client).unwrap();
    }
    let is_open = |trade: &Value| trade["status"] == "open";
    while !trades(&mut client, false).iter().all(is_open) {}
    command(&mut client, Command::Kill { reason: "drill".into() }).unwrap();
    assert!(life.stop().success(), "{}", fs::read_to_string(folder.0.join("stderr")).unwrap());

    let life = life::start(&folder.0, &options, None).unwrap();
    assert_eq!(life.card["after_crash"], false);
    assert_eq!(life.card["killed"], true);
    let mut client = marked(&life, &folder);
    until_flat(&mut client);
    life.kill();
    let (mut entered, mut left) = (0, 0);
    for turn in Reader::open(&folder.0.join("journal")).unwrap().turns().unwrap() {
        for event in turn.unwrap().events {
            if let Event::Filled(fill) = event {
                match fill.side {
                    Side::Buy => entered += fill.quantity.0,
                    Side::Sell => left += fill.quantity.0,
                }
            }
        }
    }
    assert_eq!(entered, left, "bought and sold differ");
}

#[test]
fn a_damaged_journal_is_refused_with_its_place_and_what_to_do() {
    let folder = Folder::new("damaged");
    let life = life::start(&folder.0, &quiet(&folder, &LOAD), None).unwrap();
    let mut client = marked(&life, &folder);
    for _ in 0..20 {
        add(&mut client).unwrap();
    }
    drop(client);
    assert!(life.stop().success());
    let path = folder.0.join("journal/000001.journal");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 64].iter_mut().for_each(|byte| *byte ^= 0x55);
    fs::write(&path, bytes).unwrap();
    let refused = Process::new(env!("CARGO_BIN_EXE_highmark"))
        .args(["run", "--json", "--quiet", "--stop-after", "1", "--state"])
        .arg(&folder.0)
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    let said: Value = serde_json::from_slice(&refused.stdout).unwrap();
    let message = said["error"]["message"].as_str().unwrap();
    assert!(message.contains("segment 1") && message.contains("damaged"), "{message}");
    assert!(said["error"]["hint"].as_str().unwrap().contains("restore"), "{said}");
}

#[test]
fn a_backup_under_load_restores_to_the_same_state() {
    let folder = Folder::new("drill");
    let life = life::start(&folder.0, &quiet(&folder, &LOAD), None).unwrap();
    let mut client = marked(&life, &folder);
    let mut copies = Vec::new();
    for number in 0..5 {
        for _ in 0..10 {
            add(&mut client).unwrap();
        }
        let to = folder.0.join(format!("copy-{number}"));
        let made = client.ask(Ask::Backup { to: to.display().to_string() }).unwrap();
        copies.push((to, made["head"]["turns"].as_u64().unwrap()));
    }
    life.kill();
    let live = Reader::open(&folder.0.join("journal")).unwrap();
    for (copy, turns) in copies {
        let restored = copy.with_extension("restored");
        highmark_journal::restore(&copy, &restored, &About::new("test"), Timestamp(1)).unwrap();
        let back = Reader::open(&restored).unwrap().engine_before(u64::MAX).unwrap();
        let then = live.engine_before(turns + 1).unwrap();
        assert_eq!(back.state().turn(), turns);
        assert_eq!(back.state().hash(), then.state().hash());
        assert_eq!(back.state(), then.state());
    }
}

#[test]
fn a_configuration_is_reloaded_whole_or_not_at_all() {
    let folder = Folder::new("reload");
    let file = folder.0.join("desk.toml");
    let path = file.display().to_string();
    fs::write(&file, "config_version = 1\n[journal]\nkeep_days = 7\n").unwrap();
    let life = life::start(&folder.0, &["--config", &path, "--feed", "none"], None).unwrap();
    let mut client = life.client(&folder.0).unwrap();

    fs::write(&file, "config_version = 1\n[journal]\nkeep_days = 9\non_los = 'hold'\n").unwrap();
    let refusal = client.ask(Ask::Reload).unwrap_err();
    assert!(refusal.message.contains("on_los"), "{refusal:?}");
    assert!(refusal.hint.contains("on_loss"), "{refusal:?}");

    fs::write(&file, "config_version = 1\n[journal]\nkeep_days = 9\n[paper]\nseed = 5\n").unwrap();
    let changes = client.ask(Ask::Reload).unwrap();
    // The refused file changed nothing: it is from 7 that the new value comes.
    assert!(changes["in_force"][0].as_str().unwrap().contains("7 -> 9"), "{changes}");
    assert!(changes["at_next_start"][0].as_str().unwrap().contains("paper.seed"), "{changes}");
    let nothing = client.ask(Ask::Reload).unwrap();
    assert_eq!(nothing["in_force"].as_array().map(Vec::len), Some(0));
    life.kill();
}

#[test]
fn how_much_is_said_follows_a_reload() {
    let folder = Folder::new("loud");
    let file = folder.0.join("desk.toml");
    let path = file.display().to_string();
    let write = |level: &str| {
        let text = format!("config_version = 1\n[log]\nlevel = \"{level}\"\n");
        fs::write(&file, text).unwrap();
    };
    let said = || {
        let all = fs::read_to_string(folder.0.join("stderr")).unwrap();
        all.matches("the configuration was read again").count()
    };
    write("error");
    let command = life::through(&[], "");
    let life = life::start_with(command, &folder.0, &["--config", &path, "--feed", "none"]);
    let mut client = life.client(&folder.0).unwrap();
    client.ask(Ask::Reload).unwrap();
    assert_eq!(said(), 0);
    write("info");
    client.ask(Ask::Reload).unwrap();
    assert_eq!(said(), 1);
    write("error");
    client.ask(Ask::Reload).unwrap();
    assert_eq!(said(), 1);
    life.kill();
}
