//! Parquet rows, a column at a time, without Arrow in between.

use crate::batch::Unreadable;
use crate::bytes::{Counter, Part};
use crate::clock::{Clock, date_number, date_text};
use crate::error::FeedError;
use crate::layout::{DayFrom, Entry, Layout, Prices, SLOTS, SymbolFrom, Values, unit_missing};
use crate::mapping::{Mapping, PriceUnit, TimeUnit};
use crate::number::{self, PriceScale};
use crate::symbols::{SymbolId, Symbols};
use highmark_engine::{Quantity, TickRefusal, Timestamp};
use jiff::civil::Date;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit as FileUnit, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Rows decoded at once.
const CHUNK: usize = 1 << 15;

pub(crate) struct ParquetReader {
    file: SerializedFileReader<File>,
    layout: Layout,
    scale: PriceScale,
    clock: Clock,
    label: Arc<str>,
    counter: Counter,
    size: u64,
    rows: u64,
    read: u64,
    next_group: usize,
    /// Rows of the open row group that are not decoded yet, and its columns.
    left: usize,
    columns: Vec<OpenColumn>,
    chunk: Chunk,
    /// Rows outside these stretches of time are not decoded; empty: all are.
    wanted: Vec<(i64, i64)>,
    scratch: String,
}

struct OpenColumn {
    index: usize,
    kind: Kind,
    reader: ColumnReader,
}

/// What the schema says of a column beyond its physical type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    Decimal(u32),
    Date,
    /// An instant in this unit; local when not adjusted to UTC.
    Instant { unit: TimeUnit, utc: bool },
}

/// Decoded rows.
#[derive(Default)]
struct Chunk {
    length: usize,
    next: usize,
    times: Vec<Result<Timestamp, TickRefusal>>,
    symbols: Vec<Option<SymbolId>>,
    prices: Vec<(usize, Cells, Kind)>,
    volume: Option<(Cells, Kind)>,
    sequence: Option<Cells>,
}

/// The values of one column; `present` is empty when no row lacks one.
struct Cells {
    values: CellValues,
    present: Vec<bool>,
}

enum CellValues {
    Integers(Vec<i64>),
    Floats(Vec<f64>),
    Texts(Vec<ByteArray>),
}

impl ParquetReader {
    pub(crate) fn open(
        part: &Part,
        mapping: &Mapping,
        symbols: &mut Symbols,
        counter: &Counter,
    ) -> Result<ParquetReader, FeedError> {
        let file = SerializedFileReader::new(part.file()?).map_err(|e| damaged(&part.label, &e))?;
        let schema = file.metadata().file_metadata().schema_descr();
        let names: Vec<String> = schema.columns().iter().map(|c| c.path().string()).collect();
        let layout = Layout::resolve(mapping, Some(&names), &part.label, &part.stem, symbols)?;
        let whole_numbers = layout.prices.iter().any(|(_, at)| {
            let column = schema.column(*at);
            matches!(column.physical_type(), Type::INT32 | Type::INT64)
                && matches!(kind_of(&column), Kind::Plain)
        });
        let scale = match layout.scale {
            Some(scale) => scale,
            None if whole_numbers => return Err(unit_missing(&part.label)),
            None => PriceScale::new(PriceUnit::Rupees).ok_or_else(|| unit_missing(&part.label))?,
        };
        let rows = u64::try_from(file.metadata().file_metadata().num_rows()).unwrap_or(0);
        Ok(ParquetReader {
            layout,
            scale,
            clock: Clock::new(&mapping.time)?,
            label: part.label.as_str().into(),
            counter: counter.clone(),
            size: part.size,
            rows,
            read: 0,
            next_group: 0,
            left: 0,
            columns: Vec::new(),
            chunk: Chunk::default(),
            wanted: Vec::new(),
            scratch: String::new(),
            file,
        })
    }

    /// Leaves out what lies outside these stretches, where that saves work; a few rows more may come.
    pub(crate) fn only(&mut self, wanted: &[(i64, i64)]) {
        self.wanted = wanted.to_vec();
    }

    pub(crate) fn next(&mut self, symbols: &mut Symbols) -> Result<Option<Entry>, FeedError> {
        while self.chunk.next == self.chunk.length {
            if !self.advance(symbols)? {
                return Ok(None);
            }
        }
        let at = self.chunk.next;
        self.chunk.next += 1;
        Ok(Some(self.entry(at).unwrap_or_else(|refusal| {
            let row = self.read - (self.chunk.length - at) as u64 + 1;
            Entry::Unreadable(Box::new(Unreadable {
                refusal,
                symbol: self.chunk.symbols.get(at).copied().flatten(),
                file: self.label.clone(),
                line: row,
                text: self.chunk.shown(at),
            }))
        })))
    }

