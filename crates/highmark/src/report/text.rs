//! The summary as text: room first, nearest first.

use crate::cli::terminal::{Ink, Look};
use crate::summary::{ScopeRow, Summary, TradeRow};
use crate::text as words;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use highmark_engine::{Money, Side};
use std::fmt::Write as _;

/// A plain table; the first column is left, the others as their content asks.
pub fn table(headings: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headings.to_vec());
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

fn right(table: &mut Table, columns: &[usize]) {
    for index in columns {
        if let Some(column) = table.column_mut(*index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

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
    let mut line = format!("mtm {}   peak {}", money(system.mtm, look), words::rupees(system.peak));
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
    let mut table = table(&headings);
    for row in rows {
        table.add_row(vec![
            row.name.clone(),
            row.room.map_or_else(|| "\u{2013}".into(), words::rupees),
            money(row.mtm, look),
            words::signed(row.realised),
            words::rupees(row.peak),
            row.floor.map_or_else(|| "\u{2013}".into(), words::rupees),
            row.nearest.clone().unwrap_or_else(|| "\u{2013}".into()),
            format!("{}/{}", row.open_trades, row.total_trades),
            row.state.clone(),
        ]);
    }
    right(&mut table, &[1, 2, 3, 4, 5, 7]);
    trimmed(&table)
}

fn trades(rows: &[TradeRow], look: Look) -> String {
    let headings = [
        "ID", "TRADE", "STRATEGY", "SYMBOL", "QTY", "ENTRY", "AT", "EXIT", "AT", "REASON", "BEST",
        "STOP", "P&L",
    ];
    let mut table = table(&headings);
    for row in rows {
        let sign = match row.side {
            Side::Buy => "+",
            Side::Sell => "\u{2212}",
        };
        let name = match row.generation {
            0 => row.name.clone(),
            number => format!("{}#{}", row.name, number + 1),
        };
        let price = |price: Option<_>| price.map_or_else(|| "\u{2013}".into(), words::short_price);
        let time = |at: &Option<String>| {
            at.as_deref().and_then(|at| at.get(11..19)).unwrap_or("\u{2013}").to_owned()
        };
        table.add_row(vec![
            row.id.clone(),
            name,
            row.strategy.clone(),
            row.symbol.clone(),
            format!("{sign}{}", words::quantity(row.quantity)),
            price(row.entry),
            time(&row.entered_at),
            price(row.exit),
            time(&row.exited_at),
            row.reason.clone().unwrap_or_else(|| row.status.name().to_owned()),
            price(row.best),
            price(row.stop_at_exit),
            money(row.pnl, look),
        ]);
    }
    right(&mut table, &[4, 5, 7, 10, 11, 12]);
    trimmed(&table)
}

fn money(amount: Money, look: Look) -> String {
    let ink = if amount < Money::ZERO { Ink::Bad } else { Ink::Good };
    look.paint(&words::signed(amount), ink)
}

/// Without blanks at the ends of lines.
fn trimmed(table: &Table) -> String {
    let lines: Vec<String> =
        table.to_string().lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}
