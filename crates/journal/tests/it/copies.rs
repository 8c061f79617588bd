//! Backup beside a live writer, and restore.

use crate::books::*;
use highmark_engine::*;
use highmark_journal::*;

#[test]
fn a_backup_beside_the_writer_restores_to_the_same_state_in_a_new_epoch() {
    let room = Room::new();
    let (dir, copy, again) = (room.join("journal"), room.join("backup"), room.join("again"));
    let mut engine = Engine::new();
    let turns = turns(&mut engine, inputs(600));
    let mut journal = Journal::create(&dir, &about(), at(0)).unwrap();
    let (first, rest) = turns.split_at(300);
    let mut half = Engine::new();
    journal.append(first).unwrap();
    first.iter().flat_map(|turn| &turn.events).for_each(|event| half.apply(event));
    journal.roll(half.state(), at(400)).unwrap();
    journal.append(&rest[..100]).unwrap();
    let kept = backup(&dir, &copy, at(500)).unwrap();
    assert_eq!(kept.head, *journal.head());
    assert_eq!(kept.segments, [1, 2]);
    journal.append(&rest[100..]).unwrap();

    let restored = restore(&copy, &again, &about(), at(700)).unwrap();
    assert_eq!(restored.from, kept.head);
    assert_eq!(restored.head.turns, 400);
    assert!(restored.head.epoch > kept.head.epoch);
    let verdict = verify(&again, &mut |_| {}).unwrap();
    assert_eq!((verdict.damages, verdict.turns), (vec![], 400));
    let (mut journal, recovered) = Journal::open(&again, &about(), at(800)).unwrap();
    assert_eq!(recovered.notes, Vec::<String>::new());
    let mut expected = Engine::new();
    turns[..400].iter().flat_map(|turn| &turn.events).for_each(|event| expected.apply(event));
    assert_eq!(recovered.engine.state(), expected.state());
    journal.append(&turns[400..]).unwrap();
    assert_eq!(verify(&again, &mut |_| {}).unwrap().damages, vec![]);

    let refused = restore(&copy, &again, &about(), at(700)).unwrap_err();
    assert!(matches!(refused, JournalError::Exists { .. }), "{refused}");
    let refused = backup(&dir, &copy, at(900)).unwrap_err();
    assert!(matches!(refused, JournalError::Exists { .. }), "{refused}");
    let refused = restore(&dir, &room.join("other"), &about(), at(700)).unwrap_err();
    assert!(matches!(refused, JournalError::NotFound { .. }), "{refused}");
}

#[test]
fn a_damaged_backup_is_not_restored() {
    let room = Room::new();
    let (dir, copy) = (room.join("journal"), room.join("backup"));
    written(&dir, 100, 10);
    backup(&dir, &copy, at(200)).unwrap();
    let path = copy.join("000001.journal");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 2000].fill(7);
    std::fs::write(&path, bytes).unwrap();
    let refused = restore(&copy, &room.join("again"), &about(), at(300)).unwrap_err();
    assert!(matches!(refused, JournalError::Damaged(_)), "{refused}");
    assert!(refused.hint().contains("another backup"), "{}", refused.hint());
}

#[test]
fn a_lost_key_begins_a_segment_with_a_new_one() {
    let room = Room::new();
    let (engine, _) = written(room.path(), 50, 10);
    std::fs::remove_file(room.join("signing.key")).unwrap();
    let (journal, recovered) = Journal::open(room.path(), &about(), at(100)).unwrap();
    assert_eq!(journal.head().segment, 2);
    assert_eq!(recovered.engine.state(), engine.state());
    assert_eq!(recovered.notes.len(), 1, "{:?}", recovered.notes);
    drop(journal);
    let (journal, _) = Journal::open(room.path(), &about(), at(101)).unwrap();
    assert_eq!(journal.head().segment, 2);
    assert_eq!(verify(room.path(), &mut |_| {}).unwrap().damages, vec![]);
}
