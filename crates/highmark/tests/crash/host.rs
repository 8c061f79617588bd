//! What storage and host can do to a service: each case of the table is done to a real one, and answered as it says.

use crate::kills::LOAD;
use crate::life::{self, Folder, Life};
use crate::trouble::quiet;
use highmark_engine::{self as engine, Scope};
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::Ask;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The cases of the catalogue: none may be missing.
const CATALOGUE: u32 = 15;

struct Case {
    id: String,
    fields: toml::Table,
}

impl Case {
    fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(toml::Value::as_str)
    }
}

fn cases() -> Vec<Case> {
    let table: toml::Table = include_str!("host.toml").parse().unwrap();
    let all = table["case"].as_array().unwrap().iter().map(|case| case.as_table().unwrap().clone());
    all.map(|fields| Case { id: fields["id"].as_str().unwrap().into(), fields }).collect()
}

/// What a service answered.
#[derive(Debug, Default)]
struct Answer {
    started: bool,
    code: String,
    /// Its messages: the refusal's, or the alarm's and those of clients.
    says: String,
    hint: String,
    /// What the card told.
    notes: String,
    alarms: Vec<String>,
    ends: Option<i32>,
}

/// What is done, and the answer; `None` where this machine cannot do it.
type Does = fn(&Folder) -> Option<Answer>;

const DOES: &[(&str, Does)] = &[
    ("full_file_system", full_file_system),
    ("full_at_start", full_at_start),
    ("read_only", read_only),
    ("no_rights", no_rights),
    ("file_for_folder", file_for_folder),
    ("dangling_link", dangling_link),
    ("link", link),
    ("rights_lost", rights_lost),
    ("folder_gone", folder_gone),
    ("flipped", flipped),
    ("cut", cut),
    ("log_gone", log_gone),
    ("copied", copied),
    ("segment_gone", segment_gone),
    ("half_restored", half_restored),
    ("newer", newer),
    ("two_services", two_services),
    ("lease_left", lease_left),
    ("network", network),
    ("network_forced", network_forced),
    ("clock_behind", clock_behind),
    ("few_files", few_files),
    ("carried_damaged", carried_damaged),
];

#[test]
fn every_case_is_answered_as_the_table_says() {
    let (mut wrong, mut done) = (Vec::new(), 0);
    for case in cases() {
        let Some(does) = case.text("does") else { continue };
        let (_, does) = DOES.iter().find(|(name, _)| *name == does).unwrap();
        let folder = Folder::new(&case.id);
        let Some(answer) = does(&folder) else {
            eprintln!("left out: this machine lets nobody do {}", case.id);
            continue;
        };
        done += 1;
        wrong.extend(
            differences(&case, &answer).map(|what| format!("{}: {what}: {answer:?}", case.id)),
        );
    }
    println!("{done} cases answered");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn differences(case: &Case, answer: &Answer) -> impl Iterator<Item = &'static str> {
    let holds = |field: &str, text: &str| case.text(field).is_none_or(|part| text.contains(part));
    let ends = case.fields.get("ends").and_then(toml::Value::as_integer);
    let same = [
        ("start", answer.started == (case.text("start") == Some("runs"))),
        ("code", case.text("code").is_none_or(|code| answer.code == code)),
        ("says", holds("says", &answer.says)),
        ("hint", holds("hint", &answer.hint)),
        ("note", holds("note", &answer.notes)),
        (
            "alarm",
            case.text("alarm").is_none_or(|code| answer.alarms.iter().any(|one| one == code)),
        ),
        ("ends", ends.is_none_or(|ends| answer.ends.map(i64::from) == Some(ends))),
    ];
    same.into_iter().filter(|(_, is_same)| !is_same).map(|(what, _)| what)
}

