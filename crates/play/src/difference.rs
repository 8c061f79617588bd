//! What differs between two runs, by trade and by strategy.

use crate::summary::{ScopeRow, Summary, TradeRow};
use highmark_engine::Money;
use serde::Serialize;
use serde_json::{Value, json};

/// Two runs of one day.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    pub sets: Vec<String>,
    pub trades: Vec<TradePair>,
    pub strategies: Vec<ScopePair>,
    pub same_trades: usize,
    /// Mtm of all strategies, before and after.
    pub total: (Money, Money),
}

/// A trade that went otherwise; `None` where there was none.
#[derive(Clone, Debug, Serialize)]
pub struct TradePair {
    pub id: String,
    pub name: String,
    pub before: Option<TradeRow>,
    pub after: Option<TradeRow>,
}

/// A strategy that ended otherwise.
#[derive(Clone, Debug, Serialize)]
pub struct ScopePair {
    pub name: String,
    pub before: ScopeRow,
    pub after: ScopeRow,
}

pub fn difference(before: &Summary, after: &Summary, sets: &[String]) -> Difference {
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
    pub fn json(&self) -> Value {
        json!({
            "sets": self.sets,
            "same_trades": self.same_trades,
            "trades": self.trades,
            "strategies": self.strategies,
            "mtm": { "before": self.total.0, "after": self.total.1, "difference": self.total.1 - self.total.0 },
        })
    }
}
