//! India's market rules, dated: sessions, contracts, order limits, expiries, charges, and number formats.
//!
//! Every fact is a row of a data file with the day from which it holds, where it is from, and whether that was
//! verified ([`Fact`]). [`Market::embedded`] holds the rows that come with Highmark; [`Market::with_rows`] adds
//! a user's, which win over the embedded ones from their first day on. Nothing here reads files or a clock: text
//! comes in, and days are given. `docs/market.md` describes the rows.
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

mod charges;
mod contracts;
mod dates;
mod error;
mod exits;
mod expiry;
mod fact;
pub mod format;
pub mod import;
mod protection;
mod rows;
mod sessions;
mod show;
mod slices;
mod terms;

pub use charges::{Charge, Charges, Dealing, Net, Order, Rates, RoundTrip};
pub use contracts::Instrument;
pub use error::{MarketError, Problem, RowsError};
pub use expiry::Series;
pub use fact::{Fact, Layer, Origin};
pub use protection::Range;
pub use sessions::{Closed, Phase, PhaseKind, SessionHours, Trading, Venue};
pub use show::{Shown, Wanted};
pub use slices::{Slices, most_per_order, slices};
pub use terms::{Cycle, Deal, Exchange, Kind, Rounding, Segment};

use dates::date_of;
use highmark_engine::{Day, Money, Price, Quantity, Side, Timestamp};
use rows::{Identity, Rows};
use std::collections::BTreeMap;

/// What is known of the markets.
#[derive(Clone, Debug, Default)]
pub struct Market {
    rows: Rows,
    /// Which rows stand, by what they are about.
    identities: BTreeMap<Identity, Origin>,
}

/// The data files that come with Highmark: name and text.
pub const EMBEDDED: &[(&str, &str)] = &[
    ("sessions.toml", include_str!("../data/sessions.toml")),
    ("contracts.toml", include_str!("../data/contracts.toml")),
    ("orders.toml", include_str!("../data/orders.toml")),
    ("charges.toml", include_str!("../data/charges.toml")),
];

impl Market {
    /// The rows that come with Highmark.
    pub fn embedded() -> Result<Market, MarketError> {
        let mut market = Market::default();
        for (name, text) in EMBEDDED {
            market.add(name, text, Layer::Embedded).map_err(|error| {
                let reason = error.to_string();
                MarketError::new(*name, reason, "the data of this build is damaged: build it again")
            })?;
        }
        Ok(market)
    }

    /// With a user's rows as well, from a text called `file` in the form of the files in `crates/market/data`.
    ///
    /// From its first day to its last a user's row wins over every embedded one about the same; among a user's
    /// own the newest counts, and two from the same day are an error. On an error nothing of the text is taken.
    pub fn with_rows(mut self, file: &str, text: &str) -> Result<Market, RowsError> {
        self.add(file, text, Layer::User)?;
        Ok(self)
    }