/// Each number of the catalogue has a case, each case is shown somewhere or has its reason, and what is named is
/// there.
#[test]
fn no_case_is_forgotten() {
    let cases = cases();
    let numbers: BTreeSet<&str> = cases.iter().map(|case| &case.id[..3]).collect();
    let expected: Vec<String> = (1..=CATALOGUE).map(|number| format!("C{number:02}")).collect();
    assert_eq!(numbers.into_iter().collect::<Vec<_>>(), expected);
    let ids: BTreeSet<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids.len(), cases.len(), "ids are unique");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let used: BTreeSet<&str> = cases.iter().filter_map(|case| case.text("does")).collect();
    assert_eq!(used, DOES.iter().map(|(name, _)| *name).collect());
    for case in &cases {
        let ways = ["does", "test", "table", "reason"].map(|way| case.text(way));
        assert_eq!(ways.iter().flatten().count(), 1, "{}", case.id);
        if let Some((file, name)) = case.text("test").and_then(|test| test.split_once(": ")) {
            let text = fs::read_to_string(root.join(file)).unwrap();
            assert!(text.contains(&format!("fn {name}(")), "{}: {name}", case.id);
        }
        if let Some(table) = case.text("table") {
            let text = fs::read_to_string(root.join(table)).unwrap();
            assert!(text.contains(&format!("id = \"{}-", case.id)), "{}", case.id);
        }
    }
    let catalogue = root.join("../shared/reference/reliability.md");
    let Ok(catalogue) = fs::read_to_string(&catalogue) else {
        return eprintln!("left out: {} is not there", catalogue.display());
    };
    let rows = catalogue.lines().filter_map(|line| line.strip_prefix("| C")?.split(' ').next());
    let rows = rows.filter(|number| number.parse::<u32>().is_ok());
    let rows: BTreeSet<String> = rows.map(|number| format!("C{number}")).collect();
    assert_eq!(rows, expected.into_iter().collect(), "the catalogue has other cases");
}

// ---- What is done.

fn full_file_system(folder: &Folder) -> Option<Answer> {
    let journal = folder.0.join("journal");
    fs::create_dir_all(&journal).unwrap();
    let script = format!("mount -t tmpfs -o size=1m none '{}'", journal.display());
    let life = life::start_with(apart(&script)?, &folder.0, &LOAD);
    Some(lost(life, folder))
}

fn full_at_start(folder: &Folder) -> Option<Answer> {
    let script = format!("mount -t tmpfs -o size=8k none '{}'", folder.0.display());
    Some(refused(apart(&script)?, &folder.0))
}

fn read_only(folder: &Folder) -> Option<Answer> {
    let place = folder.0.display();
    let script = format!("mount --bind '{place}' '{place}' && mount -o remount,ro,bind '{place}'");
    Some(refused(apart(&script)?, &folder.0.join("state")))
}

fn no_rights(folder: &Folder) -> Option<Answer> {
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o500)).unwrap();
    let answer = refused(subject()?, &folder.0.join("state"));
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o700)).unwrap();
    Some(answer)
}

fn file_for_folder(folder: &Folder) -> Option<Answer> {
    let place = folder.0.join("state");
    fs::write(&place, "").unwrap();
    Some(refused(plain(), &place))
}

fn dangling_link(folder: &Folder) -> Option<Answer> {
    let place = folder.0.join("state");
    symlink(folder.0.join("gone"), &place).unwrap();
    Some(refused(plain(), &place))
}

fn link(folder: &Folder) -> Option<Answer> {
    fs::create_dir(folder.0.join("there")).unwrap();
    let place = folder.0.join("state");
    symlink(folder.0.join("there"), &place).unwrap();
    let life = life::start(&place, &["--feed", "none"], None).unwrap();
    assert!(folder.0.join("there/journal").is_dir());
    Some(well(life))
}

fn rights_lost(folder: &Folder) -> Option<Answer> {
    let life = life::start_with(subject()?, &folder.0, &["--feed", "none"]);
    let head = folder.0.join("journal/head");
    fs::set_permissions(head, fs::Permissions::from_mode(0o400)).unwrap();
    Some(lost(life, folder))
}

fn folder_gone(folder: &Folder) -> Option<Answer> {
    let life = life::start(&folder.0, &["--feed", "none"], None).unwrap();
    fs::rename(folder.0.join("journal"), folder.0.join("away")).unwrap();
    Some(lost(life, folder))
}

fn flipped(folder: &Folder) -> Option<Answer> {
    lived(folder).stop();
    change(&folder.0.join("journal/000001.journal"), |bytes| {
        bytes[4096..].iter_mut().step_by(100).for_each(|byte| *byte ^= 0x10);
    });
    Some(refused(plain(), &folder.0))
}

fn cut(folder: &Folder) -> Option<Answer> {
    lived(folder).stop();
    change(&folder.0.join("journal/000001.journal"), |bytes| bytes.truncate(bytes.len() / 2));
    Some(refused(plain(), &folder.0))
}

fn log_gone(folder: &Folder) -> Option<Answer> {
    lived(folder).kill();
    fs::remove_file(folder.0.join("journal/000001.journal-wal")).unwrap();
    Some(refused(plain(), &folder.0))
}

