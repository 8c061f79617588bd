//! Sets that are filled and emptied with each turn: joining, asking and leaving cost O(1), and room is used again.

use crate::ids::*;
use crate::scoped::Scoped;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Scopes; goes through them in their order, which costs a sort.
#[derive(Clone, Default)]
pub(crate) struct ScopeSet {
    listed: Vec<Scope>,
    has: Scoped<()>,
}

impl ScopeSet {
    pub(crate) fn insert(&mut self, scope: Scope) {
        let mut is_new = false;
        self.has.of(scope, || is_new = true);
        if is_new {
            self.listed.push(scope);
        }
    }

    pub(crate) fn extend(&mut self, scopes: impl IntoIterator<Item = Scope>) {
        scopes.into_iter().for_each(|scope| self.insert(scope));
    }

    pub(crate) fn contains(&self, scope: Scope) -> bool {
        self.has.has(scope)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    pub(crate) fn retain(&mut self, stays: impl Fn(Scope) -> bool) {
        let ScopeSet { listed, has } = self;
        listed.retain(|scope| {
            let stays = stays(*scope);
            if !stays {
                has.take(*scope);
            }
            stays
        });
    }

    pub(crate) fn clear(&mut self) {
        self.retain(|_| false);
    }

    /// The scopes in their order.
    pub(crate) fn sorted(&mut self) -> &[Scope] {
        self.listed.sort_unstable();
        &self.listed
    }

    fn ordered(&self) -> Vec<Scope> {
        let mut scopes = self.listed.clone();
        scopes.sort_unstable();
        scopes
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> ScopeSet {
        let mut set = ScopeSet::default();
        set.extend(scopes);
        set
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.ordered()).finish()
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.ordered())
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ScopeSet, D::Error> {
        Vec::deserialize(deserializer).map(|scopes: Vec<Scope>| scopes.into_iter().collect())
    }
}

/// Trades, one bit for each that has been.
#[derive(Clone, Debug, Default)]
pub(crate) struct TradeSet {
    listed: Vec<TradeId>,
    bits: Vec<u64>,
}

impl TradeSet {
    pub(crate) fn insert(&mut self, trade: TradeId) {
        let (word, bit) = place(trade);
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        if self.bits[word] & bit == 0 {
            self.bits[word] |= bit;
            self.listed.push(trade);
        }
    }

    pub(crate) fn contains(&self, trade: TradeId) -> bool {
        let (word, bit) = place(trade);
        self.bits.get(word).is_some_and(|bits| bits & bit != 0)
    }

    pub(crate) fn clear(&mut self) {
        for trade in self.listed.drain(..) {
            self.bits[place(trade).0] = 0;
        }
    }
}

fn place(trade: TradeId) -> (usize, u64) {
    (trade.index() / 64, 1 << (trade.0 % 64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use alloc::format;

    #[test]
    fn scopes_read_as_an_ordered_set_of_them_does() {
        let scopes = [
            Scope::System,
            Scope::Trade(TradeId(7)),
            Scope::Account(AccountId(1)),
            Scope::Trade(TradeId(2)),
            Scope::Strategy(StrategyId(3)),
            Scope::Group(GroupId(0)),
            Scope::System,
            Scope::Trade(TradeId(7)),
        ];
        let (mut set, ordered): (ScopeSet, BTreeSet<Scope>) =
            (scopes.into_iter().collect(), scopes.into_iter().collect());
        assert_eq!(format!("{set:?}"), format!("{ordered:?}"));
        let text = serde_json::to_string(&set).unwrap();
        assert_eq!(text, serde_json::to_string(&ordered).unwrap());
        assert_eq!(serde_json::from_str::<ScopeSet>(&text).unwrap().ordered(), set.ordered());
        assert!(set.sorted().iter().eq(&ordered));
        set.retain(|scope| scope == Scope::System);
        assert!(set.contains(Scope::System) && !set.contains(Scope::Trade(TradeId(7))));
        set.clear();
        set.insert(Scope::System);
        assert_eq!(set.sorted(), [Scope::System]);
    }

    #[test]
    fn trades_are_in_until_cleared() {
        let mut set = TradeSet::default();
        [5, 700, 5, 64].map(TradeId).into_iter().for_each(|trade| set.insert(trade));
        let found = |set: &TradeSet| (0..1_000).filter(|id| set.contains(TradeId(*id))).count();
        assert_eq!((found(&set), set.contains(TradeId(64))), (3, true));
        set.clear();
        assert_eq!(found(&set), 0);
    }
}
