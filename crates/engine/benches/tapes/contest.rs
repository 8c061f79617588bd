//! One contestant on one tape: loaded, run and measured.

use super::closes::Close;
use super::latency::Latencies;
use super::machine::{processor, resident};
use super::tape::{Print, Tape, Terms};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Who can mark a book.
pub(crate) trait Contestant {
    /// Opens a trade at the last price of its symbol; false when its strategy takes none any more.
    fn open(&mut self, terms: &Terms) -> bool;
    /// Shows it a tick. The closes of one tick may come in any order.
    fn mark(&mut self, tick: u32, print: &Print, closes: &mut Vec<Close>);
}

/// What came of it.
pub(crate) struct Outcome {
    pub(crate) ticks: usize,
    /// By tick, then trade.
    pub(crate) closes: Vec<Close>,
    pub(crate) opened_later: usize,
    /// Open trades on a tick's symbol, on average.
    pub(crate) holders: f64,
    pub(crate) load: Duration,
    /// What the book at the start took of memory.
    pub(crate) bytes: Option<u64>,
    pub(crate) processor: Duration,
    pub(crate) wall: Duration,
    pub(crate) latencies: Option<Latencies>,
}

/// Runs `most` ticks of the tape, or all of it.
pub(crate) fn run<C: Contestant>(
    tape: &Tape,
    most: usize,
    with_latency: bool,
    make: impl FnOnce(&Tape) -> C,
) -> Outcome {
    let prints = &tape.prints[..most.min(tape.prints.len())];
    let (at_start, later) = tape.trades.split_at(tape.at_start());
    let mut closes = Vec::with_capacity(tape.trades.len());
    let mut refused = Vec::new();
    let (before, begun) = (resident(), processor());
    let mut contestant = make(tape);
    for terms in at_start {
        assert!(contestant.open(terms), "a book opens whole");
    }
    let load = processor() - begun;
    let bytes = resident().zip(before).map(|(after, before)| after.saturating_sub(before));

    let mut latencies = with_latency.then(Latencies::new);
    let (begun, wall) = (processor(), Instant::now());
    match &mut latencies {
        None => play(&mut contestant, prints, later, &mut closes, &mut refused),
        Some(latencies) => {
            let timed = Timed { contestant: &mut contestant, latencies };
            play(timed, prints, later, &mut closes, &mut refused);
        }
    }
    let (processor, wall) = (processor() - begun, wall.elapsed());
    black_box(&contestant);

    closes.sort_unstable();
    let (holders, opened_later) = count(tape, prints, &refused, &closes);
    let ticks = prints.len();
    Outcome { ticks, closes, opened_later, holders, load, bytes, processor, wall, latencies }
}

fn play(
    mut contestant: impl Contestant,
    prints: &[Print],
    later: &[Terms],
    closes: &mut Vec<Close>,
    refused: &mut Vec<u32>,
) {
    let mut later = later.iter().peekable();
    for (tick, print) in (0..).zip(prints) {
        while let Some(terms) = later.next_if(|terms| terms.open_at <= tick) {
            if !contestant.open(terms) {
                refused.push(terms.id);
            }
        }
        contestant.mark(tick, print, closes);
    }
}

impl<C: Contestant> Contestant for &mut C {
    fn open(&mut self, terms: &Terms) -> bool {
        (**self).open(terms)
    }
    fn mark(&mut self, tick: u32, print: &Print, closes: &mut Vec<Close>) {
        (**self).mark(tick, print, closes);
    }
}

/// A contestant with a clock at each call.
struct Timed<'a, C> {
    contestant: &'a mut C,
    latencies: &'a mut Latencies,
}

impl<C: Contestant> Contestant for Timed<'_, C> {
    fn open(&mut self, terms: &Terms) -> bool {
        let begun = Instant::now();
        let is_open = self.contestant.open(terms);
        self.latencies.open(begun.elapsed());
        is_open
    }
    fn mark(&mut self, tick: u32, print: &Print, closes: &mut Vec<Close>) {
        let before = closes.len();
        let begun = Instant::now();
        self.contestant.mark(tick, print, closes);
        let took = begun.elapsed();
        self.latencies.tick(took, closes.len() - before);
    }
}

/// Open trades on the tick's symbol, on average over the ticks; and how many opened during the tape.
fn count(tape: &Tape, prints: &[Print], refused: &[u32], closes: &[Close]) -> (f64, usize) {
    let mut symbols: Vec<u32> = Vec::new();
    for terms in &tape.trades {
        let id = terms.id as usize;
        symbols.resize(symbols.len().max(id + 1), 0);
        symbols[id] = terms.symbol;
    }
    let mut open = vec![0u64; tape.first.len()];
    let mut refused = refused.iter().peekable();
    let mut trades = tape.trades.iter().peekable();
    let mut closes = closes.iter().peekable();
    let (mut held, mut opened) = (0, 0);
    for (tick, print) in (0..).zip(prints) {
        while let Some(terms) = trades.next_if(|terms| terms.open_at <= tick) {
            if refused.next_if(|id| **id == terms.id).is_none() {
                open[terms.symbol as usize] += 1;
                opened += usize::from(terms.open_at > 0);
            }
        }
        held += open[print.symbol as usize];
        while let Some(close) = closes.next_if(|close| close.tick == tick) {
            open[symbols[close.trade as usize] as usize] -= 1;
        }
    }
    (held as f64 / prints.len().max(1) as f64, opened)
}
