//! `highmark report`: a run again, from its record; or days of a service, from its journal.

use crate::cli::args::{Cli, Days, Format, Report, VERSION};
use crate::cli::book::{journal_in, state_folder};
use crate::cli::terminal;
use crate::clock;
use crate::curves::Curves;
use crate::failure::{Code, Failure};
use crate::folder::{Inputs, Meta, Run, hash_text, shelf};
use crate::record;
use crate::report;
use crate::scenario::day_text;
use crate::summary::{Collector, Frame, Summary, summarise};
use highmark_engine::{Day, Event, Timestamp};
use highmark_server::past::days;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Room below which a limit counts as near: a quarter of the way from the floor to the peak of its rule.
const NEAR: i64 = 250_000;

pub(super) fn run(args: &Report, cli: &Cli) -> Result<ExitCode, Failure> {
    match (&args.days, &args.run) {
        (None, _) => of_run(args, cli),
        (Some(days), None) => of_days(days, args, cli),
        (Some(_), Some(_)) => {
            let hint = "highmark report RUN, or highmark report day DAY";
            Err(Failure::new(Code::Usage, "a report is of a run or of days", hint))
        }
    }
}

fn of_run(args: &Report, cli: &Cli) -> Result<ExitCode, Failure> {
    let run = open(args.run.as_deref())?;
    let mut collector = Collector::default();
    let (from, to) = span(&run)?;
    let mut curves = Curves::new(from, to, report::COLUMNS);
    let draws = draws(args, cli);
    let engine = run.fold(None, |events: &[Event], state| {
        collector.take(events, state);
        if draws {
            curves.take(events, state);
        }
    })?;
    curves.finish(engine.state());
    let summary = summarise(engine.state(), &collector, frame(&run));
    write(&Whole { summary, curves, meta: run.meta, inputs: run.inputs }, args, cli)
}

/// Days of the service's journal; the last one, when none is named.
fn of_days(days: &Days, args: &Report, cli: &Cli) -> Result<ExitCode, Failure> {
    let record = record::open(&journal_in(&state_folder(cli)?))?;
    let (first, last) = match days {
        Days::Day { day: Some(day) } => (day_of(day)?, day_of(day)?),
        Days::Day { day: None } => {
            let last = clock::day_of(record.now()?.state().now());
            (last, last)
        }
        Days::Range { from, to } => (day_of(from)?, day_of(to)?),
    };
    let columns = draws(args, cli).then_some(report::COLUMNS);
    let days = days::over(&record, (first, last), columns, |_, _| {})?;
    let meta = Meta {
        name: days.summary.name.clone(),
        description: "From the journal of a service.".into(),
        highmark: VERSION.to_owned(),
        sets: Vec::new(),
        interrupted: false,
        events: days.events,
        state: hash_text(days.state),
        events_blake3: String::new(),
    };
    let inputs = Inputs {
        files: Vec::new(),
        rows: days.summary.ticks.accepted,
        unreadable: 0,
        from: days.summary.from.clone(),
        to: days.summary.to.clone(),
    };
    write(&Whole { summary: days.summary, curves: days.curves, meta, inputs }, args, cli)
}

fn day_of(text: &str) -> Result<Day, Failure> {
    let wrong = || Failure::new(Code::Usage, format!("`{text}` is not a day"), "write 2026-11-20");
    day_text(text).ok_or_else(wrong)
}

fn draws(args: &Report, cli: &Cli) -> bool {
    args.format == Format::Html && !cli.json
}

/// Everything that a report can show.
struct Whole {
    summary: Summary,
    curves: Curves,
    meta: Meta,
    inputs: Inputs,
}

fn write(whole: &Whole, args: &Report, cli: &Cli) -> Result<ExitCode, Failure> {
    let summary = &whole.summary;
    let text = match (args.format, cli.json) {
        (Format::Json, _) | (_, true) => json(summary)?,
        (Format::Text, false) => {
            let plain = args.output.is_some() || cli.no_color;
            report::text(summary, terminal::Look::of_stdout(plain))
        }
        (Format::Csv, false) => report::csv(summary),
        (Format::Html, false) => report::html(summary, &whole.curves, &whole.meta, &whole.inputs)?,
    };
    match &args.output {
        Some(path) => {
            std::fs::write(path, text).map_err(|error| Failure::file(path, &error))?;
            terminal::say(cli.quiet, &format!("written to {}", path.display()));
        }
        None => terminal::out(&text),
    }
    Ok(if args.check { ExitCode::from(check(summary)) } else { ExitCode::SUCCESS })
}

/// The named run, or the last one.
pub(super) fn open(dir: Option<&Path>) -> Result<Run, Failure> {
    let dir: PathBuf = match dir {
        Some(dir) => dir.to_owned(),
        None => shelf::last()?,
    };
    Run::open(&dir)
}

fn json(summary: &Summary) -> Result<String, Failure> {
    let value = serde_json::to_value(summary)
        .map_err(|error| Failure::new(Code::Failure, error.to_string(), ""))?;
    Ok(format!("{value:#}\n"))
}

/// From the first to the last event that is not set-up.
fn span(run: &Run) -> Result<(Timestamp, Timestamp), Failure> {
    let at = |text: &Option<String>| text.as_deref().and_then(clock::read_stamp);
    let from = at(&run.inputs.from).unwrap_or_default();
    Ok((from, at(&run.inputs.to).unwrap_or(from)))
}

fn frame(run: &Run) -> Frame {
    let notes = run.summary.get("notes").cloned().unwrap_or_default();
    Frame {
        name: run.meta.name.clone(),
        from: run.inputs.from.clone(),
        to: run.inputs.to.clone(),
        interrupted: run.meta.interrupted,
        notes: serde_json::from_value(notes).unwrap_or_default(),
    }
}

/// 10 when a limit was breached, 11 when one is near.
fn check(summary: &Summary) -> u8 {
    if summary.actions.iter().any(|action| action.kind == "breach" || action.kind == "kill") {
        return Code::Breached.exit();
    }
    let scopes = summary.strategies.iter().chain(&summary.accounts).chain(&summary.system);
    let mut open = scopes.filter(|row| row.open_trades > 0);
    if open.any(|row| row.room_share.is_some_and(|share| share <= NEAR)) {
        Code::Near.exit()
    } else {
        0
    }
}
