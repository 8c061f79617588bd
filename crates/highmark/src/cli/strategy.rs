//! `highmark strategy`: who owns trades, and whether it may go on.

use super::args::Cli;
use super::book::Book;
use super::book::consent::Plan;
use super::book::list::{Field, List};
use super::book::order::reason;
use super::values;
use super::{rule, terminal, trade};
use crate::failure::{Code, Failure};
use clap::{Args, Subcommand, ValueEnum};
use highmark_engine::*;
use highmark_server::look::Row;
use highmark_server::socket::protocol::Look;
use serde_json::json;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum StrategyVerb {
    /// All strategies, the least room first
    #[command(
        after_help = "Examples:\n  highmark strategy list\n  highmark strategy list --plain | cut -f1,3"
    )]
    List,
    /// One strategy with its rules and trades
    #[command(after_help = "Example:\n  highmark strategy show Momentum")]
    Show {
        #[arg(value_name = "STRATEGY")]
        name: String,
        /// Closed trades too
        #[arg(long)]
        all: bool,
    },
    /// Make a strategy
    #[command(after_help = "Example:\n  highmark strategy create Momentum --capital 500000")]
    Create {
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        terms: Terms,
    },
    /// Give it another name, capital or order of exits
    #[command(after_help = "Example:\n  highmark strategy edit Momentum --capital 750000")]
    Edit {
        #[arg(value_name = "STRATEGY")]
        name: String,
        /// Its new name
        #[arg(long, value_name = "NAME")]
        rename: Option<String>,
        #[command(flatten)]
        terms: Terms,
    },
    /// Make a group: named legs that are judged together
    #[command(after_help = "Example:\n  highmark strategy group Straddle legs")]
    Group {
        #[arg(value_name = "STRATEGY")]
        name: String,
        #[arg(value_name = "GROUP")]
        group: String,
    },
    /// Refuse entries; protection goes on
    #[command(
        visible_alias = "halt",
        after_help = "The name may be any scope: an account, a group, or system for everything.\n\nExamples:\n  highmark strategy pause Momentum --reason \"news at 14:00\"\n  highmark strategy pause system"
    )]
    Pause(Reasoned),
    /// Accept entries again
    #[command(
        after_help = "Examples:\n  highmark strategy resume Momentum\n  highmark strategy resume system"
    )]
    Resume(Reasoned),
    /// Exit all that it holds, cancel what waits for entry
    #[command(
        after_help = "Tells what it will do and asks for the name of the strategy; a script says --yes --confirm NAME.\n\nExamples:\n  highmark strategy exit Momentum\n  highmark strategy exit Momentum --reason \"end of test\" --yes --confirm Momentum"
    )]
    Exit {
        #[command(flatten)]
        what: Reasoned,
        /// The name again, for scripts
        #[arg(long, value_name = "NAME")]
        confirm: Option<String>,
    },
    /// Let one that was shut down trade again; its latched rules start anew
    #[command(
        after_help = "Example:\n  highmark strategy reset Momentum --reason \"looked at, goes on\""
    )]
    Reset(Reasoned),
    /// Set the margin that its percentages are of
    #[command(after_help = "Example:\n  highmark strategy margin Momentum 180000")]
    Margin {
        #[arg(value_name = "STRATEGY")]
        name: String,
        #[arg(value_name = "AMOUNT", value_parser = values::money)]
        amount: Money,
    },
}

