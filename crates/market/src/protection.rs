//! How far from the market an order may be priced: the exchange's range, and brokers' market protection.
//!
//! An exchange refuses a buy above, and a sell below, a range around a reference price, which is close to the
//! last price; it looks again when a stop order triggers. Market orders sent through an API carry a protection:
//! they become limit orders that far from the last price, and rest there when the market is farther away.

use crate::contracts::{End, exchange};
use crate::fact::{Fact, in_force};
use crate::rows::{Body, Fields, Read, Rows, Wrong, values};
use crate::terms::{Exchange, Kind};
use highmark_engine::{Price, Side};
use jiff::civil::Date;
use toml::de::DeValue;

/// The prices at which the exchange takes an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The lowest price for a sell; a buy may be lower. At least one tick above zero is not implied.
    pub low: Price,
    /// The highest price for a buy; a sell may be higher.
    pub high: Price,
}

/// The exchange's range around a reference price.
#[derive(Clone, Debug)]
pub(crate) struct PriceRange {
    pub exchange: Exchange,
    pub kinds: Vec<Kind>,
    pub bands: Vec<Reach>,
}

/// How far a broker lets a market order go.
#[derive(Clone, Debug)]
pub(crate) struct MarketProtection {
    pub broker: String,
    pub kinds: Vec<Kind>,
    pub bands: Vec<Reach>,
}

/// How far from a price in its band.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    pub end: End,
    pub far: Far,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Far {
    Points(Price),
    /// Parts per billion of the price.
    Share(u32),
}

impl Rows {
    /// The range around `reference`, its ends rounded into it at 1e-8; never below zero.
    pub(crate) fn price_range(
        &self,
        exchange: Exchange,
        kind: Kind,
        reference: Price,
        day: Date,
    ) -> Option<Fact<Range>> {
        let row = in_force(&self.price_range, day, |row| {
            row.exchange == exchange && row.kinds.contains(&kind)
        })?;
        let reach = reach(&row.body.bands, reference)?;
        let low = Price(reference.0.saturating_sub(reach.0).max(0));
        Some(row.hold.fact(Range { low, high: Price(reference.0.saturating_add(reach.0)) }))
    }

    pub(crate) fn protected_limit(
        &self,
        broker: &str,
        kind: Kind,
        side: Side,
        last: Price,
        tick: Price,
        day: Date,
    ) -> Option<Fact<Price>> {
        let row = in_force(&self.market_protection, day, |row| {
            row.broker == broker && row.kinds.contains(&kind)
        })?;
        let reach = reach(&row.body.bands, last)?;
        Some(row.hold.fact(limit(side, last, reach, tick)?))
    }
}

impl Range {
    /// The price nearest to `wanted` that the exchange takes from this side, on the tick; `None` when the range
    /// holds no tick.
    pub fn clamp(self, side: Side, wanted: Price, tick: Price) -> Option<Price> {
        if tick <= Price::ZERO {
            return None;
        }
        let price = match side {
            Side::Buy => down(wanted.min(self.high), tick),
            Side::Sell => up(wanted.max(self.low), tick),
        };
        (price > Price::ZERO && (side == Side::Sell || price <= self.high)).then_some(price)
    }
}

/// The limit of a protected market order: never farther from `last` than `reach`, on the tick.
fn limit(side: Side, last: Price, reach: Price, tick: Price) -> Option<Price> {
    if tick <= Price::ZERO || last <= Price::ZERO {
        return None;
    }
    let price = match side {
        Side::Buy => down(Price(last.0.saturating_add(reach.0)), tick),
        Side::Sell => up(Price(last.0.saturating_sub(reach.0).max(0)), tick),
    };
    // A reach of less than a tick still leaves the tick itself.
    Some(price.max(tick))
}

fn reach(bands: &[Reach], price: Price) -> Option<Price> {
    let band = bands.iter().find(|band| band.end.covers(price))?;
    Some(match band.far {
        Far::Points(points) => points,
        Far::Share(ppb) => {
            let part = i128::from(price.0) * i128::from(ppb) / 1_000_000_000;
            Price(i64::try_from(part).unwrap_or(i64::MAX))
        }
    })
}

fn down(price: Price, tick: Price) -> Price {
    Price(price.0.div_euclid(tick.0) * tick.0)
}

fn up(price: Price, tick: Price) -> Price {
    Price((price.0 + tick.0 - 1).div_euclid(tick.0) * tick.0)
}

impl Body for PriceRange {
    const TABLE: &'static str = "price_range";

    fn read(fields: &mut Fields<'_>) -> Option<PriceRange> {
        let exchange = exchange(fields);
        let kinds = kinds(fields);
        let bands = fields.must("bands", BANDS, bands);
        Some(PriceRange { exchange: exchange?, kinds: kinds?, bands: bands? })
    }

    fn keys(&self) -> Vec<String> {
        let exchange = self.exchange.name();
        self.kinds.iter().map(|kind| format!("{exchange} {}", kind.name())).collect()
    }
}

impl Body for MarketProtection {
    const TABLE: &'static str = "market_protection";

    fn read(fields: &mut Fields<'_>) -> Option<MarketProtection> {
        let broker = fields.must("broker", "write broker = \"zerodha\"", values::text);
        let kinds = kinds(fields);
        let bands = fields.must("bands", BANDS, bands);
        Some(MarketProtection { broker: broker?, kinds: kinds?, bands: bands? })
    }

    fn keys(&self) -> Vec<String> {
        let broker = &self.broker;
        self.kinds.iter().map(|kind| format!("{broker} {}", kind.name())).collect()
    }
}

fn kinds(fields: &mut Fields<'_>) -> Option<Vec<Kind>> {
    fields.must("kinds", "write kinds = [\"index_option\"]", values::words(Kind::WORDS))
}

const BANDS: &str = "write [{ to = \"50\", points = \"20\" }, { share = \"40%\" }]";

fn bands(value: &DeValue<'_>) -> Read<Vec<Reach>> {
    let bands = values::list(value, BANDS, |band| {
        values::only(band, &["below", "to", "points", "share"])?;
        let points = band.get("points").map(|value| values::price(value.get_ref())).transpose()?;
        let share = band.get("share").map(|value| values::share(value.get_ref())).transpose()?;
        let far = match (points, share) {
            (Some(points), None) => Far::Points(points),
            (None, Some(share)) => Far::Share(share),
            _ => return Err(Wrong("a band has points or a share".into(), BANDS)),
        };
        Ok(Reach { end: End::read(band)?, far })
    })?;
    End::check(bands.iter().map(|band| band.end))?;
    Ok(bands)
}
