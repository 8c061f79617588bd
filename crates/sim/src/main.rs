//! Runs seeded episodes through the engine and the oracle and says where they first differ; with the name of
//! a proof, runs that.

mod proofs;

use highmark_sim::compare::Tally;
use highmark_sim::random::{Feature, Features};
use highmark_sim::run::{self, Difference, Settings};
use highmark_sim::{mirror, shrink};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

const USAGE: &str = "highmark-sim [compare] [--ticks N] [--seed S] [--seeds N] [--features LIST] [--every K] [--jobs N] [--keep-going]
  --ticks N        play seeds until so many ticks were compared (default 1000000)
  --seed S         begin at this seed (default 1)
  --seeds N        play so many seeds, whatever their ticks
  --features LIST  only these (stops,trails) or all but these (-bars,-candles); without it, all in which engine and oracle
                   have been brought to agree; `all` plays the others too
  --every K        compare all figures after every K inputs (default 5)
  --jobs N         threads (default 1)
  --keep-going     play on after a difference and count them

Each seed is an episode: some of the features, one book, a row of inputs. Engine, oracle and the engine without its index
take the same inputs; facts are compared after each, figures after every K (after each while the book has at most four
trades), whole states of all engines more rarely as they grow. At inputs that the seed decides, an engine starts again from
the state as it is carried over, or from all facts folded, and has to go on alike. Every eighth seed is played in a mirror.
Books are mixed (a few instruments, up to forty open trades), tiny (one instrument, up to three trades) or crowds (hundreds
or thousands of open trades of a few patterns on one or two instruments). Prices walk on a grid, so that touches and ties are
frequent; they leap over many triggers, stand still, come back to the very same price, or run in one direction. Trades are
opened in bursts at one mark, or all on one side; thresholds are now and then as small as they can be. People amend, loosen,
remove, reset, take back, halt, kill, mark by hand and change the profile; brokers fill in parts and late, reject, and tell positions.
Every eighth seed is played once more among the engines alone, without the oracle, with what it does not know: corporate
actions, marks set by hand and taken back, levels rounded to ticks.";

/// Of eight seeds, the one that is played among the engines alone too.
const ALONE: u64 = 4;

