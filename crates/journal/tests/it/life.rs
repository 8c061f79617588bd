//! A journal's life: written, closed, opened, rolled over, read beside the writer.

use crate::books::*;
use highmark_engine::*;
use highmark_journal::*;

#[test]
fn what_was_appended_is_recovered_bit_for_bit() {
    let room = Room::new();
    let (engine, turns) = written(room.path(), 900, 64);
    let (journal, recovered) = Journal::open(room.path(), &about(), at(5000)).unwrap();
    assert_eq!(recovered.engine.state(), engine.state());
    assert_eq!(recovered.turns, turns.len() as u64);
    assert_eq!(recovered.notes, Vec::<String>::new());
    assert!(recovered.from_carried);
    assert_eq!(journal.head().turns, turns.len() as u64);
    let read: Vec<Turn> =
        Reader::open(room.path()).unwrap().turns().unwrap().map(Result::unwrap).collect();
    assert_eq!(read, turns);
    let verdict = verify(room.path(), &mut |_| {}).unwrap();
    assert_eq!(verdict.damages, vec![]);
    assert_eq!(verdict.notes, Vec::<String>::new());
    assert_eq!(verdict.turns, turns.len() as u64);
}

#[test]
fn a_roll_over_carries_the_state_and_recovery_reads_only_the_last_segment() {
    let room = Room::new();
    let (mut engine, mut all) = (Engine::new(), Vec::new());
    let mut journal = Journal::create(room.path(), &about(), at(0)).unwrap();
    for (day, part) in inputs(1200).chunks(420).enumerate() {
        let turns = turns(&mut engine, part.to_vec());
        journal.append(&turns).unwrap();
        all.extend(turns);
        journal.checkpoint(at(2000)).unwrap();
        if day < 2 {
            journal.roll(engine.state(), at(2000 + day as i64)).unwrap();
        }
    }
    drop(journal);
    let (mut journal, recovered) = Journal::open(room.path(), &about(), at(5000)).unwrap();
    assert_eq!(recovered.engine.state(), engine.state());
    assert!(recovered.from_carried);
    assert_eq!(recovered.turns, all.len() as u64 - 840);
    assert_eq!(recovered.head.segment, 3);
    let verdict = verify(room.path(), &mut |_| {}).unwrap();
    assert_eq!((verdict.damages, verdict.segments), (vec![], 3));
    assert_eq!(verdict.unsigned_turns, 0);

    let reader = Reader::open(room.path()).unwrap();
    let read: Vec<Turn> = reader.turns().unwrap().map(Result::unwrap).collect();
    assert_eq!(read, all);
    let later: Vec<Turn> = reader.turns_from(500).unwrap().map(Result::unwrap).collect();
    assert_eq!(later, all[499..]);
    let rerun = rerun::rerun(reader.beginning().unwrap(), reader.turns().unwrap()).unwrap();
    assert!(rerun.is_same());
    let folded = replay::fold(
        reader.engine_before(500).unwrap(),
        reader.turns_from(500).unwrap(),
        Some(100),
    )
    .unwrap();
    assert_eq!(folded.engine.state(), engine.state());

    let retired = journal.retire(Retention::Days(2), at(6000)).unwrap();
    assert_eq!(retired.iter().map(|each| each.segment).collect::<Vec<_>>(), vec![1]);
    let verdict = verify(room.path(), &mut |_| {}).unwrap();
    assert_eq!((verdict.damages, verdict.notes), (vec![], vec![]));
    let read: Vec<Turn> = reader.turns().unwrap().map(Result::unwrap).collect();
    assert_eq!(read, all[420..]);
    let rerun = rerun::rerun(reader.beginning().unwrap(), reader.turns().unwrap()).unwrap();
    assert!(rerun.is_same());
    journal.roll(engine.state(), at(6001)).unwrap();
    assert_eq!(journal.retire(Retention::Days(1), at(6002)).unwrap().len(), 2);
    drop(journal);
    let (_, recovered) = Journal::open(room.path(), &about(), at(7000)).unwrap();
    assert_eq!(recovered.engine.state(), engine.state());
    assert_eq!(verify(room.path(), &mut |_| {}).unwrap().damages, vec![]);
}

