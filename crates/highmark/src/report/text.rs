//! The summary as text: room first, nearest first.

use super::table::{Cell, Table};
use crate::cli::terminal::{Ink, Look};
use crate::summary::{ScopeRow, Summary, TradeRow};
use crate::text as words;
use highmark_engine::{Money, Price, Side};
use std::fmt::Write as _;

/// The whole summary.
pub fn text(summary: &Summary, look: Look) -> String {
    let mut out = String::new();
    let day = |at: &Option<String>| {
        at.as_deref().and_then(|at| at.get(..19)).unwrap_or("?").replace('T', " ")
    };
    let _ = writeln!(
        out,
        "{}  PAPER  {} to {} IST{}",
        look.paint(&summary.name, Ink::Strong),
        day(&summary.from),
        day(&summary.to),
        if summary.interrupted { "  (interrupted)" } else { "" }
    );
    if let Some(system) = &summary.system {
        let _ = writeln!(out, "{}", headline(system, look));
    }
    let _ = writeln!(out, "\n{}", scopes("STRATEGY", &summary.strategies, look));
    let _ = writeln!(out, "\n{}", scopes("ACCOUNT", &summary.accounts, look));
    let _ = writeln!(out, "\n{}", trades(&summary.trades, look));
    if !summary.notes.is_empty() {
        let _ = writeln!(out, "\nnot done:");
        for note in &summary.notes {
            let at = note.at.get(11..19).unwrap_or("");
            let _ = writeln!(out, "  {at}  {}  {}: {}", note.code, note.about, note.message);
        }
    }
    let refused: u64 = summary.ticks.refused.values().sum();
    if refused > 0 {
        let each: Vec<String> =
            summary.ticks.refused.iter().map(|(code, count)| format!("{code} {count}")).collect();
        let _ = writeln!(out, "\n{refused} ticks refused: {}", each.join(", "));
    }
    out
}

fn headline(system: &ScopeRow, look: Look) -> String {
    let mut line =
        format!("mtm {}   peak {}", painted(system.mtm, look), words::rupees(system.peak));
    if let (Some(floor), Some(room)) = (system.floor, system.room) {
        let _ = write!(line, "   floor {}   ROOM {}", words::rupees(floor), words::rupees(room));
    }
    line
}

/// Nearest to a breach first; those without a floor last.
pub fn scopes(heading: &str, rows: &[ScopeRow], look: Look) -> String {
    let mut rows: Vec<&ScopeRow> = rows.iter().collect();
    rows.sort_by_key(|row| (row.room.is_none(), row.room));
    let headings =
        [heading, "ROOM", "MTM", "REALISED", "PEAK", "FLOOR", "NEAREST", "TRADES", "STATE"];
    let mut table = Table::new(&headings, &[1, 2, 3, 4, 5, 7]);
    for row in rows {
        let money_or_none = |amount: Option<Money>| amount.map_or_else(none, words::rupees);
        table.row(vec![
            row.name.clone().into(),
            money_or_none(row.room).into(),
            money(row.mtm),
            words::signed(row.realised).into(),
            words::rupees(row.peak).into(),
            money_or_none(row.floor).into(),
            row.nearest.clone().unwrap_or_else(none).into(),
            format!("{}/{}", row.open_trades, row.total_trades).into(),
            row.state.clone().into(),
        ]);
    }
    table.render(look)
}

fn trades(rows: &[TradeRow], look: Look) -> String {
    let headings = [
        "ID", "TRADE", "STRATEGY", "SYMBOL", "QTY", "ENTRY", "AT", "EXIT", "AT", "REASON", "BEST",
        "STOP", "P&L",
    ];
    let mut table = Table::new(&headings, &[4, 5, 7, 10, 11, 12]);
    for row in rows {
        let sign = match row.side {
            Side::Buy => "+",
            Side::Sell => "\u{2212}",
        };
        let name = match row.generation {
            0 => row.name.clone(),
            number => format!("{}#{}", row.name, number + 1),
        };
        let price = |price: Option<Price>| price.map_or_else(none, words::short_price).into();
        let time = |at: &Option<String>| {
            at.as_deref().and_then(|at| at.get(11..19)).map_or_else(none, str::to_owned).into()
        };
        table.row(vec![
            row.id.clone().into(),
            name.into(),
            row.strategy.clone().into(),
            row.symbol.clone().into(),
            format!("{sign}{}", words::quantity(row.quantity)).into(),
            price(row.entry),
            time(&row.entered_at),
            price(row.exit),
            time(&row.exited_at),
            row.reason.clone().unwrap_or_else(|| row.status.name().to_owned()).into(),
            price(row.best),
            price(row.stop_at_exit),
            money(row.pnl),
        ]);
    }
    table.render(look)
}

fn none() -> String {
    "\u{2013}".into()
}

fn money(amount: Money) -> Cell {
    Cell::painted(words::signed(amount), ink(amount))
}

fn painted(amount: Money, look: Look) -> String {
    look.paint(&words::signed(amount), ink(amount))
}

fn ink(amount: Money) -> Ink {
    if amount < Money::ZERO { Ink::Bad } else { Ink::Good }
}
