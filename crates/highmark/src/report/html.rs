//! The report as one page that needs nothing else.

use super::svg;
use crate::curves::Curves;
use crate::failure::{Code, Failure};
use crate::folder::{InputFile, Inputs, Meta};
use crate::summary::{ActionRow, NoteRow, ScopeRow, Summary, TradeRow};
use crate::text as words;
use highmark_engine::{Money, Price};
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment};
use serde::Serialize;

const TEMPLATE: &str = include_str!("report.html");

/// The page of a run.
pub fn html(
    summary: &Summary,
    curves: &Curves,
    meta: &Meta,
    inputs: &Inputs,
) -> Result<String, Failure> {
    let failed = |error: minijinja::Error| Failure::new(Code::Failure, format!("{error:#}"), "");
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("report", TEMPLATE).map_err(failed)?;
    let page = Page {
        name: &summary.name,
        description: &meta.description,
        from: &summary.from,
        to: &summary.to,
        interrupted: summary.interrupted,
        system: summary.system.as_ref().map(scope),
        accounts: summary.accounts.iter().map(scope).collect(),
        strategies: summary.strategies.iter().map(|row| strategy(row, summary, curves)).collect(),
        actions: &summary.actions,
        notes: &summary.notes,
        sets: &meta.sets,
        files: &inputs.files,
        highmark: &meta.highmark,
        state: &meta.state,
        events: meta.events,
    };
    environment
        .get_template("report")
        .and_then(|template| template.render(Value::from(Serde(&page))))
        .map_err(failed)
}

#[derive(Serialize)]
struct Page<'p> {
    name: &'p str,
    description: &'p str,
    from: &'p Option<String>,
    to: &'p Option<String>,
    interrupted: bool,
    system: Option<Scope>,
    accounts: Vec<Scope>,
    strategies: Vec<Strategy>,
    actions: &'p [ActionRow],
    notes: &'p [NoteRow],
    sets: &'p [String],
    files: &'p [InputFile],
    highmark: &'p str,
    state: &'p str,
    events: u64,
}

#[derive(Serialize)]
struct Strategy {
    scope: Scope,
    chart: Option<String>,
    trades: Vec<Trade>,
}

#[derive(Serialize)]
struct Scope {
    name: String,
    room: String,
    mtm: String,
    tone: &'static str,
    realised: String,
    unrealised: String,
    peak: String,
    floor: String,
    nearest: String,
    state: String,
}

#[derive(Serialize)]
struct Trade {
    id: String,
    name: String,
    symbol: String,
    side: String,
    entry: String,
    entered: String,
    exit: String,
    exited: String,
    reason: String,
    best: String,
    stop: String,
    pnl: String,
    tone: &'static str,
}

fn strategy(row: &ScopeRow, summary: &Summary, curves: &Curves) -> Strategy {
    let curve = curves.curves.iter().find(|curve| curve.name == row.name);
    let trades = summary.trades.iter().filter(|trade| trade.strategy == row.name).map(trade);
    Strategy {
        scope: scope(row),
        chart: curve.map(|curve| svg::chart(curve, curves)),
        trades: trades.collect(),
    }
}

fn scope(row: &ScopeRow) -> Scope {
    let money = |amount: Option<Money>| amount.map_or_else(|| "\u{2013}".into(), words::rupees);
    Scope {
        name: row.name.clone(),
        room: money(row.room),
        mtm: words::signed(row.mtm),
        tone: tone(row.mtm),
        realised: words::signed(row.realised),
        unrealised: words::signed(row.unrealised),
        peak: words::rupees(row.peak),
        floor: money(row.floor),
        nearest: row.nearest.clone().unwrap_or_default(),
        state: row.state.clone(),
    }
}

fn trade(row: &TradeRow) -> Trade {
    let price = |price: Option<Price>| price.map_or_else(|| "\u{2013}".into(), words::price);
    let time = |at: &Option<String>| {
        at.as_deref().and_then(|at| at.get(11..19)).unwrap_or("\u{2013}").to_owned()
    };
    let side = match row.side {
        highmark_engine::Side::Buy => "buy",
        highmark_engine::Side::Sell => "sell",
    };
    Trade {
        id: row.id.clone(),
        name: match row.generation {
            0 => row.name.clone(),
            number => format!("{}#{}", row.name, number + 1),
        },
        symbol: row.symbol.clone(),
        side: format!("{side} {}", words::quantity(row.quantity)),
        entry: price(row.entry),
        entered: time(&row.entered_at),
        exit: price(row.exit),
        exited: time(&row.exited_at),
        reason: row.reason.clone().unwrap_or_else(|| row.status.name().to_owned()),
        best: price(row.best),
        stop: price(row.stop_at_exit),
        pnl: words::signed(row.pnl),
        tone: tone(row.pnl),
    }
}

fn tone(amount: Money) -> &'static str {
    match amount.rounded(2).0.cmp(&0) {
        std::cmp::Ordering::Less => "loss",
        std::cmp::Ordering::Equal => "",
        std::cmp::Ordering::Greater => "profit",
    }
}
