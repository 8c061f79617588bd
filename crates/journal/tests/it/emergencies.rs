//! The emergency file: exits when the journal has stopped.

use crate::books::*;
use highmark_engine::*;
use highmark_journal::*;
use std::fs;

fn note(text: &str) -> Urgent {
    Urgent { at: at(1), fact: UrgentFact::Note(text.into()) }
}

fn decided() -> Urgent {
    let intent = IntentId { trade: TradeId(3), attempt: 1 };
    let cause = Cause {
        reason: ExitReason::Kill,
        mark: Some(Price::whole(100)),
        mark_at: Some(at(0)),
        source: None,
        level: None,
        best: None,
        best_at: None,
    };
    let event = Event::ExitDecided { intent, quantity: Quantity::whole(5), cause: Box::new(cause) };
    Urgent { at: at(2), fact: UrgentFact::Decided(Box::new(event)) }
}

#[test]
fn facts_are_there_after_a_crash_and_go_aside_when_they_are_settled() {
    let room = Room::new();
    let path = room.join("emergency.ndjson");
    let mut file = Emergency::open(&path).unwrap();
    file.append(&decided()).unwrap();
    file.append(&note("the disk is full")).unwrap();
    drop(file);
    // A crash tears the last line.
    let mut content = fs::read(&path).unwrap();
    content.extend_from_slice(b"{\"at\":17000");
    fs::write(&path, content).unwrap();

    let (facts, torn) = Emergency::read(&path).unwrap();
    assert_eq!((facts, torn), (vec![decided(), note("the disk is full")], 1));
    let mut file = Emergency::open(&path).unwrap();
    file.append(&note("after")).unwrap();
    assert_eq!(Emergency::read(&path).unwrap().0.len(), 3);

    let aside = file.settle(at(3)).unwrap();
    assert_eq!(Emergency::read(&aside).unwrap().0.len(), 3);
    assert_eq!(Emergency::read(&path).unwrap(), (vec![], 0));
    file.append(&note("again")).unwrap();
    assert_eq!(Emergency::read(&path).unwrap().0, [note("again")]);
    assert_eq!(Emergency::read(&room.join("nowhere")).unwrap(), (vec![], 0));
}