/// What was asked for on the command line.
struct Asked {
    ticks: u64,
    seed: u64,
    seeds: u64,
    jobs: u64,
    keep_going: bool,
    settings: Settings,
}

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    match words.first().map(String::as_str) {
        Some("help" | "--help" | "-h") => {
            println!("{}", usage());
            return ExitCode::SUCCESS;
        }
        Some("compare") => drop(words.remove(0)),
        Some(name) if !name.starts_with('-') => {
            return proofs::run(name, &words[1..]).unwrap_or_else(|| {
                eprintln!("{name} is not known\n\n{}", usage());
                ExitCode::from(2)
            });
        }
        _ => {}
    }
    match read(words.into_iter()) {
        Ok(asked) => play_all(&asked),
        Err(wrong) => {
            eprintln!("{wrong}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn usage() -> String {
    let mut text = format!("{USAGE}\n\nhighmark-sim PROOF --help explains each of\n");
    for proof in proofs::PROOFS {
        text.push_str(&format!("  {:<9}{}\n", proof.name, proof.line));
    }
    text
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Asked, String> {
    let settings = Settings { features: Features::ALL, every: 5, mistake: None, alone: false };
    let mut asked =
        Asked { ticks: 1_000_000, seed: 1, seeds: u64::MAX, jobs: 1, keep_going: false, settings };
    while let Some(word) = words.next() {
        if word == "--keep-going" {
            asked.keep_going = true;
            continue;
        }
        let value = words.next().ok_or(format!("{word} needs a value"))?;
        let number =
            || value.replace('_', "").parse::<u64>().map_err(|_| format!("{value} is no number"));
        match word.as_str() {
            "--ticks" => asked.ticks = number()?,
            "--seed" => asked.seed = number()?,
            "--seeds" => asked.seeds = number()?,
            "--jobs" => asked.jobs = number()?.max(1),
            "--every" => asked.settings.every = number()? as usize,
            "--features" => {
                asked.settings.features = Features::parse(&value).map_err(|name| {
                    let known: Vec<&str> = Feature::ALL.iter().map(|one| one.name()).collect();
                    format!("no feature {name}; there are {}", known.join(", "))
                })?;
            }
            _ => return Err(format!("{word} is not known")),
        }
    }
    Ok(asked)
}

/// What the threads share.
struct Board {
    next: AtomicU64,
    stop: AtomicBool,
    tally: Mutex<Tally>,
    differences: Mutex<Vec<Difference>>,
}

fn play_all(asked: &Asked) -> ExitCode {
    let board = Board {
        next: AtomicU64::new(asked.seed),
        stop: AtomicBool::new(false),
        tally: Mutex::default(),
        differences: Mutex::default(),
    };
    let began = Instant::now();
    std::thread::scope(|threads| {
        for _ in 0..asked.jobs {
            threads.spawn(|| work(asked, &board, began));
        }
    });
    let tally = *board.tally.lock().expect("no thread panicked");
    let mut differences = board.differences.lock().expect("no thread panicked");
    differences.sort_by_key(|difference| difference.seed);
    if let Some(first) = differences.iter().min_by_key(|difference| difference.inputs.len()) {
        report(first, Settings { alone: first.alone, ..asked.settings });
    }
    if differences.len() > 1 {
        for difference in differences.iter().take(40) {
            let line: String = difference.text.chars().take(2000).collect();
            let last =
                difference.inputs.get(difference.input..).map_or(String::new(), shrink::tell);
            eprintln!(
                "seed {} input {}: {line}\n  after {last}",
                difference.seed, difference.input
            );
        }
    }
    println!(
        "evidence: ticks {} inputs {} facts {} exits {} breaches {} levels {} figures {} states {} mirrored {} alone {} restarts {} seeds {} differences {} in {:.1} s",
        tally.ticks,
        tally.inputs,
        tally.facts,
        tally.exits,
        tally.breaches,
        tally.levels,
        tally.figures,
        tally.states,
        tally.mirrored,
        tally.alone,
        tally.restarts,
        tally.seeds,
        differences.len(),
        began.elapsed().as_secs_f64(),
    );
    if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn work(asked: &Asked, board: &Board, began: Instant) {
    loop {
        let seed = board.next.fetch_add(1, Ordering::Relaxed);
        if seed - asked.seed >= asked.seeds || board.stop.load(Ordering::Relaxed) {
            return;
        }
        match play_one(seed, asked.settings) {
            Ok(tally) => {
                let mut sum = board.tally.lock().expect("no thread panicked");
                let before = sum.ticks / 500_000;
                sum.add(tally);
                if sum.ticks / 500_000 != before {
                    let rate = sum.ticks as u128 * 1000 / began.elapsed().as_millis().max(1);
                    eprintln!("seed {seed}: {} ticks, {rate} a second", sum.ticks);
                }
                if sum.ticks >= asked.ticks {
                    return;
                }
            }
            Err(difference) => {
                board.differences.lock().expect("no thread panicked").push(*difference);
                if !asked.keep_going {
                    board.stop.store(true, Ordering::Relaxed);
                }
            }
        }
    }
}

/// One seed as it is; every eighth also in the mirror, and every eighth among the engines alone.
fn play_one(seed: u64, settings: Settings) -> Result<Tally, Box<Difference>> {
    let mut tally = run::play(seed, settings)?;
    if seed.is_multiple_of(8) {
        let inputs = run::record(seed, mirror::features(settings.features));
        mirror::play(&inputs).map_err(|(input, text)| {
            Box::new(Difference { seed, input, text, inputs: inputs.clone(), alone: false })
        })?;
        tally.mirrored += inputs.len() as u64;
    }
    if seed % 8 == ALONE {
        tally.add(run::play(seed, Settings { alone: true, ..settings })?);
    }
    Ok(tally)
}

fn report(difference: &Difference, settings: Settings) {
    eprintln!(
        "seed {} differs at input {}\n{}",
        difference.seed, difference.input, difference.text
    );
    match shrink::shrink(&difference.inputs, settings) {
        Some((row, at, text)) => {
            eprintln!(
                "shrunk to {} inputs:\n{}at input {at}:\n{text}",
                row.len(),
                shrink::tell(&row)
            );
            for (number, facts) in run::answers(&row) {
                eprintln!("  {number} oracle {facts:?}");
            }
        }
        None => {
            let from = difference.inputs.len().saturating_sub(20);
            eprintln!(
                "it does not shrink; the last inputs:\n{}",
                shrink::tell(&difference.inputs[from..])
            );
        }
    }
}
