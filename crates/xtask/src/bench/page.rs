//! `docs/speed.md`: the tables, on what machine and how they came to be, and what they mean.

use super::plan::{OURS, Part};
use super::program::{Program, VECTORS};
use super::spread::{figure, grouped};
use super::tables::{self, of};
use super::tapes::Measured;
use crate::command::Workspace;
use std::process::Command;

/// What the figures depend on.
pub(super) struct Facts {
    machine: String,
    compiler: String,
    commit: String,
    flags: &'static str,
    rounds: usize,
}

impl Facts {
    pub(super) fn gather(workspace: &Workspace, program: &Program, rounds: usize) -> Facts {
        let git = |arguments: &[&str]| {
            let mut command = Command::new("git");
            command.args(arguments).current_dir(&workspace.root);
            said(&mut command).unwrap_or_else(|| "unknown".to_owned())
        };
        Facts {
            machine: machine(),
            compiler: said(Command::new("rustc").arg("--version")).unwrap_or_default(),
            commit: match git(&["status", "--porcelain", "--", "crates/engine"]).as_str() {
                "" => git(&["rev-parse", "--short", "HEAD"]),
                _ => git(&["rev-parse", "--short", "HEAD"]) + " with changes",
            },
            flags: if program.is_vectorised { VECTORS } else { "no extra flags" },
            rounds,
        }
    }
}

pub(super) fn page(facts: &Facts, measured: &[Measured]) -> String {
    let Facts { machine, compiler, commit, flags, rounds } = facts;
    let mut parts = vec![
        "# Speed".to_owned(),
        "Written by `cargo xtask bench tapes --write`, which measures all of it again. Peers are measured by their own drivers on the same tapes.".to_owned(),
        summary(measured),
        format!("## How\n\n{HOW}\n\n- Machine: {machine}.\n- Build: {compiler}, release with overflow checks, `{flags}`, all sides in one program; commit {commit}.\n- Rounds: {rounds}, fewer where a column says so (curves at most 3, latencies 1). Each round runs every engine once in a process of its own. Cells are least / **median** / most over the rounds; a ratio is taken in each round, and told as **median** [least-most]."),
    ];
    let mut section = |title: &str, table: Option<String>, text: &str| {
        if let Some(table) = table {
            parts.push(format!("## {title}\n\n{text}\n\n{}", table.trim_end()));
        }
    };
    section("Tapes", tables::tapes(measured), TAPES);
    section("One instrument, ever more trades", tables::curve(measured, Part::Scale), SCALE);
    section("200 instruments, ever more trades", tables::curve(measured, Part::Spread), SPREAD);
    section("Latency", tables::latencies(measured), &latency(measured));
    section("What a trade costs", tables::trades(measured), TRADES);
    parts.push(format!("## What it means\n\n{MEANING}"));
    parts.push(format!("## What it does not say\n\n{LIMITS}"));
    parts.join("\n\n") + "\n"
}

const HOW: &str = "\
A tape is a book, the trades that open in it later, and the ticks that it sees; it is drawn from a seed with whole numbers only, \
so it is the same everywhere (`crates/engine/benches/tapes`). Trades have a stop, a target and a trailing stop, at an offset or as a kept share of the \
best profit; strategies have a largest loss and a share of their peak that they may give back. The engine is asked through its public \
calls, with its defaults: one command for each trade, one input for each tick, exits read from the events; so its figures have in them what \
the others don't do, such as events, checks of each tick, warnings, and state for explanations.

- **naive scan**: a list of trades for each instrument, each looked at on each tick and its move added to its strategy.
- **best scan**: arrays of 32-bit numbers for each instrument, side and kind of trailing, in loops that compile to vector instructions; \
strategies move by their net exposure. It keeps only what it compares.
- **floor loop**: stores the last price and compares it with a band. It decides nothing: no tick can cost less.

All that decide must close the same trades, at the same tick and price and for the same reason: the run fails when a hash of the closes differs. \
Times are of the processor, for the loop over the ticks with the trades that open during it; making the tape and loading the book are not in them.";

const TAPES: &str = "\
Times in ns a tick. Holders are the open trades of the tick's instrument, on average: what a scan has to look at. What closes and what holds \
sets the cost, not the size of the book, so both stand beside. Where a scan is slow, all run the first ticks only, in a row of its own.";

