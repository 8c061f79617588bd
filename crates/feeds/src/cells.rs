//! The values of one Parquet column, and what they mean as prices, times, dates and symbols.

use crate::clock::{Clock, date_number, date_text};
use crate::mapping::TimeUnit;
use crate::number::{self, PriceScale, RUPEES};
use crate::symbols::{SymbolId, Symbols};
use highmark_engine::{Price, Quantity, TickRefusal, Timestamp};
use jiff::civil::Date;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit as FileUnit};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::schema::types::ColumnDescriptor;

/// The values of one column; `present` is empty when no row lacks one.
pub(crate) struct Cells {
    values: CellValues,
    present: Vec<bool>,
}

pub(crate) enum CellValues {
    Integers(Vec<i64>),
    Floats(Vec<f64>),
    Texts(Vec<ByteArray>),
}

/// What the schema says of a column beyond its physical type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    Decimal(u32),
    Date,
    /// An instant in this unit; local when not adjusted to UTC.
    Instant {
        unit: TimeUnit,
        utc: bool,
    },
}

impl Cells {
    fn is_absent(&self, at: usize) -> bool {
        !self.present.is_empty() && !self.present[at]
    }

    pub(crate) fn price(
        &self,
        at: usize,
        kind: Kind,
        scale: &PriceScale,
        scratch: &mut String,
    ) -> Result<Option<Price>, TickRefusal> {
        if self.is_absent(at) {
            return Ok(None);
        }
        let decimals = if let Kind::Decimal(decimals) = kind { decimals } else { 0 };
        match &self.values {
            CellValues::Integers(values) => scale.integer(values[at], decimals).map(Some),
            CellValues::Floats(values) => scale.float(values[at], scratch).map(Some),
            CellValues::Texts(values) => scale.text(values[at].data()),
        }
    }

    pub(crate) fn quantity(
        &self,
        at: usize,
        kind: Kind,
        scratch: &mut String,
    ) -> Result<Option<Quantity>, TickRefusal> {
        match (&self.values, self.is_absent(at)) {
            (_, true) => Ok(None),
            (CellValues::Texts(values), _) => number::quantity(values[at].data()),
            _ => match self.price(at, kind, &RUPEES, scratch)? {
                Some(amount) if amount.0 < 0 => Err(TickRefusal::Range),
                amount => Ok(amount.map(|amount| Quantity(amount.0))),
            },
        }
    }

    pub(crate) fn sequence(&self, at: usize) -> Result<Option<u64>, TickRefusal> {
        match (&self.values, self.is_absent(at)) {
            (_, true) => Ok(None),
            (CellValues::Integers(values), _) => {
                u64::try_from(values[at]).map(Some).map_err(|_| TickRefusal::Range)
            }
            (CellValues::Texts(values), _) => crate::csv::sequence(values[at].data()),
            (CellValues::Floats(_), _) => Err(TickRefusal::Parse),
        }
    }

    pub(crate) fn time(
        &self,
        at: usize,
        kind: Kind,
        date: Option<Date>,
        clock: &mut Clock,
        scratch: &mut String,
    ) -> Result<Timestamp, TickRefusal> {
        if self.is_absent(at) {
            return Err(TickRefusal::Time);
        }
        match (&self.values, date) {
            (CellValues::Integers(values), Some(date)) => clock.of_day(date, values[at], 0),
            (CellValues::Integers(values), None) => match kind {
                Kind::Instant { unit, utc } => clock.instant(values[at], unit, utc),
                Kind::Plain | Kind::Decimal(_) | Kind::Date => clock.number(values[at]),
            },
            (CellValues::Floats(values), date) => {
                number::shortest(values[at], scratch);
                match date {
                    Some(date) => clock.text_of_day(date, scratch.as_bytes()),
                    None => clock.text(scratch.as_bytes()),
                }
            }
            (CellValues::Texts(values), Some(date)) => clock.text_of_day(date, values[at].data()),
            (CellValues::Texts(values), None) => clock.text(values[at].data()),
        }
    }

    /// `known` is the last number seen and its date: dates come in long runs.
    pub(crate) fn date(
        &self,
        at: usize,
        kind: Kind,
        known: &mut Option<(i64, Date)>,
    ) -> Result<Date, TickRefusal> {
        if self.is_absent(at) {
            return Err(TickRefusal::Time);
        }
        match &self.values {
            CellValues::Integers(values) => {
                let value = values[at];
                if let Some((number, date)) = known
                    && *number == value
                {
                    return Ok(*date);
                }
                let date = match kind {
                    Kind::Date => date_of_days(value),
                    Kind::Plain | Kind::Decimal(_) | Kind::Instant { .. } => date_number(value),
                };
                let date = date.ok_or(TickRefusal::Parse)?;
                *known = Some((value, date));
                Ok(date)
            }
            CellValues::Texts(values) => date_text(values[at].data()).ok_or(TickRefusal::Parse),
            CellValues::Floats(_) => Err(TickRefusal::Parse),
        }
    }

    pub(crate) fn symbols(&self, length: usize, symbols: &mut Symbols) -> Vec<Option<SymbolId>> {
        let CellValues::Texts(texts) = &self.values else { return vec![None; length] };
        let mut recent: Option<(&[u8], Option<SymbolId>)> = None;
        (0..length)
            .map(|at| {
                let text = if self.is_absent(at) { &[][..] } else { texts[at].data() };
                match recent {
                    Some((known, id)) if known == text => id,
                    _ => {
                        let id = symbols.recall(text);
                        recent = Some((text, id));
                        id
                    }
                }
            })
            .collect()
    }

