//! Trades to look at.

use crate::cli::args::Cli;
use crate::cli::book::Book;
use crate::cli::book::list::{Field, List};
use crate::cli::{rule, terminal};
use crate::failure::Failure;
use highmark_engine::*;
use highmark_server::socket::protocol::Look;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::process::ExitCode;

/// A trade as the service shows it.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::cli) struct Seen {
    #[serde(flatten)]
    pub view: TradeView,
    pub strategy_name: String,
    pub account_name: String,
    pub symbol: String,
}

impl Seen {
    pub(in crate::cli) fn shown(&self) -> String {
        match (self.view.name.is_empty(), self.view.generation) {
            (true, _) => self.view.id.to_string(),
            (false, 0) => self.view.name.clone(),
            (false, generation) => format!("{}#{}", self.view.name, generation + 1),
        }
    }

    /// How far the mark is from the stop, in points.
    pub(in crate::cli) fn room(&self) -> Option<Price> {
        let (mark, stop) = (self.view.mark?, self.view.stop?);
        self.view.status.is_held().then(|| Price((mark.0 - stop.0) * self.view.side.sign()))
    }
}

pub(in crate::cli) fn seen(book: &mut Book, all: bool) -> Result<Vec<Seen>, Failure> {
    if all { book.all_trades() } else { book.see(Look::Open) }
}

pub(super) fn list(scope: Option<&str>, all: bool, cli: &Cli) -> Result<ExitCode, Failure> {
    let mut book = Book::to_look(cli)?;
    let mut trades = seen(&mut book, all)?;
    if let Some(name) = scope {
        let names = book.names()?;
        let scope = names.scope(name)?;
        let within =
            |id: TradeId| names.trades.iter().any(|trade| trade.id == id && trade.stands_in(scope));
        trades.retain(|trade| within(trade.view.id));
    }
    let none = "nothing is held; --all shows what is closed";
    rows(&trades).print(&json!(trades), none, cli);
    Ok(ExitCode::SUCCESS)
}

/// Trades in rows.
pub(in crate::cli) fn rows(trades: &[Seen]) -> List {
    let mut list = List::new(
        &[
            "TRADE", "ID", "STRATEGY", "SYMBOL", "SIDE", "OPEN", "ENTRY", "MARK", "STOP", "ROOM",
            "TARGET", "MTM", "STATE",
        ],
        &[5, 6, 7, 8, 9, 10, 11],
    );
    for trade in trades {
        let view = &trade.view;
        let side = match view.side {
            Side::Buy => "buy",
            Side::Sell => "sell",
        };
        let state = match view.exit_reason() {
            Some(reason) => format!("{} by {}", view.status, reason.name()),
            None => view.status.to_string(),
        };
        let quantity = if view.status.is_held() { view.open } else { view.quantity };
        list.row(vec![
            trade.shown().into(),
            view.id.to_string().into(),
            trade.strategy_name.clone().into(),
            trade.symbol.clone().into(),
            side.into(),
            Field::quantity(quantity),
            Field::price(view.open_entry.or(view.entry)),
            Field::price(view.mark),
            Field::price(view.stop),
            Field::price(trade.room()),
            Field::price(view.target),
            Field::pnl(view.mtm),
            state.into(),
        ]);
    }
    list
}

pub(super) fn show(name: &str, cli: &Cli) -> Result<ExitCode, Failure> {
    let mut book = Book::to_look(cli)?;
    let id = book.names()?.trade(name)?.id;
    let trade: Seen = book.see(Look::Trade(id))?;
    let mut rules: Vec<RuleView> = book.see(Look::Rules)?;
    rules.retain(|view| view.rule.scope == Scope::Trade(id));
    if cli.json {
        terminal::out(&format!("{:#}\n", json!({ "trade": trade, "rules": rules })));
        return Ok(ExitCode::SUCCESS);
    }
    let told = rule::rows(&rules, book.names()?);
    rows(&[trade]).print(&json!(null), "", cli);
    terminal::out("\n");
    told.print(&json!(null), "it has no rules of its own", cli);
    terminal::say(cli.quiet, &format!("\nmore of it: highmark explain {id}"));
    Ok(ExitCode::SUCCESS)
}
