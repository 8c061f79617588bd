//! `lock_and_trail { arm_at, floor, every, raise, max_steps? }`: lock a profit, then raise the floor in steps.
//!
//! F = floor + floor((P - arm_at) / every) x raise once P >= arm_at; with max_steps at most that many raises. `raise` above `every` is
//! refused unless forced: the floor would overtake the profit.
//!
//! Example, 5000 / 3000 / 500 / 250:
//!
//! | P | 4999 | 5000 | 5499 | 5500 | 6100 | 8000 |
//! |---|---|---|---|---|---|---|
//! | F | none | 3000 | 3000 | 3250 | 3500 | 4500 |

use crate::money::{MOST_TURNOVER, Money};

/// The floor's start and its stairs.
#[derive(Clone, Copy)]
pub(crate) struct Stairs {
    pub(crate) arm_at: Money,
    pub(crate) floor: Money,
    pub(crate) every: Money,
    pub(crate) raise: Money,
    pub(crate) max_steps: Option<u32>,
}

pub(crate) fn floor(peak: Money, stairs: Stairs) -> Option<Money> {
    if peak < stairs.arm_at || stairs.every <= Money::ZERO {
        return None;
    }
    let steps = (peak - stairs.arm_at).0 / stairs.every.0;
    let steps = stairs.max_steps.map_or(steps, |most| steps.min(i128::from(most)));
    let raised = stairs.raise.0.saturating_mul(steps).min(MOST_TURNOVER.0);
    Some(stairs.floor + Money(raised))
}