    /// Adds a user's rows, or tells everything that is wrong with them and leaves the market as it was.
    ///
    /// Gives how many rows were taken, by table.
    pub fn add_rows(
        &mut self,
        file: &str,
        text: &str,
    ) -> Result<BTreeMap<&'static str, usize>, RowsError> {
        self.add(file, text, Layer::User)
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
        Ok(self.rows.trading(venue, date_of(day)?))
    }

    /// The smallest step of a price; `None` when no row says it. For stock options since November 2025 `price`
    /// is the share's, for everything else its own.
    pub fn tick_size(&self, kind: Kind, price: Price, day: Day) -> Option<Fact<Price>> {
        self.rows.tick_size(kind, price, date_of(day).ok()?)
    }

    /// The lot of a contract by its symbol, or of the contracts on an index by its name; `None` when no row says
    /// it. A new lot of an index holds for series that start from its day on.
    pub fn lot_size(&self, name: &str, day: Day) -> Option<Fact<Quantity>> {
        self.rows.lot_size(name, date_of(day).ok()?)
    }

    /// The most that one order may be for, in units, by symbol or name of the index; the freeze quantity itself
    /// is allowed. `None` when no row says it. [`slices`] cuts larger orders.
    pub fn freeze_quantity(&self, name: &str, day: Day) -> Option<Fact<Quantity>> {
        self.rows.freeze(name, date_of(day).ok()?)
    }

    /// A contract by its symbol, as an imported list of instruments states it.
    pub fn instrument(&self, symbol: &str, day: Day) -> Option<Fact<Instrument>> {
        self.rows.contract(symbol, date_of(day).ok()?)
    }

    /// The first day, not before `day`, on which contracts of a series expire; `None` when no row says it.
    pub fn next_expiry(
        &self,
        series: Series<'_>,
        day: Day,
    ) -> Result<Option<Fact<Day>>, MarketError> {
        self.rows.next_expiry(series, day)
    }

    /// The prices at which the exchange takes orders around a reference price (near the last price); `None` when
    /// no row says it.
    pub fn price_range(
        &self,
        exchange: Exchange,
        kind: Kind,
        reference: Price,
        day: Day,
    ) -> Option<Fact<Range>> {
        self.rows.price_range(exchange, kind, reference, date_of(day).ok()?)
    }

    /// The limit at which a broker lets a market order rest: its market protection away from the last price, on
    /// the tick and never farther. `None` when no row says it. Clamp it by [`Range::clamp`] as well.
    pub fn protected_limit(
        &self,
        broker: &str,
        kind: Kind,
        side: Side,
        last: Price,
        tick: Price,
        day: Day,
    ) -> Option<Fact<Price>> {
        self.rows.protected_limit(broker, kind, side, last, tick, date_of(day).ok()?)
    }

    /// From when on a broker may close intraday trades by itself; `None` when no row says it, or when that day
    /// has no session from whose close it would be counted.
    pub fn auto_exit(
        &self,
        broker: &str,
        exchange: Exchange,
        segment: Segment,
        day: Day,
    ) -> Result<Option<Fact<Timestamp>>, MarketError> {
        self.rows.auto_exit(broker, exchange, segment, day)
    }

    /// The lines and the total of one contract note, to the paisa; an error when the plan or the exchange's
    /// charge is in no row.
    pub fn charges(&self, dealing: Dealing<'_>, orders: &[Order]) -> Result<Charges, MarketError> {
        self.rows.charges(dealing, orders)
    }

    /// What a trade makes after the charges of its entry and of its exit, done or projected, on one note.
    pub fn round_trip(&self, dealing: Dealing<'_>, trip: RoundTrip) -> Result<Net, MarketError> {
        self.rows.round_trip(dealing, trip)
    }

    /// Charges as the engine reckons net mtm with: an amount per order and a share of turnover by side, GST
    /// included and rounded up to parts per billion.
    ///
    /// They differ from a contract note in what is not linear: no rounding to the rupee, and brokerage with a
    /// ceiling is taken at the ceiling, unless orders of `order_value` stay below it. Amounts per note, such as
    /// a depository's, are spread over `order_value` and left out without one.
    pub fn charge_rates(
        &self,
        dealing: Dealing<'_>,
        order_value: Option<Money>,
    ) -> Result<Rates, MarketError> {
        self.rows.charge_rates(dealing, order_value)
    }

    /// What is in force on a day; an error for a symbol that no row names.
    pub fn shown(&self, wanted: Wanted<'_>) -> Result<Vec<Shown>, MarketError> {
        self.rows.shown(wanted)
    }

    /// The brokers' price lists that have rows.
    pub fn plans(&self) -> Vec<&str> {
        let mut plans: Vec<&str> =
            self.rows.brokerage.iter().map(|row| row.body.plan.as_str()).collect();
        plans.sort_unstable();
        plans.dedup();
        plans
    }

    fn add(
        &mut self,
        file: &str,
        text: &str,
        layer: Layer,
    ) -> Result<BTreeMap<&'static str, usize>, RowsError> {
        let read = Rows::read(file, text, layer, &self.identities)?;
        let counts = read.rows.counts();
        self.rows.extend(read.rows);
        let identities = read.identities.into_iter();
        self.identities.extend(identities.map(|(identity, place)| (identity, place.origin)));
        Ok(counts)
    }
}
