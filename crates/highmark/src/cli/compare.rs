//! What differs between two runs, by trade and by strategy.

use super::terminal::Look;
use crate::report::Table;
use crate::summary::{ScopeRow, Summary, TradeRow};
use crate::text;
use highmark_engine::Money;
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Two runs of one day.
#[derive(Serialize)]
pub(super) struct Difference {
    sets: Vec<String>,
    trades: Vec<TradePair>,
    strategies: Vec<ScopePair>,
    same_trades: usize,
    total: (Money, Money),
}

#[derive(Serialize)]
struct TradePair {
    id: String,
    name: String,
    before: Option<TradeRow>,
    after: Option<TradeRow>,
}

#[derive(Serialize)]
struct ScopePair {
    name: String,
    before: ScopeRow,
    after: ScopeRow,
}

pub(super) fn difference(before: &Summary, after: &Summary, sets: &[String]) -> Difference {
    let key = |row: &TradeRow| (row.name.clone(), row.generation);
    let mut keys: Vec<(String, u32)> = before.trades.iter().map(key).collect();
    for row in &after.trades {
        if !keys.contains(&key(row)) {
            keys.push(key(row));
        }
    }
    let find = |rows: &[TradeRow], wanted: &(String, u32)| {
        rows.iter().find(|row| key(row) == *wanted).cloned()
    };
    let mut trades = Vec::new();
    let mut same_trades = 0;
    for wanted in keys {
        let (old, new) = (find(&before.trades, &wanted), find(&after.trades, &wanted));
        let facts = |row: &Option<TradeRow>| {
            row.as_ref().map(|row| {
                (row.status, row.exit, row.exited_at.clone(), row.reason.clone(), row.pnl)
            })
        };
        if facts(&old) == facts(&new) {
            same_trades += 1;
            continue;
        }
        let id = old.as_ref().or(new.as_ref()).map_or_else(String::new, |row| row.id.clone());
        trades.push(TradePair { id, name: name(&wanted), before: old, after: new });
    }
    let pairs = before.strategies.iter().zip(&after.strategies);
    let strategies = pairs
        .filter(|(old, new)| old.mtm != new.mtm || old.state != new.state || old.peak != new.peak)
        .map(|(old, new)| ScopePair {
            name: old.name.clone(),
            before: old.clone(),
            after: new.clone(),
        })
        .collect();
    let total = |summary: &Summary| summary.strategies.iter().map(|row| row.mtm).sum();
    Difference {
        sets: sets.to_vec(),
        trades,
        strategies,
        same_trades,
        total: (total(before), total(after)),
    }
}

fn name((name, generation): &(String, u32)) -> String {
    if *generation == 0 { name.clone() } else { format!("{name}#{}", generation + 1) }
}

impl Difference {
    pub(super) fn json(&self) -> Value {
        json!({
            "sets": self.sets,
            "same_trades": self.same_trades,
            "trades": self.trades,
            "strategies": self.strategies,
            "mtm": { "before": self.total.0, "after": self.total.1, "difference": self.total.1 - self.total.0 },
        })
    }

    pub(super) fn text(&self) -> String {
        let mut out = format!("as it is, against {}\n\n", self.sets.join(", "));
        let mut table =
            Table::new(&["TRADE", "AS IT IS", "P&L", "CHANGED", "P&L", "DIFFERENCE"], &[2, 4, 5]);
        for pair in &self.trades {
            let pnl = |row: &Option<TradeRow>| row.as_ref().map_or(Money::ZERO, |row| row.pnl);
            table.row(vec![
                pair.name.clone().into(),
                end(&pair.before).into(),
                text::signed(pnl(&pair.before)).into(),
                end(&pair.after).into(),
                text::signed(pnl(&pair.after)).into(),
                text::signed(pnl(&pair.after) - pnl(&pair.before)).into(),
            ]);
        }
        for pair in &self.strategies {
            table.row(vec![
                pair.name.clone().into(),
                pair.before.state.clone().into(),
                text::signed(pair.before.mtm).into(),
                pair.after.state.clone().into(),
                text::signed(pair.after.mtm).into(),
                text::signed(pair.after.mtm - pair.before.mtm).into(),
            ]);
        }
        if self.trades.is_empty() && self.strategies.is_empty() {
            out.push_str("nothing differs\n");
        } else {
            let _ = writeln!(out, "{}", table.render(Look { colour: false, live: false }));
        }
        let (before, after) = self.total;
        let _ = writeln!(
            out,
            "\n{} the same; in all {} against {}, {}",
            text::count(self.same_trades, "trade"),
            text::signed(before),
            text::signed(after),
            text::signed(after - before)
        );
        out
    }
}

fn end(row: &Option<TradeRow>) -> String {
    let Some(row) = row else { return "never entered".into() };
    let at = row.exited_at.as_deref().and_then(|at| at.get(11..19)).unwrap_or("");
    match &row.reason {
        Some(reason) => format!("{reason} {at}"),
        None => row.status.name().to_owned(),
    }
}