fn copied(folder: &Folder) -> Option<Answer> {
    let life = lived(folder);
    let copy = folder.0.join("copy");
    fs::create_dir_all(copy.join("journal")).unwrap();
    fs::copy(folder.0.join("scenario.toml"), copy.join("scenario.toml")).unwrap();
    for name in ["000001.journal", "head", "checkpoints.ndjson"] {
        fs::copy(folder.0.join("journal").join(name), copy.join("journal").join(name)).unwrap();
    }
    let answer = refused(plain(), &copy);
    life.kill();
    Some(answer)
}

fn segment_gone(folder: &Folder) -> Option<Answer> {
    lived(folder).stop();
    fs::remove_file(folder.0.join("journal/000001.journal")).unwrap();
    Some(refused(plain(), &folder.0))
}

fn half_restored(folder: &Folder) -> Option<Answer> {
    lived(folder).stop();
    fs::write(folder.0.join("journal/restoring"), "").unwrap();
    Some(refused(plain(), &folder.0))
}

fn newer(folder: &Folder) -> Option<Answer> {
    lived(folder).stop();
    // SQLite keeps the format that we gave it here, highest byte first.
    change(&folder.0.join("journal/000001.journal"), |bytes| bytes[63] += 1);
    Some(refused(plain(), &folder.0))
}

fn two_services(folder: &Folder) -> Option<Answer> {
    let life = lived(folder);
    let answer = refused(plain(), &folder.0);
    life.kill();
    Some(answer)
}

fn lease_left(folder: &Folder) -> Option<Answer> {
    lived(folder).kill();
    assert!(folder.0.join("lease").exists());
    let life = life::start(&folder.0, &["--feed", "none"], None).unwrap();
    assert_eq!(life.card["after_crash"], true, "{}", life.card);
    Some(well(life))
}

fn network(folder: &Folder) -> Option<Answer> {
    Some(refused(on_network(folder)?, &folder.0))
}

fn network_forced(folder: &Folder) -> Option<Answer> {
    let options = ["--feed", "none", "--option", "state.network=true"];
    Some(well(life::start_with(on_network(folder)?, &folder.0, &options)))
}

/// A machine that says that everything is on the network.
fn on_network(folder: &Folder) -> Option<Command> {
    let table = folder.0.join("mounts");
    fs::write(&table, "22 1 0:44 / / rw,relatime - nfs4 server:/desk rw\n").unwrap();
    apart(&format!("mount --bind '{}' /proc/$$/mountinfo", table.display()))
}

fn clock_behind(folder: &Folder) -> Option<Answer> {
    let ticks = folder.0.join("ticks.csv");
    fs::write(&ticks, "time,symbol,last\n2099-09-02T10:00:00+05:30,SBIN,800\n").unwrap();
    played(folder, &ticks);
    let life = life::start(&folder.0, &["--feed", "none"], None).unwrap();
    let mut client = life.client(&folder.0).unwrap();
    command(&mut client).unwrap();
    let status = client.ask(Ask::Status).unwrap();
    assert!(status["at"].as_i64().unwrap() >= life.card["stood_at"].as_i64().unwrap(), "{status}");
    drop(client);
    Some(well(life))
}

fn few_files(folder: &Folder) -> Option<Answer> {
    let life = life::start_with(life::through(&[], "ulimit -n 96"), &folder.0, &LOAD);
    let clients: Vec<Client> = (0..80).filter_map(|_| life.client(&folder.0)).collect();
    let mut told = Vec::new();
    let mut served = 0;
    for mut client in clients {
        match client.ask(Ask::Status) {
            Ok(_) => served += 1,
            Err(failure) => told.push(failure.message),
        }
        std::mem::forget(client);
    }
    assert!(served >= 2 && !told.is_empty(), "{served} served, {told:?}");
    Some(Answer { says: told.join("; "), ..well(life) })
}

