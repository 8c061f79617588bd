//! One thing for each scope, found in O(1): ids are small numbers, so each kind of scope has its own row.
//!
//! Trades are many and seldom have one, so theirs stand in an ordered map. Goes through scopes in their order: trades,
//! groups, strategies, accounts, the system.

use crate::ids::*;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Clone)]
pub(crate) struct Scoped<T> {
    trades: BTreeMap<TradeId, T>,
    groups: Vec<Option<T>>,
    strategies: Vec<Option<T>>,
    accounts: Vec<Option<T>>,
    system: Option<T>,
}

impl<T> Scoped<T> {
    pub(crate) fn get(&self, scope: Scope) -> Option<&T> {
        match scope {
            Scope::Trade(id) => self.trades.get(&id),
            Scope::Group(id) => self.groups.get(id.index())?.as_ref(),
            Scope::Strategy(id) => self.strategies.get(id.index())?.as_ref(),
            Scope::Account(id) => self.accounts.get(id.index())?.as_ref(),
            Scope::System => self.system.as_ref(),
        }
    }

    pub(crate) fn has(&self, scope: Scope) -> bool {
        self.get(scope).is_some()
    }

    /// What `scope` has; made first if it has nothing.
    pub(crate) fn of(&mut self, scope: Scope, new: impl FnOnce() -> T) -> &mut T {
        let (row, at) = match scope {
            Scope::Trade(id) => return self.trades.entry(id).or_insert_with(new),
            Scope::Group(id) => (&mut self.groups, id.index()),
            Scope::Strategy(id) => (&mut self.strategies, id.index()),
            Scope::Account(id) => (&mut self.accounts, id.index()),
            Scope::System => return self.system.get_or_insert_with(new),
        };
        if row.len() <= at {
            row.resize_with(at + 1, || None);
        }
        row[at].get_or_insert_with(new)
    }

    pub(crate) fn take(&mut self, scope: Scope) -> Option<T> {
        match scope {
            Scope::Trade(id) => self.trades.remove(&id),
            Scope::Group(id) => self.groups.get_mut(id.index())?.take(),
            Scope::Strategy(id) => self.strategies.get_mut(id.index())?.take(),
            Scope::Account(id) => self.accounts.get_mut(id.index())?.take(),
            Scope::System => self.system.take(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Scope, &T)> {
        let trades = self.trades.iter().map(|(id, each)| (Scope::Trade(*id), each));
        trades
            .chain(row(&self.groups, |id| Scope::Group(GroupId(id))))
            .chain(row(&self.strategies, |id| Scope::Strategy(StrategyId(id))))
            .chain(row(&self.accounts, |id| Scope::Account(AccountId(id))))
            .chain(self.system.iter().map(|each| (Scope::System, each)))
    }

    pub(crate) fn scopes(&self) -> impl Iterator<Item = Scope> {
        self.iter().map(|(scope, _)| scope)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.iter().map(|(_, each)| each)
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let rows = [&mut self.groups, &mut self.strategies, &mut self.accounts];
        let rows = rows.into_iter().flat_map(|row| row.iter_mut().flatten());
        self.trades.values_mut().chain(rows).chain(&mut self.system)
    }
}

fn row<T>(row: &[Option<T>], scope: fn(u32) -> Scope) -> impl Iterator<Item = (Scope, &T)> {
    (0..).zip(row).filter_map(move |(id, each)| Some((scope(id), each.as_ref()?)))
}

impl<T> Default for Scoped<T> {
    fn default() -> Scoped<T> {
        let (groups, strategies, accounts) = (Vec::new(), Vec::new(), Vec::new());
        Scoped { trades: BTreeMap::new(), groups, strategies, accounts, system: None }
    }
}

impl<T> FromIterator<(Scope, T)> for Scoped<T> {
    fn from_iter<I: IntoIterator<Item = (Scope, T)>>(each: I) -> Scoped<T> {
        let mut scoped = Scoped::default();
        for (scope, each) in each {
            scoped.of(scope, || each);
        }
        scoped
    }
}

impl<T: PartialEq> PartialEq for Scoped<T> {
    fn eq(&self, other: &Scoped<T>) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: fmt::Debug> fmt::Debug for Scoped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// As a list of pairs: text formats have no keys but text.
impl<T: Serialize> Serialize for Scoped<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Scoped<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Scoped<T>, D::Error> {
        Vec::deserialize(deserializer).map(|pairs: Vec<(Scope, T)>| pairs.into_iter().collect())
    }
}
