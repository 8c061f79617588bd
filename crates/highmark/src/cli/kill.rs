//! `highmark kill`: close everything, refuse entries, stay so until released.

use super::args::Cli;
use super::book::Book;
use super::book::consent::Plan;
use super::{terminal, trade};
use crate::failure::{Code, Failure};
use crate::text;
use clap::Subcommand;
use highmark_engine::{Command, Scope};
use serde_json::json;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum KillVerb {
    /// Close everything now, refuse entries until released
    #[command(
        after_help = "Tells what it will do and asks for the word `kill`; in a script --yes is enough.\n\nExamples:\n  highmark kill engage --reason \"feed is wrong\"\n  highmark kill engage --reason drill --yes"
    )]
    Engage {
        /// Why; the record keeps it
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The word `kill`, for scripts
        #[arg(long, value_name = "WORD")]
        confirm: Option<String>,
    },
    /// Accept entries again
    #[command(after_help = "Example:\n  highmark kill release --reason \"feed is right again\"")]
    Release {
        /// Why; the record keeps it
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Whether it is engaged, and what is still open
    #[command(
        after_help = "Ends with 10 while it is engaged, else 0.\n\nExample:\n  highmark kill status"
    )]
    Status,
}

pub(super) fn run(verb: &KillVerb, cli: &Cli) -> Result<ExitCode, Failure> {
    match verb {
        KillVerb::Engage { reason, confirm } => engage(reason, confirm.as_deref(), cli),
        KillVerb::Release { reason } => {
            let command = Command::Release { reason: reason.clone() };
            Book::to_change(cli)?.order_and_tell(command, cli)
        }
        KillVerb::Status => status(cli),
    }
}

fn engage(reason: &str, confirm: Option<&str>, cli: &Cli) -> Result<ExitCode, Failure> {
    let mut book = Book::to_change(cli)?;
    // Whoever is sure does not wait for names.
    if !(cli.yes && confirm.is_none()) {
        let living = book.names()?.living(Scope::System);
        let plan = Plan {
            says: format!(
                "closes {} and refuses every entry until it is released",
                text::count(living.len(), "trade")
            ),
            steps: living.iter().map(|one| trade::leaves(one)).collect(),
            name: "kill".into(),
            yes_is_enough: true,
        };
        plan.agreed(confirm, cli)?;
    }
    book.order_and_tell(Command::Kill { reason: reason.to_owned() }, cli)
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
