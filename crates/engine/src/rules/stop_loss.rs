//! `stop_loss { price }`: exit when the mark touches the stop.
//!
//! A long exits at mark <= price, a short at mark >= price; a touch is a breach unless the rule is `strict`.
//! Instead of a price the stop may be given as a distance from the entry; it then follows the average entry
//! when more is bought, and never loosens by it.
//!
//! On a new trade a stop on the wrong side of the entry is refused. On an open trade only a level that the mark
//! already breaches is refused. Both may be forced; a forced stop is judged at once.
//!
//! Example, long from 100, `stop_loss 95`: marks 96, 95.05, 95 -> exit at 95. A gap from 96 to 91 exits at 91:
//! the level is a trigger, not a promise.

use super::level::{Form, Level, Reference, x};
use super::spec::Place;
use super::waits::Next;
use crate::input::Side;

pub(crate) fn level(at: Place, side: Side, reference: &Reference) -> Level {
    reference.level(place(at, side, reference, -1))
}

/// Where `at` stands; a distance counts `toward` (1 with the trade, -1 against it) from the entry.
pub(crate) fn place(at: Place, side: Side, reference: &Reference, toward: i128) -> Form {
    match at {
        Place::Price(price) => Form::whole(x(side, price)),
        Place::FromEntry(distance) => {
            reference.entry().plus(reference.distance(distance).times(toward, 1))
        }
    }
}

/// Marks don't move it; `None` when its distance is a share of best.
pub(crate) fn next(at: Place) -> Option<Next> {
    let is_fixed = match at {
        Place::Price(_) => true,
        Place::FromEntry(distance) => distance.is_fixed(),
    };
    is_fixed.then_some(Next::NEVER)
}
