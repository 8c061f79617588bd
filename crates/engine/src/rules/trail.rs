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

/// `best - by`, when there is a best.
pub(crate) fn candidate(by: Distance, reference: &Reference) -> Option<Level> {
    let best = reference.best?;
    Some(reference.level(Form::whole(best).minus(reference.distance(by))))
}
