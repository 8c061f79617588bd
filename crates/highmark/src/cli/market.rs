//! `highmark market`: what is in force on a day, and a user's own files of rows.

use super::args::{Cli, MarketShow, MarketVerb};
use super::config;
use super::terminal::{self, Ink, Look};
use crate::failure::{Code, Failure};
use crate::{clock, scenario, text};
use highmark_engine::{Day, SECOND, Timestamp};
use highmark_market::{Exchange, Fact, Layer, Market, Segment, Shown, Wanted};
use highmark_play::market;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

/// The market's rules with the user's own, from the folder that is named or from the configured one.
pub(super) fn open(folder: Option<&Path>, cli: &Cli) -> Result<Market, Failure> {
    market::with_folder(&folder_or_configured(folder, cli)?)
}

pub(super) fn folder_or_configured(folder: Option<&Path>, cli: &Cli) -> Result<PathBuf, Failure> {
    let Some(folder) = folder else { return Ok(config::load(cli)?.config.market.dir) };
    if !folder.is_dir() {
        let message = format!("{} is not a folder", folder.display());
        return Err(Failure::new(Code::NotFound, message, "check --market"));
    }
    Ok(folder.to_owned())
}

pub(super) fn run(verb: &MarketVerb, cli: &Cli) -> Result<ExitCode, Failure> {
    match verb {
        MarketVerb::Show(args) => show(args, cli),
        MarketVerb::Import(args) => super::market_import::run(args, cli),
        MarketVerb::Check { files, market } => check(files, market.as_deref(), cli),
    }
}

fn show(args: &MarketShow, cli: &Cli) -> Result<ExitCode, Failure> {
    let day = args.on.as_deref().map_or_else(|| Ok(today()), day)?;
    let folder = folder_or_configured(args.market.as_deref(), cli)?;
    let market = market::with_folder(&folder)?;
    let wanted = Wanted {
        day,
        exchange: args.exchange.as_deref().and_then(Exchange::named),
        segment: args.segment.as_deref().and_then(Segment::named),
        symbols: &args.symbols,
    };
    let shown = market.shown(wanted).map_err(|error| {
        let code = if args.symbols.is_empty() { Code::Failure } else { Code::NotFound };
        Failure::new(code, error.to_string(), error.hint)
    })?;
    let unverified = shown.iter().filter(|row| !row.fact.verified).count();
    if cli.json {
        let rows: Vec<Value> = shown.iter().map(row_json).collect();
        let value = json!({
            "on": dashed(day),
            "folder": folder.display().to_string(),
            "unverified": unverified,
            "rows": rows,
        });
        terminal::out(&format!("{value:#}\n"));
        return Ok(ExitCode::SUCCESS);
    }
    let look = Look::of_stdout(cli.no_color);
    terminal::out(&format!("Market rules on {}\n", clock::day_text(day)));
    terminal::out(&table(&shown, args.sources, look));
    if unverified > 0 {
        let count = text::count(unverified, "row");
        let of = text::whole(shown.len() as u64);
        terminal::out(&format!(
            "\n! {count} of {of} not verified: check before money depends on them; --sources says why\n"
        ));
    }
    let folder = folder.display();
    terminal::say(cli.quiet, &format!("rows of your own lie in {folder}; see docs/market.md"));
    Ok(ExitCode::SUCCESS)
}

