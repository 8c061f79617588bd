//! `highmark market import`: a list of another's making becomes rows of the user's own folder.

use super::args::{Cli, MarketImport};
use super::market::{day, folder_or_configured, today};
use super::terminal;
use crate::failure::{Code, Failure};
use crate::text;
use highmark_market::Market;
use highmark_market::import::{Batch, Format, Merged, Request};
use highmark_play::market::{self, Wrong};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The most overlaps that are named in a refusal.
const NAMED: usize = 5;

/// A list on its way into the folder.
struct Plan {
    target: PathBuf,
    format: Format,
    merged: Merged,
    left_out: usize,
}

pub(super) fn run(args: &MarketImport, cli: &Cli) -> Result<ExitCode, Failure> {
    let folder = folder_or_configured(args.market.as_deref(), cli)?;
    let list = market::read(&args.file)?;
    let plan = match Format::of(&list) {
        Some(Format::Rows) => rows(args, &folder, list)?,
        _ => batch(args, &folder, &list)?,
    };
    if !plan.merged.overlaps.is_empty() && !args.replace {
        return Err(overlapping(&plan));
    }
    fits(&plan, &folder)?;
    if !args.dry_run {
        write(&plan.target, &plan.merged.text)?;
    }
    tell(&plan, args, cli);
    Ok(ExitCode::SUCCESS)
}

/// A list of instruments or holidays, into the file that earlier imports left.
fn batch(args: &MarketImport, folder: &Path, list: &str) -> Result<Plan, Failure> {
    let first = args.from.as_deref().map_or_else(|| Ok(today()), day)?;
    let name = args.file.display().to_string();
    let request = Request {
        file: &name,
        text: list,
        day: first,
        symbols: &args.symbols,
        complete: args.complete,
    };
    let batch = Batch::read(request).map_err(|error| invalid(list, error))?;
    if batch.is_empty() {
        let message = format!("{name} has nothing to import; {} left out", batch.left_out);
        let hint = "check the symbols: they are written as in the list";
        return Err(Failure::new(Code::NotFound, message, hint));
    }
    let (format, left_out) = (batch.format, batch.left_out);
    let target = folder.join(match format {
        Format::KiteInstruments | Format::UpstoxInstruments => "imported-instruments.toml",
        Format::Holidays | Format::UpstoxHolidays | Format::Rows => "imported-holidays.toml",
    });
    let earlier = if target.exists() { Some(market::read(&target)?) } else { None };
    let shown = target.display().to_string();
    let earlier = earlier.as_deref().map(|text| (shown.as_str(), text));
    let merged =
        batch.merged(earlier).map_err(|error| invalid(earlier.map_or("", |one| one.1), error))?;
    Ok(Plan { target, format, merged, left_out })
}

/// A file of rows, as it is.
fn rows(args: &MarketImport, folder: &Path, list: String) -> Result<Plan, Failure> {
    let name = args.file.file_name().unwrap_or_default();
    let target = folder.join(name).with_extension("toml");
    let mut alone = Market::embedded()?;
    let counts = alone
        .add_rows(&args.file.display().to_string(), &list)
        .map_err(|error| invalid(&list, error))?;
    let count: usize = counts.values().sum();
    let mut merged = Merged { text: list, added: count, ..Merged::default() };
    if target.exists() {
        if market::read(&target)? == merged.text {
            (merged.added, merged.unchanged) = (0, count);
        } else {
            merged.overlaps.push(format!("the file {}", target.display()));
        }
    }
    Ok(Plan { target, format: Format::Rows, merged, left_out: 0 })
}

fn invalid(text: &str, error: highmark_market::RowsError) -> Failure {
    let mut wrong = Wrong::default();
    wrong.add(text, error);
    let unknown = || Failure::new(Code::Market, "this cannot be read", "check the file");
    wrong.none().err().unwrap_or_else(unknown)
}

fn overlapping(plan: &Plan) -> Failure {
    let overlaps = &plan.merged.overlaps;
    let mut named: Vec<&str> = overlaps.iter().take(NAMED).map(String::as_str).collect();
    let more = text::count(overlaps.len().saturating_sub(NAMED), "more");
    let more = more.trim_end_matches('s');
    if overlaps.len() > NAMED {
        named.push(more);
    }
    let message = format!("already there, and different: {}", named.join("; "));
    Failure::new(Code::Refused, message, "--replace lets the new rows count; --dry-run tries it")
}

/// Refuses what would not stand together with the user's other files.
fn fits(plan: &Plan, folder: &Path) -> Result<(), Failure> {
    let mut rules = Market::embedded()?;
    for file in market::files(folder)?.into_iter().filter(|file| *file != plan.target) {
        let text = market::read(&file)?;
        let name = file.display().to_string();
        rules.add_rows(&name, &text).map_err(|error| invalid(&text, error))?;
    }
    let name = plan.target.display().to_string();
    rules
        .add_rows(&name, &plan.merged.text)
        .map(|_| ())
        .map_err(|error| Failure { code: Code::Refused, ..invalid(&plan.merged.text, error) })
}

/// Whole or not at all: another process sees the old file or the new one.
fn write(target: &Path, text: &str) -> Result<(), Failure> {
    let folder = target.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
    let new = target.with_extension("new");
    fs::write(&new, text).map_err(|error| Failure::file(&new, &error))?;
    fs::rename(&new, target).map_err(|error| Failure::file(target, &error))
}

fn tell(plan: &Plan, args: &MarketImport, cli: &Cli) {
    let Plan { target, format, merged, left_out } = plan;
    let replaced = merged.overlaps.len();
    if cli.json {
        let value = json!({
            "file": target.display().to_string(),
            "format": format.words(),
            "added": merged.added,
            "unchanged": merged.unchanged,
            "replaced": replaced,
            "left_out": left_out,
            "dry_run": args.dry_run,
        });
        terminal::out(&format!("{value}\n"));
        return;
    }
    let would = if args.dry_run { "would be " } else { "" };
    let mut words = vec![format!("{} {would}added", text::count(merged.added, "row"))];
    let mut more = |count: usize, what: &str| {
        words.extend((count > 0).then(|| format!("{count} {what}")));
    };
    more(merged.unchanged, "unchanged");
    more(replaced, "replaced");
    more(*left_out, "left out");
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    terminal::out(&format!("{}: {} in {name}\n", format.words(), words.join(", ")));
}