    /// The times of the whole file, for the days in it; nothing else is decoded.
    pub(crate) fn each_time(
        &mut self,
        mut see: impl FnMut(Result<Timestamp, TickRefusal>),
    ) -> Result<(), FeedError> {
        while self.open_rows()? {
            let length = self.left.min(CHUNK);
            self.decode_times(length)?;
            self.chunk.times.drain(..).for_each(&mut see);
            self.left -= length;
        }
        Ok(())
    }

    fn entry(&mut self, at: usize) -> Result<Entry, TickRefusal> {
        let when = self.chunk.times[at]?;
        let symbol = match self.layout.symbol {
            SymbolFrom::Fixed(symbol) => symbol,
            SymbolFrom::Column(_) => self.chunk.symbols[at].ok_or(TickRefusal::Parse)?,
        };
        let mut prices: Prices = [None; SLOTS];
        for (slot, cells, kind) in &self.chunk.prices {
            prices[*slot] = cells.price(at, *kind, self.scale, &mut self.scratch)?;
        }
        let volume = match &self.chunk.volume {
            Some((cells, kind)) => cells.quantity(at, *kind, &mut self.scratch)?,
            None => None,
        };
        let sequence = match &self.chunk.sequence {
            Some(cells) => cells.sequence(at)?,
            None => None,
        };
        self.layout.entry(&Values { at: when, symbol, prices, volume, sequence })
    }

    /// Decodes the next rows; false at the end.
    fn advance(&mut self, symbols: &mut Symbols) -> Result<bool, FeedError> {
        if !self.open_rows()? {
            return Ok(false);
        }
        let length = self.left.min(CHUNK);
        self.decode_times(length)?;
        let date = match self.layout.date {
            DayFrom::Column(column) => Some(column),
            DayFrom::None | DayFrom::Fixed(_) => None,
        };
        let wanted = self.is_wanted();
        (self.chunk.prices, self.chunk.volume, self.chunk.sequence) = Default::default();
        self.chunk.symbols.clear();
        for column in &mut self.columns {
            let index = column.index;
            if index == self.layout.time || Some(index) == date {
                continue;
            }
            if !wanted {
                skip(&mut column.reader, length).map_err(|e| damaged(&self.label, &e))?;
                continue;
            }
            let cells = read(&mut column.reader, length).map_err(|e| damaged(&self.label, &e))?;
            if matches!(self.layout.symbol, SymbolFrom::Column(at) if at == index) {
                self.chunk.symbols = cells.symbols(length, symbols);
            } else if self.layout.volume == Some(index) {
                self.chunk.volume = Some((cells, column.kind));
            } else if self.layout.sequence == Some(index) {
                self.chunk.sequence = Some(cells);
            } else if let Some((slot, _)) = self.layout.prices.iter().find(|(_, at)| *at == index) {
                self.chunk.prices.push((*slot, cells, column.kind));
            }
        }
        self.left -= length;
        self.read += length as u64;
        self.chunk.length = length;
        self.chunk.next = if wanted { 0 } else { length };
        let done = u128::from(self.size) * u128::from(self.read) / u128::from(self.rows.max(1));
        self.counter.store(u64::try_from(done).unwrap_or(self.size), Ordering::Relaxed);
        Ok(true)
    }

    /// Opens the next row group when there is none with rows left; false at the end.
    fn open_rows(&mut self) -> Result<bool, FeedError> {
        while self.left == 0 {
            if self.next_group == self.file.num_row_groups() {
                return Ok(false);
            }
            let opened = self.file.get_row_group(self.next_group);
            let group = opened.map_err(|e| damaged(&self.label, &e))?;
            self.next_group += 1;
            self.left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
            self.columns = open_columns(&*group, &self.layout.columns())
                .map_err(|e| damaged(&self.label, &e))?;
        }
        Ok(true)
    }

    fn is_wanted(&self) -> bool {
        let inside = |at: i64| self.wanted.iter().any(|(from, to)| (*from..*to).contains(&at));
        self.wanted.is_empty() || self.chunk.times.iter().flatten().any(|at| inside(at.0))
    }

    fn decode_times(&mut self, length: usize) -> Result<(), FeedError> {
        let mut cells_of = |index: usize| -> Result<(Cells, Kind), FeedError> {
            let column = self.columns.iter_mut().find(|column| column.index == index);
            let column = column.ok_or_else(|| damaged(&self.label, &"a column is missing"))?;
            let cells = read(&mut column.reader, length).map_err(|e| damaged(&self.label, &e))?;
            Ok((cells, column.kind))
        };
        let (times, kind) = cells_of(self.layout.time)?;
        let dates = match self.layout.date {
            DayFrom::Column(column) => Some(cells_of(column)?),
            DayFrom::None | DayFrom::Fixed(_) => None,
        };
        let mut known = None;
        self.chunk.times.clear();
        self.chunk.times.extend((0..length).map(|at| {
            let date = match (&dates, self.layout.date) {
                (Some((cells, kind)), _) => Some(cells.date(at, *kind, &mut known)?),
                (None, DayFrom::Fixed(date)) => Some(date),
                (None, _) => None,
            };
            times.time(at, kind, date, &mut self.clock, &mut self.scratch)
        }));
        Ok(())
    }
}

