//! `break_even { at, plus }`: once there is profit, the stop goes to the entry.
//!
//! When best - entry >= `at`, stop = entry + `plus` (entry - `plus` for a short), once. `plus` may be negative.
//! If the market is already through that level when it would be set, the rule is skipped for good and says so: setting
//! it would only have been an exit in disguise. `plus` has to be smaller than `at` unless forced.
//!
//! Example, long from 100, `break_even at 8 plus 1`: mark 107.95 no level; 108 -> stop 101.

use super::level::{Form, Level, Reference};
use super::spec::Distance;
use super::waits::Next;
use crate::money::Price;

/// The level, once the profit has been reached.
pub(crate) fn candidate(at: Distance, plus: Price, reference: &Reference) -> Option<Level> {
    reference
        .has_profit_of(reference.distance(at), false)
        .then(|| reference.level(reference.entry().plus(Form::whole(plus.0))))
}

/// The best that sets it: when that is reached already, any mark.
pub(crate) fn next(at: Distance, reference: &Reference) -> Option<Next> {
    let is_reached = reference.has_profit_of(reference.distance(at), false);
    if is_reached { Some(Next::at(i64::MIN)) } else { reference.profit_of(at).map(Next::at) }
}
