//! `highmark import`: open trades of elsewhere, taken up as they are held.

mod kite;
mod plain;
mod sheet;

use super::args::Cli;
use super::book::Book;
use super::book::names::Names;
use super::instrument;
use super::terminal;
use crate::failure::{Code, Failure};
use crate::text;
use clap::{Args, Subcommand};
use highmark_engine::*;
use highmark_server::socket::protocol::Look;
use serde_json::{Value, json};
use sheet::Sheet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum ImportVerb {
    /// The trade book of Kite: what was bought and not sold, or sold and not bought, is open
    #[command(
        after_help = "Fills of a symbol are matched first in, first out; what is left is taken up as one trade at its average price.\n\nExamples:\n  highmark import kite-tradebook tradebook.csv --strategy Carry --dry-run\n  highmark import kite-tradebook tradebook.csv --strategy Carry --define"
    )]
    KiteTradebook {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        into: Into,
    },
    /// A CSV file with one open trade a line
    #[command(
        after_help = "The header names symbol, side, quantity, price; strategy, account and name may be there.\n\nExamples:\n  highmark import csv open.csv --strategy Carry --dry-run\n  highmark import csv open.csv"
    )]
    Csv {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        into: Into,
    },
}

/// Where the trades go when the file does not say it.
#[derive(Debug, Args)]
pub(super) struct Into {
    /// Whose they are, where the file does not say
    #[arg(long)]
    pub strategy: Option<String>,
    /// Where they are held; the only account when there is one
    #[arg(long)]
    pub account: Option<String>,
    /// Make instruments known that are not, with lots of 1 and steps of 0.05
    #[arg(long)]
    pub define: bool,
    /// Tell what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// A trade that is open elsewhere.
#[derive(Debug, PartialEq, Eq)]
struct Open {
    line: usize,
    name: String,
    symbol: String,
    side: Side,
    quantity: Quantity,
    price: Price,
    strategy: Option<String>,
    account: Option<String>,
}

/// One thing that is wrong in a file.
#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    line: usize,
    field: &'static str,
    message: String,
    hint: String,
}

impl Wrong {
    fn new(
        line: usize,
        field: &'static str,
        message: impl std::convert::Into<String>,
        hint: impl std::convert::Into<String>,
    ) -> Wrong {
        Wrong { line, field, message: message.into(), hint: hint.into() }
    }
}

pub(super) fn run(verb: &ImportVerb, cli: &Cli) -> Result<ExitCode, Failure> {
    match verb {
        ImportVerb::KiteTradebook { file, into } => take_up(file, into, kite::open, cli),
        ImportVerb::Csv { file, into } => csv(file, into, cli),
    }
}

pub(super) fn csv(file: &Path, into: &Into, cli: &Cli) -> Result<ExitCode, Failure> {
    take_up(file, into, plain::open, cli)
}

type Reader = fn(&Sheet, &mut Vec<Wrong>) -> Vec<Open>;

fn take_up(file: &Path, into: &Into, read: Reader, cli: &Cli) -> Result<ExitCode, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::file(file, &error))?;
    let mut wrong = Vec::new();
    let open = match Sheet::read(&text) {
        Ok(sheet) => read(&sheet, &mut wrong),
        Err(problem) => {
            wrong.push(problem);
            Vec::new()
        }
    };
    // A dry run looks at names too, and is content with a journal.
    let mut book = if into.dry_run { Book::to_look(cli)? } else { Book::to_change(cli)? };
    let plan = planned(&open, into, &mut book, &mut wrong)?;
    if !wrong.is_empty() {
        return Err(unusable(file, wrong));
    }
    if into.dry_run {
        told(&open, &plan, cli);
        return Ok(ExitCode::SUCCESS);
    }
    if plan.commands.is_empty() && plan.unknown.is_empty() {
        terminal::say(cli.quiet, "nothing is open in it");
        return Ok(ExitCode::SUCCESS);
    }
    let mut commands = Vec::new();
    for symbol in &plan.unknown {
        let spec = InstrumentSpec::new(symbol.clone());
        book.order(Command::DefineInstrument(spec))?;
    }
    if !plan.unknown.is_empty() {
        // The ids of what was made just now.
        let names: Names = book.see(Look::Names)?;
        let mut none = Vec::new();
        let plan = trades(&open, into, &names, &mut none);
        commands.extend(plan);
    } else {
        commands.extend(plan.commands);
    }
    book.order_all(commands, cli)
}

/// What will be done.
struct Planned {
    /// Symbols that have to be defined first.
    unknown: Vec<String>,
    commands: Vec<(String, Command)>,
}

