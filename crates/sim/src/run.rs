//! One row of inputs through the engine and the oracle at once, compared as it goes.

use crate::again::{Again, Standing, parted};
use crate::compare::{Tally, same_facts, same_views};
use crate::fact::Fact;
use crate::invariants::Watch;
use crate::oracle::{Mistake, Oracle};
use crate::random::{Episode, Feature, Features, is_stray};
use highmark_engine::{Body, Engine, Event, Input};

/// A book of so many trades is small.
const SMALL: u32 = 4;
/// A book of many times so many trades is looked at more rarely.
const MANY: usize = 200;
/// States of so much text are compared as often as figures.
const MEDIUM: usize = 1 << 14;

/// How a run is made.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub features: Features,
    /// All figures are compared after every so many inputs, and at the end.
    pub every: usize,
    pub mistake: Option<Mistake>,
    /// The engines are compared with each other only, and what the oracle does not know is played too.
    pub alone: bool,
}

/// Where the two part.
#[derive(Clone, Debug)]
pub struct Difference {
    pub seed: u64,
    /// The number of the input, from 0.
    pub input: usize,
    pub text: String,
    pub inputs: Vec<Input>,
    /// It is one between engines, in a row that the oracle does not know.
    pub alone: bool,
}

/// Both sides of a comparison, and what must hold of the engine alone.
pub struct Pair {
    pub engine: Engine,
    pub oracle: Oracle,
    /// The engine without its trigger index.
    scanning: Engine,
    again: Again,
    standing: Standing,
    watch: Watch,
    every: usize,
    alone: bool,
    count: usize,
    states_in: i64,
    pub tally: Tally,
}

impl Pair {
    pub fn new(settings: Settings) -> Pair {
        Pair {
            engine: Engine::new(),
            oracle: Oracle::with_mistake(settings.mistake),
            scanning: Engine::scanning(),
            again: Again::new(settings.features.has(Feature::Restarts)),
            standing: Standing::default(),
            watch: Watch::default(),
            every: settings.every.max(1),
            alone: settings.alone,
            count: 0,
            states_in: 1,
            tally: Tally::default(),
        }
    }

    /// Takes one input on both sides.
    pub fn step(&mut self, input: &Input) -> Result<(), String> {
        let events = self.engine.step(input.clone());
        if self.alone {
            // It goes on in a world of its own, so that the episode has something to look at.
            if !is_stray(input) {
                self.oracle.step(input);
            }
            self.tally.alone += 1;
        } else {
            self.ask_oracle(input, &events)?;
        }
        if self.scanning.step(input.clone()) != events {
            return Err("without its index the engine says something else".into());
        }
        self.again.step(input, &self.engine, &events)?;
        self.watch.turn(&events)?;
        self.look_in_turn()
    }

    /// Compares what the engine said to an input with what the oracle says.
    fn ask_oracle(&mut self, input: &Input, events: &[Event]) -> Result<(), String> {
        let engine: Vec<Fact> = events.iter().filter_map(Fact::of).collect();
        let oracle = self.oracle.step(input);
        self.tally.inputs += 1;
        if let Body::Ticks(batch) = &input.body {
            self.tally.ticks += batch.len() as u64;
        }
        for fact in &oracle {
            self.tally.facts += 1;
            match fact {
                Fact::Exit { .. } => self.tally.exits += 1,
                Fact::Breached { .. } => self.tally.breaches += 1,
                _ => {}
            }
        }
        same_facts(&engine, &oracle).map_err(|text| {
            let text = format!("{text}\n    oracle in full {oracle:?}");
            events.iter().fold(text, |text, event| format!("{text}\n    {event:?}"))
        })
    }

    /// Compares what stands when it is time to: after every few inputs, and after every input while the book is small.
    fn look_in_turn(&mut self) -> Result<(), String> {
        self.count += 1;
        let trades = self.engine.state().trade_count();
        let every = self.every * (1 + trades as usize / MANY);
        if trades <= SMALL || self.count.is_multiple_of(every) {
            self.compare_views()?;
            self.watch.look(self.engine.state())?;
        }
        self.states_in -= 1;
        if self.states_in <= 0 { self.look_at_states() } else { Ok(()) }
    }

