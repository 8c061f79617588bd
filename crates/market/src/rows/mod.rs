//! The rows of a text: TOML tables read whole, every error noted, each row with where it stands.

mod fields;
pub(crate) mod values;

pub(crate) use fields::{Fields, Read, Wrong};

use crate::charges::{Brokerage, Levy};
use crate::contracts::{Contract, Freeze, Lot, TickSize};
use crate::error::{Problem, RowsError, line_column};
use crate::exits::AutoExit;
use crate::expiry::ExpiryDay;
use crate::fact::{Hold, Layer, Origin, Row};
use crate::protection::{MarketProtection, PriceRange};
use crate::sessions::{Calendar, ClosedDay, Hours, Special, Venue};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// All rows of a market, or of one text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pub venue: Vec<Venue>,
    pub calendar: Vec<Calendar>,
    pub hours: Vec<Row<Hours>>,
    pub closed: Vec<Row<ClosedDay>>,
    pub special: Vec<Row<Special>>,
    pub tick_size: Vec<Row<TickSize>>,
    pub lot: Vec<Row<Lot>>,
    pub freeze: Vec<Row<Freeze>>,
    pub contract: Vec<Row<Contract>>,
    pub expiry: Vec<Row<ExpiryDay>>,
    pub price_range: Vec<Row<PriceRange>>,
    pub market_protection: Vec<Row<MarketProtection>>,
    pub auto_exit: Vec<Row<AutoExit>>,
    pub levy: Vec<Row<Levy>>,
    pub brokerage: Vec<Row<Brokerage>>,
}

/// What a row is about: two rows of one layer may not be about the same from the same day on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity {
    pub layer: Layer,
    pub table: &'static str,
    pub key: String,
    pub from: Date,
}

/// The rows of one text, and which of them are about what.
#[derive(Debug, Default)]
pub(crate) struct Text {
    pub rows: Rows,
    pub identities: Vec<(Identity, Place)>,
}

/// Where a row stands in its text.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub origin: Origin,
    pub span: Range<usize>,
    pub path: String,
}

/// A kind of row.
pub(crate) trait Body: Sized {
    /// The name of its table.
    const TABLE: &'static str;
    fn read(fields: &mut Fields<'_>) -> Option<Self>;
    /// What it is about, but for the day; one for each thing that it speaks of.
    fn keys(&self) -> Vec<String>;
}

const TABLES: &str = "venue, calendar, hours, closed, special, tick_size, lot, freeze, contract, expiry, \
                      price_range, market_protection, auto_exit, levy, brokerage";

impl Rows {
    /// Reads a text; nothing of one in which something is wrong is taken.
    ///
    /// `known` are the rows that stand already, by what they are about.
    pub(crate) fn read(
        file: &str,
        text: &str,
        layer: Layer,
        known: &BTreeMap<Identity, Origin>,
    ) -> Result<Text, RowsError> {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut reader = Reader { text, file: file.into(), layer, problems: Vec::new() };
        if !errors.is_empty() {
            for error in errors {
                let message = format!("this is not TOML: {}", error.message());
                let hint = "compare with the examples in docs/market.md";
                let span = error.span().unwrap_or(0..0);
                reader.problems.push(Problem::new(text, span, "", message, hint));
            }
            return Err(reader.error());
        }
        let read = reader.tables(table.get_ref());
        let mut seen: BTreeMap<&Identity, &Origin> = known.iter().collect();
        for (identity, place) in &read.identities {
            let Some(first) = seen.insert(identity, &place.origin) else { continue };
            let Identity { table, key, from, .. } = identity;
            let message = format!(
                "a second row of [[{table}]] for {key} from {from}; the first is in {} line {}",
                first.file, first.line
            );
            let hint = "give it another day, or remove one of the two";
            let span = place.span.clone();
            reader.problems.push(Problem::new(text, span, place.path.clone(), message, hint));
        }
        if reader.problems.is_empty() { Ok(read) } else { Err(reader.error()) }
    }

    /// How many rows there are, by table; none of empty ones.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, usize> {
        let counts = [
            ("venue", self.venue.len()),
            ("calendar", self.calendar.len()),
            ("hours", self.hours.len()),
            ("closed", self.closed.len()),
            ("special", self.special.len()),
            ("tick_size", self.tick_size.len()),
            ("lot", self.lot.len()),
            ("freeze", self.freeze.len()),
            ("contract", self.contract.len()),
            ("expiry", self.expiry.len()),
            ("price_range", self.price_range.len()),
            ("market_protection", self.market_protection.len()),
            ("auto_exit", self.auto_exit.len()),
            ("levy", self.levy.len()),
            ("brokerage", self.brokerage.len()),
        ];
        counts.into_iter().filter(|(_, count)| *count > 0).collect()
    }

    pub(crate) fn extend(&mut self, more: Rows) {
        self.venue.extend(more.venue);
        self.calendar.extend(more.calendar);
        self.hours.extend(more.hours);
        self.closed.extend(more.closed);
        self.special.extend(more.special);
        self.tick_size.extend(more.tick_size);
        self.lot.extend(more.lot);
        self.freeze.extend(more.freeze);
        self.contract.extend(more.contract);
        self.expiry.extend(more.expiry);
        self.price_range.extend(more.price_range);
        self.market_protection.extend(more.market_protection);
        self.auto_exit.extend(more.auto_exit);
        self.levy.extend(more.levy);
        self.brokerage.extend(more.brokerage);
    }
}