fn planned(
    open: &[Open],
    into: &Into,
    book: &mut Book,
    wrong: &mut Vec<Wrong>,
) -> Result<Planned, Failure> {
    let instruments: Vec<instrument::Seen> = book.see(Look::Instruments)?;
    let names = book.names()?;
    let mut unknown: Vec<String> = Vec::new();
    for one in open {
        match instruments.iter().find(|seen| seen.spec.symbol == one.symbol) {
            Some(seen) if one.quantity.0 % seen.spec.lot_size.0 != 0 => {
                let message = format!("{} is no whole number of lots", one.quantity);
                let hint = format!("a lot of {} is {}", one.symbol, seen.spec.lot_size);
                wrong.push(Wrong::new(one.line, "quantity", message, hint));
            }
            Some(_) => {}
            None if into.define && !unknown.contains(&one.symbol) => {
                unknown.push(one.symbol.clone());
            }
            None if into.define => {}
            None => {
                let failure = names.instrument(&one.symbol).err();
                let hint = failure.map_or_else(String::new, |failure| failure.hint);
                let hint = format!("{hint} or add --define");
                let message = format!("there is no instrument {}", one.symbol);
                wrong.push(Wrong::new(one.line, "symbol", message, hint));
            }
        }
    }
    let commands = trades(open, into, names, wrong);
    Ok(Planned { unknown, commands })
}

fn trades(
    open: &[Open],
    into: &Into,
    names: &Names,
    wrong: &mut Vec<Wrong>,
) -> Vec<(String, Command)> {
    let mut commands = Vec::new();
    for one in open {
        let strategy = match one.strategy.as_ref().or(into.strategy.as_ref()) {
            Some(name) => names.strategy(name).map_err(|failure| (failure.message, failure.hint)),
            None => Err(("it is nobody's".into(), "add --strategy NAME".into())),
        };
        let account = match (one.account.as_ref().or(into.account.as_ref()), &names.accounts[..]) {
            (Some(name), _) => {
                names.account(name).map_err(|failure| (failure.message, failure.hint))
            }
            (None, [only]) => Ok(AccountId(only.id)),
            (None, _) => Err(("it is in no account".into(), "add --account NAME".into())),
        };
        let mut told = |field, (message, hint): (String, String)| {
            wrong.push(Wrong::new(one.line, field, message, hint));
        };
        let strategy = strategy.map_err(|problem| told("strategy", problem)).ok();
        let account = account.map_err(|problem| told("account", problem)).ok();
        let instrument = names.instrument(&one.symbol).ok();
        if let (Some(strategy), Some(account), Some(instrument)) = (strategy, account, instrument) {
            let new = NewTrade {
                name: one.name.clone(),
                strategy,
                account,
                group: None,
                instrument,
                side: one.side,
                quantity: one.quantity,
                entry: Entry::Adopted { price: one.price },
                rules: Vec::new(),
            };
            commands.push((format!("line {}", one.line), Command::AddTrade(new)));
        }
    }
    commands
}

fn told(open: &[Open], plan: &Planned, cli: &Cli) {
    if cli.json {
        let trades: Vec<Value> = open
            .iter()
            .map(|one| {
                json!({
                    "line": one.line, "name": one.name, "symbol": one.symbol, "side": one.side,
                    "quantity": one.quantity, "price": one.price,
                })
            })
            .collect();
        terminal::out(&format!("{:#}\n", json!({ "define": plan.unknown, "trades": trades })));
        return;
    }
    for symbol in &plan.unknown {
        terminal::out(&format!("define {symbol}\n"));
    }
    for one in open {
        let side = match one.side {
            Side::Buy => "long",
            Side::Sell => "short",
        };
        let quantity = text::quantity(one.quantity);
        let price = text::price(one.price);
        terminal::out(&format!("take up {side} {quantity} {} at {price}\n", one.symbol));
    }
    terminal::say(cli.quiet, "nothing was done: leave out --dry-run");
}

/// Everything that is wrong, at once.
fn unusable(file: &Path, mut wrong: Vec<Wrong>) -> Failure {
    wrong.sort_by_key(|one| one.line);
    let file = file.display();
    let mut detail = String::new();
    for one in &wrong {
        detail.push_str(&format!("error: {file}:{}: {}: {}\n", one.line, one.field, one.message));
        if !one.hint.is_empty() {
            detail.push_str(&format!("  help: {}\n", one.hint));
        }
    }
    let count = text::count(wrong.len(), "error");
    detail.push_str(&format!("{count} in {file}; nothing was done\n"));
    let problems = wrong.iter().map(|one| {
        json!({
            "file": file.to_string(), "line": one.line, "field": one.field, "message": one.message,
            "hint": one.hint,
        })
    });
    let first = wrong.first();
    Failure {
        code: Code::Failure,
        message: first.map_or_else(String::new, |one| one.message.clone()),
        hint: first.map_or_else(String::new, |one| one.hint.clone()),
        field: first.map_or_else(String::new, |one| one.field.to_owned()),
        detail,
        problems: problems.collect(),
    }
}
