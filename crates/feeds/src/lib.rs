//! Files, streams and a seeded market as batches of ticks.
//!
//! Everything that can be played is a [`Feed`]: it is pulled, one [`Batch`] of rows with the same time after
//! another, until it ends. There are three: [`Files`] (CSV and Parquet, plain or in zip and gz, several merged
//! by time), [`Lines`] (one JSON object a line, from standard input or any reader) and [`Generator`] (a market
//! made up from a seed). None of them reads a clock or a network.
//!
//! ```no_run
//! use highmark_feeds::{Feed, Files, Filter, Mapping};
//! # fn main() -> Result<(), highmark_feeds::FeedError> {
//! let mapping = Mapping::preset("nse_1s")?;
//! let mut feed = Files::open(&["NIFTY.parquet".into()], &mapping, &Filter::default())?;
//! while let Some(batch) = feed.next_batch()? {
//!     println!("{:?} {}", batch.at, batch.records.len());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A row that cannot be read is a record as well, [`Record::Unreadable`], with the refusal that the engine
//! counts; it never stops a feed. A [`FeedError`] does: the file is missing, damaged, or not what its mapping says.

mod bars;
mod batch;
mod bytes;
mod clock;
mod csv;
mod error;
mod files;
mod filter;
mod generator;
mod json;
mod layout;
mod lines;
mod mapping;
mod ndjson;
mod number;
mod parquet;
mod stream;
mod symbols;
mod text;

pub use batch::{Batch, Progress, Record, Row, Unreadable};
pub use error::FeedError;
pub use files::{Files, days_in};
pub use filter::Filter;
pub use generator::{Dirt, DirtRates, Generator, GeneratorSpec, Listing, Stretch};
pub use lines::{Grouping, Lines};
pub use mapping::*;
pub use symbols::{SymbolId, Symbols};
pub use text::LONGEST_LINE;

/// Something that can be played, one batch after another.
pub trait Feed {
    /// Replaces `batch` by the next one, keeping its memory; false at the end.
    fn fill(&mut self, batch: &mut Batch) -> Result<bool, FeedError>;

    /// The names that the rows' [`SymbolId`]s stand for; it grows while the feed is read.
    fn symbols(&self) -> &Symbols;

    /// How far it has got.
    fn progress(&self) -> Progress;

    /// The next batch, `None` at the end.
    fn next_batch(&mut self) -> Result<Option<Batch>, FeedError> {
        let mut batch = Batch::default();
        Ok(self.fill(&mut batch)?.then_some(batch))
    }
}
