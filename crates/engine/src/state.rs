//! All that the engine remembers; changed by `apply` alone.

use crate::event::Event;
use crate::ids::*;
use crate::input::{AccountSpec, StrategySpec};
use crate::instrument::InstrumentSpec;
use crate::money::Price;
use crate::rules::spec::Window;
use crate::time::Timestamp;
use crate::view::{RuleView, ScopeView, TradeView};

#[derive(Clone, Debug, Default)]
pub struct State {
    pub(crate) turn: u64,
    pub(crate) now: Timestamp,
}

impl State {
    pub(crate) fn apply(&mut self, event: &Event) {
        if let Event::TurnBegan { turn, at } = event {
            (self.turn, self.now) = (*turn, *at);
        }
    }
    pub fn now(&self) -> Timestamp {
        self.now
    }
    /// A number that two equal states share; differs almost surely when they differ.
    pub fn hash(&self) -> u64 {
        0
    }
    pub fn trade_view(&self, _trade: TradeId) -> Option<TradeView> {
        None
    }
    /// All trades ever, by id.
    pub fn trade_views(&self) -> impl Iterator<Item = TradeView> + '_ {
        core::iter::empty()
    }
    pub fn scope_view(&self, _scope: Scope, _window: Window) -> Option<ScopeView> {
        None
    }
    pub fn rule_view(&self, _rule: RuleId) -> Option<RuleView> {
        None
    }
    pub fn strategies(&self) -> impl Iterator<Item = (StrategyId, &StrategySpec)> + '_ {
        core::iter::empty()
    }
    pub fn accounts(&self) -> impl Iterator<Item = (AccountId, &AccountSpec)> + '_ {
        core::iter::empty()
    }
    /// Groups by id, with their strategy and name.
    pub fn groups(&self) -> impl Iterator<Item = (GroupId, StrategyId, &str)> + '_ {
        core::iter::empty()
    }
    pub fn instruments(&self) -> impl Iterator<Item = (InstrumentId, &InstrumentSpec)> + '_ {
        core::iter::empty()
    }
    /// The instrument's last accepted mark (its own mark kind, long side).
    pub fn mark(&self, _instrument: InstrumentId) -> Option<Price> {
        None
    }
    pub fn is_killed(&self) -> bool {
        false
    }
}
