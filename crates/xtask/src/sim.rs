//! `cargo xtask sim`: the whole random differential run, engine against oracle.

use crate::Outcome;
use crate::command::{Workspace, expect_only, option, show};

pub(crate) const HELP: &str = "\
Usage: cargo xtask sim [--ticks N] [--seed S]

Builds highmark-sim for release and drives engine and oracle with the same random market.
They must agree on every exit, level and mtm. Progress goes to standard error. It plays the features in
which the two have been brought to agree; `cargo run --release -p highmark-sim -- --features all` plays all.

  --ticks N   how many ticks in all; 10000000 by default
  --seed S    the first seed; a failing run prints the seed that repeats it";

const TICKS: &str = "10000000";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    expect_only(arguments, &["--ticks=", "--seed="])?;
    if !workspace.has_crate("sim") {
        return Err("crates/sim is not in this tree yet".to_owned());
    }
    let ticks = option(arguments, "--ticks")?.unwrap_or_else(|| TICKS.to_owned());
    let mut words = vec!["run", "--release", "-p", "highmark-sim", "--", "--ticks", &ticks];
    let seed = option(arguments, "--seed")?;
    if let Some(seed) = &seed {
        words.extend(["--seed", seed]);
    }
    show(&mut workspace.cargo(&words))
}
