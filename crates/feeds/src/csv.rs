//! CSV rows: by their header, or by the numbers of their columns.

use crate::batch::Unreadable;
use crate::bytes::{Counter, Part};
use crate::clock::{Clock, date_text};
use crate::error::FeedError;
use crate::layout::{DayFrom, Entry, Layout, Prices, SLOTS, SymbolFrom, Values};
use crate::mapping::{Mapping, PriceUnit};
use crate::number::{self, PriceScale};
use crate::symbols::{SymbolId, Symbols};
use crate::text::{Fields, Found, LineReader, excerpt};
use highmark_engine::TickRefusal;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;

pub(crate) struct CsvReader {
    lines: LineReader<BufReader<Box<dyn Read + Send>>>,
    fields: Fields,
    layout: Layout,
    /// How many fields a row has: one more or less means that a number fell apart (`12,5`).
    width: Option<usize>,
    scale: PriceScale,
    clock: Clock,
    label: Arc<str>,
    path: Box<Path>,
    /// The symbol of the row before: most files have long runs of one.
    recent: Option<(Box<[u8]>, SymbolId)>,
}

impl CsvReader {
    pub(crate) fn open(
        part: &Part,
        mapping: &Mapping,
        symbols: &mut Symbols,
        counter: &Counter,
    ) -> Result<CsvReader, FeedError> {
        let mut lines = LineReader::new(BufReader::with_capacity(1 << 16, part.open(counter)?));
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
        let rupees = PriceScale::new(PriceUnit::Rupees);
        let scale =
            layout.scale.or(rupees).ok_or_else(|| crate::layout::unit_missing(&part.label))?;
        Ok(CsvReader {
            lines,
            fields,
            width: names.map(|names| names.len()),
            scale,
            layout,
            clock: Clock::new(&mapping.time)?,
            label: part.label.as_str().into(),
            path: part.path.as_path().into(),
            recent: None,
        })
    }

    pub(crate) fn next(&mut self, symbols: &mut Symbols) -> Result<Option<Entry>, FeedError> {
        loop {
            let found = self.lines.advance().map_err(|error| FeedError::io(&self.path, &error))?;
            let (symbol, refusal) = match found {
                Found::End => return Ok(None),
                Found::Line if self.lines.line().is_empty() => continue,
                Found::TooLong => (None, TickRefusal::Parse),
                Found::Line => match self.entry(symbols) {
                    Ok(entry) => return Ok(Some(entry)),
                    Err(refusal) => refusal,
                },
            };
            return Ok(Some(Entry::Unreadable(Box::new(Unreadable {
                refusal,
                symbol,
                file: self.label.clone(),
                line: self.lines.number(),
                text: excerpt(self.lines.line()),
            }))));
        }
    }

    fn entry(&mut self, symbols: &mut Symbols) -> Result<Entry, (Option<SymbolId>, TickRefusal)> {
        let line = self.lines.line();
        self.fields.split(line);
        if self.fields.len() != *self.width.get_or_insert(self.fields.len()) {
            return Err((None, TickRefusal::Parse));
        }
        let field = |at| self.fields.field(line, at).ok_or(TickRefusal::Parse);
        let symbol = match self.layout.symbol {
            SymbolFrom::Fixed(symbol) => symbol,
            SymbolFrom::Column(at) => {
                let name = field(at).map_err(|refusal| (None, refusal))?;
                recall(&mut self.recent, name, symbols).ok_or((None, TickRefusal::Parse))?
            }
        };
        let values = || -> Result<Values, TickRefusal> {
            let time = field(self.layout.time)?;
            let at = match self.layout.date {
                DayFrom::None => self.clock.text(time)?,
                DayFrom::Fixed(date) => self.clock.text_of_day(date, time)?,
                DayFrom::Column(column) => {
                    let date = date_text(field(column)?).ok_or(TickRefusal::Parse)?;
                    self.clock.text_of_day(date, time)?
                }
            };
            let mut prices: Prices = [None; SLOTS];
            for (slot, column) in &self.layout.prices {
                prices[*slot] = self.scale.text(field(*column)?)?;
            }
            let volume = match self.layout.volume {
                Some(column) => number::quantity(field(column)?)?,
                None => None,
            };
            let sequence = match self.layout.sequence {
                Some(column) => sequence(field(column)?)?,
                None => None,
            };
            Ok(Values { at, symbol, prices, volume, sequence })
        };
        let mut values = values;
        let values = values().map_err(|refusal| (Some(symbol), refusal))?;
        self.layout.entry(&values).map_err(|refusal| (Some(symbol), refusal))
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

fn recall(
    recent: &mut Option<(Box<[u8]>, SymbolId)>,
    name: &[u8],
    symbols: &mut Symbols,
) -> Option<SymbolId> {
    if let Some((known, id)) = recent
        && **known == *name
    {
        return Some(*id);
    }
    let id = symbols.intern(std::str::from_utf8(name).ok()?)?;
    *recent = Some((name.into(), id));
    Some(id)
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