    /// Compares the whole states of all engines: what it costs grows with them, so it is done more rarely as they grow.
    fn look_at_states(&mut self) -> Result<(), String> {
        self.standing.take(&self.engine);
        let inputs = self.every * self.standing.length() / MEDIUM;
        self.states_in = if self.every == 1 { 1 } else { inputs.max(1) as i64 };
        let scanning = ("the index changes the state", &self.scanning);
        for (what, other) in self.again.engines().chain([scanning]) {
            self.tally.states += 1;
            if !self.standing.is_of(other) {
                return Err(format!("{what}{}", parted(&self.engine, other)));
            }
        }
        Ok(())
    }

    fn compare_views(&mut self) -> Result<(), String> {
        if self.alone {
            return Ok(());
        }
        same_views(&self.engine, &self.oracle, &mut self.tally)
    }

    /// Compares everything that stands.
    pub fn look(&mut self) -> Result<(), String> {
        self.compare_views()?;
        self.look_at_states()?;
        self.watch.look(self.engine.state())
    }

    /// Looks once more, and at the views of the folded state.
    pub fn finish(&mut self) -> Result<(), String> {
        self.look()?;
        let state = self.engine.state();
        let (hash, live) = (state.hash(), state.trade_views().collect::<Vec<_>>());
        for (what, other) in self.again.engines() {
            let state = other.state();
            if state.hash() != hash || state.trade_views().collect::<Vec<_>>() != live {
                return Err(format!("at the end {what}{}", parted(&self.engine, other)));
            }
        }
        self.tally.restarts += self.again.count;
        self.tally.seeds += 1;
        Ok(())
    }
}

/// Plays one seed.
pub fn play(seed: u64, settings: Settings) -> Result<Tally, Box<Difference>> {
    let mut episode = Episode::new(seed, settings.features);
    episode.is_alone = settings.alone;
    let mut pair = Pair::new(settings);
    let mut inputs = Vec::new();
    for number in 0..episode.length {
        let input = episode.next(&pair.oracle);
        inputs.push(input.clone());
        if let Err(text) = pair.step(&input) {
            let alone = settings.alone;
            return Err(Box::new(Difference { seed, input: number, text, inputs, alone }));
        }
    }
    match pair.finish() {
        Ok(()) => Ok(pair.tally),
        Err(text) => {
            let (input, alone) = (inputs.len() - 1, settings.alone);
            Err(Box::new(Difference { seed, input, text, inputs, alone }))
        }
    }
}

/// The inputs of an episode that a mirror can show; only the oracle answers.
pub fn record(seed: u64, features: Features) -> Vec<Input> {
    let mut episode = Episode::mirrorable(seed, features);
    let mut oracle = Oracle::new();
    let mut inputs = Vec::new();
    for _ in 0..episode.length {
        let input = episode.next(&oracle);
        oracle.step(&input);
        inputs.push(input);
    }
    inputs
}

/// What the oracle says to each of these inputs, where it says something.
pub fn answers(inputs: &[Input]) -> Vec<(usize, Vec<Fact>)> {
    let mut oracle = Oracle::new();
    let said = inputs.iter().map(|input| oracle.step(input));
    said.enumerate().filter(|(_, facts)| !facts.is_empty()).collect()
}

/// Plays recorded inputs, comparing everything after each.
pub fn replay(inputs: &[Input], settings: Settings) -> Result<Tally, (usize, String)> {
    let mut pair = Pair::new(Settings { every: 1, ..settings });
    for (number, input) in inputs.iter().enumerate() {
        pair.step(input).map_err(|text| (number, text))?;
    }
    pair.finish().map_err(|text| (inputs.len().saturating_sub(1), text))?;
    Ok(pair.tally)
}