#[test]
fn days_are_kept_whole_however_many_segments_they_have() {
    let room = Room::new();
    let mut engine = Engine::new();
    let mut journal = Journal::create(room.path(), &about(), at(0)).unwrap();
    // Two days of three segments each, and the beginning of a third.
    for (number, part) in inputs(140).chunks(20).take(7).enumerate() {
        match number {
            0 => {}
            3 | 6 => journal.roll(engine.state(), at(1)).unwrap(),
            _ => journal.roll_within_day(engine.state(), at(1)).unwrap(),
        }
        journal.append(&turns(&mut engine, part.to_vec())).unwrap();
    }
    assert_eq!(Reader::open(room.path()).unwrap().segments().unwrap().len(), 7);
    assert_eq!(journal.retire(Retention::Days(3), at(2)).unwrap(), []);
    let retired = journal.retire(Retention::Days(2), at(2)).unwrap();
    assert_eq!(retired.iter().map(|each| each.segment).collect::<Vec<_>>(), [1, 2, 3]);
    let retired = journal.retire(Retention::Days(1), at(2)).unwrap();
    assert_eq!(retired.iter().map(|each| each.segment).collect::<Vec<_>>(), [4, 5, 6]);
    drop(journal);
    let (_, recovered) = Journal::open(room.path(), &about(), at(3)).unwrap();
    assert!(recovered.from_carried);
    assert_eq!(recovered.engine.state(), engine.state());
    assert_eq!(verify(room.path(), &mut |_| {}).unwrap().damages, vec![]);
}

#[test]
fn a_reader_beside_the_writer_sees_what_is_durable() {
    let room = Room::new();
    let mut engine = Engine::new();
    let turns = turns(&mut engine, inputs(60));
    let mut journal = Journal::create(room.path(), &about(), at(0)).unwrap();
    let reader = Reader::open(room.path()).unwrap();
    for (count, turn) in turns.iter().enumerate() {
        assert_eq!(reader.turns().unwrap().count(), count);
        journal.append(std::slice::from_ref(turn)).unwrap();
        assert_eq!(reader.stats().unwrap().head, *journal.head());
    }
    assert_eq!(verify(room.path(), &mut |_| {}).unwrap().damages, vec![]);
}

#[test]
fn one_journal_has_one_writer() {
    let room = Room::new();
    let journal = Journal::create(room.path(), &about(), at(0)).unwrap();
    let second = Journal::open(room.path(), &about(), at(1)).unwrap_err();
    assert!(matches!(second, JournalError::Held { .. }), "{second}");
    assert!(second.to_string().contains(&std::process::id().to_string()), "{second}");
    drop(journal);
    assert!(matches!(
        Journal::create(room.path(), &about(), at(1)),
        Err(JournalError::Exists { .. })
    ));
    Journal::open(room.path(), &about(), at(1)).unwrap();
    let nowhere = room.join("nowhere");
    assert!(matches!(Journal::open(&nowhere, &about(), at(1)), Err(JournalError::NotFound { .. })));
    assert!(matches!(Reader::open(&nowhere), Err(JournalError::NotFound { .. })));
}

#[test]
fn after_an_error_the_writer_has_stopped_and_nothing_is_missing_in_the_middle() {
    for loss in [Loss::Whole, Loss::OfTheAnswer] {
        let memory = Memory::new();
        let (mut journal, _) = Journal::in_memory(&memory, &about(), at(0)).unwrap();
        let mut engine = Engine::new();
        let turns = turns(&mut engine, inputs(20));
        memory.fail(5, loss);
        let mut acknowledged = 0;
        for turn in &turns {
            match journal.append(std::slice::from_ref(turn)) {
                Ok(committed) => acknowledged = committed.head.turns,
                Err(error) if acknowledged == 5 && journal.stopped().is_some() => {
                    assert!(matches!(
                        error,
                        JournalError::Storage { .. } | JournalError::Stopped { .. }
                    ));
                }
                Err(error) => panic!("{error}"),
            }
        }
        assert!(matches!(journal.checkpoint(at(1)), Err(JournalError::Stopped { .. })));
        assert!(matches!(journal.roll(engine.state(), at(1)), Err(JournalError::Stopped { .. })));
        let (_, recovered) = Journal::in_memory(&memory, &about(), at(1)).unwrap();
        let kept = if loss == Loss::Whole { 5 } else { 6 };
        assert_eq!((acknowledged, recovered.head.turns), (5, kept));
    }
}

