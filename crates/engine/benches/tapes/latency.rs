//! How long single ticks take, with the cost of the clock beside.

use hdrhistogram::Histogram;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What a tick that closes m trades is meant to take at most: so much, and so much more for each.
const CLOSING: Duration = Duration::from_micros(5);
const EACH_CLOSE: Duration = Duration::from_micros(1);

/// Longer times count as this one: a minute.
const LONGEST: u64 = 60_000_000_000;

/// Times in nanoseconds, to three figures. Each has one reading of the clock in it, which is not taken off.
pub(crate) struct Latencies {
    clock: u64,
    all: Histogram<u64>,
    quiet: Histogram<u64>,
    closing: Histogram<u64>,
    opens: Histogram<u64>,
    closes: usize,
    /// Closing ticks that took longer than they are meant to.
    late: usize,
    /// Most closes of one tick, and what that took.
    most: (usize, Duration),
}

impl Latencies {
    pub(crate) fn new() -> Latencies {
        let empty = || Histogram::new_with_bounds(1, LONGEST, 3).expect("the bounds are in order");
        Latencies {
            clock: clock(),
            all: empty(),
            quiet: empty(),
            closing: empty(),
            opens: empty(),
            closes: 0,
            late: 0,
            most: (0, Duration::ZERO),
        }
    }

    pub(crate) fn tick(&mut self, took: Duration, closes: usize) {
        record(&mut self.all, took);
        if closes == 0 {
            return record(&mut self.quiet, took);
        }
        record(&mut self.closing, took);
        self.closes += closes;
        let meant = CLOSING + EACH_CLOSE * u32::try_from(closes).unwrap_or(u32::MAX);
        self.late += usize::from(took > meant);
        if closes > self.most.0 {
            self.most = (closes, took);
        }
    }

    pub(crate) fn open(&mut self, took: Duration) {
        record(&mut self.opens, took);
    }

    pub(crate) fn told(&self) -> Value {
        let (most, took) = self.most;
        json!({
            "clock_ns": self.clock,
            "all": points(&self.all),
            "quiet": points(&self.quiet),
            "closing": points(&self.closing),
            "most_closes": most,
            "most_closes_ns": nanos(took),
            "late": self.late,
            "ns_per_close": self.per_close(),
            "ns_per_open": self.per_open(),
        })
    }

    /// What closing ticks take beyond quiet ones, for each close.
    fn per_close(&self) -> Option<f64> {
        let quiet = self.quiet.value_at_quantile(0.5) as f64;
        let beyond = (self.closing.mean() - quiet) * self.closing.len() as f64;
        (self.closes > 0).then(|| (beyond / self.closes as f64).round())
    }

    fn per_open(&self) -> Option<f64> {
        let mean = self.opens.mean() - self.clock as f64;
        (!self.opens.is_empty()).then(|| mean.round())
    }
}

fn record(times: &mut Histogram<u64>, took: Duration) {
    times.saturating_record(nanos(took));
}

fn nanos(took: Duration) -> u64 {
    u64::try_from(took.as_nanos()).unwrap_or(u64::MAX)
}

fn points(times: &Histogram<u64>) -> Value {
    let at = |share| times.value_at_quantile(share);
    json!({ "ticks": times.len(), "p50": at(0.5), "p99": at(0.99), "p99_9": at(0.999), "max": times.max() })
}

/// What two readings of the clock, one after the other, say of the time between them: the median.
fn clock() -> u64 {
    let mut times: Vec<Duration> = (0..10_001)
        .map(|_| {
            let begun = Instant::now();
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    nanos(times[times.len() / 2])
}
