//! What a tick costs in a replay of CSV through ten trades, beside reading the same file alone.
//!
//! ```sh
//! cargo bench -p highmark-play --bench replay
//! ```
//!
//! A million ticks, each at a time of its own, of ten symbols over one day; prices walk by up to three ticks
//! of 0.05 around 1,000, and stops are so far away that the trades stay open. Reading and replay run in
//! turns, the ratio is told round by round. A thread of its own reads ahead in one of the replays: the processor's
//! time is that of the replaying thread alone.

#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use highmark_engine::{Event, Input, State};
use highmark_feeds::{Ahead, Batch, Feed, Files, Filter, Mapping};
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
    let mut rounds: [Vec<Took>; 4] = Default::default();
    for round in 0..=ROUNDS {
        let times = [
            read(&path),
            replay(&mut open(&path), &scenario, None),
            replay(&mut Ahead::new(open(&path)), &scenario, None),
            watched(&path, &scenario),
        ];
        if round > 0 {
            rounds.iter_mut().zip(times).for_each(|(kept, time)| kept.push(time));
        }
    }
    println!(
        "what | ns a tick on its processor: least, median of {ROUNDS} | by the wall clock: least, median | times reading by the wall clock: least, median, most"
    );
    let names = ["reading alone", "replay", "replay, read ahead", "replay, watched"];
    for (name, times) in names.iter().zip(&rounds) {
        let [ran, wall, ratio] = [
            sorted(times.iter().map(|took| took.ran)),
            sorted(times.iter().map(|took| took.wall)),
            sorted(times.iter().zip(&rounds[0]).map(|(took, alone)| took.wall / alone.wall)),
        ];
        let middle = ROUNDS / 2;
        println!(
            "{name} | {:.0}, {:.0} | {:.0}, {:.0} | {:.2}, {:.2}, {:.2}",
            ran[0],
            ran[middle],
            wall[0],
            wall[middle],
            ratio[0],
            ratio[middle],
            ratio[ROUNDS - 1]
        );
    }
}

fn sorted(times: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    times
}

/// Nanoseconds a tick: those that the thread ran, and those that passed.
struct Took {
    ran: f64,
    wall: f64,
}

struct Watch {
    ran: u64,
    wall: Instant,
}

impl Watch {
    fn start() -> Watch {
        Watch { ran: ran(), wall: Instant::now() }
    }

    fn stop(&self) -> Took {
        let each = |nanoseconds: u128| nanoseconds as f64 / f64::from(TICKS);
        Took { ran: each(u128::from(ran() - self.ran)), wall: each(self.wall.elapsed().as_nanos()) }
    }
}

/// Nanoseconds that this thread has run, as Linux tells; 0 where it does not.
fn ran() -> u64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    told.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn open(path: &PathBuf) -> Files {
    Files::open(std::slice::from_ref(path), &Mapping::default(), &Filter::default()).unwrap()
}

fn read(path: &PathBuf) -> Took {
    let watch = Watch::start();
    let mut feed = open(path);
    let mut batch = Batch::default();
    let mut rows = 0;
    while feed.fill(&mut batch).unwrap() {
        rows += batch.rows().count();
    }
    assert_eq!(rows, TICKS as usize);
    watch.stop()
}

fn watched(path: &PathBuf, scenario: &Scenario) -> Took {
    let mut counter = Counter::default();
    let time = replay(&mut open(path), scenario, Some(&mut counter));
    assert!(counter.inputs >= u64::from(TICKS) && counter.events > counter.inputs);
    time
}

fn replay(feed: &mut dyn Feed, scenario: &Scenario, witness: Option<&mut Counter>) -> Took {
    let watch = Watch::start();
    let witnesses = witness.map(|it| it as &mut dyn Witness).into_iter().collect();
    let runner = Runner::new(scenario, witnesses).unwrap();
    let never = AtomicBool::new(false);
    let played = runner.play(feed, &never, |_, _| Ok(())).unwrap();
    let time = watch.stop();
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
