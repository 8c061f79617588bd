//! `ladder [ { at, stop } ... ]`: the stop stands where the highest rung reached puts it.
//!
//! A rung is reached when best - entry >= `at`. It puts the stop at entry + a profit (which may be negative), or from
//! there on trails `by` behind best, or moves in steps: `at - by` of profit at first, then `every` more for each
//! whole `every` of profit past `at` (NinjaTrader's frequency). The stop ratchets across rungs.
//!
//! Example, long from 100, rungs { at 10, steps by 10 every 5 }, { at 20, steps by 8 every 2 }:
//!
//! | best | 105 | 110 | 115 | 120 | 122 |
//! |---|---|---|---|---|---|
//! | stop | none | 100 | 105 | 112 | 114 |

use super::level::{Form, Level, Reference};
use super::spec::{Rung, RungStop};
use super::trail;
use super::waits::Next;

pub(crate) fn candidate(rungs: &[Rung], reference: &Reference) -> Option<Level> {
    let best = reference.best?;
    let rung =
        rungs.iter().rfind(|rung| reference.has_profit_of(reference.distance(rung.at), false))?;
    let form = match rung.stop {
        RungStop::Profit(profit) => reference.entry().plus(Form::whole(profit.0)),
        RungStop::Trail { by } => Form::whole(best).minus(reference.distance(by)),
        RungStop::Steps { by, every } => {
            let first = reference.entry().plus(reference.distance(rung.at));
            let count =
                reference.whole_steps(Form::whole(best).minus(first), reference.distance(every));
            first.minus(reference.distance(by)).plus(reference.distance(every).times(count, 1))
        }
    };
    Some(reference.level(form))
}

/// The next rung, or the next step of this one, and how its stop follows.
pub(crate) fn next(rungs: &[Rung], reference: &Reference) -> Option<Next> {
    let best = reference.best?;
    let mut at = None::<i64>;
    let mut soonest = |x: i64| at = Some(at.map_or(x, |before| before.min(x)));
    let reached =
        rungs.iter().rposition(|rung| reference.has_profit_of(reference.distance(rung.at), false));
    for rung in rungs {
        let x = reference.profit_of(rung.at)?;
        if !reference.has_profit_of(reference.distance(rung.at), false) {
            soonest(x);
        }
    }
    let trail = match reached.map(|rung| (rungs[rung].at, rungs[rung].stop)) {
        None | Some((_, RungStop::Profit(_))) => None,
        Some((_, RungStop::Trail { by })) => trail::next(by, reference)?.trail,
        Some((at, RungStop::Steps { by, every })) => {
            let first = reference.entry().plus(reference.distance(at));
            let every = (by.is_fixed() && every.is_fixed()).then(|| reference.distance(every))?;
            let count = reference.whole_steps(Form::whole(best).minus(first), every);
            soonest(reference.floor(first.plus(every.times(count + 1, 1))));
            None
        }
    };
    Some(Next { at, trail })
}
