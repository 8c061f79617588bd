//! A set of trades in the order of their ids, for sets that new trades join and old ones leave.
//!
//! Joining at the end costs O(1), leaving O(log n) to find the place (little where ids are dense), which is marked and cleared away once half of all
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
        match self.marked.last() {
            None => return self.marked.push(trade.0),
            Some(last) if last & !GONE < trade.0 => return self.marked.push(trade.0),
            // Who joins twice mostly does so at once.
            Some(last) if *last == trade.0 => return,
            Some(_) => {}
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

    /// Where a trade stands, or would. Ids come one after the other, so its place is guessed from its number and looked for
    /// from there: of a million, a few are looked at.
    fn find(&self, trade: TradeId) -> Result<usize, usize> {
        let id = |at: usize| self.marked[at] & !GONE;
        let Some(end) = self.marked.len().checked_sub(1) else { return Err(0) };
        let (first, last) = (id(0), id(end));
        if trade.0 < first {
            return Err(0);
        } else if trade.0 > last {
            return Err(end + 1);
        }
        let (span, way) = (u64::from(last - first).max(1), u64::from(trade.0 - first));
        // Ids have 31 bits, and so has their count.
        let share = way.saturating_mul(u64::try_from(end).unwrap_or(u64::MAX)) / span;
        let (guess, mut reach) = (usize::try_from(share).map_or(end, |share| share.min(end)), 8);
        if id(guess) == trade.0 {
            return Ok(guess);
        }
        // What is before `low` is less, what is from `high` on is more.
        let (mut low, mut high) = (guess, guess);
        if id(guess) <= trade.0 {
            while high <= end && id(high) <= trade.0 {
                (low, high, reach) = (high, high.saturating_add(reach), reach * 2);
            }
            high = high.min(end + 1);
        } else {
            while id(low) > trade.0 {
                (high, low, reach) = (low, low.saturating_sub(reach), reach * 2);
            }
        }
        let between = self.marked[low..high].binary_search_by_key(&trade.0, |mark| mark & !GONE);
        between.map(|at| low + at).map_err(|at| low + at)
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
            let most = if draw(2) == 0 { 200 } else { 4_000_000_000 / (1 + draw(1_000_000)) };
            let trade = TradeId(if draw(2) == 0 { round / 100 } else { draw(most) % GONE });
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
