//! Tick sizes by kind and price, and lots, by date.

use crate::sessions::date;
use crate::{Fact, Rows, Status, newest};
use highmark_engine::{Price, Quantity};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What has a tick size of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An index itself, which nobody trades.
    Index,
    Share,
    StockFuture,
    StockOption,
    IndexFuture,
    IndexOption,
    Currency,
    CrudeOil,
    Gold,
    Silver,
    NaturalGas,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TickSizeRow {
    kind: Kind,
    #[serde(deserialize_with = "date")]
    from: Date,
    /// In order of price.
    bands: Vec<Band>,
    /// The price that chooses the band is the underlying's: for the reader, the answer is the same.
    #[serde(default, rename = "by_underlying")]
    _by_underlying: bool,
    status: Status,
    source: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Band {
    /// The band ends before this price,
    below: Option<Price>,
    /// or with this one.
    to: Option<Price>,
    size: Price,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LotRow {
    name: String,
    #[serde(deserialize_with = "date")]
    from: Date,
    quantity: i64,
    status: Status,
    source: String,
}

impl Rows {
    pub(crate) fn tick_size(&self, kind: Kind, price: Price, day: Date) -> Option<Fact<Price>> {
        let rows = self.tick_size.iter().filter(|row| row.kind == kind);
        let row = newest(rows, |row| row.from, day)?;
        let band = row.bands.iter().find(|band| {
            band.below.is_none_or(|below| price < below) && band.to.is_none_or(|to| price <= to)
        })?;
        Some(row.status.fact(band.size, &row.source))
    }

    pub(crate) fn lot_size(&self, name: &str, day: Date) -> Option<Fact<Quantity>> {
        let rows = self.lot.iter().filter(|row| row.name == name);
        let row = newest(rows, |row| row.from, day)?;
        Some(row.status.fact(Quantity::whole(row.quantity), &row.source))
    }
}
