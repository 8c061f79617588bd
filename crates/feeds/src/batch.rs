//! What a feed gives out: rows with the same time, and rows that could not be read.

use crate::symbols::SymbolId;
use highmark_engine::{
    Body, Input, InstrumentId, Price, Quantity, SourceId, Tick, TickKind, TickRefusal, Timestamp,
};
use std::sync::Arc;

/// Consecutive records with the same time, in the order of the feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The time of every row in it. A record that could not be read counts to the row before it, or, at the
    /// start of a feed, to the row after it; in a feed without any row it is zero.
    pub at: Timestamp,
    pub records: Vec<Record>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    Row(Row),
    Unreadable(Box<Unreadable>),
}

/// A tick whose symbol has not been looked up yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub symbol: SymbolId,
    pub at: Timestamp,
    pub sequence: Option<u64>,
    pub last: Option<Price>,
    pub bid: Option<Price>,
    pub ask: Option<Price>,
    pub volume: Option<Quantity>,
    pub kind: TickKind,
}

/// A record that could not become a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub refusal: TickRefusal,
    /// Whose it was, when that much could be read.
    pub symbol: Option<SymbolId>,
    /// The file (for a zip `file.zip:member`), or `-` for standard input.
    pub file: Arc<str>,
    /// Line of a text file, row of a Parquet file; the first is 1, a header counts.
    pub line: u64,
    /// The start of the record, at most 120 bytes of it.
    pub text: String,
}

/// How much of a feed has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read so far (rows for a generator).
    pub done: u64,
    /// Bytes altogether; `None` when the end is not known (standard input).
    pub total: Option<u64>,
    /// Rows given out so far.
    pub rows: u64,
    /// Records given out so far that could not be read.
    pub unreadable: u64,
}

impl Row {
    /// A trade price with nothing else known.
    pub fn last(symbol: SymbolId, at: Timestamp, last: Price) -> Row {
        Row {
            symbol,
            at,
            sequence: None,
            last: Some(last),
            bid: None,
            ask: None,
            volume: None,
            kind: TickKind::Regular,
        }
    }

    /// The tick that this row is for `instrument`.
    pub fn tick(&self, instrument: InstrumentId, source: SourceId) -> Tick {
        Tick {
            instrument,
            at: self.at,
            source,
            sequence: self.sequence,
            last: self.last,
            bid: self.bid,
            ask: self.ask,
            volume: self.volume,
            kind: self.kind,
        }
    }
}

impl Batch {
    /// The batch as inputs of the engine: what could not be read first, then one body of all its ticks.
    ///
    /// `instrument` looks a symbol up; a row whose symbol it does not know is counted as
    /// [`TickRefusal::UnknownInstrument`].
    pub fn inputs(
        &self,
        source: SourceId,
        mut instrument: impl FnMut(SymbolId) -> Option<InstrumentId>,
    ) -> Vec<Input> {
        let mut inputs = Vec::new();
        let mut ticks = Vec::with_capacity(self.records.len());
        let mut refuse = |instrument, refusal| {
            let body = Body::Unreadable { source, instrument, refusal };
            inputs.push(Input { at: self.at, body });
        };
        for record in &self.records {
            match record {
                Record::Row(row) => match instrument(row.symbol) {
                    Some(instrument) => ticks.push(row.tick(instrument, source)),
                    None => refuse(None, TickRefusal::UnknownInstrument),
                },
                Record::Unreadable(broken) => {
                    refuse(broken.symbol.and_then(&mut instrument), broken.refusal)
                }
            }
        }
        if !ticks.is_empty() {
            inputs.push(Input { at: self.at, body: Body::Ticks(ticks) });
        }
        inputs
    }

    /// The rows of the batch, without what could not be read.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.records.iter().filter_map(|record| match record {
            Record::Row(row) => Some(row),
            Record::Unreadable(_) => None,
        })
    }
}
