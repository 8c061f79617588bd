//! What is traded: its units, its checks on ticks, and what it costs to trade it.

use crate::ids::{InstrumentId, VenueId};
use crate::money::{Fraction, Money, Price, Quantity};
use crate::time::{Span, Timestamp};
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// The terms of an instrument, as its exchange's contract master states them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstrumentSpec {
    pub symbol: String,
    /// Whose sessions it follows. A venue without a session is open around the clock.
    pub venue: VenueId,
    /// The smallest step of a price; above zero.
    pub tick_size: Price,
    /// Quantities are whole multiples of this; above zero.
    pub lot_size: Quantity,
    /// Units of the underlying in one unit of quantity; at least 1.
    pub multiplier: u32,
    /// Which price values a holding.
    pub mark: MarkKind,
    /// Call or put, for options.
    pub option: Option<OptionKind>,
    /// What the option or future is written on.
    pub underlying: Option<InstrumentId>,
    /// When the contract ends.
    pub expiry: Option<Timestamp>,
    pub checks: Checks,
    pub charges: ChargeRates,
}

/// Which price is the valuation price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// The last traded price.
    #[default]
    Last,
    /// Half way between bid and ask, rounded half to even at 1e-8.
    Mid,
    /// What closing would get: the bid for a long, the ask for a short.
    Executable,
    /// The last price, moved into [bid, ask] when it lies outside.
    Clamped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptionKind {
    Call,
    Put,
}

/// Which ticks are refused, held or missed. The default checks nothing but the sign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checks {
    /// Prices at and below zero are real (spreads, some futures).
    pub allow_negative: bool,
    /// Prices off the tick size are refused.
    pub on_tick_size: bool,
    /// The exchange's price band, both ends allowed.
    pub band: Option<(Price, Price)>,
    /// A jump beyond this share of the last mark is held until it is confirmed.
    pub jump: Option<Fraction>,
    /// A first tick of a session farther than this from the last close holds the instrument until a person accepts it.
    pub overnight_gap: Option<Fraction>,
    /// With no accepted tick for this long in session, the mark is stale.
    pub stale_after: Option<Span>,
    pub stale_policy: StalePolicy,
    /// Ticks farther ahead of the engine's clock than this are refused.
    pub future_after: Option<Span>,
}

/// What follows when a mark goes stale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StalePolicy {
    /// Keep stops armed and wait.
    #[default]
    Hold,
    /// Ask the feed for a fresh price.
    Poll,
    /// Exit when it has been stale for this much longer.
    Exit { after: Span },
}

/// The cost of one order, for net mtm; all zero by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeRates {
    /// Money per order.
    pub per_order: Money,
    /// Parts per billion of turnover, on buys.
    pub buy_ppb: u32,
    /// Parts per billion of turnover, on sells.
    pub sell_ppb: u32,
}

impl InstrumentSpec {
    /// Units of the underlying in `quantity`.
    pub(crate) fn size(&self, quantity: Quantity) -> i128 {
        i128::from(quantity.0) * i128::from(self.multiplier)
    }

    /// An instrument with the given symbol, steps of 0.05, lots of 1, no checks and no charges.
    pub fn new(symbol: impl Into<String>) -> InstrumentSpec {
        InstrumentSpec {
            symbol: symbol.into(),
            venue: VenueId(0),
            tick_size: Price(5_000_000),
            lot_size: Quantity::whole(1),
            multiplier: 1,
            mark: MarkKind::Last,
            option: None,
            underlying: None,
            expiry: None,
            checks: Checks::default(),
            charges: ChargeRates::default(),
        }
    }
}
