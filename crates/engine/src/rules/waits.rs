//! What a price rule waits for: the best at which it moves next, and how its stop follows best until then.

use super::level::Reference;
use super::spec::{ArmAt, Distance};
use crate::index::trails::Trail;
use crate::input::Side;

/// A rule's next move. Between moves only a `trail` moves with best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Next {
    /// The lowest x of a mark that may move it.
    pub(crate) at: Option<i64>,
    pub(crate) trail: Option<Trail>,
}

impl Next {
    /// No mark moves it.
    pub(crate) const NEVER: Next = Next { at: None, trail: None };

    pub(crate) fn at(x: i64) -> Next {
        Next { at: Some(x), trail: None }
    }
}

impl Distance {
    /// It is the same at every best.
    pub(crate) fn is_fixed(self) -> bool {
        match self {
            Distance::Points(_)
            | Distance::Ticks(_)
            | Distance::OfEntry(_)
            | Distance::OfPremium(_) => true,
            Distance::BasisPoints(_) | Distance::OfBest(_) => false,
        }
    }
}

impl ArmAt {
    /// The arming of a rule that is not armed.
    pub(crate) fn next(self, side: Side, reference: &Reference) -> Option<Next> {
        match self {
            ArmAt::Price(price) => Some(Next::at(super::level::x(side, price))),
            ArmAt::Profit(distance) => reference.profit_of(distance).map(Next::at),
        }
    }
}

impl Reference {
    /// The lowest x that may be a profit of `distance`; `None` when that depends on best.
    pub(crate) fn profit_of(&self, distance: Distance) -> Option<i64> {
        distance.is_fixed().then(|| self.floor(self.entry().plus(self.distance(distance))))
    }
}
