//! One JSON object a line as a feed, usually from standard input.

use crate::Feed;
use crate::batch::{Batch, Progress, Record};
use crate::error::FeedError;
use crate::layout::Entry;
use crate::mapping::Mapping;
use crate::ndjson::JsonLines;
use crate::symbols::Symbols;
use highmark_engine::Timestamp;
use std::io::BufRead;

/// When a batch of lines is complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// Every line is a batch of its own: nothing waits for the next line. For what is live.
    #[default]
    EachLine,
    /// Lines with the same time are one batch, known to be complete when the next time comes. For recordings.
    SameTime,
}

/// A stream of lines `{"time":..,"symbol":..,"last":..,"bid":..,"ask":..,"volume":..,"sequence":..}`.
///
/// `time` is RFC 3339 or an epoch in s, ms, us or ns; `last`, `bid`, `ask` and `volume` are numbers or strings,
/// and are left out when unknown, not null. Other keys are left alone. A line that cannot be read is a record
/// with its refusal, and the stream goes on.
pub struct Lines<R> {
    lines: JsonLines<R>,
    label: String,
    grouping: Grouping,
    symbols: Symbols,
    /// The first line of the next batch.
    next: Option<Record>,
    at: Timestamp,
    rows: u64,
    unreadable: u64,
}

impl<R: BufRead> Lines<R> {
    /// `name` is what its records call the stream: `-` for standard input.
    pub fn new(reader: R, name: &str, grouping: Grouping) -> Result<Lines<R>, FeedError> {
        Ok(Lines {
            lines: JsonLines::new(reader, &Mapping::default(), name)?,
            label: name.to_owned(),
            grouping,
            symbols: Symbols::default(),
            next: None,
            at: Timestamp::default(),
            rows: 0,
            unreadable: 0,
        })
    }

    fn read(&mut self) -> Result<Option<Record>, FeedError> {
        if let Some(record) = self.next.take() {
            return Ok(Some(record));
        }
        let entry = self.lines.next(&mut self.symbols).map_err(|error| {
            FeedError::new(&self.label, error.to_string(), "start the program that writes it again")
        })?;
        Ok(match entry {
            Some(Entry::Row(row)) => Some(Record::Row(row)),
            Some(Entry::Unreadable(broken)) => Some(Record::Unreadable(broken)),
            // A line holds no bar.
            Some(Entry::Bar(_)) | None => None,
        })
    }

    fn count(&mut self, record: &Record) {
        match record {
            Record::Row(_) => self.rows += 1,
            Record::Unreadable(_) => self.unreadable += 1,
        }
    }
}

impl<R: BufRead> Feed for Lines<R> {
    fn fill(&mut self, batch: &mut Batch) -> Result<bool, FeedError> {
        batch.records.clear();
        batch.at = self.at;
        let mut has_row = false;
        while let Some(record) = self.read()? {
            if let Record::Row(row) = &record {
                if has_row && row.at != batch.at {
                    self.next = Some(record);
                    break;
                }
                (has_row, batch.at, self.at) = (true, row.at, row.at);
            }
            self.count(&record);
            batch.records.push(record);
            if self.grouping == Grouping::EachLine {
                break;
            }
        }
        Ok(!batch.records.is_empty())
    }

    fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    fn progress(&self) -> Progress {
        Progress {
            done: self.lines.bytes(),
            total: None,
            rows: self.rows,
            unreadable: self.unreadable,
        }
    }
}
