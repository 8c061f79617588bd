//! Names for things: small numbers given out by the engine in the order in which things were made.

use core::fmt;
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $letter:literal;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u32);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        }
    )* };
}

ids! {
    /// What is traded.
    InstrumentId "i";
    /// Where money and positions are held.
    AccountId "a";
    /// An owner of trades.
    StrategyId "s";
    /// Named legs of one strategy.
    GroupId "g";
    /// One round trip on one instrument in one account.
    TradeId "t";
    /// A rule, on a trade or on a scope.
    RuleId "r";
    /// An exchange segment with sessions of its own.
    VenueId "v";
    /// Where a tick came from.
    SourceId "f";
    /// An accepted operator command, for undo and redo.
    CommandId "c";
}

macro_rules! indices {
    ($($name:ident)*) => { $(
        impl $name {
            pub(crate) fn index(self) -> usize {
                self.0 as usize
            }
        }
    )* };
}

indices! { InstrumentId AccountId StrategyId GroupId TradeId RuleId }

/// What a rule watches and an action reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    Trade(TradeId),
    Group(GroupId),
    Strategy(StrategyId),
    Account(AccountId),
    System,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Trade(id) => id.fmt(f),
            Scope::Group(id) => id.fmt(f),
            Scope::Strategy(id) => id.fmt(f),
            Scope::Account(id) => id.fmt(f),
            Scope::System => f.write_str("system"),
        }
    }
}

/// A decided exit: which trade, and the how-manieth of that trade. The same decision always has the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IntentId {
    pub trade: TradeId,
    pub attempt: u32,
}

impl fmt::Display for IntentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.trade, self.attempt)
    }
}
