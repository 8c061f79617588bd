//! Parquet rows, a column at a time, without Arrow in between.

use crate::batch::{Row, Unreadable};
use crate::bytes::{Counter, Part};
use crate::cells::{Cells, Kind, kind_of, read, skip};
use crate::clock::Clock;
use crate::error::FeedError;
use crate::layout::{DayFrom, Entry, Layout, Prices, SLOTS, SymbolFrom, Values, unit_missing};
use crate::mapping::Mapping;
use crate::number::{PriceScale, RUPEES};
use crate::symbols::{SymbolId, Symbols};
use highmark_engine::{Quantity, TickKind, TickRefusal, Timestamp};
use parquet::basic::Type;
use parquet::column::reader::ColumnReader;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
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
            None => RUPEES,
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

    /// Puts the next entry into `out`; `None` at the end.
    pub(crate) fn next(
        &mut self,
        symbols: &mut Symbols,
        out: &mut Option<Entry>,
    ) -> Result<(), FeedError> {
        while self.chunk.next == self.chunk.length {
            if !self.advance(symbols)? {
                *out = None;
                return Ok(());
            }
        }
        let at = self.chunk.next;
        self.chunk.next += 1;
        let read = if self.layout.bars { self.bar(at, out) } else { self.row(at, out) };
        if let Err(refusal) = read {
            *out = Some(self.unreadable(at, refusal));
        }
        Ok(())
    }

    #[cold]
    fn unreadable(&self, at: usize, refusal: TickRefusal) -> Entry {
        let row = self.read - (self.chunk.length - at) as u64 + 1;
        Entry::Unreadable(Box::new(Unreadable {
            refusal,
            symbol: match self.layout.symbol {
                SymbolFrom::Fixed(symbol) => Some(symbol),
                SymbolFrom::Column(_) => self.chunk.symbols.get(at).copied().flatten(),
            },
            file: self.label.clone(),
            line: row,
            text: self.chunk.shown(at),
        }))
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

    fn row(&mut self, at: usize, out: &mut Option<Entry>) -> Result<(), TickRefusal> {
        let (when, symbol) = self.when_and_whose(at)?;
        let (mut last, mut bid, mut ask) = (None, None, None);
        for (slot, cells, kind) in &self.chunk.prices {
            let price = cells.price(at, *kind, &self.scale, &mut self.scratch)?;
            match slot {
                0 => last = price,
                1 => bid = price,
                _ => ask = price,
            }
        }
        let (volume, sequence) = self.volume_and_sequence(at)?;
        let kind = TickKind::Regular;
        *out = Some(Entry::Row(Row { symbol, at: when, sequence, last, bid, ask, volume, kind }));
        Ok(())
    }

    fn bar(&mut self, at: usize, out: &mut Option<Entry>) -> Result<(), TickRefusal> {
        let (when, symbol) = self.when_and_whose(at)?;
        let mut prices: Prices = [None; SLOTS];
        for (slot, cells, kind) in &self.chunk.prices {
            prices[*slot] = cells.price(at, *kind, &self.scale, &mut self.scratch)?;
        }
        let (volume, _) = self.volume_and_sequence(at)?;
        *out = Some(self.layout.bar(&Values { at: when, symbol, prices, volume })?);
        Ok(())
    }

    fn when_and_whose(&self, at: usize) -> Result<(Timestamp, SymbolId), TickRefusal> {
        let when = self.chunk.times[at]?;
        let symbol = match self.layout.symbol {
            SymbolFrom::Fixed(symbol) => symbol,
            SymbolFrom::Column(_) => self.chunk.symbols[at].ok_or(TickRefusal::Parse)?,
        };
        Ok((when, symbol))
    }

    fn volume_and_sequence(
        &mut self,
        at: usize,
    ) -> Result<(Option<Quantity>, Option<u64>), TickRefusal> {
        let volume = match &self.chunk.volume {
            Some((cells, kind)) => cells.quantity(at, *kind, &mut self.scratch)?,
            None => None,
        };
        let sequence = match &self.chunk.sequence {
            Some(cells) => cells.sequence(at)?,
            None => None,
        };
        Ok((volume, sequence))
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

fn damaged(label: &str, error: &dyn std::fmt::Display) -> FeedError {
    FeedError::new(
        label,
        error.to_string(),
        "check that the Parquet file is whole: write or copy it again",
    )
}