/// One section a topic; each row with its value, its first day and where it stands.
fn table(shown: &[Shown], sources: bool, look: Look) -> String {
    let width = |text: &str| text.chars().count();
    let widest = |topic: &str, of: fn(&Shown) -> &str| {
        shown.iter().filter(|row| row.topic == topic).map(|row| width(of(row))).max().unwrap_or(0)
    };
    let (mut subject, mut value) = (0, 0);
    let mut out = String::new();
    let mut topic = "";
    for row in shown {
        if row.topic != topic {
            topic = row.topic;
            subject = widest(topic, |row| &row.subject);
            value = widest(topic, |row| &row.fact.value);
            out.push_str(&format!("\n{}\n", look.paint(topic, Ink::Strong)));
        }
        let mark = if row.fact.verified { " " } else { "!" };
        let mark = look.paint(mark, Ink::Warn);
        let pad = |text: &str, to: usize| " ".repeat(to.saturating_sub(width(text)));
        let head = format!("{}{}", row.subject, pad(&row.subject, subject));
        let body = format!("{}{}", row.fact.value, pad(&row.fact.value, value));
        let until = row.fact.until.map(|day| format!(" to {}", dashed(day)));
        let from = format!("{}{}", dashed(row.fact.from), until.unwrap_or_default());
        let origin = look.paint(&origin(&row.fact), Ink::Faint);
        out.push_str(&format!("{mark} {head}  {body}  {from}  {origin}\n"));
        if sources {
            out.push_str(&format!("    {}\n", look.paint(&row.fact.source, Ink::Faint)));
        }
    }
    out
}

/// `orders.toml:12`, and a user's file by its name alone.
fn origin<T>(fact: &Fact<T>) -> String {
    let file = &*fact.origin.file;
    match fact.origin.layer {
        Layer::Embedded if fact.origin.line == 0 => file.to_owned(),
        Layer::Embedded => format!("{file}:{}", fact.origin.line),
        Layer::User => {
            let name = Path::new(file).file_name().map(|name| name.to_string_lossy());
            format!("yours: {}:{}", name.unwrap_or_default(), fact.origin.line)
        }
    }
}

fn row_json(row: &Shown) -> Value {
    json!({
        "topic": row.topic,
        "subject": row.subject,
        "value": row.fact.value,
        "verified": row.fact.verified,
        "from": dashed(row.fact.from),
        "until": row.fact.until.map(dashed),
        "layer": row.fact.origin.layer.name(),
        "file": &*row.fact.origin.file,
        "line": row.fact.origin.line,
        "source": row.fact.source,
    })
}

/// Files by name, or those of the user's folder.
fn check(files: &[PathBuf], folder: Option<&Path>, cli: &Cli) -> Result<ExitCode, Failure> {
    let files = match files {
        [] => market::files(&folder_or_configured(folder, cli)?)?,
        files => files.to_vec(),
    };
    let mut rules = Market::embedded()?;
    let mut wrong = market::Wrong::default();
    let mut good: Vec<(String, BTreeMap<&str, usize>)> = Vec::new();
    for file in &files {
        let text = market::read(file)?;
        match rules.add_rows(&file.display().to_string(), &text) {
            Ok(counts) => good.push((file.display().to_string(), counts)),
            Err(error) => wrong.add(&text, error),
        }
    }
    wrong.none()?;
    if cli.json {
        let files: Vec<Value> =
            good.iter().map(|(file, rows)| json!({ "file": file, "rows": rows })).collect();
        terminal::out(&format!("{}\n", json!({ "ok": true, "files": files })));
    } else if good.is_empty() {
        terminal::out("there are no files of your own\n");
    } else {
        for (file, rows) in &good {
            let words: Vec<String> =
                rows.iter().map(|(table, count)| format!("{count} {table}")).collect();
            let words = if words.is_empty() { "no rows".to_owned() } else { words.join(", ") };
            terminal::out(&format!("{file}: good, with {words}\n"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A day as it is written at the command line.
pub(super) fn day(text: &str) -> Result<Day, Failure> {
    let wrong = || Failure::new(Code::Usage, format!("`{text}` is not a day"), "write 2026-11-20");
    scenario::day_text(text).ok_or_else(wrong)
}

/// The day that it is in India.
pub(super) fn today() -> Day {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX / SECOND);
    clock::day_of(Timestamp::seconds(seconds))
}

pub(super) fn dashed(day: Day) -> String {
    format!("{:04}-{:02}-{:02}", day.0 / 10_000, day.0 / 100 % 100, day.0 % 100)
}
