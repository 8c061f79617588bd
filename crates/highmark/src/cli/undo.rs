//! `highmark undo` and `highmark redo`: a command is taken back by a new fact, and put back by another.

use super::args::Cli;
use super::book::Book;
use crate::failure::{Code, Failure};
use clap::Args;
use highmark_engine::{Command, CommandId};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Undo {
    /// The command, as it was told when it was done: c5; the last one when absent
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}

pub(super) fn undo(args: &Undo, cli: &Cli) -> Result<ExitCode, Failure> {
    let command = args.command.as_deref().map(id).transpose()?;
    Book::to_change(cli)?.order_and_tell(Command::Undo { command }, cli)
}

pub(super) fn redo(cli: &Cli) -> Result<ExitCode, Failure> {
    Book::to_change(cli)?.order_and_tell(Command::Redo, cli)
}

fn id(text: &str) -> Result<CommandId, Failure> {
    let number = text.strip_prefix('c').and_then(|number| number.parse().ok());
    number.map(CommandId).ok_or_else(|| {
        let hint = "write c5, as it stood when the command was done";
        Failure::new(Code::Usage, format!("`{text}` is no command"), hint)
    })
}
