//! `gap { amount, arm_at, floor? }`: the floor follows the peak at a fixed distance.
//!
//! F = max(floor, P - amount) once P >= arm_at. Note that with a small amount the floor given is overtaken at once.
//!
//! Example, arm_at 1500, amount 100: P = 1499 none, 1500 -> 1400, 1800 -> 1700.

use crate::money::Money;

pub(crate) fn floor(
    peak: Money,
    amount: Money,
    arm_at: Money,
    least: Option<Money>,
) -> Option<Money> {
    (peak >= arm_at).then(|| least.map_or(peak - amount, |least| least.max(peak - amount)))
}
