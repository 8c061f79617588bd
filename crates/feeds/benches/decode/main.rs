//! What a tick costs to read: CSV, JSON lines and Parquet, from a million ticks that are made here.
//!
//! ```sh
//! cargo bench -p highmark-feeds --bench decode [-- NAME..]
//! ```
//!
//! Each tape is written to the build's temporary folder, read once to warm up, and then in turns with the
//! others. Times are those of the processor that ran the thread where Linux tells them, otherwise of the wall
//! clock; with `cat` on the file, reading alone costs less than 3 ns a tick.

#![allow(clippy::unwrap_used, reason = "a bench may panic")]

mod tape;

use highmark_feeds::{Batch, Feed, Files, Filter, Mapping};
use std::path::PathBuf;
use std::time::Instant;
use tape::{Form, TICKS, Tape};

const ROUNDS: usize = 7;

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with("-")).collect();
    let mut tapes: Vec<Measured> = Form::ALL
        .into_iter()
        .filter(|form| wanted.is_empty() || wanted.iter().any(|name| form.name().contains(name)))
        .map(Measured::new)
        .collect();
    for round in 0..=ROUNDS {
        for tape in &mut tapes {
            let each = tape.read();
            if round > 0 {
                tape.times.push(each);
            }
        }
    }
    println!("tape | bytes a tick | ns a tick, least | median of {ROUNDS} | most");
    for tape in &mut tapes {
        tape.times.sort_by(f64::total_cmp);
        let [least, median, most] =
            [0, ROUNDS / 2, ROUNDS - 1].map(|at| format!("{:.1}", tape.times[at]));
        let (name, bytes) = (tape.form.name(), tape.bytes / TICKS as u64);
        println!("{name} | {bytes} | {least} | {median} | {most}");
    }
}

struct Measured {
    form: Form,
    path: PathBuf,
    bytes: u64,
    times: Vec<f64>,
}

impl Measured {
    fn new(form: Form) -> Measured {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(form.file());
        Tape::new().write(form, &path);
        let bytes = path.metadata().unwrap().len();
        Measured { form, path, bytes, times: Vec::new() }
    }

    /// Nanoseconds a tick for all of it.
    fn read(&self) -> f64 {
        let began = cpu();
        let paths = std::slice::from_ref(&self.path);
        let mut feed = Files::open(paths, &Mapping::default(), &Filter::default()).unwrap();
        let mut batch = Batch::default();
        let (mut rows, mut sum) = (0, 0i64);
        while feed.fill(&mut batch).unwrap() {
            for row in batch.rows() {
                sum = sum.wrapping_add(row.last.map_or(0, |price| price.0));
                rows += 1;
            }
        }
        let took = cpu() - began;
        assert_eq!(rows, TICKS, "{}", self.form.name());
        std::hint::black_box(sum);
        took as f64 / TICKS as f64
    }
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
