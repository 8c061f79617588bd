//! `highmark kill`: close everything, refuse entries, stay so until released.

use super::args::Cli;
use super::book::consent::Plan;
use super::book::{Book, state_folder};
use super::{terminal, trade};
use crate::failure::{Code, Failure};
use crate::text;
use clap::Subcommand;
use highmark_engine::{Command, Scope};
use highmark_server::{kill_file, lease};
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(super) enum KillVerb {
    /// Close everything now, refuse entries until released
    #[command(
        after_help = "Tells what it will do and asks for the word `kill`; in a script --yes is enough.\n\nExamples:\n  highmark kill engage --reason \"feed is wrong\"\n  highmark kill engage --reason drill --yes\n  highmark kill engage --file --reason \"it does not answer\"\n\nA service that does not answer within five seconds is killed by the kill file: a file KILL in its state\nfolder, which it takes as soon as it lives, and first of all when it starts. The signal USR1 does the same."
    )]
    Engage {
        /// Why; the record keeps it
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The word `kill`, for scripts
        #[arg(long, value_name = "WORD")]
        confirm: Option<String>,
        /// Ask nobody: put the kill file into the state folder
        #[arg(long, conflicts_with = "confirm")]
        file: bool,
    },
    /// Accept entries again
    #[command(
        after_help = "Asks for the word `release`, or, once a user who may release has a second factor, for its code.\n\nExamples:\n  highmark kill release --reason \"feed is right again\"\n  highmark kill release --reason \"drill is over\" --yes --confirm release\n  highmark kill release --reason \"feed is right again\" --code 123456"
    )]
    Release {
        /// Why; the record keeps it
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The word `release`, for scripts
        #[arg(long, value_name = "WORD")]
        confirm: Option<String>,
        /// Six digits of the second factor, in place of the word
        #[arg(long, value_name = "DIGITS")]
        code: Option<String>,
    },
    /// Whether it is engaged, and what is still open
    #[command(
        after_help = "Ends with 10 while it is engaged, else 0.\n\nExample:\n  highmark kill status"
    )]
    Status,
}

pub(super) fn run(verb: &KillVerb, cli: &Cli) -> Result<ExitCode, Failure> {
    match verb {
        KillVerb::Engage { reason, file: true, .. } => by_file(reason, cli),
        KillVerb::Engage { reason, confirm, file: false } => {
            engage(reason, confirm.as_deref(), cli)
        }
        KillVerb::Release { reason, confirm, code } => {
            release(reason, (confirm.as_deref(), code.as_deref()), cli)
        }
        KillVerb::Status => status(cli),
    }
}

fn engage(reason: &str, confirm: Option<&str>, cli: &Cli) -> Result<ExitCode, Failure> {
    let mut book = Book::to_change(cli)?;
    book.wait_at_most(PATIENCE)?;
    // Whoever is sure does not wait for names; nor does whoever asks a service that does not answer.
    if !(cli.yes && confirm.is_none()) {
        let (says, steps) = match book.names() {
            Ok(names) => {
                let living = names.living(Scope::System);
                let count = text::count(living.len(), "trade");
                (format!("closes {count}"), living.iter().map(|one| trade::leaves(one)).collect())
            }
            Err(failure) if failure.code == Code::Unreachable => {
                ("closes whatever is open; the service does not answer".to_owned(), Vec::new())
            }
            Err(failure) => return Err(failure),
        };
        let says = format!("{says} and refuses every entry until it is released");
        let plan = Plan { says, steps, name: "kill".into(), yes_is_enough: true };
        plan.agreed(confirm, cli)?;
    }
    let killed = book.order_and_tell(Command::Kill { reason: reason.to_owned() }, cli);
    match killed {
        Err(failure) if failure.code == Code::Unreachable => {
            terminal::say(cli.quiet, &failure.to_string());
            by_file(reason, cli)
        }
        told => told,
    }
}

/// How long the service may take to answer before the file is written instead.
const PATIENCE: Duration = Duration::from_secs(5);

/// Nobody answers, or nobody is asked: the file is an order that lasts.
fn by_file(reason: &str, cli: &Cli) -> Result<ExitCode, Failure> {
    let path = kill_file::put(&state_folder(cli)?, reason)?;
    let runs = lease::holder(&state_folder(cli)?).is_some();
    let says = if runs {
        "the service closes everything as soon as it takes the file: `highmark kill status` tells"
    } else {
        "no service runs: the next that starts closes everything first"
    };
    if cli.json {
        terminal::out(&format!("{}\n", json!({ "file": path, "runs": runs })));
    } else {
        terminal::out(&format!("the kill file is written: {}\n{says}\n", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// A person says that it is meant, by the word or by a code; the service looks whether the code is one.
fn release(
    reason: &str,
    (confirm, code): (Option<&str>, Option<&str>),
    cli: &Cli,
) -> Result<ExitCode, Failure> {
    let mut book = Book::to_change(cli)?;
    if code.is_none() {
        let plan = Plan {
            says: "accepts entries again".into(),
            steps: Vec::new(),
            name: "release".into(),
            yes_is_enough: false,
        };
        plan.agreed(confirm, cli)?;
    }
    book.release(reason, code)?.print(cli);
    Ok(ExitCode::SUCCESS)
}

fn status(cli: &Cli) -> Result<ExitCode, Failure> {
    let status = Book::to_look(cli)?.status()?;
    let open = status.system.open_trades;
    if cli.json {
        let whole = json!({ "engaged": status.killed, "open_trades": open, "at": status.at });
        terminal::out(&format!("{whole}\n"));
    } else {
        let word = if status.killed { "engaged" } else { "not engaged" };
        let open = text::count(open as usize, "trade");
        terminal::out(&format!("kill is {word}; {open} open\n"));
    }
    let code = if status.killed { Code::Breached.exit() } else { 0 };
    Ok(ExitCode::from(code))
}
