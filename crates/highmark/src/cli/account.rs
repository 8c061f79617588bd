//! `highmark account`: where money and positions are held.

use super::args::Cli;
use super::book::Book;
use super::{strategy, values};
use crate::failure::Failure;
use clap::{Subcommand, ValueEnum};
use highmark_engine::*;
use serde_json::json;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum AccountVerb {
    /// All accounts
    #[command(after_help = "Example:\n  highmark account list")]
    List,
    /// Open an account
    #[command(
        after_help = "Examples:\n  highmark account open main --balance 1000000\n  highmark account open watch --mode tracking"
    )]
    Open {
        #[arg(value_name = "NAME")]
        name: String,
        /// Who fills its orders
        #[arg(long, value_enum, default_value_t = Mode::Paper)]
        mode: Mode,
        /// The balance before anything was traded, in rupees
        #[arg(long, value_name = "AMOUNT", value_parser = values::money)]
        balance: Option<Money>,
    },
    /// Set the margin in use, as the broker states it
    #[command(after_help = "Example:\n  highmark account margin main 240000")]
    Margin {
        #[arg(value_name = "ACCOUNT")]
        name: String,
        #[arg(value_name = "AMOUNT", value_parser = values::money)]
        amount: Money,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Mode {
    /// A small made-up market fills, with spread and latency
    Paper,
    /// Nobody: what is decided is filled at the mark
    Tracking,
}

pub(super) fn run(verb: &AccountVerb, cli: &Cli) -> Result<ExitCode, Failure> {
    match verb {
        AccountVerb::List => {
            let rows = Book::to_look(cli)?.status()?.accounts;
            let none = "there is no account yet: highmark account open NAME";
            strategy::scopes(&rows).print(&json!(rows), none, cli);
            Ok(ExitCode::SUCCESS)
        }
        AccountVerb::Open { name, mode, balance } => {
            let spec = AccountSpec {
                name: name.clone(),
                fills: match mode {
                    Mode::Paper => FillMode::Orders,
                    Mode::Tracking => FillMode::Tracking,
                },
                starting_balance: balance.unwrap_or_default(),
                external: ExternalPolicy::default(),
            };
            Book::to_change(cli)?.order_and_tell(Command::OpenAccount(spec), cli)
        }
        AccountVerb::Margin { name, amount } => {
            let mut book = Book::to_change(cli)?;
            let scope = Scope::Account(book.names()?.account(name)?);
            book.order_and_tell(Command::SetMargin { scope, margin: *amount }, cli)
        }
    }
}
