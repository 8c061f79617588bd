//! `highmark instrument`: what is traded.

use super::args::Cli;
use super::book::Book;
use super::book::list::{Field, List};
use super::values;
use crate::failure::{Code, Failure};
use crate::scenario::day_text;
use clap::{Args, Subcommand, ValueEnum};
use highmark_engine::*;
use highmark_server::socket::protocol::Look;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum InstrumentVerb {
    /// All instruments with their marks
    #[command(after_help = "Example:\n  highmark instrument list")]
    List,
    /// Make an instrument known
    #[command(
        after_help = "Examples:\n  highmark instrument define SBIN --tick 0.05\n  highmark instrument define NIFTY26DECFUT --lot 75 --expiry 2026-12-31\n  highmark instrument define NIFTY26DEC25000CE --lot 75 --kind call --underlying NIFTY"
    )]
    Define(Define),
    /// A price set by hand, where no feed has one
    #[command(after_help = "Example:\n  highmark instrument mark SBIN 812.40")]
    Mark(At),
    /// The contract has ended at this price: its trades close there
    #[command(after_help = "Example:\n  highmark instrument settle NIFTY26NOVFUT 26012.35")]
    Settle(At),
    /// Accept the overnight gap that holds it
    #[command(after_help = "Example:\n  highmark instrument accept-gap SBIN")]
    AcceptGap {
        #[arg(value_name = "SYMBOL")]
        symbol: String,
    },
    /// A corporate action: NEW units for OLD, then a dividend per new unit
    #[command(
        after_help = "Examples:\n  highmark instrument adjust SBIN --new 2 --old 1\n  highmark instrument adjust ITC --dividend 6.25"
    )]
    Adjust {
        #[arg(value_name = "SYMBOL")]
        symbol: String,
        #[arg(long, default_value_t = 1)]
        new: u32,
        #[arg(long, default_value_t = 1)]
        old: u32,
        #[arg(long, value_parser = values::price)]
        dividend: Option<Price>,
    },
}

#[derive(Debug, Args)]
pub(super) struct At {
    #[arg(value_name = "SYMBOL")]
    pub symbol: String,
    #[arg(value_name = "PRICE", value_parser = values::price)]
    pub price: Price,
}

#[derive(Debug, Args)]
pub(super) struct Define {
    /// As the feed knows it
    #[arg(value_name = "SYMBOL")]
    pub symbol: String,
    /// The smallest step of its price; 0.05 when absent
    #[arg(long, value_parser = values::price)]
    pub tick: Option<Price>,
    /// The smallest step of its quantity; 1 when absent
    #[arg(long, value_parser = values::quantity)]
    pub lot: Option<Quantity>,
    /// Units of the underlying in one unit of quantity
    #[arg(long, default_value_t = 1)]
    pub multiplier: u32,
    /// For options
    #[arg(long, value_enum)]
    pub kind: Option<Kind>,
    /// What an option or a future is written on
    #[arg(long, value_name = "SYMBOL")]
    pub underlying: Option<String>,
    /// Its last day: 2026-12-31
    #[arg(long, value_name = "DAY")]
    pub expiry: Option<String>,
    /// An instrument whose venue, and so whose sessions, it has
    #[arg(long, value_name = "SYMBOL")]
    pub like: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Kind {
    Call,
    Put,
}

/// An instrument as the service shows it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Seen {
    pub id: InstrumentId,
    pub spec: InstrumentSpec,
    pub mark: Option<Price>,
    pub stale: bool,
}

pub(super) fn run(verb: &InstrumentVerb, cli: &Cli) -> Result<ExitCode, Failure> {
    if let InstrumentVerb::List = verb {
        return list(cli);
    }
    let mut book = Book::to_change(cli)?;
    let command = match verb {
        InstrumentVerb::List => return list(cli),
        InstrumentVerb::Define(define) => Command::DefineInstrument(spec(define, &mut book)?),
        InstrumentVerb::Mark(At { symbol, price }) => {
            Command::ManualMark { instrument: book.names()?.instrument(symbol)?, price: *price }
        }
        InstrumentVerb::Settle(At { symbol, price }) => {
            Command::Settle { instrument: book.names()?.instrument(symbol)?, price: *price }
        }
        InstrumentVerb::AcceptGap { symbol } => {
            Command::AcceptGap { instrument: book.names()?.instrument(symbol)? }
        }
        InstrumentVerb::Adjust { symbol, new, old, dividend } => Command::AdjustInstrument {
            instrument: book.names()?.instrument(symbol)?,
            adjustment: Adjustment { new: *new, old: *old, dividend: dividend.unwrap_or_default() },
        },
    };
    book.order_and_tell(command, cli)
}

fn list(cli: &Cli) -> Result<ExitCode, Failure> {
    let seen: Vec<Seen> = Book::to_look(cli)?.see(Look::Instruments)?;
    let mut list = List::new(&["SYMBOL", "ID", "MARK", "TICK", "LOT", "KIND", "STATE"], &[2, 3, 4]);
    for one in &seen {
        let kind = match (one.spec.option, one.spec.expiry) {
            (Some(OptionKind::Call), _) => "call",
            (Some(OptionKind::Put), _) => "put",
            (None, Some(_)) => "future",
            (None, None) => "spot",
        };
        let state = match (one.mark, one.stale) {
            (None, _) => "no price",
            (Some(_), true) => "stale",
            (Some(_), false) => "fresh",
        };
        list.row(vec![
            one.spec.symbol.clone().into(),
            one.id.to_string().into(),
            Field::price(one.mark),
            Field::price(Some(one.spec.tick_size)),
            Field::quantity(one.spec.lot_size),
            kind.into(),
            state.into(),
        ]);
    }
    list.print(&json!(seen), "there is no instrument yet: highmark instrument define SYMBOL", cli);
    Ok(ExitCode::SUCCESS)
}

fn spec(define: &Define, book: &mut Book) -> Result<InstrumentSpec, Failure> {
    let mut spec = InstrumentSpec::new(define.symbol.clone());
    spec.tick_size = define.tick.unwrap_or(spec.tick_size);
    spec.lot_size = define.lot.unwrap_or(spec.lot_size);
    spec.multiplier = define.multiplier;
    spec.option = define.kind.map(|kind| match kind {
        Kind::Call => OptionKind::Call,
        Kind::Put => OptionKind::Put,
    });
    if let Some(symbol) = &define.underlying {
        spec.underlying = Some(book.names()?.instrument(symbol)?);
    }
    if let Some(day) = &define.expiry {
        let wrong =
            || Failure::new(Code::Usage, format!("`{day}` is not a day"), "write 2026-12-31");
        let day = day_text(day).ok_or_else(wrong)?;
        // A contract can be traded to the end of its last day; the session's close ends it before that.
        spec.expiry = Some(crate::clock::instant(day, TimeOfDay::at(23, 59, 59)));
    }
    let like = match (&define.like, spec.underlying) {
        (Some(symbol), _) => Some(book.names()?.instrument(symbol)?),
        (None, underlying) => underlying,
    };
    if let Some(id) = like {
        let seen: Vec<Seen> = book.see(Look::Instruments)?;
        let found = seen.iter().find(|one| one.id == id);
        spec.venue = found.map_or(spec.venue, |one| one.spec.venue);
    }
    Ok(spec)
}
