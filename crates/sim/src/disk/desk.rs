//! A desk in small: an engine over a random market, and a journal that keeps what it decided.

use super::{Drive, Fnv, Mistake};
use crate::oracle::Oracle;
use crate::random::{Dice, Episode, Features};
use highmark_engine::{Engine, Input, Timestamp};
use highmark_journal::{About, Head, Journal, JournalError, Reader, Recovered, Turn, replay};

/// The inputs of a random market, made ahead.
pub fn inputs(seed: u64, most: usize) -> Vec<Input> {
    let features = Features::parse("all").expect("a name that is known");
    let mut episode = Episode::new(seed, features);
    let mut oracle = Oracle::new();
    let mut inputs = Vec::new();
    for _ in 0..episode.length.min(most) {
        let input = episode.next(&oracle);
        oracle.step(&input);
        inputs.push(input);
    }
    inputs
}

/// What happened at a desk, whatever its journal remembers.
pub struct Desk {
    pub engine: Engine,
    /// Every turn that was given to the journal, and each that it acknowledged before those that it did not.
    pub history: Vec<Turn>,
    /// How many of them the journal acknowledged.
    pub acknowledged: usize,
    inputs: Vec<Input>,
    at: usize,
    /// What comes after a crash: the inputs that were lost, again, or those that followed.
    comes_again: bool,
}

impl Desk {
    pub fn new(seed: u64, most: usize) -> Desk {
        let mut dice = Dice::new(seed ^ 0xdec);
        Desk {
            engine: Engine::new(),
            history: Vec::new(),
            acknowledged: 0,
            inputs: inputs(seed, most),
            at: 0,
            comes_again: dice.chance(50),
        }
    }

    pub fn is_over(&self) -> bool {
        self.at >= self.inputs.len()
    }

    pub fn now(&self) -> Timestamp {
        let last = self.inputs[..self.at].last().or(self.inputs.first());
        last.map_or(Timestamp::seconds(1_750_000_000), |input| input.at)
    }

    /// Steps the engine ahead; the turns stand at the end of the history, not acknowledged.
    pub fn step_ahead(&mut self, count: usize) -> Vec<Turn> {
        let end = (self.at + count).min(self.inputs.len());
        let step = |input: &Input| Turn::new(input.clone(), self.engine.step(input.clone()));
        let turns: Vec<Turn> = self.inputs[self.at..end].iter().map(step).collect();
        self.at = end;
        self.history.extend(turns.iter().cloned());
        turns
    }

    /// Gives one group to the journal; an error is the journal's.
    pub fn commit(
        &mut self,
        journal: &mut Journal,
        count: usize,
        mistake: Option<Mistake>,
    ) -> Result<(), JournalError> {
        let turns = self.step_ahead(count);
        if mistake == Some(Mistake::AcknowledgesFirst) {
            self.acknowledged = self.history.len();
        }
        journal.append(&turns)?;
        self.acknowledged = self.history.len();
        Ok(())
    }

    /// Takes the journal up as a service does when it starts, and holds it against what happened.
    pub fn take_up(&mut self, drive: &Drive) -> Result<Journal, Stopped> {
        let about = about(drive);
        let opened = match Journal::open(drive.root(), &about, self.now()) {
            Err(JournalError::NotFound { .. }) if self.acknowledged == 0 => {
                let made = Journal::create(drive.root(), &about, self.now());
                made.map(|journal| (journal, None))
            }
            opened => opened.map(|(journal, recovered)| (journal, Some(recovered))),
        };
        let (journal, recovered) = opened.map_err(|error| {
            if drive.is_off() { Stopped::Cut } else { Stopped::Wrong(describe(&error)) }
        })?;
        let recovered = match recovered {
            Some(recovered) => self.compare(drive, &recovered).map(|()| recovered.engine),
            None => Ok(Engine::new()),
        };
        if drive.is_off() {
            return Err(Stopped::Cut);
        }
        self.engine = recovered.map_err(Stopped::Wrong)?;
        let kept = journal.head().turns as usize;
        if self.comes_again {
            self.at -= self.history.len() - kept;
        }
        self.history.truncate(kept);
        self.acknowledged = kept;
        Ok(journal)
    }

    /// What was recovered is a prefix of what happened, and holds all that was acknowledged.
    fn compare(&self, drive: &Drive, recovered: &Recovered) -> Result<(), String> {
        let kept = recovered.head.turns as usize;
        if kept < self.acknowledged {
            let lost = self.acknowledged - kept;
            return Err(format!("{lost} acknowledged turns of {} are lost", self.acknowledged));
        }
        if kept > self.history.len() {
            return Err(format!("{kept} turns are there, {} were written", self.history.len()));
        }
        let told = |error: JournalError| describe(&error);
        let reader = Reader::open_on(drive.root(), &drive.disk()).map_err(told)?;
        let mut count = 0;
        for (turn, expected) in reader.turns().map_err(told)?.zip(&self.history) {
            if turn.map_err(told)? != *expected {
                return Err(format!("turn {} is not the one that was written", count + 1));
            }
            count += 1;
        }
        if count != kept {
            return Err(format!("the head says {kept} turns, {count} are there"));
        }
        let written = self.history[..kept].iter().cloned().map(Ok);
        let folded = replay::fold(Engine::new(), written, None).map_err(told)?;
        if folded.engine.state() != recovered.engine.state() {
            return Err("the recovered state is not the fold of its turns".to_owned());
        }
        if folded.events != recovered.head.events {
            return Err(format!(
                "{} events, the head says {}",
                folded.events, recovered.head.events
            ));
        }
        Ok(())
    }

    /// A number over what is durable and where it led.
    pub fn trace(&self, drive: &Drive, head: &Head) -> u64 {
        let mut hash = Fnv::default();
        hash.add(drive.trace()).add(head.turns).add(head.records).add(head.segment);
        hash.add(self.engine.state().hash());
        hash.0
    }
}

/// Why a journal could not be taken up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The power went in the middle of it.
    Cut,
    Wrong(String),
}

pub fn about(drive: &Drive) -> About {
    About { disk: drive.disk(), ..About::new("sim") }
}

pub fn describe(error: &JournalError) -> String {
    format!("{error} ({})", error.hint())
}
