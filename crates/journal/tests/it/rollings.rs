//! Segments that begin while turns go on, for whoever writes a journal.

use crate::books::*;
use crate::carries::{ahead, opens_as};
use highmark_engine::*;
use highmark_journal::*;
use std::cell::RefCell;
use std::io;
use std::path::Path;

type Fold = Box<dyn FnOnce() + Send>;

thread_local! {
    /// Folds that nobody has run yet.
    static HELD: RefCell<Vec<Fold>> = RefCell::default();
}

fn held(fold: Fold) -> io::Result<()> {
    HELD.with_borrow_mut(|held| held.push(fold));
    Ok(())
}

fn run_held() {
    HELD.take().into_iter().for_each(|fold| fold());
}

fn at_once(fold: Fold) -> io::Result<()> {
    fold();
    Ok(())
}

fn refused(_: Fold) -> io::Result<()> {
    Err(io::Error::other("too many threads"))
}

/// A journal of one segment.
fn begun(dir: &Path) -> (Journal, Engine) {
    let mut engine = Engine::new();
    let mut journal = Journal::create(dir, &about(), at(0)).unwrap();
    journal.append(&turns(&mut engine, inputs(300))).unwrap();
    (journal, engine)
}

#[test]
fn a_long_segment_ends_once_the_state_on_its_way_into_it_is_there() {
    let room = Room::new();
    let (mut journal, engine) = begun(room.path());
    let mut rolling = Rolling::of(room.path().to_owned(), &journal, held);
    assert_eq!(rolling.pause(), None);
    rolling.roll(&mut journal, true, at(2000)).unwrap();
    rolling.roll(&mut journal, true, at(2100)).unwrap();
    assert!(!rolling.go_on(&mut journal, at(2200)).unwrap());
    assert!(rolling.pause().is_some());
    assert_eq!(journal.head().segment, 2);
    run_held();
    while !rolling.go_on(&mut journal, at(2300)).unwrap() {}
    assert_eq!(journal.head().segment, 3);
    assert!(journal.lacks_state());
    run_held();
    assert!(rolling.finish(&mut journal).unwrap());
    assert!(!journal.lacks_state());
    drop(journal);
    assert!(opens_as(room.path(), &engine).1.from_carried);
}

#[test]
fn a_day_begins_at_once_and_the_state_before_it_is_not_lost() {
    let room = Room::new();
    let (mut journal, engine) = begun(room.path());
    let mut rolling = Rolling::of(room.path().to_owned(), &journal, at_once);
    for day in 1..4 {
        rolling.roll(&mut journal, false, at(2000 + day)).unwrap();
        assert_eq!(journal.head().segment, 1 + day as u64);
    }
    drop(journal);
    let (journal, recovered) = opens_as(room.path(), &engine);
    assert!(journal.lacks_state());
    assert!(!recovered.from_carried, "the last state was not written yet");
    assert_eq!(recovered.turns, 0, "that of the day before was");
}

#[test]
fn what_an_earlier_writer_left_undone_is_taken_up() {
    let room = Room::new();
    let (journal, engine) = ahead(room.path());
    drop(journal);
    let (mut journal, _) = Journal::open(room.path(), &about(), at(3000)).unwrap();
    let mut rolling = Rolling::of(room.path().to_owned(), &journal, at_once);
    assert!(rolling.finish(&mut journal).unwrap());
    assert!(!rolling.finish(&mut journal).unwrap(), "nothing is left");
    drop(journal);
    assert!(opens_as(room.path(), &engine).1.from_carried);
}

#[test]
fn a_state_that_cannot_be_folded_is_told_once_and_the_segment_before_it_is_folded_instead() {
    let room = Room::new();
    let (mut journal, engine) = begun(room.path());
    let mut rolling = Rolling::of(room.path().to_owned(), &journal, refused);
    rolling.roll(&mut journal, true, at(2000)).unwrap();
    let told = rolling.failed().unwrap().to_string();
    assert!(told.contains("too many threads"), "{told}");
    assert!(rolling.failed().is_none());
    assert_eq!(rolling.pause(), None);
    let mut elsewhere = Rolling::of(room.path().join("nowhere"), &journal, at_once);
    assert!(!elsewhere.finish(&mut journal).unwrap());
    assert!(matches!(elsewhere.failed(), Some(JournalError::NotFound { .. })));
    drop(journal);
    assert!(!opens_as(room.path(), &engine).1.from_carried);
}
