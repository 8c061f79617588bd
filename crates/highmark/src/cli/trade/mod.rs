//! `highmark trade`: round trips, one by one.

mod enter;
mod leave;
mod levels;
mod list;

pub(super) use leave::{leave, leaves};
pub(super) use list::{Seen, rows, seen};

use super::args::Cli;
use super::book::Book;
use super::{import, values};
use crate::failure::Failure;
use clap::{Args, Subcommand};
use highmark_engine::*;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum TradeVerb {
    /// Trades that are held or wait for their entry
    #[command(
        after_help = "Examples:\n  highmark trade list\n  highmark trade list Momentum --all\n  highmark trade list --plain | cut -f1,9"
    )]
    List {
        /// Only those of this strategy, group or account
        #[arg(value_name = "SCOPE")]
        scope: Option<String>,
        /// Closed ones too
        #[arg(long)]
        all: bool,
    },
    /// One trade with its rules
    #[command(after_help = "Examples:\n  highmark trade show m1\n  highmark trade show t3 --json")]
    Show {
        #[arg(value_name = "TRADE")]
        name: String,
    },
    /// Enter a trade, or take up one that is held already
    #[command(
        after_help = "Rules are written as in `highmark rule add`, each in one argument.\n\nExamples:\n  highmark trade add NIFTY --side buy --lots 2 --strategy Momentum --rule \"trail by=60\"\n  highmark trade add SBIN --side sell --quantity 750 --strategy Carry --name s1 --rule \"stop_loss from_entry=1%\" --rule \"target from_entry=2%\"\n  highmark trade add SBIN --side buy --quantity 100 --strategy Carry --held-at 812.40"
    )]
    Add(Add),
    /// Average in: more of the same trade
    #[command(after_help = "Example:\n  highmark trade increase m1 --lots 1")]
    Increase {
        #[arg(value_name = "TRADE")]
        name: String,
        #[command(flatten)]
        size: Size,
        /// Filled at this price already
        #[arg(long, value_name = "PRICE", value_parser = values::price)]
        filled_at: Option<Price>,
    },
    /// Exit a trade, or some of it, or several
    #[command(
        after_help = "More than one has to be confirmed: the word is the first name.\n\nExamples:\n  highmark trade exit m1\n  highmark trade exit m1 --quantity 75\n  highmark trade exit m1 m2 --reason \"before the news\" --yes --confirm m1"
    )]
    Exit(Exit),
    /// Take back an entry that is not filled yet
    #[command(after_help = "Example:\n  highmark trade cancel m3")]
    Cancel {
        #[arg(value_name = "TRADE")]
        name: String,
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Exit here, enter there, linked
    #[command(after_help = "Example:\n  highmark trade roll f1 --into NIFTY26DECFUT")]
    Roll {
        #[arg(value_name = "TRADE")]
        name: String,
        /// What is entered
        #[arg(long, value_name = "SYMBOL")]
        into: String,
        /// Filled there at this price already
        #[arg(long, value_name = "PRICE", value_parser = values::price)]
        filled_at: Option<Price>,
    },
    /// Enter a closed trade once more: same terms, stops afresh
    #[command(after_help = "Example:\n  highmark trade re-enter m1")]
    ReEnter {
        #[arg(value_name = "TRADE")]
        name: String,
        /// Filled at this price already
        #[arg(long, value_name = "PRICE", value_parser = values::price)]
        filled_at: Option<Price>,
    },
    /// Put its fixed stop at a price
    #[command(
        after_help = "Changes its stop_loss, or sets one. It is refused when it loosens: see `highmark rule loosen`.\n\nExample:\n  highmark trade stop m1 25950"
    )]
    Stop(Level),
    /// Put its target at a price
    #[command(after_help = "Example:\n  highmark trade target m1 26400")]
    Target(Level),
    /// Take up open trades from a CSV file
    #[command(
        after_help = "Columns: symbol, side, quantity, price; strategy, account, name when they are there. The same as `highmark import csv`.\n\nExamples:\n  highmark trade import open.csv --strategy Carry --dry-run\n  highmark trade import open.csv --strategy Carry"
    )]
    Import {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        into: import::Into,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Size {
    /// In lots
    #[arg(long)]
    pub lots: Option<u32>,
    /// In units
    #[arg(long, value_name = "UNITS", value_parser = values::quantity)]
    pub quantity: Option<Quantity>,
}

#[derive(Debug, Args)]
pub(super) struct Add {
    #[arg(value_name = "SYMBOL")]
    pub symbol: String,
    #[arg(long, value_name = "buy|sell", value_parser = values::side)]
    pub side: Side,
    #[command(flatten)]
    pub size: Size,
    /// Whose it is
    #[arg(long)]
    pub strategy: String,
    /// Where it is held; the only account when there is one
    #[arg(long)]
    pub account: Option<String>,
    /// With which legs it is judged
    #[arg(long)]
    pub group: Option<String>,
    /// What it is called
    #[arg(long)]
    pub name: Option<String>,
    /// A rule in words; may be given more than once
    #[arg(long = "rule", value_name = "WORDS")]
    pub rules: Vec<String>,
    /// Filled at this price already
    #[arg(long, value_name = "PRICE", value_parser = values::price, conflicts_with = "held_at")]
    pub filled_at: Option<Price>,
    /// Held since before, entered at this price: best and peak begin now
    #[arg(long, value_name = "PRICE", value_parser = values::price)]
    pub held_at: Option<Price>,
}

#[derive(Debug, Args)]
pub(super) struct Exit {
    #[arg(value_name = "TRADE", required = true)]
    pub names: Vec<String>,
    /// Only so many units, of one trade
    #[arg(long, value_name = "UNITS", value_parser = values::quantity)]
    pub quantity: Option<Quantity>,
    /// Why; the record keeps it
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// The first name again, for scripts
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Level {
    #[arg(value_name = "TRADE")]
    pub name: String,
    #[arg(value_name = "PRICE", value_parser = values::price)]
    pub price: Price,
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

pub(super) fn run(verb: &TradeVerb, cli: &Cli) -> Result<ExitCode, Failure> {
    match verb {
        TradeVerb::List { scope, all } => list::list(scope.as_deref(), *all, cli),
        TradeVerb::Show { name } => list::show(name, cli),
        TradeVerb::Add(add) => enter::add(add, cli),
        TradeVerb::Increase { name, size, filled_at } => {
            enter::increase(name, size, *filled_at, cli)
        }
        TradeVerb::Exit(exit) => leave::exit(exit, cli),
        TradeVerb::Cancel { name, reason } => leave::cancel(name, reason.as_deref(), cli),
        TradeVerb::Roll { name, into, filled_at } => {
            let mut book = Book::to_change(cli)?;
            let trade = book.names()?.trade(name)?.id;
            let into = book.names()?.instrument(into)?;
            let entry = enter::entry(*filled_at);
            book.order_and_tell(Command::Roll { trade, into, entry }, cli)
        }
        TradeVerb::ReEnter { name, filled_at } => {
            let mut book = Book::to_change(cli)?;
            let trade = book.names()?.trade(name)?.id;
            let entry = enter::entry(*filled_at);
            book.order_and_tell(Command::ReEnter { trade, entry }, cli)
        }
        TradeVerb::Stop(level) => levels::put(level, levels::Kind::Stop, cli),
        TradeVerb::Target(level) => levels::put(level, levels::Kind::Target, cli),
        TradeVerb::Import { file, into } => import::csv(file, into, cli),
    }
}
