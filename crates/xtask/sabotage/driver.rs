//! Runs the random comparison on an engine that has sabotages built in: first with none of them, then with each alone. A seed
//! in which one shows must pass without it.
//!
//! Not a part of any crate: `cargo xtask sim --only sabotage` builds it beside its copies of the engine and of the comparison.

use highmark_engine::SABOTAGE;
use highmark_sim::compare::Tally;
use highmark_sim::random::Features;
use highmark_sim::run::{Settings, play};
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Where a sabotage showed: the seed, the number of inputs before it, and what was said.
type Caught = (u64, usize, String);

/// So many seeds are played without a sabotage.
const UNTOUCHED: u64 = 100;

fn main() {
    let mut words = std::env::args().skip(1);
    let seeds: u64 = words.next().and_then(|word| word.parse().ok()).expect("a number of seeds");
    let names: Vec<String> = words.collect();
    // A broken index may also stop the engine: that is told in one line.
    std::panic::set_hook(Box::new(|_| {}));
    let mut missed = Vec::new();
    match hunt(0, UNTOUCHED) {
        (None, tally) => println!("passes   as it is: {UNTOUCHED} seeds, {} ticks", tally.ticks),
        (Some((seed, input, text)), _) => {
            println!("differs  as it is, without any sabotage: seed {seed} input {input}: {text}");
            std::process::exit(1);
        }
    }
    for (number, name) in (1u32..).zip(&names) {
        match hunt(number, seeds) {
            (Some((seed, input, text)), _) => {
                SABOTAGE.store(0, Ordering::Relaxed);
                if try_one(seed).is_err() {
                    println!("differs  as it is, without any sabotage: seed {seed}");
                    std::process::exit(1);
                }
                let line = text.lines().next().unwrap_or_default();
                let line: String = line.chars().take(90).collect();
                println!("caught   {name}: seed {seed} input {input}: {line}");
            }
            (None, tally) => {
                println!("missed   {name}: {seeds} seeds, {} ticks", tally.ticks);
                missed.push(name.clone());
            }
        }
    }
    println!("sabotage: {} of {} caught", names.len() - missed.len(), names.len());
    std::process::exit(i32::from(!missed.is_empty()));
}

/// Plays seeds with one sabotage until the first difference.
fn hunt(sabotage: u32, seeds: u64) -> (Option<Caught>, Tally) {
    SABOTAGE.store(sabotage, Ordering::Relaxed);
    let (next, stop) = (AtomicU64::new(1), AtomicBool::new(false));
    let (caught, sum) = (Mutex::new(None::<Caught>), Mutex::new(Tally::default()));
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > seeds {
                        return;
                    }
                    match try_one(seed) {
                        Ok(tally) => sum.lock().expect("nobody panics with it").add(tally),
                        Err((input, text)) => {
                            stop.store(true, Ordering::Relaxed);
                            let mut caught = caught.lock().expect("nobody panics with it");
                            caught.get_or_insert((seed, input, text));
                        }
                    }
                }
            });
        }
    });
    let sum = *sum.lock().expect("nobody panics with it");
    (caught.into_inner().expect("nobody panics with it"), sum)
}

fn try_one(seed: u64) -> Result<Tally, (usize, String)> {
    let settings = Settings { features: Features::ALL, every: 5, mistake: None, alone: false };
    match catch_unwind(|| play(seed, settings)) {
        Ok(Ok(tally)) => Ok(tally),
        Ok(Err(difference)) => Err((difference.input, difference.text)),
        Err(_) => Err((0, String::from("the engine stops: something it relies on does not hold"))),
    }
}