    pub(crate) fn shown(&self, at: usize) -> String {
        if self.is_absent(at) {
            return String::new();
        }
        match &self.values {
            CellValues::Integers(values) => values[at].to_string(),
            CellValues::Floats(values) => values[at].to_string(),
            CellValues::Texts(values) => crate::text::excerpt(values[at].data()),
        }
    }
}

fn date_of_days(days: i64) -> Option<Date> {
    let span = jiff::Span::new().try_days(days).ok()?;
    Date::constant(1970, 1, 1).checked_add(span).ok()
}

pub(crate) fn kind_of(column: &ColumnDescriptor) -> Kind {
    match column.logical_type_ref() {
        Some(LogicalType::Date) => return Kind::Date,
        Some(LogicalType::Timestamp(timestamp)) => {
            let unit = match timestamp.unit {
                FileUnit::MILLIS => TimeUnit::Milliseconds,
                FileUnit::MICROS => TimeUnit::Microseconds,
                FileUnit::NANOS => TimeUnit::Nanoseconds,
            };
            return Kind::Instant { unit, utc: timestamp.is_adjusted_to_u_t_c };
        }
        Some(LogicalType::Decimal(decimal)) => {
            return Kind::Decimal(u32::try_from(decimal.scale).unwrap_or(u32::MAX));
        }
        _ => {}
    }
    match column.converted_type() {
        ConvertedType::DATE => Kind::Date,
        ConvertedType::TIMESTAMP_MILLIS => {
            Kind::Instant { unit: TimeUnit::Milliseconds, utc: true }
        }
        ConvertedType::TIMESTAMP_MICROS => {
            Kind::Instant { unit: TimeUnit::Microseconds, utc: true }
        }
        ConvertedType::DECIMAL => {
            Kind::Decimal(u32::try_from(column.type_scale()).unwrap_or(u32::MAX))
        }
        _ => Kind::Plain,
    }
}

pub(crate) fn read(reader: &mut ColumnReader, rows: usize) -> parquet::errors::Result<Cells> {
    match reader {
        ColumnReader::Int32ColumnReader(typed) => read_typed(typed, rows, |values| {
            CellValues::Integers(values.into_iter().map(i64::from).collect())
        }),
        ColumnReader::Int64ColumnReader(typed) => read_typed(typed, rows, CellValues::Integers),
        ColumnReader::DoubleColumnReader(typed) => read_typed(typed, rows, CellValues::Floats),
        // A FLOAT's shortest text is that of the f32; as an f64 it would have other digits.
        ColumnReader::FloatColumnReader(typed) => read_typed(typed, rows, |values| {
            let texts = values.into_iter().map(|value| value.to_string().into_bytes().into());
            CellValues::Texts(texts.collect())
        }),
        ColumnReader::ByteArrayColumnReader(typed) => read_typed(typed, rows, CellValues::Texts),
        ColumnReader::BoolColumnReader(_)
        | ColumnReader::Int96ColumnReader(_)
        | ColumnReader::FixedLenByteArrayColumnReader(_) => {
            Err(parquet::errors::ParquetError::NYI(
                "a column has a type that cannot be read: write it as INT64, DOUBLE or text".into(),
            ))
        }
    }
}

fn read_typed<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    wrap: impl FnOnce(Vec<T::T>) -> CellValues,
) -> parquet::errors::Result<Cells>
where
    T::T: Default,
{
    let mut values = Vec::with_capacity(rows);
    let mut levels = Vec::with_capacity(rows);
    let mut done = 0;
    while done < rows {
        let (records, _, _) =
            reader.read_records(rows - done, Some(&mut levels), None, &mut values)?;
        if records == 0 {
            return Err(parquet::errors::ParquetError::EOF("a column ends too early".into()));
        }
        done += records;
    }
    if values.len() == rows {
        return Ok(Cells { values: wrap(values), present: Vec::new() });
    }
    // Absent values take no room in the file: put the ones that are there in their places.
    let most = levels.iter().copied().max().unwrap_or(0);
    let present: Vec<bool> = match values.is_empty() {
        true => vec![false; rows],
        false => levels.iter().map(|level| *level == most).collect(),
    };
    let mut values = values.into_iter();
    let spread: Vec<T::T> = present
        .iter()
        .map(|there| if *there { values.next().unwrap_or_default() } else { T::T::default() })
        .collect();
    Ok(Cells { values: wrap(spread), present })
}

pub(crate) fn skip(reader: &mut ColumnReader, rows: usize) -> parquet::errors::Result<()> {
    match reader {
        ColumnReader::BoolColumnReader(typed) => typed.skip_records(rows).map(drop),
        ColumnReader::Int32ColumnReader(typed) => typed.skip_records(rows).map(drop),
        ColumnReader::Int64ColumnReader(typed) => typed.skip_records(rows).map(drop),
        ColumnReader::Int96ColumnReader(typed) => typed.skip_records(rows).map(drop),
        ColumnReader::FloatColumnReader(typed) => typed.skip_records(rows).map(drop),
        ColumnReader::DoubleColumnReader(typed) => typed.skip_records(rows).map(drop),
        ColumnReader::ByteArrayColumnReader(typed) => typed.skip_records(rows).map(drop),
        ColumnReader::FixedLenByteArrayColumnReader(typed) => typed.skip_records(rows).map(drop),
    }
}
