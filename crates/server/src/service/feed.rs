//! Where ticks come from: the seeded market at the wall's pace, recorded files, or standard input.

use super::health::Health;
use super::intake::Intake;
use super::time::{Clock, wall};
use super::turns::{Asked, SymbolTable};
use highmark_engine::{Input, InstrumentSpec, Price, SourceId, Span, State, Timestamp};
use highmark_feeds::{
    Batch, DirtRates, Feed, FeedError, Generator, GeneratorSpec, Listing, Stretch, SymbolId,
};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Where the made-up prices of well-known symbols begin, in rupees; all others begin at 1,000.
const STARTS: [(&str, i64); 6] = [
    ("NIFTY", 26_000),
    ("BANKNIFTY", 58_000),
    ("RELIANCE", 1_400),
    ("SBIN", 900),
    ("TCS", 3_100),
    ("INFY", 1_500),
];
const START: i64 = 1_000;
/// The standard deviation of returns over [`LENGTH`]: about 0.12 % a minute, somewhat more than on a lively day,
/// so that there is something to see.
const VOLATILITY: f64 = 0.25;
const CORRELATION: f64 = 0.6;
/// How long the made-up market can go on.
const LENGTH: Span = Span::minutes(60 * 24 * 30);

/// How fast recorded ticks are played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// As fast as they are taken.
    Max,
    /// So many times as fast as they were recorded.
    Times(f64),
    /// They are as old as the wall says.
    Live,
}

/// The made-up market over a scenario's instruments, from where their prices stand.
pub fn generator(
    seed: u64,
    ticks_per_second: u32,
    from: Timestamp,
    state: &State,
) -> Result<Generator, FeedError> {
    let listings: Vec<Listing> =
        state.instruments().map(|(id, spec)| listing(spec, state.mark(id))).collect();
    let every = 1_000_000_000 * i64::try_from(listings.len()).unwrap_or(1)
        / i64::from(ticks_per_second.max(1));
    Generator::new(GeneratorSpec {
        seed: seed ^ from.0.unsigned_abs(),
        sessions: vec![Stretch { open: from, close: from.plus(LENGTH) }],
        every: Span(every.max(1_000)),
        listings,
        gap: 0.0,
        halts_per_session: 0.0,
        halt_length: Span(0),
        dirt: DirtRates::default(),
    })
}

fn listing(spec: &InstrumentSpec, mark: Option<Price>) -> Listing {
    let usual = STARTS.iter().find(|(symbol, _)| *symbol == spec.symbol);
    let start = mark.unwrap_or_else(|| Price::whole(usual.map_or(START, |(_, start)| *start)));
    // On the tick size, and at least one tick.
    let tick = spec.tick_size.0.max(1);
    Listing {
        symbol: spec.symbol.clone(),
        start: Price((start.0 / tick * tick).max(tick)),
        tick_size: spec.tick_size,
        daily_volatility: VOLATILITY,
        correlation: CORRELATION,
        spread: 2,
    }
}

/// A way to end threads that wait.
#[derive(Debug, Default)]
pub struct Ending {
    ended: Mutex<bool>,
    news: Condvar,
}

impl Ending {
    pub fn end(&self) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.news.notify_all();
    }

    /// Waits; true when it is over.
    pub fn wait(&self, for_: Duration) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if *ended || for_.is_zero() {
            return *ended;
        }
        let waited = self.news.wait_timeout_while(ended, for_, |ended| !*ended);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// What a feed's thread works with.
pub struct Line {
    pub feed: Box<dyn Feed + Send>,
    pub pace: Pace,
    /// Its ticks are made at the time that stands in them.
    pub is_made_up: bool,
    /// Recorded ticks up to here are known already.
    pub after: Option<Timestamp>,
    pub intake: Arc<Intake<Asked>>,
    pub clock: Clock,
    pub symbols: SymbolTable,
    pub health: Arc<Health>,
    pub ending: Arc<Ending>,
}

impl Line {
    /// Runs until the feed or the service ends.
    pub fn run(mut self) -> Result<(), FeedError> {
        let mut batch = Batch::default();
        let begun = Instant::now();
        let mut first = None;
        while self.feed.fill(&mut batch)? {
            if self.pace != Pace::Live && self.after.is_some_and(|after| batch.at <= after) {
                continue;
            }
            let first = *first.get_or_insert(batch.at);
            if self.ending.wait(self.pause(batch.at, first, begun)) {
                return Ok(());
            }
            if self.pace == Pace::Max && !self.room() {
                return Ok(());
            }
            let received = self.received(batch.at);
            for input in self.inputs(&batch) {
                if self.intake.feed(input, received).is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn pause(&self, at: Timestamp, first: Timestamp, begun: Instant) -> Duration {
        let nanoseconds = match self.pace {
            Pace::Max => return Duration::ZERO,
            Pace::Live if self.clock.is_wall() => at.since(wall()).0,
            Pace::Live => return Duration::ZERO,
            Pace::Times(factor) => {
                let recorded = at.since(first).0 as f64 / factor.max(1e-6);
                recorded as i64 - i64::try_from(begun.elapsed().as_nanos()).unwrap_or(i64::MAX)
            }
        };
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0))
    }

    /// When ticks of this time should have been heard: a feed that falls behind is late, and latencies say so.
    fn received(&self, at: Timestamp) -> Instant {
        let now = Instant::now();
        if self.pace != Pace::Live || !self.clock.is_wall() || !self.is_made_up {
            return now;
        }
        let late = u64::try_from(wall().since(at).0).unwrap_or(0);
        now.checked_sub(Duration::from_nanos(late)).unwrap_or(now)
    }

    /// Recorded ticks are not merged: they wait for room. False when the service ends meanwhile.
    fn room(&self) -> bool {
        while self.intake.is_full() {
            if self.ending.wait(Duration::from_millis(1)) {
                return false;
            }
        }
        true
    }

    fn inputs(&self, batch: &Batch) -> Vec<Input> {
        let symbols = self.symbols.read().unwrap_or_else(PoisonError::into_inner);
        let names = self.feed.symbols();
        let inputs = batch.inputs(SourceId(0), |id: SymbolId| symbols.get(names.name(id)).copied());
        let health = &self.health;
        health.fed_ticks.fetch_add(batch.records.len() as u64, Ordering::Relaxed);
        health.fed_at.store(u64::try_from(wall().0).unwrap_or(0), Ordering::Relaxed);
        inputs
    }
}
