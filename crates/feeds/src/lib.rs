//! Files, streams and a seeded market as batches of ticks.
//!
//! Everything that can be played is a [`Feed`]: it is pulled, one [`Batch`] of rows with the same time after
//! another, until it ends. There are three: [`Files`] (CSV and Parquet, plain or in zip and gz, several merged
//! by time), [`Lines`] (one JSON object a line, from standard input or any reader) and [`Generator`] (a market
//! made up from a seed). None of them reads a clock or a network. [`Ahead`] reads any of them on a thread of
//! its own.
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
//! # Formats
//!
//! Highmark's own CSV and Parquet have the columns `time`, `symbol`, `last` and, if you like, `bid`, `ask`,
//! `volume`, `sequence`, in any order; a header names them. Bars have `time`, `symbol`, `open`, `high`, `low`,
//! `close` and perhaps `volume`, and need the presets `bars_1s`, `bars_1m`, `bars_5m` or a [`Mapping`] that says
//! how long they are. JSON lines have the same keys as the columns. Files of others are read through a preset
//! ([`Mapping::presets`]) or a [`Mapping`] of one's own.
//!
//! - `time`: RFC 3339, or an epoch in seconds, milliseconds, microseconds or nanoseconds, which are told apart
//!   by their size; the first epoch of a file fixes the unit (`MD_TIME_UNIT`). A local time needs a zone in the
//!   mapping (`MD_ZONE`); an hour that the clocks repeat or leave out has none. Times before 1990 and from 2100
//!   on are no market data (`MD_TIME`).
//! - prices: decimal text, read exactly; a float of a Parquet file by its shortest text. An empty CSV field is an
//!   absent price. `nan`, `inf` and `null` are `MD_NOT_NUMBER`; what is finer than 1e-8 or larger than 1e9 is
//!   `MD_RANGE`; anything else that is no number is `MD_PARSE`. Zero and negative prices pass: the engine
//!   judges them.
//! - a row of a CSV file has as many fields as its header. A field in quotes may hold a comma and no line end.
//! - whole-number prices in Parquet, and all prices under a mapping that names columns, need a declared unit.
//!
//! # What goes wrong
//!
//! A row that cannot be read is a record as well, [`Record::Unreadable`], with the refusal that the engine
//! counts; it never stops a feed. A [`FeedError`] does: the file is missing, damaged, or not what its mapping says.

mod ahead;
mod bars;
mod batch;
mod bytes;
mod cells;
mod clock;
mod csv;
mod digits;
mod error;
mod files;
mod filter;
mod generator;
mod json;
mod layout;
mod lines;
mod mapping;
mod minute;
mod ndjson;
mod number;
mod parquet;
mod plain_json;
mod random;
mod stream;
mod symbols;
mod text;

pub use ahead::Ahead;
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
