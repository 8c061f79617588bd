//! Trades that are entered, averaged in, or taken up.

use super::{Add, Size};
use crate::cli::args::Cli;
use crate::cli::book::Book;
use crate::cli::{instrument, rule};
use crate::failure::{Code, Failure};
use highmark_engine::*;
use highmark_server::socket::protocol::Look;
use std::process::ExitCode;

pub(super) fn entry(filled_at: Option<Price>) -> Entry {
    filled_at.map_or(Entry::AtMark, |price| Entry::Filled { price })
}

pub(super) fn add(add: &Add, cli: &Cli) -> Result<ExitCode, Failure> {
    let rules = add.rules.iter().map(|words| rule::draft(std::slice::from_ref(words), true));
    let rules = rules.collect::<Result<Vec<_>, _>>()?;
    let mut book = Book::to_change(cli)?;
    let names = book.names()?;
    let strategy = names.strategy(&add.strategy)?;
    let account = match (&add.account, names.accounts.as_slice()) {
        (Some(name), _) => names.account(name)?,
        (None, [only]) => AccountId(only.id),
        (None, []) => {
            let hint = "highmark account open NAME";
            return Err(Failure::new(Code::Refused, "there is no account yet", hint));
        }
        (None, many) => {
            let known: Vec<&str> = many.iter().map(|one| one.name.as_str()).collect();
            let hint = format!("add --account, one of {}", known.join(", "));
            return Err(Failure::new(Code::Usage, "there is more than one account", hint));
        }
    };
    let group = add.group.as_deref().map(|name| names.group(name)).transpose()?;
    let group = group.map(|group| group.id);
    let instrument = names.instrument(&add.symbol)?;
    let new = NewTrade {
        name: add.name.clone().unwrap_or_default(),
        strategy,
        account,
        group,
        instrument,
        side: add.side,
        quantity: units(&add.size, instrument, &mut book)?,
        entry: match add.held_at {
            Some(price) => Entry::Adopted { price },
            None => entry(add.filled_at),
        },
        rules,
    };
    book.order_and_tell(Command::AddTrade(new), cli)
}

pub(super) fn increase(
    name: &str,
    size: &Size,
    filled_at: Option<Price>,
    cli: &Cli,
) -> Result<ExitCode, Failure> {
    let mut book = Book::to_change(cli)?;
    let trade = book.names()?.trade(name)?.id;
    let seen: super::Seen = book.see(Look::Trade(trade))?;
    let quantity = units(size, seen.view.instrument, &mut book)?;
    book.order_and_tell(Command::Increase { trade, quantity, price: filled_at }, cli)
}

/// Lots are of the size that the instrument has.
fn units(size: &Size, of: InstrumentId, book: &mut Book) -> Result<Quantity, Failure> {
    let lots = match (size.quantity, size.lots) {
        (Some(units), _) => return Ok(units),
        (None, lots) => lots.unwrap_or_default(),
    };
    let all: Vec<instrument::Seen> = book.see(Look::Instruments)?;
    let lot = all.iter().find(|one| one.id == of).map_or(Quantity::ZERO, |one| one.spec.lot_size);
    let units = lot.0.checked_mul(i64::from(lots)).filter(|units| *units > 0);
    units.map(Quantity).ok_or_else(|| {
        let mut failure =
            Failure::new(Code::Usage, format!("{lots} lots are no quantity"), "write --lots 1");
        failure.field = "lots".into();
        failure
    })
}
