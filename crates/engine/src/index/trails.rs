//! Stops that follow best, without touching the trades: trades of equal best stand in one group.
//!
//! What tells the stops of a group apart does not change while its best moves (the distance behind best, the share of best,
//! or the entry for one kept fraction), so a group is a heap whose top is met first. A mark above the best of some groups
//! melds those into one: each meld removes a group, and each trade that joins makes at most one, so the cost is
//! O(log n) a trade over its life. One row of groups stands for each kind; each distinct kept fraction is a kind.
//!
//! A trigger is never below the exact level that the rule would have, so that nothing is missed; what is met too early by
//! a unit is looked at, and stays.

use super::heap::{Heaps, NONE, Node};
use crate::ids::TradeId;
use crate::money::{Fraction, MILLION};
use crate::wide;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

/// A stop that follows best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trail {
    /// At best less this many units, above 0.
    Behind(i64),
    /// At best less this share of it, above 0 and at most the whole.
    OfBest(Fraction),
    /// At the entry (rounded up to a unit) and this share of the way to best, below the whole.
    Kept { entry: i64, fraction: Fraction },
}

/// Trails that can be ordered without their best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Behind,
    OfBest,
    Kept(Fraction),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Trails {
    heaps: Heaps,
    /// The kinds in use; each kept fraction is one.
    rows: Vec<Row>,
}

/// The groups of one kind.
#[derive(Clone, Debug)]
struct Row {
    kind: Kind,
    /// By best.
    groups: BTreeMap<i64, Node>,
    /// The trigger of the top of each group, with its best.
    triggers: BTreeSet<(i64, i64)>,
}

impl Trail {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Trail::Behind(_) => Kind::Behind,
            Trail::OfBest(_) => Kind::OfBest,
            Trail::Kept { fraction, .. } => Kind::Kept(fraction),
        }
    }

    /// The x at which it is met, for a best.
    pub(crate) fn trigger(self, best: i64) -> i64 {
        self.kind().trigger(best, self.key())
    }

    /// Of two trails of a kind with one best, the one with the larger key is met first.
    fn key(self) -> i64 {
        match self {
            Trail::Behind(distance) => -distance,
            Trail::OfBest(share) => -i64::from(share.0),
            Trail::Kept { entry, .. } => entry,
        }
    }
}

impl Kind {
    fn trigger(self, best: i64, key: i64) -> i64 {
        let (whole, best, key) = (i128::from(MILLION), i128::from(best), i128::from(key));
        let x = match self {
            Kind::Behind => best + key,
            Kind::OfBest => best + wide::div_floor(best.abs() * key, whole),
            Kind::Kept(fraction) => {
                let share = i128::from(fraction.0);
                wide::div_floor(key * (whole - share) + best * share, whole)
            }
        };
        i64::try_from(x).expect("between entry and best, or behind best by what a price can be")
    }
}

impl Trails {
    /// Lets a trade's stop follow from `best` on.
    pub(crate) fn enter(&mut self, trail: Trail, trade: TradeId, best: i64) -> Node {
        let node = self.heaps.single(trail.key(), trade);
        let at = self.row(trail.kind());
        self.rows[at].add(best, node, &mut self.heaps);
        node
    }

    /// Takes out what `enter` gave; `best` is what best is by now.
    pub(crate) fn leave(&mut self, kind: Kind, node: Node, best: i64) {
        let key = self.heaps.top(node);
        let Some(rest) = self.heaps.remove(node) else { return };
        let at = self.row(kind);
        let row = &mut self.rows[at];
        row.triggers.remove(&(kind.trigger(best, key), best));
        if rest == NONE {
            row.groups.remove(&best).expect("a trade stands in the group of its best");
            if row.groups.is_empty() {
                self.rows.swap_remove(at);
            }
        } else {
            row.groups.insert(best, rest);
            row.triggers.insert((kind.trigger(best, self.heaps.top(rest)), best));
        }
    }

    /// Moves every best below `x` to it.
    pub(crate) fn raise(&mut self, x: i64) {
        for row in &mut self.rows {
            row.raise(x, &mut self.heaps);
        }
    }

    /// The highest mark at which a stop is met.
    pub(crate) fn highest_trigger(&self) -> Option<i64> {
        let highest = |row: &Row| row.triggers.last().map(|(x, _)| *x);
        self.rows.iter().filter_map(highest).max()
    }

    /// A mark above this moves a best.
    pub(crate) fn lowest_best(&self) -> Option<i64> {
        let lowest = |row: &Row| row.groups.first_key_value().map(|(best, _)| *best);
        self.rows.iter().filter_map(lowest).min()
    }

    /// Adds the trades whose stop is met at `x`.
    pub(crate) fn met(&self, x: i64, found: &mut Vec<TradeId>) {
        for row in &self.rows {
            for (_, best) in row.triggers.range((x, i64::MIN)..) {
                let is_met = |key| row.kind.trigger(*best, key) >= x;
                self.heaps.gather(row.groups[best], is_met, found);
            }
        }
    }

    fn row(&mut self, kind: Kind) -> usize {
        self.rows.iter().position(|row| row.kind == kind).unwrap_or_else(|| {
            let (groups, triggers) = (BTreeMap::new(), BTreeSet::new());
            self.rows.push(Row { kind, groups, triggers });
            self.rows.len() - 1
        })
    }
}

impl Row {
    fn add(&mut self, best: i64, heap: Node, heaps: &mut Heaps) {
        let group = self.groups.entry(best).or_insert(NONE);
        let before = (*group != NONE).then(|| heaps.top(*group));
        *group = heaps.meld(*group, heap);
        let now = heaps.top(*group);
        if before != Some(now) {
            if let Some(before) = before {
                self.triggers.remove(&(self.kind.trigger(best, before), best));
            }
            self.triggers.insert((self.kind.trigger(best, now), best));
        }
    }

    fn raise(&mut self, x: i64, heaps: &mut Heaps) {
        let mut risen = NONE;
        while let Some(group) = self.groups.first_entry()
            && *group.key() < x
        {
            let (best, node) = group.remove_entry();
            self.triggers.remove(&(self.kind.trigger(best, heaps.top(node)), best));
            risen = heaps.meld(risen, node);
        }
        if risen != NONE {
            self.add(x, risen, heaps);
        }
    }
}
