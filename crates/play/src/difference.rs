//! What differs between two runs, by trade and by strategy.

use crate::summary::{ScopeRow, Summary, TradeRow};
use highmark_engine::Money;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};

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

/// What differs. `pairs` has the ids that trades of the first run have in the second, where they are there.
pub fn difference(
    before: &Summary,
    after: &Summary,
    sets: &[String],
    pairs: &BTreeMap<String, String>,
) -> Difference {
    let mut left: BTreeMap<&str, &TradeRow> =
        after.trades.iter().map(|row| (&*row.id, row)).collect();
    let mut both: Vec<(Option<&TradeRow>, Option<&TradeRow>)> = Vec::new();
    for row in &before.trades {
        let partner = pairs.get(&row.id).and_then(|id| left.remove(&**id));
        both.push((Some(row), partner));
    }
    let new = after.trades.iter().filter(|row| left.contains_key(&*row.id));
    let mut trades = Vec::new();
    let mut same_trades = 0;
    for (old, new) in both.into_iter().chain(new.map(|row| (None, Some(row)))) {
        let facts = |row: Option<&TradeRow>| {
            row.map(|row| {
                (row.status, row.exit, row.exited_at.clone(), row.reason.clone(), row.pnl)
            })
        };
        if facts(old) == facts(new) {
            same_trades += 1;
            continue;
        }
        let Some(shown) = old.or(new) else { continue };
        let (id, name) = (shown.id.clone(), name(shown));
        trades.push(TradePair { id, name, before: old.cloned(), after: new.cloned() });
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

/// Pairs of trades that two runs of one scenario call alike; of several of one name the first with the first.
pub fn by_names(before: &Summary, after: &Summary) -> BTreeMap<String, String> {
    let mut named: BTreeMap<(&str, u32), VecDeque<&str>> = BTreeMap::new();
    for row in &after.trades {
        named.entry((&row.name, row.generation)).or_default().push_back(&row.id);
    }
    let mut pairs = BTreeMap::new();
    for row in &before.trades {
        let alike = named.get_mut(&(&*row.name, row.generation));
        if let Some(after) = alike.and_then(VecDeque::pop_front) {
            pairs.insert(row.id.clone(), after.to_owned());
        }
    }
    pairs
}

fn name(row: &TradeRow) -> String {
    match (row.name.is_empty(), row.generation) {
        (true, _) => row.id.clone(),
        (false, 0) => row.name.clone(),
        (false, generation) => format!("{}#{}", row.name, generation + 1),
    }
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
