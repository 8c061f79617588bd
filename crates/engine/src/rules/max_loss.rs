//! `max_loss { amount }`: the scope may lose so much and no more.
//!
//! F = -amount; breach when M <= F. The amount is a magnitude: money, or a percentage of capital, margin or combined premium.
//! Confirmation never delays it past its bound. On a strategy it shuts the strategy down, elsewhere it exits.
//!
//! Example, amount 5000: M = -5000.00 breaches, -4999.95 holds.

use crate::money::Money;

pub(crate) fn floor(amount: Money) -> Money {
    -amount
}
