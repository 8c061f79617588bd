//! `step { start, every, move, anchor }`: the stop moves in steps.
//!
//! `start` is the initial stop. Brokers differ in how it moves, so the rule says which:
//!
//! - `whole_steps` (AlgoTest, Dhan, Upstox): start + floor((best - entry) / every) x move.
//! - `full_move` (Kotak): an anchor begins at the entry; when best - anchor >= every, the stop moves by all of
//!   best - anchor and the anchor becomes best. No `move` is given.
//!
//! With `from` the steps count from that price and from the moment the rule is set, instead of from the entry; this is
//! what Upstox does when a gap is modified. `move` above `every` is refused unless forced: the stop would overtake the market.
//!
//! Example, short from 100, start 120, every 10, move 5:
//!
//! | mark | 95 | 90 | 84 | 80 | 50 |
//! |---|---|---|---|---|---|
//! | stop | 120 | 115 | 115 | 110 | 95 |
//!
//! Example, long from 100, start 95, every 2, mark 103: `full_move` -> 98, `whole_steps` with move 2 -> 97.

use super::level::{Form, Level, Reference, x};
use super::spec::{Distance, Place};
use super::stop_loss::{self, place};
use super::waits::Next;
use crate::input::Side;
use crate::money::Price;
use serde::{Deserialize, Serialize};

/// The parts of a step rule that a level needs.
#[derive(Clone, Copy)]
pub(crate) struct Steps {
    pub(crate) start: Place,
    pub(crate) every: Distance,
    pub(crate) from: Option<Price>,
}

pub(crate) fn whole_steps(
    steps: Steps,
    r#move: Distance,
    side: Side,
    reference: &Reference,
) -> Level {
    let start = place(steps.start, side, reference, -1);
    let Some(best) = reference.best else { return reference.level(start) };
    let gain = Form::whole(best).minus(origin(steps, side, reference));
    let count = reference.whole_steps(gain, reference.distance(steps.every));
    reference.level(start.plus(reference.distance(r#move).times(count, 1)))
}

/// How far a `full_move` stop has moved from its start, and the anchor of its next move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moved {
    pub(crate) by: i64,
    pub(crate) anchor: i64,
}

/// The level after best, and what has moved, given what had moved before; both begin when nothing has.
pub(crate) fn full_move(
    steps: Steps,
    before: Option<Moved>,
    side: Side,
    reference: &Reference,
) -> (Level, Moved) {
    let mut moved = before.unwrap_or_else(|| {
        let anchor = steps.from.map_or_else(|| reference.entry.rounded(), |from| x(side, from));
        Moved { by: 0, anchor }
    });
    if let Some(best) = reference.best {
        let gained = best - moved.anchor;
        let every = reference.distance(steps.every);
        if gained > 0 && reference.whole_steps(Form::whole(gained), every) >= 1 {
            moved = Moved { by: moved.by + gained, anchor: best };
        }
    }
    let start = place(steps.start, side, reference, -1);
    (reference.level(start.plus(Form::whole(moved.by))), moved)
}

fn origin(steps: Steps, side: Side, reference: &Reference) -> Form {
    steps.from.map_or_else(|| reference.entry(), |from| Form::whole(x(side, from)))
}

/// The best of the next whole step.
pub(crate) fn next_whole(
    steps: Steps,
    r#move: Distance,
    side: Side,
    reference: &Reference,
) -> Option<Next> {
    let best = reference.best?;
    let is_fixed = steps.every.is_fixed() && r#move.is_fixed();
    stop_loss::next(steps.start).filter(|_| is_fixed)?;
    let (from, every) = (origin(steps, side, reference), reference.distance(steps.every));
    let count = reference.whole_steps(Form::whole(best).minus(from), every);
    Some(Next::at(reference.floor(from.plus(every.times(count + 1, 1)))))
}

/// The best of the next full move.
pub(crate) fn next_full(steps: Steps, moved: Moved, reference: &Reference) -> Option<Next> {
    stop_loss::next(steps.start).filter(|_| steps.every.is_fixed())?;
    let every = reference.distance(steps.every);
    Some(Next::at(reference.floor(Form::whole(moved.anchor).plus(every))))
}
