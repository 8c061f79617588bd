//! The chain of a segment, followed record by record.

use crate::codec::Decoder;
use crate::error::{Damage, JournalError};
use crate::head::Head;
use crate::record::{Note, Record};
use crate::segment::SegmentHead;
use crate::turn::Turn;

/// How far a chain was followed, and what it comes to there.
pub(crate) struct Chain {
    pub(crate) head: Head,
    decoder: Decoder,
}

/// What a record holds.
pub(crate) enum Content {
    Turns(Vec<Turn>),
    Note(Note),
}

impl Chain {
    /// The chain before the first record of a segment.
    pub(crate) fn begin(first: &SegmentHead, words: &[u8]) -> Chain {
        Chain {
            head: Head {
                segment: first.segment,
                epoch: first.epoch,
                records: 0,
                turns: first.turns_before(),
                events: first.events_before(),
                hash: first.link(words),
            },
            decoder: Decoder::default(),
        }
    }

    /// Goes one record on, or says what is wrong with it. Its content is not looked at.
    pub(crate) fn follow(&mut self, record: &Record) -> Result<(), Damage> {
        if record.seq != self.head.records + 1 {
            let what = format!("record {} is missing", self.head.records + 1);
            return Err(self.damage(record, what));
        }
        if record.hash != record.link(self.head.segment, self.head.hash) {
            return Err(self.damage(record, "it is not what was written, or not where".into()));
        }
        if record.first_turn != self.head.turns + 1 {
            return Err(self.damage(record, "its turns do not follow those before".into()));
        }
        self.step_over(record);
        Ok(())
    }

    /// Takes a record for what it says, to look at what comes after it.
    pub(crate) fn step_over(&mut self, record: &Record) {
        self.head.records = record.seq;
        self.head.turns = record.first_turn.saturating_add(record.turns).saturating_sub(1);
        self.head.events = self.head.events.saturating_add(record.events);
        self.head.hash = record.hash;
    }

    /// Goes one record on and reads it.
    pub(crate) fn read(&mut self, record: &Record) -> Result<Content, JournalError> {
        self.follow(record)?;
        Ok(self.content(record)?)
    }

    /// What a record holds, which must be what its row says.
    pub(crate) fn content(&mut self, record: &Record) -> Result<Content, Damage> {
        let read = match record.turns {
            0 => serde_json::from_slice(&record.body)
                .map(Content::Note)
                .map_err(|error| error.to_string()),
            _ => self.turns(record).map(Content::Turns).map_err(str::to_owned),
        };
        read.map_err(|why| self.damage(record, format!("it cannot be read: {why}")))
    }

    fn turns(&mut self, record: &Record) -> Result<Vec<Turn>, &'static str> {
        let turns = self.decoder.decode(&record.body).map_err(|error| error.0)?;
        let events: usize = turns.iter().map(|turn| turn.events.len()).sum();
        let mut numbers = record.first_turn..;
        let are_in_step = turns.iter().all(|turn| turn.number() == numbers.next());
        if turns.len() as u64 != record.turns || events as u64 != record.events || !are_in_step {
            return Err("it holds other turns than its row says");
        }
        Ok(turns)
    }

    fn damage(&self, record: &Record, what: String) -> Damage {
        let last = record.first_turn.saturating_add(record.turns).saturating_sub(1);
        Damage {
            segment: self.head.segment,
            record: Some(record.seq),
            turns: Some((record.first_turn.min(self.head.turns + 1), last.max(record.first_turn))),
            what,
            remedy: Damage::RESTORE.into(),
        }
    }
}

impl From<Damage> for JournalError {
    fn from(damage: Damage) -> JournalError {
        JournalError::Damaged(damage)
    }
}
