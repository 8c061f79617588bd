//! Tick sizes by kind and price, lots, freeze quantities, and single contracts, by date.

use crate::fact::{Fact, in_force};
use crate::rows::{Body, Fields, Read, Rows, Wrong, values};
use crate::terms::{Exchange, Kind};
use highmark_engine::{Day, Price, Quantity};
use jiff::civil::Date;
use toml::de::DeValue;

/// A contract as an exchange's or a broker's list of instruments states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// The text by which the list knows it.
    pub symbol: String,
    pub exchange: Exchange,
    pub kind: Option<Kind>,
    /// The name of its underlying, for a contract that has one.
    pub underlying: Option<String>,
    pub tick_size: Option<Price>,
    pub lot_size: Option<Quantity>,
    /// The most that one order may be for.
    pub freeze: Option<Quantity>,
    pub expiry: Option<Day>,
    pub strike: Option<Price>,
}

#[derive(Clone, Debug)]
pub(crate) struct TickSize {
    pub kind: Kind,
    /// In order of price.
    pub bands: Vec<Band>,
    /// The price that chooses the band is the underlying's.
    pub by_underlying: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Band {
    pub end: End,
    pub size: Price,
}

/// Where a band of prices ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Before(Price),
    With(Price),
    Never,
}

#[derive(Clone, Debug)]
pub(crate) struct Lot {
    pub exchange: Exchange,
    pub name: String,
    pub quantity: Quantity,
}

#[derive(Clone, Debug)]
pub(crate) struct Freeze {
    pub exchange: Exchange,
    pub name: String,
    pub quantity: Quantity,
}

#[derive(Clone, Debug)]
pub(crate) struct Contract(pub Instrument);

impl Rows {
    pub(crate) fn tick_size(&self, kind: Kind, price: Price, day: Date) -> Option<Fact<Price>> {
        let row = in_force(&self.tick_size, day, |row| row.kind == kind)?;
        let band = row.body.bands.iter().find(|band| band.end.covers(price))?;
        Some(row.hold.fact(band.size))
    }

    pub(crate) fn lot_size(&self, name: &str, day: Date) -> Option<Fact<Quantity>> {
        if let Some(contract) = self.contract(name, day)
            && let Some(lot) = contract.value.lot_size
        {
            return Some(contract.with(lot));
        }
        let row = in_force(&self.lot, day, |row| row.name == name)?;
        Some(row.hold.fact(row.body.quantity))
    }

    pub(crate) fn freeze(&self, name: &str, day: Date) -> Option<Fact<Quantity>> {
        if let Some(contract) = self.contract(name, day)
            && let Some(freeze) = contract.value.freeze
        {
            return Some(contract.with(freeze));
        }
        let row = in_force(&self.freeze, day, |row| row.name == name)?;
        Some(row.hold.fact(row.body.quantity))
    }

    pub(crate) fn contract(&self, symbol: &str, day: Date) -> Option<Fact<Instrument>> {
        // A share may be listed twice under one symbol: NSE's counts then.
        let row = Exchange::WORDS.iter().find_map(|(_, exchange)| {
            in_force(&self.contract, day, |row| {
                row.0.symbol == symbol && row.0.exchange == *exchange
            })
        })?;
        Some(row.hold.fact(row.body.0.clone()))
    }
}

impl End {
    pub(crate) fn covers(self, price: Price) -> bool {
        match self {
            End::Before(end) => price < end,
            End::With(end) => price <= end,
            End::Never => true,
        }
    }

    /// Reads `below` or `to` of a band.
    pub(crate) fn read(band: &DeValue<'_>) -> Read<End> {
        let end = |key: &str| band.get(key).map(|value| values::price(value.get_ref())).transpose();
        match (end("below")?, end("to")?) {
            (None, None) => Ok(End::Never),
            (Some(price), None) => Ok(End::Before(price)),
            (None, Some(price)) => Ok(End::With(price)),
            (Some(_), Some(_)) => Err(Wrong(
                "a band ends with `below` or with `to`, not both".into(),
                "`below` leaves its end out, `to` has it",
            )),
        }
    }

