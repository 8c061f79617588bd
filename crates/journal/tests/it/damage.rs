//! Damage: whatever is changed in the files is found, or changes nothing that can be read.

use crate::books::*;
use highmark_engine::*;
use highmark_journal::*;
use rusqlite::Connection;
use std::fs;
use std::path::Path;

/// A small generator of numbers; seeds are printed when a case fails.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % bound.max(1) as u64).unwrap()
    }
}

/// Three segments of small records, with checkpoints, closed.
fn three_segments(dir: &Path) -> Vec<Turn> {
    let (mut engine, mut all) = (Engine::new(), Vec::new());
    let mut journal = Journal::create(dir, &about(), at(0)).unwrap();
    for (day, part) in inputs(120).chunks(42).enumerate() {
        let turns = turns(&mut engine, part.to_vec());
        for group in turns.chunks(5) {
            journal.append(group).unwrap();
        }
        all.extend(turns);
        journal.checkpoint(at(2000)).unwrap();
        if day < 2 {
            journal.roll(engine.state(), at(2000)).unwrap();
        }
    }
    all
}

fn copied(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Whether a verification finds damage or refuses.
fn is_found(dir: &Path) -> bool {
    match verify(dir, &mut |_| {}) {
        Ok(verdict) => !verdict.is_sound(),
        Err(_) => true,
    }
}

/// The same, of the links alone.
fn is_found_by_links(dir: &Path) -> bool {
    verify_links(dir).map_or(true, |verdict| !verdict.is_sound())
}

/// All that can be read, if all of it can.
fn reads_as(dir: &Path, turns: &[Turn]) -> bool {
    let read: Result<Vec<Turn>, _> = Reader::open(dir).and_then(|reader| reader.turns()?.collect());
    read.is_ok_and(|read| read == turns)
}

/// Damages one file in one way; says in words what it did.
fn damage(dir: &Path, dice: &mut Dice) -> String {
    let names = ["000001.journal", "000002.journal", "000003.journal"];
    let name = names[dice.below(3)];
    let path = dir.join(name);
    let mut bytes = fs::read(&path).unwrap();
    let place = dice.below(bytes.len());
    let what = match dice.below(6) {
        0 | 1 => {
            bytes[place] ^= 1 << dice.below(8);
            format!("a bit of {name} at {place}")
        }
        2 => {
            let end = (place + 1 + dice.below(64)).min(bytes.len());
            bytes[place..end].fill(0);
            format!("zeros in {name} from {place} to {end}")
        }
        3 => {
            bytes.truncate(place);
            format!("{name} cut at {place}")
        }
        4 => {
            let page = place / 4096 * 4096;
            let other = dice.below(bytes.len()) / 4096 * 4096;
            bytes.copy_within(other..other + 4096, page);
            format!("page at {page} of {name} is the one at {other}")
        }
        _ => {
            let length = dice.below(600) + 1;
            let from = dice.below(bytes.len().saturating_sub(length));
            let to = place.min(bytes.len() - length);
            bytes.copy_within(from..from + length, to);
            format!("{length} bytes of {name} from {from} written over {to}")
        }
    };
    fs::write(&path, bytes).unwrap();
    what
}

#[test]
fn random_damage_is_found_or_harmless() {
    let room = Room::new();
    let (whole, broken) = (room.join("whole"), room.join("broken"));
    let turns = three_segments(&whole);
    assert!(!is_found(&whole) && !is_found_by_links(&whole));
    let mut found = 0;
    for seed in 0..300u64 {
        copied(&whole, &broken);
        let what = damage(&broken, &mut Dice(seed));
        let is_found = is_found(&broken);
        assert!(is_found || reads_as(&broken, &turns), "seed {seed}: {what}");
        // What a start looks at before it believes the journal: all but states that need not be carried.
        let by_links = is_found_by_links(&broken);
        let is_of_states = || {
            let verdict = verify(&broken, &mut |_| {}).unwrap();
            verdict
                .damages
                .iter()
                .all(|damage| damage.what.starts_with("the state that it carries"))
        };
        assert!(by_links == is_found || (!by_links && is_of_states()), "seed {seed}: {what}");
        found += u32::from(is_found);
        // What the writer takes up is the whole end or nothing.
        if let Ok((_, recovered)) = Journal::open(&broken, &about(), at(9000)) {
            assert_eq!(recovered.head.turns, turns.len() as u64, "seed {seed}: {what}");
        }
    }
    // More than a half of segments as small as these is pages that hold nothing.
    assert!(found > 120, "{found} of 300");
}

/// Changes rows behind the triggers, as somebody who knows SQLite would.
fn forge(path: &Path, sql: &str) {
    let connection = Connection::open(path).unwrap();
    let triggers: Vec<(String, String)> = {
        let mut statement = connection
            .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
            .unwrap();
        statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    };
    for (name, _) in &triggers {
        connection.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    connection.execute_batch(sql).unwrap();
    for (_, text) in &triggers {
        connection.execute_batch(text).unwrap();
    }
    assert_eq!(triggers.len(), 6);
}

#[test]
fn every_forged_row_is_found_and_named() {
    let room = Room::new();
    let (whole, broken) = (room.join("whole"), room.join("broken"));
    three_segments(&whole);
    let forgeries = [
        ("000002.journal", "DELETE FROM records WHERE seq = 4", "record 4 is missing"),
        (
            "000003.journal",
            "DELETE FROM records WHERE seq = (SELECT max(seq) FROM records)",
            "cut off",
        ),
        ("000001.journal", "DELETE FROM records WHERE seq > 5", "cut off"),
        (
            "000002.journal",
            "UPDATE records SET seq = -1 WHERE seq = 4; UPDATE records SET seq = 4 WHERE seq = 5; UPDATE records SET seq = 5 WHERE seq = -1",
            "not what was written",
        ),
        (
            "000002.journal",
            "INSERT INTO records SELECT max(seq) + 1, first_turn, turns, events, hash, body FROM records",
            "not what was written",
        ),
        (
            "000002.journal",
            "UPDATE records SET first_turn = first_turn + 1 WHERE seq = 3",
            "not what was written",
        ),
        ("000002.journal", "UPDATE records SET turns = 4 WHERE seq = 3", "not what was written"),
        (
            "000002.journal",
            "UPDATE records SET body = (SELECT body FROM records WHERE seq = 5) WHERE seq = 4",
            "not what was written",
        ),
        (
            "000002.journal",
            "UPDATE segment SET carried = (SELECT substr(carried, 2) FROM segment)",
            "the state that it carries",
        ),
        (
            "000002.journal",
            "UPDATE segment SET words = CAST(replace(CAST(words AS TEXT), 'test 1', 'test 2') AS BLOB)",
            "not what was written",
        ),
        (
            "000002.journal",
            "DELETE FROM checkpoints; INSERT INTO checkpoints VALUES (1, replace('{}', '{}', 'nothing'))",
            "cannot be read",
        ),
        (
            "000002.journal",
            "UPDATE checkpoints SET line = replace(line, '\"records\":', '\"records\":1') WHERE id = 2",
            "signature",
        ),
        (
            "000002.journal",
            "DROP TABLE checkpoints; CREATE TABLE checkpoints (id INTEGER PRIMARY KEY, line TEXT)",
            "missing or was changed",
        ),
    ];
    for (file, sql, expected) in forgeries {
        copied(&whole, &broken);
        forge(&broken.join(file), sql);
        let verdict = verify(&broken, &mut |_| {}).unwrap();
        let said: Vec<String> = verdict.damages.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|line| line.contains(expected)), "{sql}: {said:#?}");
        assert!(verdict.damages.iter().all(|damage| !damage.remedy.is_empty()), "{sql}");
    }
    copied(&whole, &broken);
    let connection = Connection::open(broken.join("000001.journal")).unwrap();
    for sql in [
        "DELETE FROM records",
        "UPDATE records SET turns = 0",
        "DELETE FROM segment",
        "UPDATE checkpoints SET line = ''",
    ] {
        assert!(connection.execute_batch(sql).is_err(), "{sql}");
    }
    connection.execute_batch("DROP TRIGGER records_stay").unwrap();
    drop(connection);
    assert!(is_found(&broken));
}

