//! Replay: the recorded facts folded again. Nothing is decided.

use crate::error::JournalError;
use crate::turn::Turn;
use highmark_engine::Engine;

/// What a fold came to.
#[derive(Clone, Debug)]
pub struct Folded {
    pub engine: Engine,
    pub turns: u64,
    pub events: u64,
    /// The state's hash after each so many events, and that many events.
    pub hashes: Vec<(u64, u64)>,
}

/// Folds `turns` onto `base`, with a hash of the state after each `every` events if that is asked for.
pub fn fold(
    base: Engine,
    turns: impl IntoIterator<Item = Result<Turn, JournalError>>,
    every: Option<u64>,
) -> Result<Folded, JournalError> {
    let mut folded = Folded { engine: base, turns: 0, events: 0, hashes: Vec::new() };
    for turn in turns {
        folded.turns += 1;
        for event in turn?.events {
            folded.engine.apply(&event);
            folded.events += 1;
            if every.is_some_and(|every| folded.events.is_multiple_of(every.max(1))) {
                folded.hashes.push((folded.events, folded.engine.state().hash()));
            }
        }
    }
    Ok(folded)
}
