//! One file from its decoder to the rows that are wanted: sorted if asked, bars played, filtered.

use crate::bars::BarPlayer;
use crate::bytes::{Counter, Part};
use crate::clock::{Clock, zone_named};
use crate::csv::CsvReader;
use crate::error::FeedError;
use crate::filter::{Filter, Sieve};
use crate::layout::Entry;
use crate::mapping::{Format, Mapping};
use crate::ndjson::NdjsonReader;
use crate::parquet::ParquetReader;
use crate::symbols::Symbols;
use highmark_engine::{SECOND, Timestamp};
use jiff::tz::TimeZone;

pub(crate) struct Stream {
    source: Source,
    bars: Option<BarPlayer>,
    /// An entry that waits until the bars before it have been played.
    waiting: Option<Entry>,
    ended: bool,
    sieve: Sieve,
    /// Whether what cannot be read is given out: when the row before it was.
    inside: bool,
}

enum Source {
    Csv(Box<CsvReader>),
    Parquet(Box<ParquetReader>),
    Ndjson(Box<NdjsonReader>),
    Sorted(std::vec::IntoIter<Entry>),
}

impl Stream {
    pub(crate) fn open(
        part: &Part,
        mapping: &Mapping,
        filter: &Filter,
        symbols: &mut Symbols,
        counter: &Counter,
    ) -> Result<Stream, FeedError> {
        let sieve = filter.sieve(&zone_of(mapping)?)?;
        let mut source = Source::open(part, mapping, symbols, counter)?;
        let length = mapping.bars.map_or(0, |bars| i64::from(bars.seconds) * SECOND);
        if let Source::Parquet(reader) = &mut source {
            // The ticks of a bar stand up to its length away from its own time.
            let wider =
                |&(from, to): &(i64, i64)| (from.saturating_sub(length), to.saturating_add(length));
            reader.only(&sieve.stretches().iter().map(wider).collect::<Vec<_>>());
        }
        if mapping.sort {
            source = source.sorted(symbols)?;
        }
        Ok(Stream {
            source,
            bars: mapping.bars.map(BarPlayer::new),
            waiting: None,
            ended: false,
            inside: sieve.stretches().is_empty(),
            sieve,
        })
    }

    /// Puts the next entry that is wanted into `out`, a row or what could not be read; `None` at the end.
    pub(crate) fn next(
        &mut self,
        symbols: &mut Symbols,
        out: &mut Option<Entry>,
    ) -> Result<(), FeedError> {
        loop {
            match &mut self.bars {
                None => self.source.next(symbols, out)?,
                Some(_) => *out = self.played(symbols)?,
            }
            let wanted = match out {
                Some(Entry::Row(row)) => {
                    let wanted_symbol = self.sieve.wants_symbol(row.symbol, symbols);
                    self.inside = self.sieve.wants_time(row.at);
                    self.inside && wanted_symbol
                }
                Some(Entry::Unreadable(broken)) => {
                    let symbol = broken.symbol;
                    self.inside && symbol.is_none_or(|it| self.sieve.wants_symbol(it, symbols))
                }
                // Without a bar player the layout makes no bars, with one they have been played.
                Some(Entry::Bar(_)) => false,
                None => true,
            };
            if wanted {
                return Ok(());
            }
        }
    }

    fn played(&mut self, symbols: &mut Symbols) -> Result<Option<Entry>, FeedError> {
        let Some(bars) = &mut self.bars else { return Ok(None) };
        loop {
            if let Some(row) = bars.pop() {
                return Ok(Some(Entry::Row(row)));
            }
            if self.ended {
                return Ok(None);
            }
            let mut next = self.waiting.take();
            if next.is_none() {
                self.source.next(symbols, &mut next)?;
            }
            match next {
                None => {
                    self.ended = true;
                    bars.play();
                }
                Some(Entry::Bar(bar)) if bars.must_play_first(bar.at) => {
                    bars.play();
                    self.waiting = Some(Entry::Bar(bar));
                }
                Some(Entry::Bar(bar)) => bars.push(*bar),
                Some(entry @ (Entry::Row(_) | Entry::Unreadable(_))) => return Ok(Some(entry)),
            }
        }
    }
}

