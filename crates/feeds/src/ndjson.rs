//! A file of JSON lines.

use crate::batch::Unreadable;
use crate::bytes::{Counter, Part};
use crate::clock::Clock;
use crate::error::FeedError;
use crate::json;
use crate::layout::{Entry, unit_missing};
use crate::mapping::{Mapping, PriceUnit};
use crate::number::PriceScale;
use crate::symbols::Symbols;
use crate::text::{Found, LineReader, excerpt};
use highmark_engine::TickRefusal;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

pub(crate) struct NdjsonReader {
    lines: JsonLines<Box<dyn Read + Send>>,
    path: Box<Path>,
}

/// JSON lines from any reader.
pub(crate) struct JsonLines<R> {
    lines: LineReader<R>,
    scale: PriceScale,
    clock: Clock,
    label: Arc<str>,
}

impl NdjsonReader {
    pub(crate) fn open(
        part: &Part,
        mapping: &Mapping,
        counter: &Counter,
    ) -> Result<NdjsonReader, FeedError> {
        let lines = JsonLines::new(part.open(counter)?, mapping, &part.label)?;
        Ok(NdjsonReader { lines, path: part.path.as_path().into() })
    }

    /// Puts the next entry into `out`; `None` at the end.
    pub(crate) fn next(
        &mut self,
        symbols: &mut Symbols,
        out: &mut Option<Entry>,
    ) -> Result<(), FeedError> {
        *out = self.lines.next(symbols).map_err(|error| FeedError::io(&self.path, &error))?;
        Ok(())
    }
}

impl<R: Read> JsonLines<R> {
    pub(crate) fn new(
        reader: R,
        mapping: &Mapping,
        label: &str,
    ) -> Result<JsonLines<R>, FeedError> {
        let unit = mapping.price.unwrap_or(PriceUnit::Rupees);
        Ok(JsonLines {
            lines: LineReader::new(reader),
            scale: PriceScale::new(unit).ok_or_else(|| unit_missing(label))?,
            clock: Clock::new(&mapping.time)?,
            label: label.into(),
        })
    }

    pub(crate) fn next(&mut self, symbols: &mut Symbols) -> std::io::Result<Option<Entry>> {
        loop {
            let read = match self.lines.advance()? {
                Found::End => return Ok(None),
                Found::Line if self.lines.line().is_empty() => continue,
                Found::TooLong => Err((None, TickRefusal::Parse)),
                Found::Line => json::row(self.lines.line(), &self.scale, &mut self.clock, symbols),
            };
            return Ok(Some(match read {
                Ok(row) => Entry::Row(row),
                Err((symbol, refusal)) => Entry::Unreadable(Box::new(Unreadable {
                    refusal,
                    symbol,
                    file: self.label.clone(),
                    line: self.lines.number(),
                    text: excerpt(self.lines.line()),
                })),
            }));
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.lines.bytes()
    }
}