    /// Refuses bands that no price reaches, or that leave prices out.
    pub(crate) fn check(ends: impl Iterator<Item = End>) -> Read<()> {
        let hint = "write the bands in order of price; the last has neither `below` nor `to`";
        let mut before: Option<End> = None;
        for end in ends {
            let is_later = match (before, end) {
                (None, _) => true,
                (Some(End::Never), _) => false,
                (Some(_), End::Never) => true,
                (
                    Some(End::Before(last) | End::With(last)),
                    End::Before(price) | End::With(price),
                ) => price > last,
            };
            if !is_later {
                return Err(Wrong("this band is never reached".into(), hint));
            }
            before = Some(end);
        }
        match before {
            Some(End::Never) => Ok(()),
            Some(End::Before(_) | End::With(_)) | None => {
                Err(Wrong("the highest prices have no band".into(), hint))
            }
        }
    }
}

impl Body for TickSize {
    const TABLE: &'static str = "tick_size";

    fn read(fields: &mut Fields<'_>) -> Option<TickSize> {
        let kind = fields.must("kind", "write kind = \"share\"", values::word(Kind::WORDS));
        let hint = "write bands = [{ below = \"250\", size = \"0.01\" }, { size = \"0.05\" }]";
        let bands = fields.must("bands", hint, bands);
        let by_underlying = fields.may("by_underlying", values::flag).unwrap_or(false);
        Some(TickSize { kind: kind?, bands: bands?, by_underlying })
    }

    fn keys(&self) -> Vec<String> {
        vec![self.kind.name().to_owned()]
    }
}

impl Body for Lot {
    const TABLE: &'static str = "lot";

    fn read(fields: &mut Fields<'_>) -> Option<Lot> {
        let (exchange, name, quantity) = quantity_of(fields)?;
        Some(Lot { exchange, name, quantity })
    }

    fn keys(&self) -> Vec<String> {
        vec![self.name.clone()]
    }
}

impl Body for Freeze {
    const TABLE: &'static str = "freeze";

    fn read(fields: &mut Fields<'_>) -> Option<Freeze> {
        let (exchange, name, quantity) = quantity_of(fields)?;
        Some(Freeze { exchange, name, quantity })
    }

    fn keys(&self) -> Vec<String> {
        vec![self.name.clone()]
    }
}

impl Body for Contract {
    const TABLE: &'static str = "contract";

    fn read(fields: &mut Fields<'_>) -> Option<Contract> {
        let symbol = fields.must("symbol", "write symbol = \"NIFTY26NOVFUT\"", values::text);
        let exchange = exchange(fields);
        let instrument = Instrument {
            symbol: symbol.unwrap_or_default(),
            exchange: exchange.unwrap_or(Exchange::Nse),
            kind: fields.may("kind", values::word(Kind::WORDS)),
            underlying: fields.may("underlying", values::text),
            tick_size: fields.may("tick", values::price),
            lot_size: fields.may("lot", values::quantity),
            freeze: fields.may("freeze", values::quantity),
            expiry: fields.may("expiry", values::date).map(crate::dates::day_of),
            strike: fields.may("strike", values::price),
        };
        if let (Some(lot), Some(freeze)) = (instrument.lot_size, instrument.freeze)
            && freeze < lot
        {
            fields.wrong("freeze", "it is below one lot", "nothing could be traded");
        }
        (!instrument.symbol.is_empty() && exchange.is_some()).then_some(Contract(instrument))
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("{} {}", self.0.exchange.name(), self.0.symbol)]
    }
}

pub(crate) fn exchange(fields: &mut Fields<'_>) -> Option<Exchange> {
    fields.must("exchange", "write exchange = \"nse\"", values::word(Exchange::WORDS))
}

fn quantity_of(fields: &mut Fields<'_>) -> Option<(Exchange, String, Quantity)> {
    let exchange = exchange(fields);
    let name = fields.must("name", "write name = \"NIFTY\"", values::text);
    let quantity = fields.must("quantity", "write quantity = 65", values::quantity);
    Some((exchange?, name?, quantity?))
}

fn bands(value: &DeValue<'_>) -> Read<Vec<Band>> {
    let hint = "write [{ below = \"250\", size = \"0.01\" }, { size = \"0.05\" }]";
    let bands = values::list(value, hint, |band| {
        values::only(band, &["below", "to", "size"])?;
        let size = band.get("size").ok_or_else(|| Wrong("a band has no size".into(), hint))?;
        Ok(Band { end: End::read(band)?, size: values::price(size.get_ref())? })
    })?;
    End::check(bands.iter().map(|band| band.end))?;
    Ok(bands)
}
