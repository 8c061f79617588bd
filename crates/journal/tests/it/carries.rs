//! Segments that begin before the state that they go on from is written.

use crate::books::*;
use highmark_engine::*;
use highmark_journal::*;
use std::path::Path;

/// A journal of two segments, whose second begins without a state, and which was written on since.
pub(crate) fn ahead(dir: &Path) -> (Journal, Engine) {
    let mut engine = Engine::new();
    let mut journal = Journal::create(dir, &about(), at(0)).unwrap();
    let inputs = inputs(300);
    journal.append(&turns(&mut engine, inputs[..200].to_vec())).unwrap();
    assert!(!journal.lacks_state());
    journal.roll_ahead(true, at(2000)).unwrap();
    assert!(journal.lacks_state());
    journal.append(&turns(&mut engine, inputs[200..].to_vec())).unwrap();
    (journal, engine)
}

fn whole(journal: &mut Journal, mut carry: Carry) {
    while !journal.carry(&mut carry).unwrap() {}
}

/// The journal opens with the state of `engine`, and is sound.
pub(crate) fn opens_as(dir: &Path, engine: &Engine) -> (Journal, Recovered) {
    let (journal, recovered) = Journal::open(dir, &about(), at(3000)).unwrap();
    assert_eq!(recovered.engine.state(), engine.state());
    assert_eq!(verify(dir, &mut |_| {}).unwrap().damages, vec![]);
    (journal, recovered)
}

#[test]
fn until_its_state_is_written_the_segment_before_is_folded() {
    let room = Room::new();
    let (journal, engine) = ahead(room.path());
    drop(journal);
    let (journal, recovered) = opens_as(room.path(), &engine);
    assert!(!recovered.from_carried);
    assert_eq!(recovered.notes, Vec::<String>::new());
    assert_eq!(recovered.turns, journal.head().turns);
    assert!(journal.lacks_state(), "whoever takes it up can write it");
}

#[test]
fn a_state_that_comes_later_is_written_in_parts_between_the_turns() {
    let room = Room::new();
    let (mut journal, mut engine) = ahead(room.path());
    let reader = Reader::open(room.path()).unwrap();
    let mut carry = Carry::fold(&reader, 2).unwrap().in_parts_of(500);
    let mut parts = 0;
    for input in inputs(400).drain(300..) {
        journal.append(&turns(&mut engine, vec![input])).unwrap();
        parts += u64::from(!journal.carry(&mut carry).unwrap());
    }
    assert!(parts > 2, "{parts}");
    assert!(!journal.lacks_state());
    let turns = journal.head().turns;
    drop(journal);
    let (mut journal, recovered) = Journal::open(room.path(), &about(), at(3000)).unwrap();
    assert_eq!(recovered.engine.state(), engine.state());
    assert!(recovered.from_carried);
    assert_eq!(recovered.turns, turns - 200);
    let verdict = verify(room.path(), &mut |_| {}).unwrap();
    assert_eq!((verdict.damages, verdict.turns), (vec![], turns));
    let read = Reader::open(room.path()).unwrap().turns().unwrap().map(Result::unwrap).count();
    assert_eq!(read as u64, turns);
    journal.roll(engine.state(), at(3001)).unwrap();
    assert_eq!(journal.retire(Retention::Days(1), at(3002)).unwrap().len(), 2);
}

#[test]
fn a_segment_stays_while_the_next_is_folded_from_it() {
    let room = Room::new();
    let (mut journal, engine) = ahead(room.path());
    assert_eq!(journal.retire(Retention::Since(at(9000)), at(2001)).unwrap(), []);
    let reader = Reader::open(room.path()).unwrap();
    whole(&mut journal, Carry::fold(&reader, 2).unwrap());
    assert_eq!(journal.retire(Retention::Since(at(9000)), at(2002)).unwrap().len(), 1);
    drop(journal);
    let (_, recovered) = opens_as(room.path(), &engine);
    assert!(recovered.from_carried);
}

