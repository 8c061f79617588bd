//! `trail { by, arm_at? }`: the stop follows the best mark at a distance.
//!
//! stop = best - `by` for a long, best + `by` for a short; it only tightens. `by` may be points, ticks, basis
//! points or a percentage of best, a percentage of the entry, of an option's premium, or points of the underlying.
//! With `arm_at` (a price, or a profit) there is no stop until best reaches it, inclusive; once armed it stays armed.
//!
//! Example, long from 100, `trail by 5`: marks 100, 110, 106, 105 -> the stop is 105 at best 110, exit at 105.
//!
//! | mark | 100 | 103 | 110 | 106 | 105 |
//! |---|---|---|---|---|---|
//! | stop | 95 | 98 | 105 | 105 | exit |

use super::level::{Form, Level, Reference};
use super::spec::Distance;
use super::waits::Next;
use crate::index::trails::Trail;
use crate::money::Fraction;

/// `best - by`, when there is a best.
pub(crate) fn candidate(by: Distance, reference: &Reference) -> Option<Level> {
    let best = reference.best?;
    Some(reference.level(Form::whole(best).minus(reference.distance(by))))
}

/// How an armed stop follows; `None` when it could be met by the mark that makes the best, or best alone does not tell.
pub(crate) fn next(by: Distance, reference: &Reference) -> Option<Next> {
    let trail = match by {
        Distance::Points(_)
        | Distance::Ticks(_)
        | Distance::OfEntry(_)
        | Distance::OfPremium(_) => Trail::Behind(reference.ceil(reference.distance(by))),
        Distance::BasisPoints(points) => Trail::OfBest(Fraction(points.checked_mul(100)?)),
        Distance::OfBest(share) => Trail::OfBest(share),
    };
    let follows = match trail {
        Trail::Behind(units) => units > 0,
        Trail::OfBest(share) => share > Fraction(0) && share <= Fraction::WHOLE,
        Trail::Kept { .. } => true,
    };
    follows.then_some(Next { at: None, trail: Some(trail) })
}
