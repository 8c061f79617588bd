//! What a client sees: a service in small that crashes anywhere, and a client who remembers.

use super::desk::{Desk, Stopped, describe};
use super::{Drive, Fnv, Loss, Mistake, Settings};
use crate::invariants::Watch;
use crate::random::Dice;
use highmark_engine::{Engine, Event, IntentId, Price, RuleId, State, TradeId};
use highmark_journal::{Journal, Turn};
use std::collections::BTreeSet;

/// What cycles came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Starts after a crash.
    pub cycles: u64,
    /// Crashes in a commit, between a commit and its release, and in the middle of a release.
    pub in_commit: u64,
    pub before_release: u64,
    pub in_release: u64,
    pub power_losses: u64,
    pub turns: u64,
    pub intents: u64,
    pub levels: u64,
    pub trace: u64,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        self.cycles += other.cycles;
        self.in_commit += other.in_commit;
        self.before_release += other.before_release;
        self.in_release += other.in_release;
        self.power_losses += other.power_losses;
        self.turns += other.turns;
        self.intents += other.intents;
        self.levels += other.levels;
        self.trace ^= other.trace;
    }
}

/// A client that was told everything in order, and keeps what it saw.
#[derive(Default)]
struct Client {
    watch: Watch,
    /// The turns it was told of; views are as of the last of them.
    turns: usize,
    intents: BTreeSet<IntentId>,
    seen: Vec<Seen>,
    levels: u64,
}

/// The levels that stood after a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Stop(TradeId, Option<Price>),
    Level(RuleId, Option<Price>),
}

impl Client {
    /// One turn is told; each exit in it is an order that has left.
    fn hear(&mut self, turn: &Turn) -> Result<(), String> {
        self.watch.turn(&turn.events)?;
        self.turns += 1;
        for event in &turn.events {
            if let Event::ExitDecided { intent, .. } = event {
                self.intents.insert(*intent);
            }
        }
        Ok(())
    }

    /// The view that follows what was told: no level may have moved back.
    fn look(&mut self, state: &State) -> Result<(), String> {
        self.watch.look(state)?;
        self.seen = levels(state);
        self.levels += self.seen.len() as u64;
        Ok(())
    }
}

fn levels(state: &State) -> Vec<Seen> {
    let stops = state.trade_views().map(|view| Seen::Stop(view.id, view.stop));
    let rules = (0..state.rule_count()).filter_map(|id| state.rule_view(RuleId(id)));
    stops.chain(rules.map(|view| Seen::Level(view.rule.rule, view.level))).collect()
}

/// Where a service crashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Crash {
    InCommit,
    BeforeRelease,
    InRelease,
}

/// Plays one seed: a service over one book, crashed after every few groups until all is done.
pub fn play(seed: u64, settings: Settings) -> Result<Tally, String> {
    let mut dice = Dice::new(seed ^ 0x76_69_73);
    let length = dice.pick(&[60, 150, 400]);
    let desk = Desk::new(seed, length.min(settings.most));
    let mistake = settings.mistake;
    let client = Client::default();
    let mut service =
        Service { drive: Drive::new(), desk, client, dice, mistake, tally: Tally::default() };
    loop {
        let crash = service.dice.pick(&[Crash::InCommit, Crash::BeforeRelease, Crash::InRelease]);
        let done = service
            .live(crash)
            .map_err(|text| format!("cycle {} ({crash:?}): {text}", service.tally.cycles))?;
        if done {
            break;
        }
    }
    let mut tally = service.tally;
    tally.turns = service.client.turns as u64;
    tally.intents = service.client.intents.len() as u64;
    tally.levels = service.client.levels;
    tally.trace = Fnv(service.drive.trace()).add(service.desk.engine.state().hash()).0;
    Ok(tally)
}

struct Service {
    drive: Drive,
    desk: Desk,
    client: Client,
    dice: Dice,
    mistake: Option<Mistake>,
    tally: Tally,
}

