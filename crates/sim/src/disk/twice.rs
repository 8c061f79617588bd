//! The same seed twice: what happens depends on the seed and on nothing else.

use super::{Fnv, Settings, desk, power};
use highmark_engine::Engine;
use std::fmt::Write as _;

/// What seeds came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub seeds: u64,
    pub trace: u64,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        self.seeds += other.seeds;
        self.trace ^= other.trace;
    }
}

/// Plays a seed's market and its losses of power, each twice; the hash of both.
pub fn play(seed: u64) -> Result<Tally, String> {
    let market = same("the market", || Ok(market(seed)))?;
    let settings = Settings { most: 60, mistake: None };
    let losses = same("the losses of power", || Ok(power::play(seed, settings)?.trace))?;
    Ok(Tally { seeds: 1, trace: Fnv(market).add(losses).0 })
}

fn same(what: &str, trace: impl Fn() -> Result<u64, String>) -> Result<u64, String> {
    let (one, other) = (trace()?, trace()?);
    if one == other { Ok(one) } else { Err(format!("{what}: {one:016x}, then {other:016x}")) }
}

/// A hash of all that the engine said to a random market, and of its state.
pub fn market(seed: u64) -> u64 {
    let mut engine = Engine::new();
    let mut hash = Fnv::default();
    for input in desk::inputs(seed, 150) {
        for event in engine.step(input) {
            // Writing into a hash cannot fail.
            let _ = write!(hash, "{event:?}");
        }
    }
    hash.add(engine.state().hash()).0
}
