//! `highmark replay`: recorded ticks through a scenario.

use super::args::{Cli, Replay};
use super::play::{self, Outcome};
use super::{compare, market, terminal};
use crate::difference::{by_names, difference};
use crate::failure::{Code, Failure};
use crate::folder::{self, shelf};
use crate::report;
use crate::run::Effort;
use crate::scenario::Loaded;
use crate::{clock, text};
use highmark_feeds::Filter;
use highmark_market::Market;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(super) fn run(args: &Replay, cli: &Cli) -> Result<ExitCode, Failure> {
    let filter = filter(args)?;
    let market = market::open(args.market.as_deref(), cli)?;
    if args.compare {
        return compared(args, cli, &filter, &market);
    }
    let loaded = play::load(&market, &args.scenario, &args.sets)?;
    let dir = match (&args.out, args.no_record) {
        (Some(dir), _) => Some(dir.clone()),
        (None, true) => None,
        (None, false) => Some(shelf::new_run(&loaded.scenario.name)?),
    };
    let outcome = once(args, cli, &filter, &market, &loaded, dir.as_deref())?;
    if cli.json {
        let mut value = serde_json::to_value(&outcome.summary)
            .map_err(|error| Failure::new(Code::Failure, error.to_string(), ""))?;
        value["effort"] = report::effort_json(&outcome.effort);
        terminal::out(&format!("{value:#}\n"));
    } else {
        let look = terminal::Look::of_stdout(cli.no_color);
        terminal::out(&report::text(&outcome.summary, look));
    }
    terminal::say(cli.quiet, &effort_text(&outcome.effort));
    if let Some(dir) = &outcome.dir {
        terminal::say(
            cli.quiet,
            &format!("the run is in {}; see `highmark report`", dir.display()),
        );
    }
    Ok(ended(outcome.interrupted))
}

pub(super) fn ended(interrupted: bool) -> ExitCode {
    if interrupted { ExitCode::from(Code::Interrupted.exit()) } else { ExitCode::SUCCESS }
}

fn compared(
    args: &Replay,
    cli: &Cli,
    filter: &Filter,
    market: &Market,
) -> Result<ExitCode, Failure> {
    if args.sets.is_empty() {
        let hint =
            "add --set KEY=VALUE, for example --set strategy.Momentum.rule.max_loss.amount=3000";
        return Err(Failure::new(Code::Usage, "there is nothing to compare with", hint));
    }
    let as_is = once(args, cli, filter, market, &play::load(market, &args.scenario, &[])?, None)?;
    let changed = play::load(market, &args.scenario, &args.sets)?;
    if as_is.interrupted {
        return Ok(ended(true));
    }
    let with_sets = once(args, cli, filter, market, &changed, args.out.as_deref())?;
    let pairs = by_names(&as_is.summary, &with_sets.summary);
    let difference = difference(&as_is.summary, &with_sets.summary, &args.sets, &pairs);
    if cli.json {
        terminal::out(&format!("{:#}\n", difference.json()));
    } else {
        terminal::out(&compare::text(&difference));
    }
    Ok(ended(with_sets.interrupted))
}

fn once(
    args: &Replay,
    cli: &Cli,
    filter: &Filter,
    market: &Market,
    loaded: &Loaded,
    dir: Option<&Path>,
) -> Result<Outcome, Failure> {
    let beside = args.scenario.parent().unwrap_or(Path::new("."));
    let preset = args.preset.as_deref();
    let mut feed = play::open(&args.files, &loaded.scenario, beside, preset, filter)?;
    if let Some(dir) = dir {
        folder::claim(dir)?;
    }
    let bar = bar(cli.quiet, feed.progress().total);
    let mut seen = 0u64;
    let files: Vec<PathBuf> = args.files.clone();
    let outcome =
        play::play(loaded, market.clone(), feed.as_mut(), &files, dir, None, |progress, state| {
            seen += 1;
            if seen.is_multiple_of(4_096) {
                bar.set_position(progress.done);
                bar.set_message(clock::stamp(state.now()));
            }
            Ok(())
        });
    bar.finish_and_clear();
    outcome
}

fn bar(quiet: bool, total: Option<u64>) -> ProgressBar {
    if !terminal::shows_progress(quiet) {
        return ProgressBar::hidden();
    }
    let bar = match total {
        Some(total) => ProgressBar::new(total),
        None => ProgressBar::new_spinner(),
    };
    let style = ProgressStyle::with_template("{wide_bar} {percent:>3}% {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn filter(args: &Replay) -> Result<Filter, Failure> {
    let mut filter = Filter::default();
    for day in &args.day {
        let read = crate::scenario::day_text(day);
        let wrong =
            || Failure::new(Code::Usage, format!("`{day}` is not a day"), "write 2021-06-03");
        filter.days.push(read.ok_or_else(wrong)?);
    }
    let time = |text: &Option<String>| -> Result<_, Failure> {
        let Some(text) = text else { return Ok(None) };
        let wrong =
            || Failure::new(Code::Usage, format!("`{text}` is not a time of day"), "write 13:42");
        let time = crate::scenario::clock_text(text).ok_or_else(wrong)?;
        match filter.days.as_slice() {
            [day] => Ok(Some(clock::instant(*day, time))),
            _ => Err(Failure::new(
                Code::Usage,
                "--from and --to need one --day",
                "add --day 2021-06-03",
            )),
        }
    };
    let (from, to) = (time(&args.from)?, time(&args.to)?);
    (filter.from, filter.to) = (from, to);
    Ok(filter)
}

/// Ticks per second, and where the time went.
pub(super) fn effort_text(effort: &Effort) -> String {
    let total = effort.total.as_secs_f64().max(1e-9);
    let share = |part: std::time::Duration| format!("{:.0}%", 100.0 * part.as_secs_f64() / total);
    format!(
        "{} ticks in {:.2} s, {} a second; feed {}, engine {}, record and story {}",
        text::whole(effort.ticks),
        total,
        text::whole((effort.ticks as f64 / total) as u64),
        share(effort.feed),
        share(effort.engine),
        share(effort.witnesses),
    )
}
