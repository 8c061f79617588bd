//! `trail_loss { loss, every, raise, cap }`: the loss limit rises with the profit.
//!
//! F = -loss + floor(max(0, P) / every) x raise. With `cap = cost` it never rises above 0, with `cap = none` it goes on into profit.
//! Without a cap, `raise` above `every` is refused unless forced.
//!
//! Example, 5000 / 1000 / 500:
//!
//! | P | 0 | 999 | 1000 | 2500 | 6000 | 12000 |
//! |---|---|---|---|---|---|---|
//! | F, cap none | -5000 | -5000 | -4500 | -4000 | -2000 | +1000 |
//! | F, cap cost | -5000 | -5000 | -4500 | -4000 | -2000 | 0 |

use super::spec::Cap;
use crate::money::{MOST_TURNOVER, Money};

pub(crate) fn floor(
    peak: Money,
    loss: Money,
    every: Money,
    raise: Money,
    cap: Cap,
) -> Option<Money> {
    if every <= Money::ZERO {
        return None;
    }
    let steps = peak.max(Money::ZERO).0 / every.0;
    let floor = Money(raise.0.saturating_mul(steps).min(MOST_TURNOVER.0)) - loss;
    Some(match cap {
        Cap::None => floor,
        Cap::Cost => floor.min(Money::ZERO),
    })
}
