//! Rerun: the recorded inputs decided again, and what comes out otherwise than it was recorded.

use crate::error::JournalError;
use crate::turn::Turn;
use highmark_engine::{Engine, Event};
use serde::Serialize;

/// Differences that are kept whole; the rest is counted.
pub const KEPT: usize = 1000;

/// What a rerun found.
#[derive(Clone, Debug)]
pub struct Rerun {
    pub engine: Engine,
    pub turns: u64,
    pub events: u64,
    /// Turns that were decided otherwise.
    pub differing: u64,
    /// The first [`KEPT`] of them, in order.
    pub differences: Vec<Difference>,
    /// Whether the two came to the same state in the end.
    pub same_state: bool,
}

/// One turn that was decided otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub turn: u64,
    pub recorded: Vec<Event>,
    pub decided: Vec<Event>,
}

impl Rerun {
    pub fn is_same(&self) -> bool {
        self.differing == 0 && self.same_state
    }
}

/// Lets an engine that begins at `base` decide the inputs of `turns` again.
pub fn rerun(
    base: Engine,
    turns: impl IntoIterator<Item = Result<Turn, JournalError>>,
) -> Result<Rerun, JournalError> {
    let mut recorded = base.clone();
    let mut rerun = Rerun {
        engine: base,
        turns: 0,
        events: 0,
        differing: 0,
        differences: Vec::new(),
        same_state: true,
    };
    for turn in turns {
        let turn = turn?;
        let number = turn.number().unwrap_or_default();
        turn.events.iter().for_each(|event| recorded.apply(event));
        let decided = rerun.engine.step(turn.input);
        rerun.turns += 1;
        rerun.events += decided.len() as u64;
        if decided != turn.events {
            rerun.differing += 1;
            if rerun.differences.len() < KEPT {
                rerun.differences.push(Difference { turn: number, recorded: turn.events, decided });
            }
        }
    }
    rerun.same_state = recorded.state() == rerun.engine.state();
    Ok(rerun)
}
