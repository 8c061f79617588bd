//! India's market rules, dated: sessions, tick sizes, lots and number formats.
//!
//! Every fact is a row of a data file with the day from which it holds, where it is from, and whether that was
//! verified ([`Fact`]). [`Market::embedded`] holds the rows that come with Highmark; [`Market::with_toml`] adds
//! rows of one's own, which win over older ones from the same day.
//!
//! ```
//! use highmark_engine::Day;
//! use highmark_market::{Closed, Market, Trading};
//! let market = Market::embedded()?;
//! let Trading::Open(hours) = market.trading("nse_fo", Day(20210611))? else { panic!("a Friday") };
//! assert_eq!(highmark_market::format::time(hours.close), "15:30:00 IST");
//! assert!(matches!(market.trading("nse_fo", Day(20210612))?, Trading::Closed(Closed::Mock(_))));
//! # Ok::<(), highmark_market::MarketError>(())
//! ```

mod contracts;
mod error;
pub mod format;
mod sessions;

pub use contracts::Kind;
pub use error::MarketError;
pub use sessions::{Closed, Phase, PhaseKind, SessionHours, Trading, Venue};

use highmark_engine::{Day, Price, Quantity};
use jiff::civil::Date;
use serde::Deserialize;
use std::path::Path;

/// What is known of the markets.
#[derive(Clone, Debug, Default)]
pub struct Market {
    rows: Rows,
}

/// A value with where it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact<T> {
    pub value: T,
    /// False when it is from memory or from one doubtful source: check it before money depends on it.
    pub verified: bool,
    pub source: String,
}

/// The rows of a data file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Rows {
    venue: Vec<Venue>,
    hours: Vec<sessions::HoursRow>,
    calendar: Vec<sessions::CalendarRow>,
    closed: Vec<sessions::ClosedRow>,
    special: Vec<sessions::SpecialRow>,
    tick_size: Vec<contracts::TickSizeRow>,
    lot: Vec<contracts::LotRow>,
}

/// Whether a source was seen for the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Verified,
    Unverified,
}

impl Market {
    /// The rows that come with Highmark.
    pub fn embedded() -> Result<Market, MarketError> {
        let mut market = Market::default();
        market.add("sessions.toml", include_str!("../data/sessions.toml"))?;
        market.add("contracts.toml", include_str!("../data/contracts.toml"))?;
        Ok(market)
    }

    /// With the rows of a TOML text as well, in the form of the files in `crates/market/data`.
    pub fn with_toml(mut self, text: &str) -> Result<Market, MarketError> {
        self.add("market rows", text)?;
        Ok(self)
    }

    /// With the rows of a TOML file as well.
    pub fn with_file(mut self, path: &Path) -> Result<Market, MarketError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| MarketError::new(&name, error.to_string(), "check the path"))?;
        self.add(&name, &text)?;
        Ok(self)
    }

    /// The venues, in the order of the files.
    pub fn venues(&self) -> &[Venue] {
        &self.rows.venue
    }

    /// Whether a venue trades on a day, and when; an error for a venue or a day that does not exist.
    pub fn trading(&self, venue: &str, day: Day) -> Result<Trading, MarketError> {
        let known = self.rows.venue.iter().any(|row| row.name == venue);
        if !known {
            let names: Vec<&str> = self.rows.venue.iter().map(|row| row.name.as_str()).collect();
            let hint = format!("choose one of: {}", names.join(", "));
            return Err(MarketError::new(format!("venue {venue:?}"), "no such venue", hint));
        }
        self.rows.trading(venue, date_of(day)?)
    }

    /// The smallest step of a price; `None` when no row says it. For stock options since November 2025 `price`
    /// is the share's, for everything else its own.
    pub fn tick_size(&self, kind: Kind, price: Price, day: Day) -> Option<Fact<Price>> {
        self.rows.tick_size(kind, price, date_of(day).ok()?)
    }

    /// The lot of the contracts on an index, by the index's name; `None` when no row says it. A new lot holds
    /// for series that start from its day on.
    pub fn lot_size(&self, name: &str, day: Day) -> Option<Fact<Quantity>> {
        self.rows.lot_size(name, date_of(day).ok()?)
    }

    fn add(&mut self, name: &str, text: &str) -> Result<(), MarketError> {
        let more: Rows = toml::from_str(text).map_err(|error| {
            let hint =
                "correct the row that it points at; the files in crates/market/data show the form";
            MarketError::new(name, error.to_string().trim_end(), hint)
        })?;
        more.check(name)?;
        let rows = &mut self.rows;
        rows.venue.extend(more.venue);
        rows.hours.extend(more.hours);
        rows.calendar.extend(more.calendar);
        rows.closed.extend(more.closed);
        rows.special.extend(more.special);
        rows.tick_size.extend(more.tick_size);
        rows.lot.extend(more.lot);
        Ok(())
    }
}

impl Status {
    fn fact<T>(self, value: T, source: &str) -> Fact<T> {
        Fact { value, verified: self == Status::Verified, source: source.to_owned() }
    }
}

/// The row that counts on a day: of those that hold already the newest, of equal ones the last.
pub(crate) fn newest<R>(
    rows: impl Iterator<Item = R>,
    from: impl Fn(&R) -> Date,
    day: Date,
) -> Option<R> {
    rows.filter(|row| from(row) <= day).max_by_key(|row| from(row))
}

fn date_of(day: Day) -> Result<Date, MarketError> {
    let part = |number: u32| i16::try_from(number).unwrap_or(i16::MAX);
    let small = |number: u32| i8::try_from(number).unwrap_or(i8::MAX);
    Date::new(part(day.0 / 10_000), small(day.0 / 100 % 100), small(day.0 % 100)).map_err(|_| {
        MarketError::new(format!("day {}", day.0), "no such day", "write it as 20210611")
    })
}
