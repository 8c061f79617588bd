//! `highmark journal`: the record itself: whole or damaged, copied, put back, folded and decided again.

mod again;
mod copies;
mod stats;
mod verify;

use super::args::Cli;
use super::book::{self, journal_in, state_folder};
use super::terminal;
use crate::failure::Failure;
use crate::record;
use clap::Subcommand;
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::Ask;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum JournalVerb {
    /// Prove the whole chain: every record, every checkpoint, every segment
    #[command(
        after_help = "Works beside a running service. Ends with 1 when anything is damaged, and says where and what to do.\n\nExamples:\n  highmark journal verify\n  highmark journal verify /mnt/copies/backup-1790000000\n  highmark journal verify --against /mnt/elsewhere/checkpoints.ndjson"
    )]
    Verify {
        /// Another journal or a backup, instead of the state folder's
        #[arg(value_name = "DIR")]
        dir: Option<PathBuf>,
        /// Checkpoints that were copied off this host, one a line: it has to come by each
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
    },
    /// Copy it to a new or empty folder, while it is written
    #[command(after_help = "Example:\n  highmark journal backup /mnt/copies/monday")]
    Backup {
        #[arg(value_name = "DIR")]
        to: PathBuf,
    },
    /// Make the state folder's journal from a backup, verified
    #[command(
        after_help = "No service may run, and the state folder may have no journal.\n\nExample:\n  highmark journal restore /mnt/copies/monday --state ~/restored"
    )]
    Restore {
        #[arg(value_name = "BACKUP")]
        from: PathBuf,
    },
    /// Fold all facts again and say what they come to
    #[command(
        after_help = "Two journals of the same facts have the same hashes.\n\nExamples:\n  highmark journal replay\n  highmark journal replay --every 100000"
    )]
    Replay {
        /// A hash of the state after each so many events too
        #[arg(long, value_name = "EVENTS")]
        every: Option<u64>,
    },
    /// Decide all recorded inputs again: the same, or with other parameters
    #[command(
        after_help = "Without --set it has to come to the same decisions, and ends with 1 when it does not. With --set it is a what-if: a path is that of a rule or of the profile, as `highmark journal export` shows them.\n\nExamples:\n  highmark journal rerun\n  highmark journal rerun --set trail.by.points=40\n  highmark journal rerun --set max_loss.amount.money=10000 --json"
    )]
    Rerun {
        /// One parameter otherwise, wherever a command sets it
        #[arg(long = "set", value_name = "PATH=VALUE")]
        sets: Vec<String>,
    },
    /// Every turn with its input and its events, one JSON object a line
    #[command(
        after_help = "Examples:\n  highmark journal export > journal.ndjson\n  highmark journal export --from 1200 --to 1300"
    )]
    Export {
        /// The first turn
        #[arg(long, value_name = "TURN")]
        from: Option<u64>,
        /// The last one
        #[arg(long, value_name = "TURN")]
        to: Option<u64>,
    },
    /// What it holds: segments, turns, bytes, its end
    #[command(after_help = "Example:\n  highmark journal stats")]
    Stats,
    /// Have the service sign where the journal ends now
    #[command(after_help = "Example:\n  highmark journal checkpoint")]
    Checkpoint,
}

pub(super) fn run(verb: &JournalVerb, cli: &Cli) -> Result<ExitCode, Failure> {
    match verb {
        JournalVerb::Verify { dir, against } => {
            verify::run(dir.as_deref(), against.as_deref(), cli)
        }
        JournalVerb::Backup { to } => copies::backup(to, cli),
        JournalVerb::Restore { from } => copies::restore(from, cli),
        JournalVerb::Replay { every } => again::replay(*every, cli),
        JournalVerb::Rerun { sets } if sets.is_empty() => again::rerun(cli),
        JournalVerb::Rerun { sets } => again::what_if(sets, cli),
        JournalVerb::Export { from, to } => export(*from, *to, cli),
        JournalVerb::Stats => stats::run(cli),
        JournalVerb::Checkpoint => checkpoint(cli),
    }
}

fn here(cli: &Cli) -> Result<record::Record, Failure> {
    record::open(&journal_in(&state_folder(cli)?))
}

fn export(from: Option<u64>, to: Option<u64>, cli: &Cli) -> Result<ExitCode, Failure> {
    let record = here(cli)?;
    for turn in record.turns_from(from.unwrap_or(0))? {
        let turn = turn.map_err(|error| record::failed(&error))?;
        let number = turn.number().unwrap_or_default();
        if to.is_some_and(|to| number > to) {
            break;
        }
        let line = json!({ "turn": number, "input": turn.input, "events": turn.events });
        if !terminal::goes_on(&format!("{line}\n")) {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn checkpoint(cli: &Cli) -> Result<ExitCode, Failure> {
    let mut client: Client = book::service(cli)?;
    let made = client.ask(Ask::Checkpoint)?;
    if cli.json {
        terminal::out(&format!("{made:#}\n"));
    } else {
        let turns = made["turns"].as_u64().unwrap_or_default();
        let key = made["key"].as_str().unwrap_or_default();
        terminal::out(&format!("signed up to turn {turns} with key {key}\n"));
    }
    Ok(ExitCode::SUCCESS)
}
