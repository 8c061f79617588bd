//! `target { amount }`: enough has been earned.
//!
//! Breach when M >= amount. It has no floor and no room; in one scope it is looked at after losses and floors. While a leg has no
//! mark, or a stale one, it does not fire.
//!
//! Example, amount 8000: M = 7999.95 holds, 8000.00 breaches.

use crate::money::Money;

pub(crate) fn is_met(value: Money, amount: Money, strict: bool) -> bool {
    if strict { value > amount } else { value >= amount }
}