fn carried_damaged(folder: &Folder) -> Option<Answer> {
    let days: String = (1..=3)
        .flat_map(|day| (0..50).map(move |second| (day, second)))
        .map(|(day, second)| format!("2026-09-0{day}T10:00:{second:02}+05:30,SBIN,800\n"))
        .collect();
    let ticks = folder.0.join("ticks.csv");
    fs::write(&ticks, format!("time,symbol,last\n{days}")).unwrap();
    played(folder, &ticks);
    let mut segments: Vec<PathBuf> = fs::read_dir(folder.0.join("journal"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    segments.retain(|path| path.extension().is_some_and(|extension| extension == "journal"));
    segments.sort();
    assert!(segments.len() > 1, "{segments:?}");
    let newest = segments.last().unwrap();
    let packed: Vec<u8> = rusqlite::Connection::open(newest)
        .unwrap()
        .query_row("SELECT bytes FROM parts WHERE number = 0", [], |row| row.get(0))
        .unwrap();
    change(newest, |bytes| {
        // Its beginning; the rest may lie on other pages.
        let place = bytes.windows(64).position(|window| window == &packed[..64]).unwrap();
        bytes[place + 40] ^= 1;
    });
    let life = life::start(&folder.0, &["--feed", "none"], None).unwrap();
    Some(alarmed(life, folder))
}

// ---- How it is asked.

/// The binary as it is.
fn plain() -> Command {
    Command::new(env!("CARGO_BIN_EXE_highmark"))
}

/// The binary in a file system table of its own, after `script`.
fn apart(script: &str) -> Option<Command> {
    let wrapper = ["unshare", "-rm"];
    can(life::through(&wrapper, &format!("{script} || exit 77")))?;
    Some(life::through(&wrapper, &format!("{script} || exit 77")))
}

/// The binary as somebody whom rights bind: root is not, while it has all its powers.
fn subject() -> Option<Command> {
    let without = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
    let is_root = Command::new("id").arg("-u").output().ok()?.stdout == b"0\n";
    let wrapper = if is_root { &without[..] } else { &[] };
    can(life::through(wrapper, ""))?;
    Some(life::through(wrapper, ""))
}

/// Whether this machine lets such a command run.
fn can(mut command: Command) -> Option<()> {
    let ran = command.arg("--version").output().ok()?;
    ran.status.success().then_some(())
}

/// A start that is refused, and why.
fn refused(mut command: Command, state: &Path) -> Answer {
    command.args(["run", "--json", "--quiet", "--feed", "none", "--stop-after", "1", "--state"]);
    let ran = command.arg(state).output().unwrap();
    let text = String::from_utf8_lossy(&ran.stdout).into_owned();
    let Ok(said) = serde_json::from_str::<Value>(&text) else {
        return Answer { started: true, says: format!("{ran:?}"), ..Answer::default() };
    };
    let text = |field: &str| said["error"][field].as_str().unwrap_or_default().to_owned();
    Answer {
        started: said.get("started").is_some(),
        code: text("code"),
        says: text("message"),
        hint: text("hint"),
        ends: ran.status.code(),
        ..Answer::default()
    }
}

/// Lets a service without trades live through recorded ticks.
fn played(folder: &Folder, ticks: &Path) {
    let mut command = plain();
    command.args(["run", "--quiet", "--to-end", "--state"]).arg(&folder.0).arg(ticks);
    let ran = command.args(quiet(folder, &["--option", "feed.speed=max"])).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
}

/// A service that has something in its journal.
fn lived(folder: &Folder) -> Life {
    let life = life::start(&folder.0, &["--feed", "none"], None).unwrap();
    let mut client = life.client(&folder.0).unwrap();
    for _ in 0..50 {
        command(&mut client).unwrap();
    }
    life
}

fn command(client: &mut Client) -> Result<Value, highmark::failure::Failure> {
    let command = engine::Command::Halt { scope: Scope::System, reason: "drill".into() };
    client.ask(Ask::Command { by: "test".into(), command: Box::new(command) })
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

/// A service that goes on as if nothing were.
fn well(life: Life) -> Answer {
    let notes = life.card["notes"].to_string();
    let ends = life.stop().code();
    Answer { started: true, notes, ends, ..Answer::default() }
}

/// A service whose journal stops: commands are refused from then on.
fn lost(life: Life, folder: &Folder) -> Answer {
    let mut client = life.client(&folder.0).unwrap();
    while command(&mut client).is_ok() {}
    drop(client);
    alarmed(life, folder)
}

/// A service that sounds an alarm, soon.
fn alarmed(life: Life, folder: &Folder) -> Answer {
    let mut client = life.client(&folder.0).unwrap();
    let alarms = loop {
        let status = client.ask(Ask::Status).unwrap();
        let alarms = status["alarms"].as_array().unwrap().clone();
        if alarms.iter().any(|alarm| alarm["code"].as_str().unwrap().starts_with("JOURNAL")) {
            break alarms;
        }
    };
    drop(client);
    let all = |field: &str| -> Vec<String> {
        alarms.iter().map(|alarm| alarm[field].as_str().unwrap().to_owned()).collect()
    };
    let (says, hint) = (all("message").join("; "), all("hint").join("; "));
    Answer { says, hint, alarms: all("code"), ..well(life) }
}