struct Reader<'t> {
    text: &'t str,
    file: Arc<str>,
    layer: Layer,
    problems: Vec<Problem>,
}

impl<'t> Reader<'t> {
    fn tables(&mut self, document: &'t DeTable<'t>) -> Text {
        let mut read = Text::default();
        let ids = &mut read.identities;
        for (key, value) in document.iter() {
            let value = (value.span(), value.get_ref());
            match key.get_ref().as_ref() {
                "venue" => read.rows.venue = self.undated("venue", value, Venue::read),
                "calendar" => read.rows.calendar = self.undated("calendar", value, Calendar::read),
                "hours" => read.rows.hours = self.dated(value, ids),
                "closed" => read.rows.closed = self.dated(value, ids),
                "special" => read.rows.special = self.dated(value, ids),
                "tick_size" => read.rows.tick_size = self.dated(value, ids),
                "lot" => read.rows.lot = self.dated(value, ids),
                "freeze" => read.rows.freeze = self.dated(value, ids),
                "contract" => read.rows.contract = self.dated(value, ids),
                "expiry" => read.rows.expiry = self.dated(value, ids),
                "price_range" => read.rows.price_range = self.dated(value, ids),
                "market_protection" => read.rows.market_protection = self.dated(value, ids),
                "auto_exit" => read.rows.auto_exit = self.dated(value, ids),
                "levy" => read.rows.levy = self.dated(value, ids),
                "brokerage" => read.rows.brokerage = self.dated(value, ids),
                other => {
                    let message = format!("there is no table [[{other}]]");
                    let hint = format!("choose one of: {TABLES}");
                    self.problems.push(Problem::new(self.text, key.span(), other, message, hint));
                }
            }
        }
        read
    }

    fn undated<T>(
        &mut self,
        table: &'static str,
        value: (Range<usize>, &'t DeValue<'t>),
        read: impl Fn(&mut Fields<'_>) -> Option<T>,
    ) -> Vec<T> {
        let mut rows = Vec::new();
        for mut fields in self.fields(table, value) {
            rows.extend(read(&mut fields));
            fields.finish();
            self.problems.append(&mut fields.problems);
        }
        rows
    }

    fn dated<T: Body>(
        &mut self,
        value: (Range<usize>, &'t DeValue<'t>),
        identities: &mut Vec<(Identity, Place)>,
    ) -> Vec<Row<T>> {
        let mut rows = Vec::new();
        for mut fields in self.fields(T::TABLE, value) {
            let body = T::read(&mut fields);
            let (line, _) = line_column(self.text, fields.heading().start);
            let origin = Origin { layer: self.layer, file: Arc::clone(&self.file), line };
            let hold = hold::<T>(&mut fields, origin);
            fields.finish();
            self.problems.append(&mut fields.problems);
            let (Some(body), Some(hold)) = (body, hold) else { continue };
            for key in body.keys() {
                let identity =
                    Identity { layer: self.layer, table: T::TABLE, key, from: hold.from };
                let origin = hold.origin.clone();
                let place =
                    Place { origin, span: fields.heading(), path: fields.path().to_owned() };
                identities.push((identity, place));
            }
            rows.push(Row { hold, body });
        }
        rows
    }

    fn fields(
        &mut self,
        table: &'static str,
        (span, value): (Range<usize>, &'t DeValue<'t>),
    ) -> Vec<Fields<'t>> {
        let hint = "write it as rows: [[NAME]] above its fields";
        let Some(items) = value.as_array() else {
            let message = format!("`{table}` is not a list of rows");
            self.problems.push(Problem::new(self.text, span, table, message, hint));
            return Vec::new();
        };
        let mut rows = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let path = format!("{table}[{index}]");
            match item.get_ref().as_table() {
                Some(entries) => {
                    rows.push(Fields::new(self.text, table, path, item.span(), entries));
                }
                None => {
                    let message = "this is not a row";
                    self.problems.push(Problem::new(self.text, item.span(), path, message, hint));
                }
            }
        }
        rows
    }

    fn error(mut self) -> RowsError {
        self.problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
        RowsError { file: self.file.to_string(), problems: self.problems }
    }
}

/// The days, the status and the source of a row. A row about one day has a `day` instead of `from`.
fn hold<T: Body>(fields: &mut Fields<'_>, origin: Origin) -> Option<Hold> {
    let one_day = matches!(T::TABLE, "closed" | "special");
    let (from, until) = if one_day {
        let day = fields.must("day", "write day = 2026-01-26", values::date);
        (day, day)
    } else {
        let from = fields.must("from", "write from = 2026-08-03, its first day", values::date);
        (from, fields.may("until", values::date))
    };
    if let (Some(from), Some(until)) = (from, until)
        && until < from
    {
        fields.wrong("until", format!("{until} is before {from}"), "until is the last day");
    }
    const STATUS: &[(&str, bool)] = &[("verified", true), ("unverified", false)];
    let hint = "write \"verified\" when you saw the source, else \"unverified\"";
    let verified = fields.must("status", hint, values::word(STATUS));
    let source = fields.must("source", "write where it is from", values::text);
    Some(Hold { origin, from: from?, until, verified: verified?, source: source? })
}