impl Source {
    pub(crate) fn open(
        part: &Part,
        mapping: &Mapping,
        symbols: &mut Symbols,
        counter: &Counter,
    ) -> Result<Source, FeedError> {
        Ok(match format_of(part, mapping)? {
            Format::Csv => Source::Csv(Box::new(CsvReader::open(part, mapping, symbols, counter)?)),
            Format::Parquet => {
                Source::Parquet(Box::new(ParquetReader::open(part, mapping, symbols, counter)?))
            }
            Format::Ndjson => Source::Ndjson(Box::new(NdjsonReader::open(part, mapping, counter)?)),
        })
    }

    /// Puts the next entry into `out`; `None` at the end.
    fn next(&mut self, symbols: &mut Symbols, out: &mut Option<Entry>) -> Result<(), FeedError> {
        match self {
            Source::Csv(reader) => reader.next(symbols, out),
            Source::Parquet(reader) => reader.next(symbols, out),
            Source::Ndjson(reader) => reader.next(symbols, out),
            Source::Sorted(entries) => {
                *out = entries.next();
                Ok(())
            }
        }
    }

    /// All of it in memory, by time; what cannot be read stays behind the row before it.
    fn sorted(mut self, symbols: &mut Symbols) -> Result<Source, FeedError> {
        let mut entries = Vec::new();
        let mut at = Timestamp(i64::MIN);
        loop {
            let mut next = None;
            self.next(symbols, &mut next)?;
            let Some(entry) = next else { break };
            at = match &entry {
                Entry::Row(row) => row.at,
                Entry::Bar(bar) => bar.at,
                Entry::Unreadable(_) => at,
            };
            entries.push((at, entry));
        }
        entries.sort_by_key(|(at, _)| *at);
        let entries: Vec<Entry> = entries.into_iter().map(|(_, entry)| entry).collect();
        Ok(Source::Sorted(entries.into_iter()))
    }
}

/// The zone of a mapping's days: its own, or India's.
pub(crate) fn zone_of(mapping: &Mapping) -> Result<TimeZone, FeedError> {
    zone_named(mapping.time.zone.as_deref().unwrap_or("+05:30"))
}

/// Calls `see` with the time of every row of a part that has one.
pub(crate) fn each_time(
    part: &Part,
    mapping: &Mapping,
    mut see: impl FnMut(Timestamp),
) -> Result<(), FeedError> {
    let mut symbols = Symbols::default();
    let counter = Counter::default();
    let mut source = Source::open(part, mapping, &mut symbols, &counter)?;
    if let Source::Parquet(reader) = &mut source {
        return reader.each_time(|at| at.into_iter().for_each(&mut see));
    }
    let mut entry = None;
    loop {
        source.next(&mut symbols, &mut entry)?;
        match &entry {
            Some(Entry::Row(row)) => see(row.at),
            Some(Entry::Bar(bar)) => see(bar.at),
            Some(Entry::Unreadable(_)) => {}
            None => return Ok(()),
        }
    }
}

fn format_of(part: &Part, mapping: &Mapping) -> Result<Format, FeedError> {
    let told = match part.ending.as_str() {
        "csv" | "txt" => Some(Format::Csv),
        "parquet" | "pq" => Some(Format::Parquet),
        "ndjson" | "jsonl" => Some(Format::Ndjson),
        _ => None,
    };
    mapping.format.or(told).ok_or_else(|| {
        FeedError::new(
            &part.label,
            "its name does not say what it is",
            "call it .csv, .parquet or .ndjson, or say format = \"csv\" in the mapping",
        )
    })
}

/// Reads times alone; checked here so that a mapping with a wrong zone is refused before any file is opened.
pub(crate) fn check(mapping: &Mapping) -> Result<(), FeedError> {
    Clock::new(&mapping.time).map(drop)
}
