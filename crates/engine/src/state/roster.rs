//! A set of trades in the order of their ids, for sets that new trades join and old ones leave.
//!
//! Joining at the end costs O(1), leaving O(log n) to find the place, which is marked and cleared away once half of all
//! are; so each trade is moved O(1) times on average. Joining elsewhere, which is seldom, costs O(n).

use crate::ids::TradeId;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Clone, Default)]
pub(crate) struct Roster {
    /// Ids, ascending; with `GONE` for those that have left.
    marked: Vec<u32>,
    gone: usize,
}

const GONE: u32 = 1 << 31;

impl Roster {
    pub(crate) fn insert(&mut self, trade: TradeId) {
        assert!(trade.0 < GONE, "fewer trades than half of all ids");
        if self.marked.last().is_none_or(|last| last & !GONE < trade.0) {
            return self.marked.push(trade.0);
        }
        match self.find(trade) {
            Ok(at) if self.marked[at] & GONE != 0 => {
                self.marked[at] = trade.0;
                self.gone -= 1;
            }
            Ok(_) => {}
            Err(at) => self.marked.insert(at, trade.0),
        }
    }

    pub(crate) fn remove(&mut self, trade: TradeId) {
        let Ok(at) = self.find(trade) else { return };
        if self.marked[at] & GONE != 0 {
            return;
        }
        self.marked[at] |= GONE;
        self.gone += 1;
        if self.gone * 2 > self.marked.len() {
            self.marked.retain(|mark| mark & GONE == 0);
            self.gone = 0;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.marked.len() - self.gone
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = TradeId> {
        self.marked.iter().filter(|mark| *mark & GONE == 0).map(|mark| TradeId(*mark))
    }

    fn find(&self, trade: TradeId) -> Result<usize, usize> {
        self.marked.binary_search_by_key(&trade.0, |mark| mark & !GONE)
    }
}

impl FromIterator<TradeId> for Roster {
    fn from_iter<I: IntoIterator<Item = TradeId>>(trades: I) -> Roster {
        let mut roster = Roster::default();
        trades.into_iter().for_each(|trade| roster.insert(trade));
        roster
    }
}

impl PartialEq for Roster {
    fn eq(&self, other: &Roster) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Roster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Serialize for Roster {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Roster {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Roster, D::Error> {
        Vec::deserialize(deserializer).map(|trades: Vec<TradeId>| trades.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn a_roster_is_the_set_of_those_who_joined_and_did_not_leave() {
        let mut seed = 7u32;
        let mut draw = |most: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed / 65_536 % most
        };
        let (mut roster, mut set) = (Roster::default(), BTreeSet::new());
        for round in 0..20_000 {
            let trade = TradeId(if draw(2) == 0 { round / 100 } else { draw(200) });
            if draw(5) < 2 {
                roster.insert(trade);
                set.insert(trade);
            } else {
                roster.remove(trade);
                set.remove(&trade);
            }
            assert!(roster.iter().eq(set.iter().copied()));
            assert_eq!((roster.len(), roster.is_empty()), (set.len(), set.is_empty()));
        }
    }
}