impl Service {
    /// Starts, works, crashes; true when there was nothing left to do.
    fn live(&mut self, crash: Crash) -> Result<bool, String> {
        let mut journal = match self.desk.take_up(&self.drive) {
            Ok(journal) => journal,
            Err(Stopped::Wrong(text)) => return Err(text),
            Err(Stopped::Cut) => return Err("the power went before it was cut".to_owned()),
        };
        self.meet_again()?;
        for _ in 0..self.dice.between(0, 6) {
            if self.desk.is_over() {
                break;
            }
            self.cycle(&mut journal, None)?;
        }
        let is_over = self.desk.is_over();
        if !is_over {
            self.cycle(&mut journal, Some(crash))?;
        }
        self.crash(journal);
        Ok(is_over)
    }

    /// After a start the client hears what is durable and was not told, and must recognise what it saw.
    fn meet_again(&mut self) -> Result<(), String> {
        if self.client.turns > self.desk.history.len() {
            let (seen, there) = (self.client.turns, self.desk.history.len());
            return Err(format!("the client was told {seen} turns, the journal has {there}"));
        }
        let mut engine = Engine::new();
        let mut intents = BTreeSet::new();
        for turn in &self.desk.history[..self.client.turns] {
            for event in &turn.events {
                engine.apply(event);
                if let Event::ExitDecided { intent, .. } = event {
                    intents.insert(*intent);
                }
            }
        }
        if let Some(lost) = self.client.intents.difference(&intents).next() {
            return Err(format!("the client saw {lost:?}, which the journal does not hold"));
        }
        let now = levels(engine.state());
        if let Some((saw, _)) = self.client.seen.iter().zip(&now).find(|(saw, now)| saw != now) {
            return Err(format!(
                "the client saw {saw:?} after turn {}, it is not so",
                self.client.turns
            ));
        }
        let untold = self.desk.history[self.client.turns..].to_vec();
        for turn in &untold {
            self.client.hear(turn)?;
        }
        if self.mistake == Some(Mistake::LevelsSlip) {
            let mut behind = Engine::new();
            let turns = &self.desk.history[..self.desk.history.len() * 9 / 10];
            turns.iter().flat_map(|turn| &turn.events).for_each(|event| behind.apply(event));
            return self.client.watch.look(behind.state());
        }
        self.client.look(self.desk.engine.state())
    }

    /// Steps ahead, commits, releases; where it is to crash, it stops.
    fn cycle(&mut self, journal: &mut Journal, crash: Option<Crash>) -> Result<(), String> {
        let count = self.dice.between(1, 8) as usize;
        if crash == Some(Crash::InCommit) {
            self.drive.cut_at(self.drive.calls() + 1 + self.dice.below(16) as u64);
        }
        let turns = self.desk.step_ahead(count);
        if self.mistake == Some(Mistake::ShowsFirst) {
            self.release(&turns)?;
        }
        match journal.append(&turns) {
            Ok(_) => self.desk.acknowledged = self.desk.history.len(),
            Err(_) if self.drive.is_off() => {
                self.tally.in_commit += 1;
                return Ok(());
            }
            Err(error) => return Err(describe(&error)),
        }
        if self.mistake == Some(Mistake::ShowsFirst) {
            return Ok(());
        }
        match crash {
            Some(Crash::BeforeRelease) => {
                self.tally.before_release += 1;
                Ok(())
            }
            Some(Crash::InRelease) => {
                self.tally.in_release += 1;
                let told = self.dice.below(turns.len());
                turns[..told].iter().try_for_each(|turn| self.client.hear(turn))?;
                // It saw events and no view that follows them.
                self.client.seen.clear();
                Ok(())
            }
            Some(Crash::InCommit) | None => self.release(&turns),
        }
    }

    fn release(&mut self, turns: &[Turn]) -> Result<(), String> {
        turns.iter().try_for_each(|turn| self.client.hear(turn))?;
        self.client.look(self.desk.engine.state())
    }

    fn crash(&mut self, journal: Journal) {
        self.tally.cycles += 1;
        if self.drive.is_off() || self.dice.chance(40) {
            self.tally.power_losses += 1;
            self.drive.power_off();
            drop(journal);
            let loss = Loss::draw(&mut self.dice);
            self.drive.power_on(loss, &mut self.dice);
        } else {
            // Its last words on closing do not count: the process is gone.
            self.drive.end_process();
            drop(journal);
        }
    }
}
