//! `lock { arm_at, floor }`: once there is a profit, a part of it is locked in.
//!
//! F = floor once P >= arm_at, inclusive and for good. The floor has to be below arm_at; it may be negative.
//!
//! Example, arm_at 5000, floor 3000: path 4900, 2000 holds; 5000, 3800, 3000 exits at 3000; 5200 then 1500 exits at 1500: a floor is
//! a trigger, not a promise.

use crate::money::Money;

pub(crate) fn floor(peak: Money, arm_at: Money, floor: Money) -> Option<Money> {
    (peak >= arm_at).then_some(floor)
}
