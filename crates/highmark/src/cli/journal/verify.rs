//! The chain proved, and every damage told with its place and its remedy.

use crate::cli::args::Cli;
use crate::cli::book::{journal_in, state_folder};
use crate::cli::terminal;
use crate::failure::{Code, Failure};
use crate::record;
use crate::text;
use highmark_journal::{Verdict, verify};
use serde_json::json;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(super) fn run(dir: Option<&Path>, cli: &Cli) -> Result<ExitCode, Failure> {
    let dir: PathBuf = match dir {
        Some(dir) => dir.to_owned(),
        None => journal_in(&state_folder(cli)?),
    };
    // How many there are is not known before the end: the segments are.
    let bar = terminal::bar(cli.quiet, 1);
    let verdict = verify(&dir, &mut |progress| {
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
