//! Losses of power: a desk and its journal on a drive whose power goes at a random call, again and again.

use super::desk::{Desk, Stopped, describe};
use super::{Drive, Loss, Mistake, Settings};
use crate::random::Dice;
use highmark_journal::{Carry, Journal, JournalError, Reader, Trusted, verify_against};

/// What episodes came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub episodes: u64,
    /// Losses of power, and those of them that came while a journal was made or taken up.
    pub losses: u64,
    pub in_recovery: u64,
    pub groups: u64,
    pub rolls: u64,
    pub checkpoints: u64,
    pub acknowledged_turns: u64,
    pub acknowledged_events: u64,
    /// Turns that were durable though nobody had been told.
    pub untold: u64,
    /// Turns that nobody had been told of and that were lost, as they may be.
    pub gone: u64,
    pub trace: u64,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        self.episodes += other.episodes;
        self.losses += other.losses;
        self.in_recovery += other.in_recovery;
        self.groups += other.groups;
        self.rolls += other.rolls;
        self.checkpoints += other.checkpoints;
        self.acknowledged_turns += other.acknowledged_turns;
        self.acknowledged_events += other.acknowledged_events;
        self.untold += other.untold;
        self.gone += other.gone;
        self.trace ^= other.trace;
    }
}

/// Plays one seed: some lives that end in a loss of power, and one that goes on.
pub fn play(seed: u64, settings: Settings) -> Result<Tally, String> {
    let mut dice = Dice::new(seed ^ 0x70_77_72);
    let drive = Drive::new();
    drive.lie(settings.mistake == Some(Mistake::DriveLies));
    let length = dice.pick(&[30, 60, 120, 300]);
    let desk = Desk::new(seed, length.min(settings.most));
    let mut episode = Episode { drive, desk, dice, settings, tally: Tally::default() };
    let lives = episode.dice.between(1, 4);
    for life in 1..=lives {
        let said = episode.live_until_cut().map_err(|text| format!("life {life}: {text}"))?;
        let loss = Loss::draw(&mut episode.dice);
        episode.drive.power_on(loss, &mut episode.dice);
        episode.tally.losses += 1;
        episode.verify().map_err(|text| format!("life {life} ({said}), then {loss:?}: {text}"))?;
    }
    episode.live_on()
}

struct Episode {
    drive: Drive,
    desk: Desk,
    dice: Dice,
    settings: Settings,
    tally: Tally,
}

impl Episode {
    /// Works until the power goes; it is off afterwards.
    fn live_until_cut(&mut self) -> Result<String, String> {
        let reach = self.dice.pick(&[6, 40, 150, 600]);
        let cut = self.drive.calls() + 1 + self.dice.below(reach) as u64;
        self.drive.cut_at(cut);
        let mut journal = match self.take_up() {
            Ok(journal) => journal,
            Err(Stopped::Cut) => {
                self.tally.in_recovery += 1;
                return Ok(format!("cut at {}, while the journal was taken up", self.drive.hit()));
            }
            Err(Stopped::Wrong(text)) => return Err(text),
        };
        while !self.desk.is_over() {
            match self.work(&mut journal) {
                Ok(()) => {}
                Err(error) if !self.drive.is_off() => return Err(describe(&error)),
                Err(_) => return Ok(format!("cut at {}", self.drive.hit())),
            }
        }
        // All is done before the cut: the power goes with the journal open, or after it was closed.
        if self.dice.chance(50) {
            self.drive.power_off();
        }
        drop(journal);
        self.drive.power_off();
        Ok("all was done".to_owned())
    }

    /// The last life, in which the power stays: all that is left is done, and looked at once more.
    fn live_on(mut self) -> Result<Tally, String> {
        let wrong = |stopped| match stopped {
            Stopped::Cut => "the power went in the last life".to_owned(),
            Stopped::Wrong(text) => format!("the last life: {text}"),
        };
        let mut journal = self.take_up().map_err(wrong)?;
        while !self.desk.is_over() {
            self.work(&mut journal).map_err(|error| describe(&error))?;
        }
        drop(journal);
        self.verify().map_err(|text| format!("the last life: {text}"))?;
        let journal = self.take_up().map_err(wrong)?;
        let events = self.desk.history.iter().map(|turn| turn.events.len() as u64).sum();
        Ok(Tally {
            episodes: 1,
            acknowledged_turns: self.desk.history.len() as u64,
            acknowledged_events: events,
            trace: self.desk.trace(&self.drive, journal.head()),
            ..self.tally
        })
    }

    fn take_up(&mut self) -> Result<Journal, Stopped> {
        let (told, written) = (self.desk.acknowledged, self.desk.history.len());
        let journal = self.desk.take_up(&self.drive)?;
        let kept = self.desk.history.len();
        self.tally.untold += (kept - told) as u64;
        self.tally.gone += (written - kept) as u64;
        Ok(journal)
    }

    /// One group, and now and then a checkpoint or a new segment.
    fn work(&mut self, journal: &mut Journal) -> Result<(), JournalError> {
        let count = match self.dice.below(10) {
            0..=3 => 1,
            4..=8 => self.dice.between(2, 8) as usize,
            _ => 40,
        };
        self.desk.commit(journal, count, self.settings.mistake)?;
        self.tally.groups += 1;
        if self.dice.chance(8) {
            journal.checkpoint(self.desk.now())?;
            self.tally.checkpoints += 1;
        }
        if self.dice.chance(5) {
            match self.dice.chance(50) {
                true => journal.roll(self.desk.engine.state(), self.desk.now())?,
                false => journal.roll_ahead(true, self.desk.now())?,
            }
            self.tally.rolls += 1;
        }
        if journal.lacks_state() && self.dice.chance(30) {
            let reader = Reader::open_on(self.drive.root(), &self.drive.disk())?;
            let mut carry = Carry::fold(&reader, journal.head().segment)?.in_parts_of(1_000);
            while !journal.carry(&mut carry)? {
                self.desk.commit(journal, 1, self.settings.mistake)?;
            }
        }
        Ok(())
    }

    /// The chain is whole, whatever the power did; before a journal was ever made there is none.
    fn verify(&self) -> Result<(), String> {
        let (root, disk) = (self.drive.root(), self.drive.disk());
        match verify_against(root, &disk, &Trusted::default(), &mut |_| {}) {
            Ok(verdict) if verdict.is_sound() => Ok(()),
            Ok(verdict) => {
                let damages = verdict.damages.iter().map(ToString::to_string);
                Err(format!("verify: {}", damages.collect::<Vec<_>>().join("; ")))
            }
            Err(JournalError::NotFound { .. }) if self.desk.acknowledged == 0 => Ok(()),
            Err(error) => Err(format!("verify: {}", describe(&error))),
        }
    }
}