#[derive(Debug, Args)]
pub(super) struct Terms {
    /// Its own money, in rupees: what percentages of capital are of
    #[arg(long, value_name = "AMOUNT", value_parser = values::money)]
    pub capital: Option<Money>,
    /// In which order its legs leave
    #[arg(long, value_enum)]
    pub exit_order: Option<Order>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Order {
    /// Shorts are bought back before longs are sold
    ShortsFirst,
    ById,
}

#[derive(Debug, Args)]
pub(super) struct Reasoned {
    #[arg(value_name = "STRATEGY")]
    pub name: String,
    /// Why; the record keeps it
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

pub(super) fn run(verb: &StrategyVerb, cli: &Cli) -> Result<ExitCode, Failure> {
    match verb {
        StrategyVerb::List => list(cli),
        StrategyVerb::Show { name, all } => show(name, *all, cli),
        StrategyVerb::Create { name, terms } => {
            let spec = StrategySpec {
                name: name.clone(),
                capital: terms.capital.unwrap_or_default(),
                exit_order: terms.exit_order.map_or_else(ExitOrder::default, order),
            };
            Book::to_change(cli)?.order_and_tell(Command::CreateStrategy(spec), cli)
        }
        StrategyVerb::Edit { name, rename, terms } => edit(name, rename.as_deref(), terms, cli),
        StrategyVerb::Group { name, group } => {
            let mut book = Book::to_change(cli)?;
            let strategy = book.names()?.strategy(name)?;
            book.order_and_tell(Command::CreateGroup { strategy, name: group.clone() }, cli)
        }
        StrategyVerb::Pause(what) => {
            let mut book = Book::to_change(cli)?;
            let scope = book.names()?.scope(&what.name)?;
            let reason = reason(what.reason.as_deref(), "paused by hand");
            book.order_and_tell(Command::Halt { scope, reason }, cli)
        }
        StrategyVerb::Resume(what) => {
            let mut book = Book::to_change(cli)?;
            let scope = book.names()?.scope(&what.name)?;
            let reason = reason(what.reason.as_deref(), "resumed by hand");
            book.order_and_tell(Command::Resume { scope, reason }, cli)
        }
        StrategyVerb::Exit { what, confirm } => exit(what, confirm.as_deref(), cli),
        StrategyVerb::Reset(what) => {
            let mut book = Book::to_change(cli)?;
            let strategy = book.names()?.strategy(&what.name)?;
            let reason = what.reason.clone().unwrap_or_default();
            book.order_and_tell(Command::ResetStrategy { strategy, reason }, cli)
        }
        StrategyVerb::Margin { name, amount } => {
            let mut book = Book::to_change(cli)?;
            let scope = Scope::Strategy(book.names()?.strategy(name)?);
            book.order_and_tell(Command::SetMargin { scope, margin: *amount }, cli)
        }
    }
}

fn order(order: Order) -> ExitOrder {
    match order {
        Order::ShortsFirst => ExitOrder::ShortsFirst,
        Order::ById => ExitOrder::ById,
    }
}

fn list(cli: &Cli) -> Result<ExitCode, Failure> {
    let rows = Book::to_look(cli)?.status()?.strategies;
    let whole = json!(rows);
    scopes(&rows).print(&whole, "there is no strategy yet: highmark strategy create NAME", cli);
    Ok(ExitCode::SUCCESS)
}

/// Scopes in rows: the name first, then the room.
pub(super) fn scopes(rows: &[Row]) -> List {
    let mut list = List::new(
        &["NAME", "ID", "ROOM", "MTM", "REALISED", "PEAK", "FLOOR", "OPEN", "ALL", "STATE"],
        &[2, 3, 4, 5, 6, 7, 8],
    );
    for row in rows {
        let uncertain = if row.uncertain { " (uncertain)" } else { "" };
        list.row(vec![
            row.name.clone().into(),
            row.scope.to_string().into(),
            Field::money(row.room),
            Field::pnl(row.mtm),
            Field::pnl(row.realised),
            Field::money(Some(row.peak)),
            Field::money(row.floor),
            row.open_trades.to_string().into(),
            row.total_trades.to_string().into(),
            format!("{}{uncertain}", row.state).into(),
        ]);
    }
    list
}

fn show(name: &str, all: bool, cli: &Cli) -> Result<ExitCode, Failure> {
    let mut book = Book::to_look(cli)?;
    let strategy = book.names()?.strategy(name)?;
    let scope = Scope::Strategy(strategy);
    let rows: Vec<Row> =
        book.status()?.strategies.into_iter().filter(|row| row.scope == scope).collect();
    let trades = trade::seen(&mut book, all)?;
    let trades: Vec<_> =
        trades.into_iter().filter(|trade| trade.view.strategy == strategy).collect();
    let groups: Vec<GroupId> = {
        let groups = book.names()?.groups.iter();
        groups.filter(|group| group.strategy == strategy).map(|group| group.id).collect()
    };
    let within = |of: Scope| match of {
        Scope::Group(id) => groups.contains(&id),
        Scope::Trade(_) | Scope::Strategy(_) | Scope::Account(_) | Scope::System => of == scope,
    };
    let mut rules: Vec<RuleView> = book.see(Look::Rules)?;
    rules.retain(|view| within(view.rule.scope));
    if cli.json {
        let whole = json!({ "strategy": rows.first(), "rules": rules, "trades": trades });
        terminal::out(&format!("{whole:#}\n"));
        return Ok(ExitCode::SUCCESS);
    }
    scopes(&rows).print(&json!(null), "", cli);
    let rules = rule::rows(&rules, book.names()?);
    terminal::out("\n");
    rules.print(&json!(null), "it has no rules", cli);
    terminal::out("\n");
    trade::rows(&trades).print(&json!(null), "it holds nothing; --all shows what is closed", cli);
    Ok(ExitCode::SUCCESS)
}

fn edit(name: &str, rename: Option<&str>, terms: &Terms, cli: &Cli) -> Result<ExitCode, Failure> {
    if rename.is_none() && terms.capital.is_none() && terms.exit_order.is_none() {
        let hint = "add --rename, --capital or --exit-order";
        return Err(Failure::new(Code::Usage, "there is nothing to change", hint));
    }
    let mut book = Book::to_change(cli)?;
    let strategy = book.names()?.strategy(name)?;
    let mut spec: StrategySpec = book.see(Look::Strategy(strategy))?;
    spec.name = rename.map_or(spec.name, str::to_owned);
    spec.capital = terms.capital.unwrap_or(spec.capital);
    spec.exit_order = terms.exit_order.map_or(spec.exit_order, order);
    book.order_and_tell(Command::EditStrategy { strategy, spec }, cli)
}

fn exit(what: &Reasoned, confirm: Option<&str>, cli: &Cli) -> Result<ExitCode, Failure> {
    let mut book = Book::to_change(cli)?;
    let names = book.names()?;
    let scope = names.scope(&what.name)?;
    let shown = names.shown(scope);
    let reason = reason(what.reason.as_deref(), "exited by hand");
    let living = names.living(scope);
    if living.is_empty() {
        let message = format!("{shown} holds nothing and waits for nothing");
        return Err(Failure::new(
            Code::Refused,
            message,
            "`highmark trade list --all` shows what was",
        ));
    }
    let plan = Plan {
        says: format!("exits {} of {shown}", crate::text::count(living.len(), "trade")),
        steps: living.iter().map(|one| trade::leaves(one)).collect(),
        name: shown,
        yes_is_enough: false,
    };
    let commands = living.iter().map(|one| trade::leave(one, None, &reason)).collect();
    plan.agreed(confirm, cli)?;
    book.order_all(commands, cli)
}