#[test]
fn segments_that_never_got_their_state_go_once_a_later_one_has_it() {
    let room = Room::new();
    let (mut journal, engine) = ahead(room.path());
    journal.roll_ahead(false, at(2100)).unwrap();
    journal.roll_ahead(false, at(2200)).unwrap();
    assert_eq!(journal.retire(Retention::Days(1), at(2201)).unwrap(), []);
    whole(&mut journal, Carry::fold(&Reader::open(room.path()).unwrap(), 4).unwrap());
    let retired = journal.retire(Retention::Days(1), at(2202)).unwrap();
    assert_eq!(retired.iter().map(|each| each.segment).collect::<Vec<_>>(), [1, 2, 3]);
    drop(journal);
    opens_as(room.path(), &engine);
}

#[test]
fn parts_that_a_crash_cut_short_are_no_part_of_the_next_try() {
    let room = Room::new();
    let (mut journal, engine) = ahead(room.path());
    let reader = Reader::open(room.path()).unwrap();
    let mut cut = Carry::fold(&reader, 2).unwrap().in_parts_of(500);
    assert!(!journal.carry(&mut cut).unwrap());
    assert!(!journal.carry(&mut cut).unwrap());
    drop(journal);
    let (mut journal, _) = Journal::open(room.path(), &about(), at(3000)).unwrap();
    whole(&mut journal, Carry::fold(&reader, 2).unwrap().in_parts_of(700));
    drop(journal);
    let (_, recovered) = opens_as(room.path(), &engine);
    assert!(recovered.from_carried);
}

#[test]
fn a_state_that_is_late_for_its_segment_is_let_go() {
    let room = Room::new();
    let (mut journal, mut engine) = ahead(room.path());
    let reader = Reader::open(room.path()).unwrap();
    let mut late = Carry::fold(&reader, 2).unwrap();
    journal.roll_ahead(true, at(2500)).unwrap();
    let records = journal.head().records;
    assert!(journal.carry(&mut late).unwrap());
    assert_eq!(journal.head().records, records);
    // The third is folded from the second, and that from the first.
    let next = inputs(310).split_off(300);
    let committed = journal.append(&turns(&mut engine, next)).unwrap();
    whole(&mut journal, Carry::fold(&reader, 3).unwrap());
    drop(journal);
    let (_, recovered) = opens_as(room.path(), &engine);
    assert_eq!(recovered.turns, committed.turns);
}

#[test]
fn a_later_state_that_was_changed_is_found_and_folded_instead() {
    let room = Room::new();
    let (mut journal, engine) = ahead(room.path());
    let reader = Reader::open(room.path()).unwrap();
    whole(&mut journal, Carry::fold(&reader, 2).unwrap().in_parts_of(500));
    drop(journal);
    let forger = rusqlite::Connection::open(room.path().join("000002.journal")).unwrap();
    forger.execute_batch("UPDATE parts SET bytes = zeroblob(500) WHERE number = 1").unwrap();
    drop(forger);
    let (journal, recovered) = Journal::open(room.path(), &about(), at(3000)).unwrap();
    assert!(!recovered.from_carried);
    assert!(recovered.notes[0].contains("folded instead"), "{:?}", recovered.notes);
    assert_eq!(recovered.engine.state(), engine.state());
    drop(journal);
    let damages = verify(room.path(), &mut |_| {}).unwrap().damages;
    assert!(damages[0].what.contains("the state that it carries"), "{damages:?}");
}

#[test]
fn a_note_of_a_later_state_that_was_changed_is_damage() {
    let room = Room::new();
    let (mut journal, _) = ahead(room.path());
    let reader = Reader::open(room.path()).unwrap();
    whole(&mut journal, Carry::fold(&reader, 2).unwrap());
    drop(journal);
    let forger = rusqlite::Connection::open(room.path().join("000002.journal")).unwrap();
    forger
        .execute_batch(
            "DROP TRIGGER records_stay;
             UPDATE records SET body = CAST(replace(body, '\"parts\":1', '\"parts\":0') AS BLOB)
             WHERE turns = 0",
        )
        .unwrap();
    drop(forger);
    let refused = Journal::open(room.path(), &about(), at(3000)).err().unwrap();
    assert!(matches!(refused, JournalError::Damaged(_)), "{refused}");
}
