//! The journal once more: its facts folded, or its inputs decided again.

use super::here;
use crate::cli::args::Cli;
use crate::cli::{compare, terminal};
use crate::failure::{Code, Failure};
use crate::record;
use crate::{folder, text};
use highmark_engine::Event;
use highmark_journal::{replay, rerun as decide};
use highmark_server::past::trial::{Trial, with_changes};
use serde_json::json;
use std::process::ExitCode;

pub(super) fn replay(every: Option<u64>, cli: &Cli) -> Result<ExitCode, Failure> {
    let record = here(cli)?;
    let bar = terminal::bar(cli.quiet, record.stats()?.head.turns);
    let turns = record.turns()?.inspect(|_| bar.inc(1));
    let folded = replay::fold(record.beginning()?, turns, every);
    bar.finish_and_clear();
    let folded = folded.map_err(|error| record::failed(&error))?;
    let state = folder::state_text(folded.engine.state());
    if cli.json {
        let hashes: Vec<_> = folded
            .hashes
            .iter()
            .map(|(events, hash)| json!({ "events": events, "state": format!("{hash:016x}") }))
            .collect();
        let whole = json!({
            "turns": folded.turns, "events": folded.events, "state": state, "hashes": hashes,
        });
        terminal::out(&format!("{whole:#}\n"));
        return Ok(ExitCode::SUCCESS);
    }
    for (events, hash) in &folded.hashes {
        terminal::out(&format!("{hash:016x}  after {} events\n", text::whole(*events)));
    }
    let (turns, events) = (text::whole(folded.turns), text::whole(folded.events));
    terminal::out(&format!("{state}  the state after {turns} turns, {events} events\n"));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn rerun(cli: &Cli) -> Result<ExitCode, Failure> {
    let record = here(cli)?;
    let bar = terminal::bar(cli.quiet, record.stats()?.head.turns);
    let turns = record.turns()?.inspect(|_| bar.inc(1));
    let rerun = decide::rerun(record.beginning()?, turns);
    bar.finish_and_clear();
    let rerun = rerun.map_err(|error| record::failed(&error))?;
    if cli.json {
        let whole = json!({
            "same": rerun.is_same(), "turns": rerun.turns, "events": rerun.events,
            "differing": rerun.differing, "same_state": rerun.same_state,
            "differences": rerun.differences,
        });
        terminal::out(&format!("{whole:#}\n"));
    } else if rerun.is_same() {
        let (turns, events) = (text::whole(rerun.turns), text::whole(rerun.events));
        terminal::out(&format!("the same: {turns} turns decide the same {events} events\n"));
    } else {
        let differing = text::whole(rerun.differing);
        terminal::out(&format!("{differing} of {} turns are decided otherwise\n", rerun.turns));
        for difference in rerun.differences.iter().take(10) {
            terminal::out(&format!("turn {}\n", difference.turn));
            events("recorded", &difference.recorded);
            events("decided ", &difference.decided);
        }
    }
    let code = if rerun.is_same() { 0 } else { Code::Failure.exit() };
    Ok(ExitCode::from(code))
}

fn events(label: &str, events: &[Event]) {
    for event in events {
        let text = serde_json::to_string(event).unwrap_or_default();
        terminal::out(&format!("  {label}  {text}\n"));
    }
}

pub(super) fn what_if(sets: &[String], cli: &Cli) -> Result<ExitCode, Failure> {
    let record = here(cli)?;
    let bar = terminal::bar(cli.quiet, record.stats()?.head.turns);
    let trial = with_changes(&record, sets, || bar.inc(1));
    bar.finish_and_clear();
    let Trial { difference, answer, .. } = trial?;
    if cli.json {
        let whole = json!({
            "altered": answer.altered, "turns": answer.turns, "differing": answer.differing,
            "dropped": answer.dropped, "dropped_commands": answer.dropped_commands, "made": answer.made, "differences": answer.differences,
            "difference": difference.json(),
        });
        terminal::out(&format!("{whole:#}\n"));
        return Ok(ExitCode::SUCCESS);
    }
    terminal::out(&compare::text(&difference));
    if answer.dropped + answer.made > 0 {
        terminal::say(
            cli.quiet,
            &format!(
                "{} recorded fills no longer fitted, {} were made at the mark",
                answer.dropped, answer.made
            ),
        );
    }
    Ok(ExitCode::SUCCESS)
}
