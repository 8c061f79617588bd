//! What a tick costs in a replay of CSV through ten trades, beside reading the same file alone.
//!
//! ```sh
//! cargo bench -p highmark-play --bench replay
//! ```
//!
//! A million ticks, each at a time of its own, of ten symbols over one day; prices walk by up to three ticks
//! of 0.05 around 1,000, and stops are so far away that the trades stay open. Reading and replay run in
//! turns, the ratio is told round by round; times are those of the processor where Linux tells them.

#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use highmark_engine::{Event, Input, State};
use highmark_feeds::{Batch, Feed, Files, Filter, Mapping};
use highmark_play::failure::Failure;
use highmark_play::run::{Runner, Witness};
use highmark_play::scenario::{self, Scenario};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

const TICKS: u32 = 1_000_000;
const SYMBOLS: u32 = 10;
const ROUNDS: usize = 7;

fn main() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("replay.csv");
    std::fs::write(&path, tape()).unwrap();
    let scenario = book();
    let mut rounds: [Vec<f64>; 3] = Default::default();
    for round in 0..=ROUNDS {
        let times = [read(&path), replay(&path, &scenario, None), watched(&path, &scenario)];
        if round > 0 {
            rounds.iter_mut().zip(times).for_each(|(kept, time)| kept.push(time));
        }
    }
    println!("what | ns a tick, least | median of {ROUNDS} | most | times reading, median");
    let reading = rounds[0].clone();
    for (name, times) in ["reading alone", "replay", "replay, watched"].iter().zip(&rounds) {
        let mut ratios: Vec<f64> = times.iter().zip(&reading).map(|(a, b)| a / b).collect();
        let mut times = times.clone();
        times.sort_by(f64::total_cmp);
        ratios.sort_by(f64::total_cmp);
        let [least, median, most] =
            [0, ROUNDS / 2, ROUNDS - 1].map(|at| format!("{:.1}", times[at]));
        println!("{name} | {least} | {median} | {most} | {:.2}", ratios[ROUNDS / 2]);
    }
}

fn open(path: &PathBuf) -> Files {
    Files::open(std::slice::from_ref(path), &Mapping::default(), &Filter::default()).unwrap()
}

fn read(path: &PathBuf) -> f64 {
    let began = cpu();
    let mut feed = open(path);
    let mut batch = Batch::default();
    let mut rows = 0;
    while feed.fill(&mut batch).unwrap() {
        rows += batch.rows().count();
    }
    assert_eq!(rows, TICKS as usize);
    since(began)
}

fn watched(path: &PathBuf, scenario: &Scenario) -> f64 {
    let mut counter = Counter::default();
    let time = replay(path, scenario, Some(&mut counter));
    assert!(counter.inputs >= u64::from(TICKS) && counter.events > counter.inputs);
    time
}

fn replay(path: &PathBuf, scenario: &Scenario, witness: Option<&mut Counter>) -> f64 {
    let began = cpu();
    let witnesses = witness.map(|it| it as &mut dyn Witness).into_iter().collect();
    let runner = Runner::new(scenario, witnesses).unwrap();
    let never = AtomicBool::new(false);
    let played = runner.play(&mut open(path), &never, |_, _| Ok(())).unwrap();
    let time = since(began);
    assert_eq!(played.effort.ticks, u64::from(TICKS));
    assert!(played.notes.is_empty(), "{:?}", played.notes);
    assert_eq!(played.engine.state().trade_views().count(), SYMBOLS as usize);
    time
}

/// The least that somebody does who watches.
#[derive(Default)]
struct Counter {
    inputs: u64,
    events: u64,
}

impl Witness for Counter {
    fn gave(&mut self, _: &Input) {
        self.inputs += 1;
    }

    fn saw(&mut self, events: &[Event], _: &State) -> Result<(), Failure> {
        self.events += events.len() as u64;
        Ok(())
    }
}

fn book() -> Scenario {
    let mut text = String::from(
        "[[account]]\nname = \"main\"\nbalance = 10000000\n\
         [[strategy]]\nname = \"S\"\nrule = [{ max_loss = { amount = 9000000 } }]\n",
    );
    for number in 0..SYMBOLS {
        write!(
            text,
            "[[instrument]]\nsymbol = \"SYMBOL{number}\"\n\
             [[trade]]\nname = \"t{number}\"\nstrategy = \"S\"\ninstrument = \"SYMBOL{number}\"\n\
             side = \"buy\"\nquantity = 10\n\
             rule = [{{ trail = {{ by = 900 }} }}, {{ target = {{ price = 9000 }} }}]\n"
        )
        .unwrap();
    }
    let loaded = scenario::load("bench", &text, &[]);
    loaded.map_err(|wrong| format!("{:?}", wrong.problems)).unwrap().scenario
}

fn tape() -> String {
    let mut text = String::from("time,symbol,last\n");
    let mut prices = [100_000i64; SYMBOLS as usize];
    let mut seed = 7u64;
    for number in 0..TICKS {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let symbol = usize::try_from(seed % u64::from(SYMBOLS)).unwrap();
        let step = i64::try_from(seed / 16 % 7).unwrap() - 3;
        prices[symbol] += 5 * step;
        let of_day = (9 * 60 + 15) * 60_000 + 22 * number;
        let (seconds, part) = (of_day / 1_000, of_day % 1_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let (rupees, paise) = (prices[symbol] / 100, prices[symbol] % 100);
        let time = format!("2021-06-11T{hour:02}:{minute:02}:{second:02}.{part:03}+05:30");
        writeln!(text, "{time},SYMBOL{symbol},{rupees}.{paise:02}").unwrap();
    }
    text
}

fn since(began: u64) -> f64 {
    (cpu() - began) as f64 / f64::from(TICKS)
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