#[test]
fn a_missing_segment_is_found_wherever_it_stood() {
    let room = Room::new();
    let (whole, broken) = (room.join("whole"), room.join("broken"));
    three_segments(&whole);
    for segment in 1..=3 {
        copied(&whole, &broken);
        fs::remove_file(broken.join(format!("{segment:06}.journal"))).unwrap();
        assert!(is_found(&broken), "segment {segment}");
        let opened = Journal::open(&broken, &about(), at(9000));
        assert_eq!(opened.is_err(), segment == 3, "segment {segment}");
    }
}

#[test]
fn a_log_that_sqlite_cuts_short_in_silence_is_found() {
    let room = Room::new();
    let (whole, broken) = (room.join("whole"), room.join("broken"));
    let mut journal = Journal::create(&whole, &about(), at(0)).unwrap();
    let turns = turns(&mut Engine::new(), inputs(60));
    for group in turns.chunks(4) {
        journal.append(group).unwrap();
    }
    // Copied while it is open, with its log.
    copied(&whole, &broken);
    let log = broken.join("000001.journal-wal");
    let mut bytes = fs::read(&log).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&log, bytes).unwrap();
    fs::remove_file(broken.join("000001.journal-shm")).unwrap();
    let refused = Journal::open(&broken, &about(), at(100)).unwrap_err();
    assert!(refused.to_string().contains("cut off"), "{refused}");
    assert!(is_found(&broken));
}