#[test]
fn turns_that_do_not_follow_are_refused() {
    let room = Room::new();
    let (_, turns) = written(room.path(), 20, 8);
    let (mut journal, recovered) = Journal::open(room.path(), &about(), at(1)).unwrap();
    let refused = journal.append(&turns[3..4]).unwrap_err();
    let expected = recovered.head.turns + 1;
    assert_eq!(refused, JournalError::OutOfStep { expected, found: Some(4) });
    assert!(matches!(journal.append(&[]), Err(JournalError::Stopped { .. })));
}

#[test]
fn a_commit_that_is_too_long_for_one_record_is_several_and_still_one() {
    let room = Room::new();
    let mut engine = Engine::new();
    let many = turns(&mut engine, inputs(5000));
    let mut journal = Journal::create(room.path(), &about(), at(0)).unwrap();
    let committed = journal.append(&many).unwrap();
    assert_eq!((committed.turns, committed.head.records), (many.len() as u64, 2));
    // One batch of many ticks is one turn, and one record however long it is.
    let tick = |number: u32| {
        let mut tick = Tick::last(InstrumentId(number), at(9000), Price(i64::from(number) * 7919));
        tick.sequence = Some(u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        tick
    };
    let long = Input { at: at(9000), body: Body::Ticks((0..150_000).map(tick).collect()) };
    let long = turns(&mut engine, vec![long]);
    let committed = journal.append(&long).unwrap();
    assert_eq!(committed.head.records, 3);
    assert!(committed.bytes > MOST_BYTES as u64, "{}", committed.bytes);
    let reader = Reader::open(room.path()).unwrap();
    assert_eq!(reader.turns_from(many.len() as u64 + 1).unwrap().next(), Some(Ok(long[0].clone())));
    assert_eq!(verify(room.path(), &mut |_| {}).unwrap().damages, vec![]);
}

#[test]
fn a_writer_and_a_reader_and_a_backup_do_not_disturb_each_other() {
    let room = Room::new();
    let dir = room.join("journal");
    let mut engine = Engine::new();
    let turns = turns(&mut engine, inputs(2000));
    let mut journal = Journal::create(&dir, &about(), at(0)).unwrap();
    journal.append(&turns[..100]).unwrap();
    std::thread::scope(|scope| {
        let others = scope.spawn(|| {
            for number in 0..5 {
                let verdict = verify(&dir, &mut |_| {}).unwrap();
                assert_eq!(verdict.damages, vec![]);
                let copy = room.join(&format!("backup-{number}"));
                let kept = backup(&dir, &copy, at(1)).unwrap();
                let verdict = verify(&copy, &mut |_| {}).unwrap();
                assert_eq!((verdict.damages, verdict.head), (vec![], Some(kept.head)));
            }
        });
        for group in turns[100..].chunks(3) {
            journal.append(group).unwrap();
        }
        journal.roll(engine.state(), at(2)).unwrap();
        others.join().unwrap();
    });
    drop(journal);
    let (_, recovered) = Journal::open(&dir, &about(), at(4)).unwrap();
    assert!(recovered.engine.state() == engine.state());
}

#[test]
fn a_disk_without_shared_memory_keeps_a_journal_too() {
    let room = Room::new();
    let about = About { disk: Disk { shared_memory: false, ..Disk::default() }, ..about() };
    let mut engine = Engine::new();
    let turns = turns(&mut engine, inputs(60));
    let mut journal = Journal::create(room.path(), &about, at(0)).unwrap();
    journal.append(&turns[..40]).unwrap();
    assert!(!room.join("000001.journal-shm").exists());
    drop(journal);
    let (mut journal, recovered) = Journal::open(room.path(), &about, at(1)).unwrap();
    journal.roll(recovered.engine.state(), at(1)).unwrap();
    journal.append(&turns[40..]).unwrap();
    drop(journal);
    let reader = Reader::open_on(room.path(), &about.disk).unwrap();
    let read: Vec<Turn> = reader.turns().unwrap().map(Result::unwrap).collect();
    assert_eq!(read, turns);
    let verdict =
        verify_against(room.path(), &about.disk, &Trusted::default(), &mut |_| {}).unwrap();
    assert_eq!(verdict.damages, vec![]);
}
