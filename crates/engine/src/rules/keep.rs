//! `keep { fraction, arm_at? }`: the stop keeps a share of the best profit.
//!
//! stop = entry + (best - entry) x `fraction` for a long, mirrored for a short: the share of the best profit per unit
//! that is kept, in [0, 1). There is no level until best is strictly better than the entry and `arm_at` is reached.
//! With 0 the stop goes to the entry with the first profit.
//!
//! Example, long from 19500, `keep 0.3`: best 19600 -> stop 19530; at 19500 and below there is no level.

use super::level::{Form, Level, Reference};
use super::waits::Next;
use crate::index::trails::Trail;
use crate::money::{Fraction, MILLION};

pub(crate) fn candidate(fraction: Fraction, reference: &Reference) -> Option<Level> {
    let best = reference.best?;
    if !reference.has_profit_of(Form::whole(0), true) {
        return None;
    }
    let gain = Form::whole(best).minus(reference.entry());
    let kept = gain.times(i128::from(fraction.0), i128::from(MILLION));
    Some(reference.level(reference.entry().plus(kept)))
}

/// How an armed stop follows, once there is profit.
pub(crate) fn next(fraction: Fraction, reference: &Reference) -> Next {
    if reference.has_profit_of(Form::whole(0), true) {
        let entry = reference.ceil(reference.entry());
        Next { at: None, trail: Some(Trail::Kept { entry, fraction }) }
    } else {
        Next::at(reference.floor(reference.entry()) + 1)
    }
}