#[test]
fn a_whole_rewritten_tail_is_found_by_a_checkpoint_from_elsewhere() {
    let room = Room::new();
    let (first, second) = (room.join("first"), room.join("second"));
    let (_, turns) = written(&first, 60, 10);
    let (mut journal, _) = Journal::open(&first, &about(), at(100)).unwrap();
    let kept = journal.checkpoint(at(100)).unwrap();
    drop(journal);
    // Somebody with the key writes another history over it.
    fs::create_dir_all(&second).unwrap();
    fs::copy(first.join("signing.key"), second.join("signing.key")).unwrap();
    let mut journal = Journal::create(&second, &about(), at(0)).unwrap();
    journal.append(&turns[..20]).unwrap();
    journal.checkpoint(at(100)).unwrap();
    drop(journal);
    assert!(!is_found(&second));
    let mut trusted = Trusted { key: Some(kept.key.clone()), checkpoints: vec![kept] };
    let look = |dir: &Path, trusted: &Trusted| {
        verify_against(dir, &Disk::default(), trusted, &mut |_| {}).unwrap()
    };
    assert!(look(&first, &trusted).is_sound());
    let other = look(&second, &trusted);
    assert!(other.damages[0].what.contains("none of the checkpoints from elsewhere"), "{other:?}");
    trusted.key = Some(PublicKey("00".repeat(32)));
    assert!(!look(&first, &trusted).is_sound());
}

#[test]
fn a_damaged_carried_state_is_folded_anew_from_older_segments() {
    let room = Room::new();
    three_segments(room.path());
    let (_, whole) = {
        let (journal, recovered) = Journal::open(room.path(), &about(), at(9000)).unwrap();
        (journal, recovered)
    };
    forge(&room.join("000003.journal"), "UPDATE segment SET carried = zeroblob(100)");
    let (_, recovered) = Journal::open(room.path(), &about(), at(9001)).unwrap();
    assert!(!recovered.from_carried);
    assert_eq!(recovered.engine.state(), whole.engine.state());
    assert!(recovered.notes[0].contains("folded instead"), "{:?}", recovered.notes);
    fs::remove_file(room.join("000001.journal")).unwrap();
    assert!(Journal::open(room.path(), &about(), at(9002)).is_ok(), "segment 2 carries its state");
    forge(&room.join("000002.journal"), "UPDATE segment SET carried = zeroblob(100)");
    let refused = Journal::open(room.path(), &about(), at(9003)).unwrap_err();
    assert!(matches!(refused, JournalError::Damaged(_)), "{refused}");
}

#[test]
fn a_journal_of_a_newer_format_is_refused_by_name() {
    let room = Room::new();
    written(room.path(), 10, 10);
    let connection = Connection::open(room.join("000001.journal")).unwrap();
    connection.pragma_update(None, "user_version", 7).unwrap();
    drop(connection);
    for refused in [
        Journal::open(room.path(), &about(), at(1)).map(|_| ()).unwrap_err(),
        Reader::open(room.path()).unwrap().stats().map(|_| ()).unwrap_err(),
    ] {
        assert!(
            matches!(refused, JournalError::Newer { format: 7, known: FORMAT, .. }),
            "{refused}"
        );
        assert!(refused.to_string().contains("format 7"), "{refused}");
    }
}
