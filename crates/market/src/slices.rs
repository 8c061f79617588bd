//! An order that is larger than the exchange takes, as orders that it takes.

use highmark_engine::Quantity;

/// A quantity in orders of whole lots, none above the freeze quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slices {
    /// The quantity of every order but perhaps the last.
    pub each: Quantity,
    /// How many orders of `each` there are.
    pub full: u64,
    /// The last order, when it is smaller than `each`.
    pub last: Option<Quantity>,
    /// What is less than a lot and cannot be traded: it needs a person.
    pub odd: Quantity,
}

/// Cuts `quantity` into orders of whole lots, each at most `freeze`, which itself is allowed; without a freeze
/// quantity there is one order. A freeze quantity counts in whole lots: 1800 with lots of 65 is 27 lots, 1755.
///
/// `None` when nothing could be sent: a quantity or a lot that is not above zero, or a freeze quantity below
/// one lot. Units are those of the quantities, at any scale; the sum of all orders and `odd` is `quantity`.
pub fn slices(quantity: Quantity, lot: Quantity, freeze: Option<Quantity>) -> Option<Slices> {
    if quantity <= Quantity::ZERO || lot <= Quantity::ZERO {
        return None;
    }
    let odd = quantity.0 % lot.0;
    let whole = quantity.0 - odd;
    let each = match freeze {
        Some(freeze) => most_per_order(lot, freeze)?.0,
        None => whole.max(lot.0),
    };
    let last = whole % each;
    Some(Slices {
        each: Quantity(each),
        full: u64::try_from(whole / each).unwrap_or(0),
        last: (last > 0).then_some(Quantity(last)),
        odd: Quantity(odd),
    })
}

/// The most that one order may be for: the freeze quantity in whole lots; `None` below one lot.
pub fn most_per_order(lot: Quantity, freeze: Quantity) -> Option<Quantity> {
    if lot <= Quantity::ZERO || freeze < lot {
        return None;
    }
    Some(Quantity(freeze.0 - freeze.0 % lot.0))
}

impl Slices {
    /// The orders, the smaller one last.
    pub fn iter(&self) -> impl Iterator<Item = Quantity> {
        let each = self.each;
        (0..self.full).map(move |_| each).chain(self.last)
    }

    /// How many orders there are.
    pub fn count(&self) -> u64 {
        self.full + u64::from(self.last.is_some())
    }
}
