//! CSV rows: by their header, or by the numbers of their columns.

use crate::batch::{Row, Unreadable};
use crate::bytes::{Counter, Part};
use crate::clock::{Clock, date_text};
use crate::error::FeedError;
use crate::layout::{DayFrom, Entry, Layout, Prices, SLOTS, SymbolFrom, Values};
use crate::mapping::Mapping;
use crate::number::{self, PriceScale, RUPEES};
use crate::symbols::{SymbolId, Symbols};
use crate::text::{Fields, Found, LineReader, excerpt};
use highmark_engine::{Quantity, TickKind, TickRefusal, Timestamp};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

pub(crate) struct CsvReader {
    lines: LineReader<Box<dyn Read + Send>>,
    fields: Fields,
    layout: Layout,
    /// How many fields a row has: one more or less means that a number fell apart (`12,5`).
    width: Option<usize>,
    scale: PriceScale,
    clock: Clock,
    label: Arc<str>,
    path: Box<Path>,
}

impl CsvReader {
    pub(crate) fn open(
        part: &Part,
        mapping: &Mapping,
        symbols: &mut Symbols,
        counter: &Counter,
    ) -> Result<CsvReader, FeedError> {
        let mut lines = LineReader::new(part.open(counter)?);
        let mut fields = Fields::default();
        let names = if mapping.headerless {
            None
        } else {
            let found = lines.advance().map_err(|error| FeedError::io(&part.path, &error))?;
            if found != Found::Line {
                let hint = "its first line must name its columns, such as time,symbol,last";
                return Err(FeedError::new(&part.label, "it has no header", hint));
            }
            Some(header(lines.line(), &mut fields))
        };
        let layout = Layout::resolve(mapping, names.as_deref(), &part.label, &part.stem, symbols)?;
        Ok(CsvReader {
            lines,
            fields,
            width: names.map(|names| names.len()),
            scale: layout.scale.unwrap_or(RUPEES),
            layout,
            clock: Clock::new(&mapping.time)?,
            label: part.label.as_str().into(),
            path: part.path.as_path().into(),
        })
    }

    /// Puts the next entry into `out`; `None` at the end.
    pub(crate) fn next(
        &mut self,
        symbols: &mut Symbols,
        out: &mut Option<Entry>,
    ) -> Result<(), FeedError> {
        loop {
            let found = self.lines.advance().map_err(|error| FeedError::io(&self.path, &error))?;
            let (symbol, refusal) = match found {
                Found::End => {
                    *out = None;
                    return Ok(());
                }
                Found::Line if self.lines.line().is_empty() => continue,
                Found::TooLong => (None, TickRefusal::Parse),
                Found::Line => match self.entry(symbols, out) {
                    Ok(()) => return Ok(()),
                    Err(refusal) => refusal,
                },
            };
            *out = Some(self.unreadable(symbol, refusal));
            return Ok(());
        }
    }

    #[cold]
    fn unreadable(&self, symbol: Option<SymbolId>, refusal: TickRefusal) -> Entry {
        Entry::Unreadable(Box::new(Unreadable {
            refusal,
            symbol,
            file: self.label.clone(),
            line: self.lines.number(),
            text: excerpt(self.lines.line()),
        }))
    }

    fn entry(
        &mut self,
        symbols: &mut Symbols,
        out: &mut Option<Entry>,
    ) -> Result<(), (Option<SymbolId>, TickRefusal)> {
        let line = self.lines.line();
        self.fields.split(line);
        if self.fields.len() != *self.width.get_or_insert(self.fields.len()) {
            return Err((None, TickRefusal::Parse));
        }
        let symbol = match self.layout.symbol {
            SymbolFrom::Fixed(symbol) => symbol,
            SymbolFrom::Column(at) => {
                let name = self.fields.field(line, at).ok_or((None, TickRefusal::Parse))?;
                symbols.recall(name).ok_or((None, TickRefusal::Parse))?
            }
        };
        let read = if self.layout.bars { self.bar(symbol, out) } else { self.row(symbol, out) };
        read.map_err(|refusal| (Some(symbol), refusal))
    }

    fn row(&mut self, symbol: SymbolId, out: &mut Option<Entry>) -> Result<(), TickRefusal> {
        let at = self.time()?;
        let (mut last, mut bid, mut ask) = (None, None, None);
        for (slot, column) in &self.layout.prices {
            let price = self.scale.text(self.field(*column)?)?;
            match slot {
                0 => last = price,
                1 => bid = price,
                _ => ask = price,
            }
        }
        let (volume, sequence) = (self.volume()?, self.sequence()?);
        let kind = TickKind::Regular;
        *out = Some(Entry::Row(Row { symbol, at, sequence, last, bid, ask, volume, kind }));
        Ok(())
    }

    fn bar(&mut self, symbol: SymbolId, out: &mut Option<Entry>) -> Result<(), TickRefusal> {
        let at = self.time()?;
        let mut prices: Prices = [None; SLOTS];
        for (slot, column) in &self.layout.prices {
            prices[*slot] = self.scale.text(self.field(*column)?)?;
        }
        let volume = self.volume()?;
        self.sequence()?;
        *out = Some(self.layout.bar(&Values { at, symbol, prices, volume })?);
        Ok(())
    }

    fn time(&mut self) -> Result<Timestamp, TickRefusal> {
        let line = self.lines.line();
        let field = |at| self.fields.field(line, at).ok_or(TickRefusal::Parse);
        let time = field(self.layout.time)?;
        match self.layout.date {
            DayFrom::None => self.clock.text(time),
            DayFrom::Fixed(date) => self.clock.text_of_day(date, time),
            DayFrom::Column(column) => {
                let date = date_text(field(column)?).ok_or(TickRefusal::Parse)?;
                self.clock.text_of_day(date, time)
            }
        }
    }

    fn volume(&self) -> Result<Option<Quantity>, TickRefusal> {
        self.layout.volume.map_or(Ok(None), |column| number::quantity(self.field(column)?))
    }

    fn sequence(&self) -> Result<Option<u64>, TickRefusal> {
        self.layout.sequence.map_or(Ok(None), |column| sequence(self.field(column)?))
    }

    fn field(&self, at: usize) -> Result<&[u8], TickRefusal> {
        self.fields.field(self.lines.line(), at).ok_or(TickRefusal::Parse)
    }
}

/// The names of the columns; the mark that some editors put before a text is no part of the first.
fn header(line: &[u8], fields: &mut Fields) -> Vec<String> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    fields.split(line);
    (0..fields.len())
        .filter_map(|at| fields.field(line, at))
        .map(|name| String::from_utf8_lossy(name).trim().to_owned())
        .collect()
}

pub(crate) fn sequence(text: &[u8]) -> Result<Option<u64>, TickRefusal> {
    if text.is_empty() {
        return Ok(None);
    }
    let text = std::str::from_utf8(text).map_err(|_| TickRefusal::Parse)?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(TickRefusal::Parse);
    }
    text.parse().map(Some).map_err(|_| TickRefusal::Range)
}
