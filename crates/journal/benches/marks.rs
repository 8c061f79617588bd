//! What a mark costs to write down and to read again, and how long it is in the journal.
//!
//! ```sh
//! cargo bench -p highmark-journal --bench marks
//! ```
//!
//! Quiet turns of one tick and of twenty, in records of 256 turns, as the service writes them. Times are
//! those of the processor where Linux tells them, otherwise of the wall clock; nothing is on a disk.

#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use highmark_engine::*;
use highmark_journal::Turn;
use highmark_journal::codec::{Decoder, Encoder};
use std::time::Instant;

const MARKS: usize = 400_000;
const RECORD: usize = 256;
const ROUNDS: usize = 7;

fn main() {
    println!(
        "ticks a turn | prices | ns a mark to write, least | median of {ROUNDS} | to read, least | median | bytes a mark"
    );
    for (each, quotes) in [(1, false), (1, true), (20, false)] {
        let turns = turns(each, quotes);
        let mut encoder = Encoder::new().unwrap();
        let (mut writing, mut reading) = (Vec::new(), Vec::new());
        let mut bytes = 0;
        for round in 0..=ROUNDS {
            let began = cpu();
            let bodies: Vec<Vec<u8>> =
                turns.chunks(RECORD).map(|turns| encoder.encode(turns).unwrap()).collect();
            let wrote = since(began);
            let began = cpu();
            let mut decoder = Decoder::default();
            let mut read = 0;
            for body in &bodies {
                read += decoder.decode(body).unwrap().len();
            }
            let took = since(began);
            assert_eq!(read, turns.len());
            bytes = bodies.iter().map(Vec::len).sum();
            if round > 0 {
                writing.push(wrote);
                reading.push(took);
            }
            if round == 0 {
                let again: Vec<Turn> =
                    bodies.iter().flat_map(|body| decoder.decode(body).unwrap()).collect();
                assert_eq!(again, turns);
            }
        }
        writing.sort_by(f64::total_cmp);
        reading.sort_by(f64::total_cmp);
        let prices = if quotes { "last, bid, ask, volume" } else { "last" };
        println!(
            "{each} | {prices} | {:.1} | {:.1} | {:.1} | {:.1} | {:.2}",
            writing[0],
            writing[ROUNDS / 2],
            reading[0],
            reading[ROUNDS / 2],
            bytes as f64 / MARKS as f64
        );
    }
}

/// Turns of ten instruments as the engine makes them: begun, marked.
fn turns(each: usize, quotes: bool) -> Vec<Turn> {
    let mut seed = 7u64;
    let mut draw = |most: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        i64::try_from(seed % most).unwrap()
    };
    let mut prices = [100_000_000_000i64; 10];
    let mut volumes = [0i64; 10];
    let mut turn = |number: usize| {
        let at = Timestamp(1_623_383_100_000_000_000 + 22_000_000 * i64::try_from(number).unwrap());
        let mut tick = || {
            let instrument = usize::try_from(draw(10)).unwrap();
            prices[instrument] += 5_000_000 * (draw(7) - 3);
            volumes[instrument] += 50 * 100_000_000;
            let id = InstrumentId(u32::try_from(instrument).unwrap());
            let price = prices[instrument];
            let mut tick = Tick::last(id, at, Price(price));
            if quotes {
                (tick.bid, tick.ask) = (Some(Price(price - 5_000_000)), Some(Price(price)));
                tick.volume = Some(Quantity(volumes[instrument]));
            }
            tick
        };
        let ticks: Vec<Tick> = (0..each).map(|_| tick()).collect();
        let mut events = vec![Event::TurnBegan { turn: number as u64 + 1, at }];
        events.extend(ticks.iter().copied().map(Event::Marked));
        Turn::new(Input { at, body: Body::Ticks(ticks) }, events)
    };
    (0..MARKS / each).map(&mut turn).collect()
}

fn since(began: u64) -> f64 {
    (cpu() - began) as f64 / MARKS as f64
}

/// Nanoseconds that this thread has run.
fn cpu() -> u64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ran = told.split(' ').next().and_then(|text| text.parse().ok());
    ran.unwrap_or_else(|| {
        static BEGAN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        let wall = BEGAN.get_or_init(Instant::now).elapsed().as_nanos();
        u64::try_from(wall).unwrap_or(u64::MAX)
    })
}