impl Chunk {
    /// What the row says, for a person to see.
    fn shown(&self, at: usize) -> String {
        let cells = self.prices.iter().map(|(_, cells, _)| cells);
        let cells = cells.chain(self.volume.iter().map(|(cells, _)| cells));
        cells.map(|cells| cells.shown(at)).collect::<Vec<_>>().join(",")
    }
}

impl Cells {
    fn is_absent(&self, at: usize) -> bool {
        !self.present.is_empty() && !self.present[at]
    }

    fn price(
        &self,
        at: usize,
        kind: Kind,
        scale: PriceScale,
        scratch: &mut String,
    ) -> Result<Option<highmark_engine::Price>, TickRefusal> {
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

    fn quantity(
        &self,
        at: usize,
        kind: Kind,
        scratch: &mut String,
    ) -> Result<Option<Quantity>, TickRefusal> {
        let rupees = PriceScale::new(PriceUnit::Rupees).ok_or(TickRefusal::Range)?;
        match (&self.values, self.is_absent(at)) {
            (_, true) => Ok(None),
            (CellValues::Texts(values), _) => number::quantity(values[at].data()),
            _ => match self.price(at, kind, rupees, scratch)? {
                Some(amount) if amount.0 < 0 => Err(TickRefusal::Range),
                amount => Ok(amount.map(|amount| Quantity(amount.0))),
            },
        }
    }

    fn sequence(&self, at: usize) -> Result<Option<u64>, TickRefusal> {
        match (&self.values, self.is_absent(at)) {
            (_, true) => Ok(None),
            (CellValues::Integers(values), _) => {
                u64::try_from(values[at]).map(Some).map_err(|_| TickRefusal::Range)
            }
            (CellValues::Texts(values), _) => crate::csv::sequence(values[at].data()),
            (CellValues::Floats(_), _) => Err(TickRefusal::Parse),
        }
    }

    fn time(
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
    fn date(
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

    fn symbols(&self, length: usize, symbols: &mut Symbols) -> Vec<Option<SymbolId>> {
        let CellValues::Texts(texts) = &self.values else { return vec![None; length] };
        let mut recent: Option<(&[u8], Option<SymbolId>)> = None;
        (0..length)
            .map(|at| {
                let text = if self.is_absent(at) { &[][..] } else { texts[at].data() };
                match recent {
                    Some((known, id)) if known == text => id,
                    _ => {
                        let id = std::str::from_utf8(text).ok().and_then(|name| symbols.intern(name));
                        recent = Some((text, id));
                        id
                    }
                }
            })
            .collect()
    }

    fn shown(&self, at: usize) -> String {
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

fn open_columns(
    group: &dyn RowGroupReader,
    wanted: &[usize],
) -> parquet::errors::Result<Vec<OpenColumn>> {
    let open = |index: &usize| {
        let kind = kind_of(group.metadata().column(*index).column_descr());
        Ok(OpenColumn { index: *index, kind, reader: group.get_column_reader(*index)? })
    };
    wanted.iter().map(open).collect()
}

fn kind_of(column: &ColumnDescriptor) -> Kind {
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
        ConvertedType::TIMESTAMP_MILLIS => Kind::Instant { unit: TimeUnit::Milliseconds, utc: true },
        ConvertedType::TIMESTAMP_MICROS => Kind::Instant { unit: TimeUnit::Microseconds, utc: true },
        ConvertedType::DECIMAL => Kind::Decimal(u32::try_from(column.type_scale()).unwrap_or(u32::MAX)),
        _ => Kind::Plain,
    }
}

fn read(reader: &mut ColumnReader, rows: usize) -> parquet::errors::Result<Cells> {
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
        | ColumnReader::FixedLenByteArrayColumnReader(_) => Err(parquet::errors::ParquetError::NYI(
            "a column has a type that cannot be read: write it as INT64, DOUBLE or text".into(),
        )),
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

fn skip(reader: &mut ColumnReader, rows: usize) -> parquet::errors::Result<()> {
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

fn damaged(label: &str, error: &dyn std::fmt::Display) -> FeedError {
    FeedError::new(label, error.to_string(), "check that the Parquet file is whole: write or copy it again")
}