const SCALE: &str = "\
![Time of a tick over the number of open trades](speed.svg)

50 strategies, 100,000 ticks; scans run the first of them, and are compared there. Times in ns a tick. The picture has Highmark over all ticks.";

const SPREAD: &str = "100 strategies; else as above.";

const TRADES: &str = "\
Loading is one trade after the other, as they would be opened. Bytes are what the process grew by, for each trade at the start. \
The last two are from the runs with a clock: an open with the clock's cost taken off, a close as what closing ticks take beyond the median quiet one.";

const MEANING: &str = "\
- A scan pays for each open trade of the instrument at each tick; the index pays for what happens. Between the two, quiet ticks of a full book are where the ratio is large, \
and busy ticks of a small one where it is small.
- The first ticks of a full book are dear for the index: each trade is looked at once, at the first mark after its entry, and again when a kept share comes to its `arm_at`. \
A row of first ticks has all of that in it, one of all ticks little.
- With closes at each tick the time is that of closing: a decision with its numbers, a fill, the figures of the trade and of its scopes, all as events. A scan does none of that.
- A tick that closes many trades at once takes as long as those closes do: work that has to be done, in one input.";

const LIMITS: &str = "\
Prices walk at random, ticks and trades are even over the instruments (one instrument with all of them is its own tape); one core, no journal, no order sent, nobody looking. \
The machine is shared with other work, which moves single figures more than medians of ratios.";

/// The first thing to read: quiet ticks, and the largest book.
fn summary(measured: &[Measured]) -> String {
    let tape = |name: &str| {
        of(measured, Part::Tapes).find(|leg| leg.leg.tape == name && leg.leg.ticks.is_none())
    };
    let mut lines = Vec::new();
    for name in ["small", "large", "hot"] {
        let Some(leg) = tape(name) else { continue };
        let ours = |name, told: fn(f64) -> String| {
            leg.of_engine(OURS, name).map_or("-".to_owned(), |spread| told(spread.median))
        };
        let against = leg.against("scan").map_or("-".to_owned(), |spread| figure(spread.median));
        lines.push(format!(
            "- `{name}`, {} trades on {} instruments, {} closes a tick: {} ns a tick; the best scan takes {against} times as long.",
            ours("trades", grouped),
            ours("symbols", grouped),
            ours("closes_per_tick", figure),
            ours("ns_per_tick", figure),
        ));
    }
    let ends: Vec<f64> = ["scale-1000", "scale-1000000"]
        .iter()
        .filter_map(|name| of(measured, Part::Scale).filter(|leg| leg.leg.tape == *name).last())
        .filter_map(|leg| Some(leg.of_engine(OURS, "ns_per_tick")?.median))
        .collect();
    if let [first, last] = ends[..] {
        lines.push(format!(
            "- From 1,000 to 1,000,000 open trades on one instrument a tick goes from {} to {} ns, with the closes that the larger book has; see below.",
            figure(first),
            figure(last)
        ));
    }
    lines.join("\n")
}

fn latency(measured: &[Measured]) -> String {
    let clock = of(measured, Part::Latency).find_map(|leg| leg.of_engine(OURS, "latency.clock_ns"));
    let clock = clock.map_or("-".to_owned(), |spread| figure(spread.median));
    format!(
        "Ns a tick by the wall clock, one pass. Each figure has one reading of the clock in it, which costs {clock} ns here and is not taken off. \
         The longest are other work on the machine, or a tick that closes many. The last column counts closing ticks that took longer than 5 µs and 1 µs for each close."
    )
}

fn machine() -> String {
    let file = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let processors = file("/proc/cpuinfo");
    let model =
        processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let cores = processors.lines().filter(|line| line.starts_with("processor")).count();
    let memory = file("/proc/meminfo");
    let kilobytes: Option<u64> = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|text| text.trim().trim_end_matches(" kB").parse().ok());
    let gigabytes =
        kilobytes.map_or("?".to_owned(), |kilobytes| (kilobytes / 1_000_000).to_string());
    format!("{model}, {cores} cores, {gigabytes} GB, {}", std::env::consts::OS)
}

fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
