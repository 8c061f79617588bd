//! The chain proved, and every damage told with its place and its remedy.

use crate::cli::args::Cli;
use crate::cli::book::{journal_in, state_folder};
use crate::cli::terminal;
use crate::failure::{Code, Failure};
use crate::record;
use crate::text;
use highmark_journal::{Checkpoint, Disk, Trusted, Verdict, verify_against};
use serde_json::json;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(super) fn run(
    dir: Option<&Path>,
    against: Option<&Path>,
    cli: &Cli,
) -> Result<ExitCode, Failure> {
    let dir: PathBuf = match dir {
        Some(dir) => dir.to_owned(),
        None => journal_in(&state_folder(cli)?),
    };
    // How many there are is not known before the end: the segments are.
    let bar = terminal::bar(cli.quiet, 1);
    let checkpoints = against.map(checkpoints).transpose()?.unwrap_or_default();
    let trusted = Trusted { checkpoints, ..Trusted::default() };
    let verdict = verify_against(&dir, &Disk::default(), &trusted, &mut |progress| {
        bar.set_length(progress.segments.max(1));
        bar.set_position(progress.segment);
    });
    bar.finish_and_clear();
    let verdict = verdict.map_err(|error| record::failed(&error))?;
    if cli.json {
        let mut whole = json!(verdict);
        whole["sound"] = verdict.is_sound().into();
        terminal::out(&format!("{whole:#}\n"));
    } else {
        terminal::out(&told(&verdict));
    }
    let code = if verdict.is_sound() { 0 } else { Code::Failure.exit() };
    Ok(ExitCode::from(code))
}

/// The checkpoints in a file, all of which have to be readable.
fn checkpoints(file: &Path) -> Result<Vec<Checkpoint>, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::file(file, &error))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read: Result<Vec<Checkpoint>, Failure> = lines
        .map(|(number, line)| {
            serde_json::from_str(line).map_err(|error| {
                let place = format!("{}:{}", file.display(), number + 1);
                let hint = "write one checkpoint a line, as the hook was given them";
                Failure::new(Code::Usage, format!("{place}: no checkpoint: {error}"), hint)
            })
        })
        .collect();
    let read = read?;
    if read.is_empty() {
        let message = format!("{} holds no checkpoint", file.display());
        return Err(Failure::new(Code::Usage, message, "name the file that the hook writes"));
    }
    Ok(read)
}

fn told(verdict: &Verdict) -> String {
    let mut out = String::new();
    let many = |count: u64, noun: &str| {
        format!("{} {noun}{}", text::whole(count), if count == 1 { "" } else { "s" })
    };
    let counts = format!(
        "{}, {}, {}, {}",
        many(verdict.segments, "segment"),
        many(verdict.turns, "turn"),
        many(verdict.events, "event"),
        many(verdict.checkpoints, "checkpoint"),
    );
    if verdict.is_sound() {
        let _ = writeln!(out, "sound: {counts}");
        if verdict.unsigned_turns > 0 {
            let turns = many(verdict.unsigned_turns, "turn");
            let _ = writeln!(
                out,
                "{turns} after the last checkpoint; `highmark journal checkpoint` signs"
            );
        }
    } else {
        let _ = writeln!(out, "DAMAGED, in {counts}");
    }
    for damage in &verdict.damages {
        let _ = writeln!(out, "  {damage}\n    help: {}", damage.remedy);
    }
    for note in &verdict.notes {
        let _ = writeln!(out, "  note: {note}");
    }
    out
}
