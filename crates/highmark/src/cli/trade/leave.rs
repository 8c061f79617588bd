//! Trades that are exited or cancelled.

use super::Exit;
use crate::cli::args::Cli;
use crate::cli::book::Book;
use crate::cli::book::consent::Plan;
use crate::cli::book::names::TradeName;
use crate::cli::book::order::reason;
use crate::failure::{Code, Failure};
use highmark_engine::*;
use std::process::ExitCode;

pub(super) fn exit(exit: &Exit, cli: &Cli) -> Result<ExitCode, Failure> {
    if exit.quantity.is_some() && exit.names.len() > 1 {
        let hint = "exit them one by one, or leave --quantity out";
        return Err(Failure::new(Code::Usage, "--quantity is of one trade", hint));
    }
    let mut book = Book::to_change(cli)?;
    let names = book.names()?;
    let mut trades: Vec<&TradeName> = Vec::new();
    for name in &exit.names {
        let trade = names.trade(name)?;
        if trades.iter().all(|one| one.id != trade.id) {
            trades.push(trade);
        }
    }
    let reason = reason(exit.reason.as_deref(), "exited by hand");
    let commands: Vec<(String, Command)> =
        trades.iter().map(|trade| leave(trade, exit.quantity, &reason)).collect();
    if let [_, _, ..] = commands.as_slice() {
        let plan = Plan {
            says: format!("exits {} trades", commands.len()),
            steps: trades.iter().map(|trade| leaves(trade)).collect(),
            name: trades.first().map_or_else(String::new, |trade| trade.shown()),
            yes_is_enough: false,
        };
        plan.agreed(exit.confirm.as_deref(), cli)?;
        return book.order_all(commands, cli);
    }
    match commands.into_iter().next() {
        Some((_, command)) => book.order_and_tell(command, cli),
        None => Ok(ExitCode::SUCCESS),
    }
}

pub(super) fn cancel(name: &str, why: Option<&str>, cli: &Cli) -> Result<ExitCode, Failure> {
    let mut book = Book::to_change(cli)?;
    let trade = book.names()?.trade(name)?.id;
    let reason = reason(why, "cancelled by hand");
    book.order_and_tell(Command::CancelTrade { trade, reason }, cli)
}

/// What ends a trade: an exit, or a cancelled entry when nothing is filled.
pub(in crate::cli) fn leave(
    trade: &TradeName,
    quantity: Option<Quantity>,
    reason: &str,
) -> (String, Command) {
    let (id, reason) = (trade.id, reason.to_owned());
    let command = match trade.status {
        TradeStatus::Pending => Command::CancelTrade { trade: id, reason },
        TradeStatus::Open
        | TradeStatus::Exiting
        | TradeStatus::Degraded
        | TradeStatus::Closed
        | TradeStatus::Cancelled
        | TradeStatus::Rejected => Command::ExitTrade { trade: id, quantity, reason },
    };
    (trade.shown(), command)
}

/// The same in words.
pub(in crate::cli) fn leaves(trade: &TradeName) -> String {
    let verb = if trade.status == TradeStatus::Pending { "cancel" } else { "exit" };
    format!("{verb} {} ({}, {})", trade.shown(), trade.id, trade.status)
}
