//! Which rows of a feed are wanted.

use highmark_engine::{Day, Timestamp};

/// Rows that are left out are as if they were not in the file. The default leaves out nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The first instant wanted.
    pub from: Option<Timestamp>,
    /// The first instant after it that is not.
    pub to: Option<Timestamp>,
    /// Only these days, in the zone of the mapping (Indian time when it has none); empty: all.
    pub days: Vec<Day>,
    /// Only these symbols; empty: all.
    pub symbols: Vec<String>,
}
