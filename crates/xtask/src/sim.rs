//! `cargo xtask sim`: everything that is simulated, at full size.

use crate::Outcome;
use crate::command::{Workspace, expect_only, option, show};
use crate::sabotage;

pub(crate) const HELP: &str = "\
Usage: cargo xtask sim [--only NAME] [--ticks N] [--seed S]

Builds highmark-sim for release and runs all of it; progress goes to standard error.
  compare   drives engine and oracle with the same random market: they must agree on every exit, level and mtm,
            in the features in which the two have been brought to agree
            (`cargo run --release -p highmark-sim -- --features all` plays all)
  power     losses of power under the journal: nothing acknowledged is lost
  storage   every write and sync of a journal fails in turn
  damage    damaged journals: each is found, and its place is named
  visible   crashes of a service: no level that a client saw moves back
  twice     the same seed twice gives the same trace
  sabotage  mistakes are built into a copy of the engine's index, one after another: the comparison must notice each

  --only NAME  one of these
  --ticks N    how many ticks are compared in all; 10000000 by default
  --seed S     the first seed; a failing run prints the seed that repeats it";

const TICKS: &str = "10000000";

const PARTS: &[&str] = &["compare", "power", "storage", "damage", "visible", "twice", "sabotage"];

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    expect_only(arguments, &["--only=", "--ticks=", "--seed="])?;
    if !workspace.has_crate("sim") {
        return Err("crates/sim is not in this tree yet".to_owned());
    }
    let ticks = option(arguments, "--ticks")?.unwrap_or_else(|| TICKS.to_owned());
    let seed = option(arguments, "--seed")?;
    let only = option(arguments, "--only")?;
    if let Some(only) = only.as_deref().filter(|only| !PARTS.contains(only)) {
        return Err(format!("nothing is called `{only}`\nhint: there are {}", PARTS.join(", ")));
    }
    for part in PARTS.iter().filter(|part| only.as_deref().is_none_or(|only| only == **part)) {
        println!("\n== {part}");
        if *part == "sabotage" {
            sabotage::run(workspace)?;
            continue;
        }
        let mut words = vec!["run", "--release", "-p", "highmark-sim", "--", part];
        if *part == "compare" {
            words.extend(["--ticks", &ticks]);
        }
        if let Some(seed) = &seed {
            words.extend(["--seed", seed]);
        }
        show(&mut workspace.cargo(&words))?;
    }
    Ok(())
}
