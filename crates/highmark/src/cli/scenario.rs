//! `highmark scenario`: check a file, print the schema or the example.

use super::args::{Cli, ScenarioVerb};
use super::{market, play, terminal};
use crate::failure::Failure;
use crate::scenario::{EXAMPLE, schema};
use crate::text;
use serde_json::json;
use std::process::ExitCode;

pub(super) fn run(verb: &ScenarioVerb, cli: &Cli) -> Result<ExitCode, Failure> {
    match verb {
        ScenarioVerb::Check { file, sets, market } => {
            let market = market::open(market.as_deref(), cli)?;
            let scenario = play::load(&market, file, sets)?.scenario;
            let counts = [
                ("instrument", scenario.instruments.len()),
                ("account", scenario.accounts.len()),
                ("strategy", scenario.strategies.len()),
                ("trade", scenario.trades.len()),
                ("order", scenario.schedule.len()),
            ];
            if cli.json {
                let counts: serde_json::Map<_, _> =
                    counts.iter().map(|(noun, count)| ((*noun).to_owned(), json!(count))).collect();
                terminal::out(&format!("{}\n", json!({ "ok": true, "counts": counts })));
            } else {
                let words: Vec<String> = counts
                    .iter()
                    .map(|(noun, count)| {
                        text::count(*count, noun).replace("strategys", "strategies")
                    })
                    .collect();
                terminal::out(&format!("{}: good, with {}\n", file.display(), words.join(", ")));
            }
        }
        ScenarioVerb::Schema => terminal::out(&format!("{:#}\n", schema())),
        ScenarioVerb::Example => terminal::out(EXAMPLE),
    }
    Ok(ExitCode::SUCCESS)
}
