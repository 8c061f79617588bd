//! Recovery: the newest segment's carried state and the turns since, checked link by link.

use crate::carry::{carried_of, lacks_state};
use crate::chain::{Chain, Content};
use crate::checkpoint::{Checkpoint, PublicKey};
use crate::error::{Damage, JournalError};
use crate::hash::Hash;
use crate::head::Head;
use crate::record::Note;
use crate::retire::Retired;
use crate::segment::{self, SegmentHead};
use crate::store::Store;
use highmark_engine::Engine;
use std::path::PathBuf;

/// All that the writer goes on from.
pub(crate) struct Found {
    pub(crate) engine: Engine,
    pub(crate) head: Head,
    pub(crate) turns: u64,
    pub(crate) events: u64,
    pub(crate) from_carried: bool,
    /// The state with which the newest segment begins is yet to be written.
    pub(crate) lacks_state: bool,
    pub(crate) notes: Vec<String>,
    pub(crate) journal: String,
    pub(crate) key: PublicKey,
    pub(crate) retired: Vec<Retired>,
}

/// Brings back the end of the journal, or refuses because of damage.
pub(crate) fn recover(store: &mut dyn Store) -> Result<Found, JournalError> {
    let segments = store.segments()?;
    let newest =
        *segments.last().ok_or(JournalError::NotFound { path: PathBuf::from("journal") })?;
    // The note is read first: the records can only be ahead of it.
    let noted = store.noted_head()?;
    let mut start = start_of(store, newest)?;
    let (first, words) = first_words(store, newest)?;
    let lacks_state = lacks_state(store, &first)?;
    let mut retired = first.retired.clone();
    let mut anchors = Anchors::of(store, &first, noted.as_ref())?;
    let mut chain = Chain::begin(&first, &words);
    anchors.pass(&chain.head)?;
    let mut walk = Walk::new(newest);
    while let Some(record) = walk.next(store)? {
        match chain.read(&record)? {
            Content::Note(Note::Retired(more)) => retired.extend(more),
            // Its bytes were read before, if they could be.
            Content::Note(Note::Carried { .. }) => {}
            Content::Turns(turns) => {
                for event in turns.iter().flat_map(|turn| &turn.events) {
                    start.engine.apply(event);
                }
                start.turns += record.turns;
                start.events += record.events;
            }
        }
        anchors.pass(&chain.head)?;
    }
    anchors.finish(&chain.head)?;
    if noted.is_none() {
        start.notes.push("the note of the journal's end was missing; it is written anew".into());
    }
    Ok(Found {
        engine: start.engine,
        head: chain.head,
        turns: start.turns,
        events: start.events,
        from_carried: start.from_carried,
        lacks_state,
        notes: start.notes,
        journal: first.journal,
        key: first.key,
        retired,
    })
}

/// An engine at the beginning of a segment, and what it took to get there.
pub(crate) struct Start {
    pub(crate) engine: Engine,
    pub(crate) turns: u64,
    pub(crate) events: u64,
    pub(crate) from_carried: bool,
    pub(crate) notes: Vec<String>,
}

/// The engine at the beginning of `segment`: from the state that it carries, or folded from older segments.
pub(crate) fn start_of(store: &mut dyn Store, segment: u64) -> Result<Start, JournalError> {
    let (first, _) = first_words(store, segment)?;
    let fresh = |engine, from_carried| Start {
        engine,
        turns: 0,
        events: 0,
        from_carried,
        notes: Vec::new(),
    };
    let Some((carried, bytes)) = carried_of(store, &first)? else {
        return match first.before {
            None => Ok(fresh(Engine::new(), true)),
            Some(_) => fold_up_to(store, segment, &first),
        };
    };
    let (inexact, why) = match segment::unpack(&carried, &bytes) {
        Ok(read) if read.is_exact => return Ok(fresh(Engine::from_state(read.state), true)),
        Ok(read) => {
            (Some(read.state), "was written by a version that knew other fields".to_owned())
        }
        Err(why) => (None, format!("cannot be used: {why}")),
    };
    match fold_up_to(store, segment, &first) {
        Ok(mut folded) => {
            folded.notes.push(format!(
                "the state carried into segment {segment} {why}; {} events of older segments were folded instead",
                folded.events
            ));
            Ok(folded)
        }
        // Without the older segments a state that reads but for new fields is the best there is.
        Err(_) if inexact.is_some() => {
            let mut start = fresh(Engine::from_state(inexact.unwrap_or_default()), true);
            start.notes.push(format!(
                "the state carried into segment {segment} {why}; older segments are gone, so it was taken as it reads"
            ));
            Ok(start)
        }
        Err(error) => Err(JournalError::Damaged(Damage {
            segment,
            record: None,
            turns: None,
            what: format!(
                "the state that it carries {why}, and older segments do not give it ({error})"
            ),
            remedy: Damage::RESTORE.into(),
        })),
    }
}

