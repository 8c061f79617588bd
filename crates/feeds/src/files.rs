//! Files as a feed, several of them merged by time.

use crate::Feed;
use crate::batch::{Batch, Progress, Record};
use crate::bytes::{Counter, Part, is_readable, parts_of};
use crate::clock::day_of;
use crate::error::FeedError;
use crate::filter::Filter;
use crate::layout::Entry;
use crate::mapping::Mapping;
use crate::stream::{Stream, check, each_time, zone_of};
use crate::symbols::Symbols;
use highmark_engine::{Day, Timestamp};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// One or more files, merged by time; at the same time by symbol, then in the order given. A file's own rows
/// stay in the order of the file, also where its times run backwards.
pub struct Files {
    symbols: Symbols,
    streams: Vec<Stream>,
    /// The next entry of each stream, and the time at which it comes: a row's own, or that of the row before
    /// for a record that could not be read.
    heads: Vec<Option<Entry>>,
    times: Vec<i64>,
    counters: Vec<(Counter, u64)>,
    rows: u64,
    unreadable: u64,
    /// What ended the feed, told after the rows before it.
    failed: Option<FeedError>,
}

/// Records in a batch after which no more unreadable ones are added: a file may hold nothing else.
const MOST_UNREADABLE: usize = 1 << 16;
/// The time of what cannot be read before the first row, and of a stream at its end.
const BEFORE_ALL: i64 = i64::MIN;
const ENDED: i64 = i64::MAX;

impl Files {
    /// Opens every file with the same mapping. A folder stands for the files in it, by name, without the
    /// folders inside.
    pub fn open(paths: &[PathBuf], mapping: &Mapping, filter: &Filter) -> Result<Files, FeedError> {
        let files = paths.iter().map(|path| (path.clone(), mapping.clone())).collect::<Vec<_>>();
        Files::open_each(&files, filter)
    }

    /// Opens every file with a mapping of its own.
    pub fn open_each(files: &[(PathBuf, Mapping)], filter: &Filter) -> Result<Files, FeedError> {
        let mut symbols = Symbols::default();
        let mut streams = Vec::new();
        let mut counters = Vec::new();
        for (path, mapping) in files {
            check(mapping)?;
            for part in parts_in(path, mapping)? {
                let counter = Counter::default();
                streams.push(Stream::open(&part, mapping, filter, &mut symbols, &counter)?);
                counters.push((counter, part.size));
            }
        }
        let mut feed = Files {
            heads: (0..streams.len()).map(|_| None).collect(),
            times: vec![BEFORE_ALL; streams.len()],
            symbols,
            streams,
            counters,
            rows: 0,
            unreadable: 0,
            failed: None,
        };
        for index in 0..feed.streams.len() {
            feed.advance(index)?;
        }
        Ok(feed)
    }

    /// Takes the next record of a stream; its time stays where it was if it could not be read.
    fn advance(&mut self, index: usize) -> Result<(), FeedError> {
        self.streams[index].next(&mut self.symbols, &mut self.heads[index])?;
        match &self.heads[index] {
            Some(Entry::Row(row)) => self.times[index] = row.at.0,
            Some(Entry::Unreadable(_) | Entry::Bar(_)) => {}
            None => self.times[index] = ENDED,
        }
        Ok(())
    }

    /// The stream whose turn it is.
    fn first(&self) -> Option<usize> {
        if let [only] = *self.times {
            return (only != ENDED).then_some(0);
        }
        let earliest = *self.times.iter().min()?;
        let mut due = (0..self.times.len()).filter(|index| self.times[*index] == earliest);
        let first = due.next()?;
        if earliest == ENDED {
            return None;
        }
        Some(due.fold(first, |best, other| {
            if self.symbol_at(other) < self.symbol_at(best) { other } else { best }
        }))
    }

    /// What cannot be read comes before the rows of other files: it belongs to a row that is out already.
    fn symbol_at(&self, index: usize) -> &str {
        match &self.heads[index] {
            Some(Entry::Row(row)) => self.symbols.name(row.symbol),
            Some(Entry::Unreadable(_) | Entry::Bar(_)) | None => "",
        }
    }
}

impl Feed for Files {
    fn fill(&mut self, batch: &mut Batch) -> Result<bool, FeedError> {
        batch.records.clear();
        batch.at = Timestamp::default();
        let mut at = BEFORE_ALL;
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        while let Some(index) = self.first() {
            let broken = matches!(self.heads[index], Some(Entry::Unreadable(_)));
            if broken && batch.records.len() >= MOST_UNREADABLE {
                break;
            }
            let time = self.times[index];
            if at == BEFORE_ALL {
                at = time;
            } else if time != at {
                break;
            }
            match self.heads[index].take() {
                Some(Entry::Row(row)) => {
                    self.rows += 1;
                    batch.records.push(Record::Row(row));
                }
                Some(Entry::Unreadable(broken)) => {
                    self.unreadable += 1;
                    batch.records.push(Record::Unreadable(broken));
                }
                Some(Entry::Bar(_)) | None => {}
            }
            if let Err(error) = self.advance(index) {
                self.failed = Some(error);
                break;
            }
        }
        if batch.records.is_empty()
            && let Some(error) = self.failed.take()
        {
            return Err(error);
        }
        if at != BEFORE_ALL {
            batch.at = Timestamp(at);
        }
        Ok(!batch.records.is_empty())
    }

    fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    fn progress(&self) -> Progress {
        let done = |(counter, size): &(Counter, u64)| counter.load(Ordering::Relaxed).min(*size);
        Progress {
            done: self.counters.iter().map(done).sum(),
            total: Some(self.counters.iter().map(|(_, size)| size).sum()),
            rows: self.rows,
            unreadable: self.unreadable,
        }
    }
}

/// The days on which a file has rows, in order, in the zone of the mapping (Indian time when it has none).
pub fn days_in(path: &Path, mapping: &Mapping) -> Result<Vec<Day>, FeedError> {
    let zone = zone_of(mapping)?;
    let mut days = BTreeSet::new();
    // A row in the day of the row before is told by two comparisons.
    let mut known = 0..0;
    for part in parts_in(path, mapping)? {
        each_time(&part, mapping, |at| {
            if known.contains(&at.0) {
                return;
            }
            if let Some(day) = day_of(at, &zone) {
                days.insert(day);
                if let Some((start, end)) = crate::clock::day_in_zone(day, &zone) {
                    known = start.0..end.0;
                }
            }
        })?;
    }
    Ok(days.into_iter().collect())
}

fn parts_in(path: &Path, mapping: &Mapping) -> Result<Vec<Part>, FeedError> {
    if !path.is_dir() {
        return parts_of(path, mapping.members.as_deref());
    }
    let io = |error| FeedError::io(path, &error);
    let mut inside = Vec::new();
    for entry in path.read_dir().map_err(io)? {
        let entry = entry.map_err(io)?.path();
        if entry.is_file() && is_readable(&entry) {
            inside.push(entry);
        }
    }
    inside.sort();
    if inside.is_empty() {
        return Err(FeedError::new(
            path.display().to_string(),
            "the folder holds no feed file",
            "give a folder with .csv, .parquet, .ndjson, .gz or .zip files in it",
        ));
    }
    let mut parts = Vec::new();
    for file in inside {
        parts.extend(parts_of(&file, mapping.members.as_deref())?);
    }
    Ok(parts)
}
