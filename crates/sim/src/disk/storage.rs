//! Failing storage: every call of a short life of a journal fails in turn, in every way.

use super::desk::{Desk, Stopped, describe};
use super::{Drive, Failure, Loss, Trouble};
use crate::random::Dice;
use highmark_journal::{Carry, Journal, JournalError, Reader};

/// What the failures came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub lives: u64,
    /// Calls of the life that were made to fail, each in every way.
    pub calls: u64,
    pub failures: u64,
    /// How often the failure stopped the making or taking up of a journal, and how often its writing.
    pub at_start: u64,
    pub at_work: u64,
    /// Removals of logs that were moved into their segment already: nothing stops for want of one.
    pub of_nothing: u64,
    /// Reads of whoever folds a state beside the journal: it goes without, and the journal goes on.
    pub of_readers: u64,
    pub acknowledged_turns: u64,
    pub untold: u64,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        self.lives += other.lives;
        self.calls += other.calls;
        self.failures += other.failures;
        self.at_start += other.at_start;
        self.at_work += other.at_work;
        self.of_nothing += other.of_nothing;
        self.of_readers += other.of_readers;
        self.acknowledged_turns += other.acknowledged_turns;
        self.untold += other.untold;
    }
}

/// What happens between the failure and the next start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// The process starts again; what was written and not synced is still to be seen.
    Restart,
    /// The machine starts again.
    PowerLoss,
}

/// Plays one seed: counts the calls of its life, then fails each of them, or each `every`-th.
pub fn play(seed: u64, every: usize) -> Result<Tally, String> {
    let calls = Life::new(seed).count()?;
    let mut tally = Tally { lives: 1, calls, ..Tally::default() };
    for call in (1..=calls).step_by(every.max(1)) {
        for trouble in Trouble::ALL {
            for (after, lasts) in
                [(After::Restart, false), (After::PowerLoss, false), (After::Restart, true)]
            {
                let failure = Failure { call, trouble, lasts };
                let life = Life::new(seed);
                let drive = life.drive.clone();
                let played = life.fail(failure, after, &mut tally);
                played.map_err(|text| {
                    format!("{failure:?} ({}), then {after:?}: {text}", drive.hit())
                })?;
            }
        }
    }
    Ok(tally)
}

/// One life of a desk: made, written, sealed, taken up again.
struct Life {
    drive: Drive,
    desk: Desk,
    dice: Dice,
    /// A state could not be folded beside the journal.
    is_unfolded: bool,
}

impl Life {
    fn new(seed: u64) -> Life {
        let drive = Drive::new();
        let desk = Desk::new(seed, 60);
        Life { drive, desk, dice: Dice::new(seed ^ 0x73_74), is_unfolded: false }
    }

    /// The calls of a life in which nothing fails.
    fn count(mut self) -> Result<u64, String> {
        let mut journal = self.start()?;
        let work = self.work(&mut journal, 2);
        work.map_err(|error| format!("without a failure: {}", describe(&error)))?;
        Ok(self.drive.calls())
    }

    fn start(&mut self) -> Result<Journal, String> {
        self.desk.take_up(&self.drive).map_err(|stopped| match stopped {
            Stopped::Cut => "the power went".to_owned(),
            Stopped::Wrong(text) => text,
        })
    }

    fn fail(mut self, failure: Failure, after: After, tally: &mut Tally) -> Result<(), String> {
        self.drive.fail_at(Some(failure));
        match self.start() {
            Err(_) if self.drive.failed() > 0 => tally.at_start += 1,
            Err(text) => return Err(text),
            Ok(mut journal) => {
                let worked = self.work(&mut journal, 2);
                if self.drive.failed() == 0 {
                    return Err("it stopped, or ended, before its storage failed".to_owned());
                }
                match worked {
                    Err(_) => {
                        tally.at_work += 1;
                        self.stays_stopped(&mut journal)?;
                    }
                    // An empty log that could not be taken away is in nobody's way.
                    Ok(()) if self.drive.hit_removal() => tally.of_nothing += 1,
                    Ok(()) if self.is_unfolded => tally.of_readers += 1,
                    Ok(()) => return Err("nobody noticed".to_owned()),
                }
            }
        }
        tally.failures += 1;
        match after {
            After::Restart => self.drive.end_process(),
            After::PowerLoss => self.lose_power(),
        }
        self.go_on(tally)
    }

    /// Whatever it is asked, a journal that has stopped writes nothing and says so.
    fn stays_stopped(&mut self, journal: &mut Journal) -> Result<(), String> {
        let before = self.drive.calls();
        let turns = self.desk.step_ahead(2);
        if journal.append(&turns).is_ok() {
            return Err("it took turns after it had failed".to_owned());
        }
        if journal.checkpoint(self.desk.now()).is_ok() {
            return Err("it signed after it had failed".to_owned());
        }
        if journal.roll(self.desk.engine.state(), self.desk.now()).is_ok() {
            return Err("it began a segment after it had failed".to_owned());
        }
        if journal.roll_ahead(true, self.desk.now()).is_ok() {
            return Err("it began a segment ahead after it had failed".to_owned());
        }
        let wrote = self.drive.calls() - before;
        if wrote > 0 { Err(format!("{wrote} calls after it had failed")) } else { Ok(()) }
    }

    /// Storage is well again: what was acknowledged is there, and what is written now survives a loss of power.
    fn go_on(&mut self, tally: &mut Tally) -> Result<(), String> {
        let written = self.desk.acknowledged;
        let wrong = |error: JournalError| format!("go on: {}", describe(&error));
        let mut journal = self.start().map_err(|text| format!("start: {text}"))?;
        tally.untold += (self.desk.acknowledged - written) as u64;
        // One group, before anything else is written: what a failed sync forgot must not lie before it.
        self.desk.commit(&mut journal, 3, None).map_err(wrong)?;
        self.drive.power_off();
        drop(journal);
        self.lose_power();
        let mut journal = self.start().map_err(|text| format!("after a loss of power: {text}"))?;
        self.work(&mut journal, 2).map_err(wrong)?;
        self.lose_power();
        drop(journal);
        self.start().map_err(|text| format!("after another loss of power: {text}"))?;
        tally.acknowledged_turns += self.desk.acknowledged as u64;
        Ok(())
    }

    fn carry(&mut self, journal: &mut Journal) -> Result<(), JournalError> {
        if !journal.lacks_state() {
            return Ok(());
        }
        let reader = Reader::open_on(self.drive.root(), &self.drive.disk());
        let folded = reader.and_then(|reader| Carry::fold(&reader, journal.head().segment));
        let Ok(carry) = folded else {
            self.is_unfolded = true;
            return Ok(());
        };
        let mut carry = carry.in_parts_of(2_000);
        while !journal.carry(&mut carry)? {}
        Ok(())
    }

    fn lose_power(&mut self) {
        self.drive.power_off();
        let loss = Loss::draw(&mut self.dice);
        self.drive.power_on(loss, &mut self.dice);
    }

    /// Some groups, a checkpoint and a new segment in between; the same calls each time.
    fn work(&mut self, journal: &mut Journal, size: usize) -> Result<(), JournalError> {
        for round in 0..6 {
            self.desk.commit(journal, size + round % 3, None)?;
            match round {
                1 | 4 => drop(journal.checkpoint(self.desk.now())?),
                2 => journal.roll(self.desk.engine.state(), self.desk.now())?,
                3 => journal.roll_ahead(true, self.desk.now())?,
                5 => self.carry(journal)?,
                _ => {}
            }
        }
        Ok(())
    }
}
