//! Crashes: a child process is ended at every point where that matters, and the journal goes on from there.

use crate::books::*;
use highmark_engine::*;
use highmark_journal::*;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

/// Where the child lives, told by its parent.
const HOME: &str = "HIGHMARK_CRASH_HOME";
const TICKS: i64 = 56;

/// The life of a journal, gone on from wherever it is: written, signed, rolled over, retired, backed up, restored.
fn live(home: &Path) {
    let dir = home.join("journal");
    let (mut journal, mut engine) = match Journal::open(&dir, &about(), at(1)) {
        Ok((journal, recovered)) => (journal, recovered.engine),
        Err(JournalError::NotFound { .. }) => {
            (Journal::create(&dir, &about(), at(0)).unwrap(), Engine::new())
        }
        Err(error) => panic!("{error}"),
    };
    let inputs = inputs(TICKS);
    let known = usize::try_from(journal.head().turns).unwrap();
    for (place, group) in inputs[known..].chunks(5).enumerate() {
        let turns = turns(&mut engine, group.to_vec());
        journal.append(&turns).unwrap();
        fs::write(home.join("acknowledged"), journal.head().turns.to_string()).unwrap();
        match place % 6 {
            1 => drop(journal.checkpoint(at(2)).unwrap()),
            3 => journal.roll(engine.state(), at(3)).unwrap(),
            4 => journal.roll_ahead(false, at(3)).unwrap(),
            _ => {}
        }
        if journal.lacks_state() && place % 2 == 1 {
            carry(&dir, &mut journal);
        }
    }
    if journal.lacks_state() {
        carry(&dir, &mut journal);
    }
    journal.retire(Retention::Days(2), at(4)).unwrap();
    let copy = fresh(home, "backup");
    backup(&dir, &copy, at(5)).unwrap();
    restore(&copy, &fresh(home, "restored"), &about(), at(6)).unwrap();
}

fn carry(dir: &Path, journal: &mut Journal) {
    let reader = Reader::open(dir).unwrap();
    let mut carry = Carry::fold(&reader, journal.head().segment).unwrap().in_parts_of(400);
    while !journal.carry(&mut carry).unwrap() {}
}

fn fresh(home: &Path, name: &str) -> PathBuf {
    (1..).map(|number| home.join(format!("{name}-{number}"))).find(|path| !path.exists()).unwrap()
}

/// Not a test of its own: what a parent starts. Without a home it has nothing to do.
#[test]
fn child() {
    if let Some(home) = std::env::var_os(HOME) {
        live(Path::new(&home));
    }
}

/// Starts a child that ends at `point`; says whether it did.
fn crash(home: &Path, point: &str, hit: u32) -> bool {
    let output = Process::new(std::env::current_exe().unwrap())
        .args(["--exact", "crashes::child", "--nocapture"])
        .env(HOME, home)
        .env(fault::VARIABLE, format!("{point}:{hit}"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains("panicked"), "{point}:{hit}: {text}");
    !output.status.success()
}

/// What an engine makes of the inputs, and its state after each.
fn expected() -> (Vec<Turn>, Engine) {
    let mut engine = Engine::new();
    let turns = turns(&mut engine, inputs(TICKS));
    (turns, engine)
}

fn check(home: &Path, expected: &[Turn], case: &str) {
    let acknowledged = fs::read_to_string(home.join("acknowledged"))
        .map_or(0, |text| text.parse::<usize>().unwrap_or_default());
    let dir = home.join("journal");
    match Journal::open(&dir, &about(), at(10)) {
        Ok((_, recovered)) => {
            let known = usize::try_from(recovered.head.turns).unwrap();
            assert!(known >= acknowledged, "{case}: {known} of {acknowledged} acknowledged");
            let mut folded = Engine::new();
            let events = expected[..known].iter().flat_map(|turn| &turn.events);
            events.for_each(|event| folded.apply(event));
            assert_eq!(recovered.engine.state(), folded.state(), "{case}");
            let reader = Reader::open(&dir).unwrap();
            let read: Vec<Turn> = reader.turns().unwrap().map(Result::unwrap).collect();
            assert_eq!(read, expected[known - read.len()..known], "{case}");
            assert_eq!(verify(&dir, &mut |_| {}).unwrap().damages, vec![], "{case}");
        }
        Err(JournalError::NotFound { .. }) => assert_eq!(acknowledged, 0, "{case}"),
        Err(error) => panic!("{case}: {error}"),
    }
    for number in 1..=2 {
        let copy = home.join(format!("backup-{number}"));
        let whole = copy.join("backup.json").exists();
        let restored = home.join(format!("restored-{number}"));
        if copy.exists() {
            let tried = restore(&copy, &home.join(format!("tried-{number}")), &about(), at(11));
            assert_eq!(tried.is_ok(), whole, "{case}: {tried:?}");
        }
        if restored.exists() {
            match Journal::open(&restored, &about(), at(12)) {
                Ok((_, recovered)) => {
                    assert!(recovered.head.epoch > 1, "{case}");
                    assert_eq!(recovered.head.turns, expected.len() as u64, "{case}");
                    assert_eq!(verify(&restored, &mut |_| {}).unwrap().damages, vec![], "{case}");
                }
                Err(JournalError::Damaged(damage)) => {
                    assert!(damage.what.contains("restore"), "{case}: {damage}");
                }
                Err(JournalError::NotFound { .. }) => {}
                Err(error) => panic!("{case}: {error}"),
            }
        }
    }
}

#[test]
fn a_crash_at_every_point_loses_nothing_that_was_acknowledged() {
    let (turns, engine) = expected();
    let mut reached = Vec::new();
    for point in fault::NAMES.iter().filter(|point| !point.starts_with("migrate.")) {
        for hit in [1, 2, 6] {
            let room = Room::new();
            let case = format!("{point}:{hit}");
            if !crash(room.path(), point, hit) {
                break;
            }
            reached.push(*point);
            check(room.path(), &turns, &case);
            live(room.path());
            let (_, recovered) = Journal::open(&room.join("journal"), &about(), at(20)).unwrap();
            assert_eq!(recovered.engine.state(), engine.state(), "{case}");
        }
    }
    let missed: Vec<&&str> = fault::NAMES
        .iter()
        .filter(|point| !point.starts_with("migrate.") && !reached.contains(point))
        .collect();
    assert!(missed.is_empty(), "the life never came to {missed:?}");
}
