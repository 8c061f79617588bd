//! The standard tapes: one engine on one tape, its time and its closes.
//!
//! ```sh
//! cargo bench -p highmark-engine --bench tapes -- --tape medium --engine highmark
//! ```
//!
//! `cargo xtask bench tapes` builds it once, runs the engines in turns and compares them.

pub(crate) mod closes;
pub(crate) mod contest;
mod draw;
pub(crate) mod file;
mod floor;
pub(crate) mod generate;
pub(crate) mod highmark;
mod latency;
mod machine;
pub(crate) mod naive;
mod options;
pub(crate) mod preset;
pub(crate) mod scan;
pub(crate) mod tape;

use contest::{Outcome, run};
use options::{HELP, Options};
use preset::Preset;
use serde_json::json;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use tape::Tape;

const SEED: u64 = 42;

fn main() -> ExitCode {
    match Options::read(std::env::args().skip(1)).and_then(|options| obey(&options)) {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("error: {message}\n\n{HELP}");
            ExitCode::FAILURE
        }
    }
}

fn obey(options: &Options) -> Result<String, String> {
    if options.lists {
        return Ok(Preset::all().map(|preset| preset.name).collect::<Vec<_>>().join("\n"));
    }
    let Some((name, tape)) = find(options)? else { return Ok(HELP.to_owned()) };
    if let Some(path) = &options.write {
        file::write(&tape, path).map_err(|error| format!("{}: {error}", path.display()))?;
        let (trades, ticks) = (tape.trades.len(), tape.prints.len());
        return Ok(format!("{}: {trades} trades, {ticks} ticks", path.display()));
    }
    let engine = options.engine.as_deref().ok_or("--engine is missing")?;
    let outcome = compete(engine, &tape, options)?;
    if let Some(path) = &options.closes {
        write_closes(&outcome, path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(told(&name, engine, &tape, &outcome))
}

fn find(options: &Options) -> Result<Option<(String, Tape)>, String> {
    match (&options.tape, &options.file) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err("a name or a file, not both".to_owned()),
        (Some(name), None) => {
            let preset = Preset::named(name)
                .ok_or_else(|| format!("no tape is called `{name}`: --list tells them"))?;
            let tape = generate::generate(&preset, options.seed.unwrap_or(SEED));
            Ok(Some((name.clone(), tape)))
        }
        (None, Some(path)) => {
            let tape = file::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Ok(Some((name, tape)))
        }
    }
}

fn compete(engine: &str, tape: &Tape, options: &Options) -> Result<Outcome, String> {
    let (most, timed) = (options.ticks.unwrap_or(usize::MAX), options.with_latency);
    match engine {
        "highmark" => Ok(run(tape, most, timed, highmark::Highmark::new)),
        "naive" => Ok(run(tape, most, timed, naive::Naive::new)),
        "scan" => Ok(run(tape, most, timed, scan::Scan::new)),
        "floor" => Ok(run(tape, most, timed, floor::Floor::new)),
        _ => Err(format!("no engine is called `{engine}`")),
    }
}

fn write_closes(outcome: &Outcome, path: &Path) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    closes::write(&outcome.closes, &mut file)?;
    file.flush()
}

fn told(name: &str, engine: &str, tape: &Tape, outcome: &Outcome) -> String {
    let ticks = outcome.ticks.max(1) as f64;
    let trades = tape.at_start();
    let each = |total: f64| if trades == 0 { None } else { Some(round(total / trades as f64)) };
    let decides = engine != "floor";
    json!({
        "tape": name,
        "engine": engine,
        "symbols": tape.first.len(),
        "strategies": tape.limits.len(),
        "ticks": outcome.ticks,
        "trades": trades,
        "opened_later": outcome.opened_later,
        "ns_per_tick": round(outcome.processor.as_nanos() as f64 / ticks),
        "wall_ns_per_tick": round(outcome.wall.as_nanos() as f64 / ticks),
        "closes": decides.then_some(outcome.closes.len()),
        "closes_per_tick": decides.then_some(outcome.closes.len() as f64 / ticks),
        "holders": decides.then_some(round(outcome.holders)),
        "hash": decides.then(|| format!("{:016x}", closes::hash(&outcome.closes))),
        "load_s": outcome.load.as_secs_f64(),
        "load_ns_per_trade": each(outcome.load.as_nanos() as f64),
        "bytes_per_trade": outcome.bytes.and_then(|bytes| each(bytes as f64)),
        "latency": outcome.latencies.as_ref().map(latency::Latencies::told),
    })
    .to_string()
}

/// To two decimals.
fn round(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
