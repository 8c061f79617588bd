//! `give_back { fraction, arm_at }`: a share of the best profit may be given back.
//!
//! F = P x (1 - fraction) once P > 0 and P >= arm_at; fraction in (0, 1]. This is the strategy rule of the original system, with
//! arm_at 0. With fraction 1 the floor is 0.
//!
//! Example, fraction 0.3: peak 6000 -> floor 4200.

use crate::money::{Fraction, MILLION, Money};
use crate::wide;

pub(crate) fn floor(peak: Money, fraction: Fraction, arm_at: Money) -> Option<Money> {
    let kept = i128::from(MILLION) - i128::from(fraction.0);
    (peak > Money::ZERO && peak >= arm_at)
        .then(|| Money(wide::mul_div_floor(peak.0, kept, i128::from(MILLION))))
}