/// Folds the segment before, and those before it, up to the beginning of `segment`.
fn fold_up_to(
    store: &mut dyn Store,
    segment: u64,
    first: &SegmentHead,
) -> Result<Start, JournalError> {
    let mut start = start_of(store, segment - 1)?;
    let (before, words) = first_words(store, segment - 1)?;
    let mut chain = Chain::begin(&before, &words);
    let mut walk = Walk::new(segment - 1);
    while let Some(record) = walk.next(store)? {
        if let Content::Turns(turns) = chain.read(&record)? {
            turns.iter().flat_map(|turn| &turn.events).for_each(|event| start.engine.apply(event));
            start.turns += record.turns;
            start.events += record.events;
        }
    }
    start.from_carried = false;
    match &first.before {
        Some(sealed) if sealed.hash == chain.head.hash => Ok(start),
        _ => {
            Err(damage_at(segment - 1, "its end is not the one that the next segment names".into()))
        }
    }
}

/// The first words of a segment, and the bytes that they are written in.
pub(crate) fn first_words(
    store: &mut dyn Store,
    segment: u64,
) -> Result<(SegmentHead, Vec<u8>), JournalError> {
    let words = store.first_words(segment)?;
    Ok((segment::parse_head(segment, &words)?, words))
}

/// The records of one segment in order, read some at a time.
pub(crate) struct Walk {
    segment: u64,
    after: u64,
    read: std::vec::IntoIter<crate::record::Record>,
}

impl Walk {
    pub(crate) fn new(segment: u64) -> Walk {
        Walk { segment, after: 0, read: Vec::new().into_iter() }
    }

    pub(crate) fn next(
        &mut self,
        store: &mut dyn Store,
    ) -> Result<Option<crate::record::Record>, JournalError> {
        if self.read.len() == 0 {
            self.read = store.records(self.segment, self.after)?.into_iter();
        }
        let record = self.read.next();
        if let Some(record) = &record {
            // In a damaged tree the next row may be one that was read before, for ever.
            if record.seq <= self.after {
                let what = format!("row {} comes after row {}", record.seq, self.after);
                return Err(damage_at(self.segment, what));
            }
            self.after = record.seq;
        }
        Ok(record)
    }
}

/// Ends of the active segment that were noted or signed before: the chain has to come by each.
struct Anchors {
    segment: u64,
    /// Records, the hash after them, and who said so; the next one last.
    ahead: Vec<(u64, Hash, &'static str)>,
}

impl Anchors {
    fn of(
        store: &mut dyn Store,
        first: &SegmentHead,
        noted: Option<&Head>,
    ) -> Result<Anchors, JournalError> {
        let segment = first.segment;
        let mut ahead = Vec::new();
        if let Some(noted) = noted {
            newer_than(segment, noted.segment, "the note of the end")?;
            if noted.segment == segment {
                ahead.push((noted.records, noted.hash, "the note of the end"));
            }
        }
        let inside = store.checkpoints(segment)?;
        let (outside, _) = store.published()?;
        let ours = |checkpoint: &&Checkpoint| checkpoint.journal == first.journal;
        for (checkpoints, who) in
            [(&inside, "a checkpoint"), (&outside, "a checkpoint outside the segment")]
        {
            let mut last = None;
            for checkpoint in checkpoints.iter().filter(ours) {
                newer_than(segment, checkpoint.segment, who)?;
                if checkpoint.segment == segment {
                    ahead.push((checkpoint.records, checkpoint.hash, who));
                    last = Some(checkpoint);
                }
            }
            if last.is_some_and(|last| !last.is_signed() || last.key != first.key) {
                return Err(damage_at(
                    segment,
                    format!("{who} does not bear the journal's signature"),
                ));
            }
        }
        ahead.sort_by_key(|(records, ..)| std::cmp::Reverse(*records));
        Ok(Anchors { segment, ahead })
    }

    fn pass(&mut self, head: &Head) -> Result<(), JournalError> {
        while let Some((records, hash, who)) = self.ahead.last()
            && *records == head.records
        {
            if *hash != head.hash {
                let what = format!("after record {records} its chain is not the one of {who}");
                return Err(damage_at(self.segment, what));
            }
            self.ahead.pop();
        }
        Ok(())
    }

    fn finish(&self, head: &Head) -> Result<(), JournalError> {
        match self.ahead.first() {
            None => Ok(()),
            Some((records, _, who)) => Err(JournalError::Damaged(Damage {
                segment: self.segment,
                record: Some(head.records + 1),
                turns: Some((head.turns + 1, head.turns + 1)),
                what: format!(
                    "its end is cut off: {records} records were durable by {who}, {} are there",
                    head.records
                ),
                remedy: Damage::RESTORE.into(),
            })),
        }
    }
}

fn newer_than(newest: u64, named: u64, who: &str) -> Result<(), JournalError> {
    if named <= newest {
        return Ok(());
    }
    Err(damage_at(named, format!("the segment is missing: {who} names it")))
}

pub(crate) fn damage_at(segment: u64, what: String) -> JournalError {
    let remedy = Damage::RESTORE.into();
    JournalError::Damaged(Damage { segment, record: None, turns: None, what, remedy })
}
