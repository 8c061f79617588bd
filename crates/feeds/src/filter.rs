//! Which rows of a feed are wanted.

use crate::clock::day_in_zone;
use crate::error::FeedError;
use crate::symbols::{SymbolId, Symbols};
use highmark_engine::{Day, Timestamp};
use jiff::tz::TimeZone;

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

/// A filter made ready for the rows of one file.
#[derive(Clone, Debug)]
pub(crate) struct Sieve {
    /// Stretches of time wanted, in order; `None`: all.
    stretches: Option<Vec<(i64, i64)>>,
    names: Vec<String>,
    /// By symbol: whether it is wanted, as far as it is known yet.
    known: Vec<bool>,
}

impl Filter {
    pub(crate) fn sieve(&self, zone: &TimeZone) -> Result<Sieve, FeedError> {
        let from = self.from.map_or(i64::MIN, |at| at.0);
        let to = self.to.map_or(i64::MAX, |at| at.0);
        let mut stretches = Vec::new();
        for day in &self.days {
            let (start, end) = day_in_zone(*day, zone).ok_or_else(|| {
                FeedError::new(format!("day {}", day.0), "no such day", "write it as 20210611")
            })?;
            stretches.push((start.0.max(from), end.0.min(to)));
        }
        stretches.sort_unstable();
        let everything = self.days.is_empty() && self.from.is_none() && self.to.is_none();
        if self.days.is_empty() {
            stretches.push((from, to));
        }
        Ok(Sieve {
            stretches: (!everything).then_some(stretches),
            names: self.symbols.clone(),
            known: Vec::new(),
        })
    }
}

impl Sieve {
    /// The stretches of time wanted, empty when all is.
    pub(crate) fn stretches(&self) -> &[(i64, i64)] {
        self.stretches.as_deref().unwrap_or_default()
    }

    pub(crate) fn wants_time(&self, at: Timestamp) -> bool {
        match &self.stretches {
            None => true,
            Some(stretches) => stretches.iter().any(|(from, to)| (*from..*to).contains(&at.0)),
        }
    }

    pub(crate) fn wants_symbol(&mut self, symbol: SymbolId, symbols: &Symbols) -> bool {
        if self.names.is_empty() {
            return true;
        }
        while self.known.len() <= symbol.0 as usize {
            let next = SymbolId(u32::try_from(self.known.len()).unwrap_or(u32::MAX));
            let name = symbols.name(next);
            self.known.push(self.names.iter().any(|wanted| wanted == name));
        }
        self.known[symbol.0 as usize]
    }
}
