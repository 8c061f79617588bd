//! `highmark explain`: why, or why not.

use super::args::{Cli, Explain};
use super::book::{journal_in, state_folder};
use super::{report, terminal};
use crate::explain::text_of;
use crate::failure::{Code, Failure};
use crate::past::Past;
use crate::record;
use crate::{clock, scenario};
use highmark_engine::{SECOND, Timestamp};
use std::process::ExitCode;

pub(super) fn run(args: &Explain, cli: &Cli) -> Result<ExitCode, Failure> {
    let past = past(args, cli)?;
    let until = args.at.as_deref().map(|at| moment(at, &past)).transpose()?;
    let explanation = past.explain(&args.id, until)?;
    if cli.json {
        let value = serde_json::to_value(&explanation)
            .map_err(|error| Failure::new(Code::Failure, error.to_string(), ""))?;
        terminal::out(&format!("{value:#}\n"));
    } else {
        terminal::out(&text_of(&explanation));
    }
    Ok(ExitCode::SUCCESS)
}

/// The named run; else the journal of the state folder, if there is one; else the last run.
fn past(args: &Explain, cli: &Cli) -> Result<Past, Failure> {
    if args.run.is_none() {
        match record::open(&journal_in(&state_folder(cli)?)) {
            Ok(record) => {
                terminal::say(cli.quiet, "from the service's journal; --run DIR reads a run");
                return Ok(Past::Journal(record));
            }
            Err(failure) if failure.code == Code::NotFound => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(Past::Run(Box::new(report::open(args.run.as_deref())?)))
}

/// `13:42` on the last day, or a whole date and time; the end of that minute or second.
fn moment(text: &str, past: &Past) -> Result<Timestamp, Failure> {
    let wrong = || {
        let hint = "write 13:42, 13:42:10 or 2021-06-03T13:42:10";
        Failure::new(Code::Usage, format!("`{text}` is not a time"), hint)
    };
    let (day, time) = match text.split_once(['T', ' ']) {
        Some((day, time)) => (scenario::day_text(day).ok_or_else(wrong)?, time),
        None => (clock::day_of(past.ends()?.ok_or_else(wrong)?), text),
    };
    let time = time.trim_end_matches("+05:30");
    let start = clock::instant(day, scenario::clock_text(time).ok_or_else(wrong)?);
    let stretch = if time.len() > 5 { SECOND } else { 60 * SECOND };
    Ok(Timestamp(start.0 + stretch - 1))
}
