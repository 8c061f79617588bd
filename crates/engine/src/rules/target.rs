//! `target { price }`: exit when the mark touches the target.
//!
//! A long exits at mark >= price, a short at mark <= price. Instead of a price it may be a distance from the
//! entry; it follows the average entry. A target does not ratchet. When a stop and a target hold on the same
//! tick the stop is the reason; of several targets the nearest is.
//!
//! With `action = reduce` a target books a part of the trade once and lets the rest run.
//!
//! Example, long from 100, `target 110`: marks 109.95, 110 -> exit at 110.

use super::level::{Level, Reference};
use super::spec::Place;
use super::stop_loss::{self, place};
use super::waits::Next;
use crate::input::Side;

pub(crate) fn level(at: Place, side: Side, reference: &Reference) -> Level {
    reference.level(place(at, side, reference, 1))
}

/// Marks don't move it; `None` when its distance is a share of best.
pub(crate) fn next(at: Place) -> Option<Next> {
    stop_loss::next(at)
}
