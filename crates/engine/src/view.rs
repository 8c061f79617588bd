//! What may be looked at: plain data for reports, screens, bindings and tests.

use crate::event::{Breach, Cause, ExitReason};
use crate::ids::*;
use crate::input::Side;
use crate::money::{Money, Price, Quantity};
use crate::rules::spec::{Provenance, RuleDraft, RuleRef, Window};
use crate::time::Timestamp;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Where a trade is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TradeStatus {
    /// Asked for, nothing filled.
    Pending,
    Open,
    /// An exit is decided and not yet wholly filled.
    Exiting,
    Closed,
    /// Ended before anything was filled, by us.
    Cancelled,
    /// Ended before anything was filled, by the broker.
    Rejected,
    /// Open, and something is wrong that a person should see.
    Degraded,
}

impl TradeStatus {
    pub fn name(self) -> &'static str {
        match self {
            TradeStatus::Pending => "pending",
            TradeStatus::Open => "open",
            TradeStatus::Exiting => "exiting",
            TradeStatus::Closed => "closed",
            TradeStatus::Cancelled => "cancelled",
            TradeStatus::Rejected => "rejected",
            TradeStatus::Degraded => "degraded",
        }
    }

    /// Some quantity is held.
    pub fn is_held(self) -> bool {
        match self {
            TradeStatus::Open | TradeStatus::Exiting | TradeStatus::Degraded => true,
            TradeStatus::Pending
            | TradeStatus::Closed
            | TradeStatus::Cancelled
            | TradeStatus::Rejected => false,
        }
    }
}

impl fmt::Display for TradeStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeView {
    pub id: TradeId,
    pub name: String,
    pub strategy: StrategyId,
    pub account: AccountId,
    pub group: Option<GroupId>,
    pub instrument: InstrumentId,
    pub side: Side,
    /// 0 for the first, 1 for its first re-entry.
    pub generation: u32,
    /// The trade that this one re-enters or continues.
    pub after: Option<TradeId>,
    pub status: TradeStatus,
    /// Why it was cancelled, rejected or degraded.
    pub status_reason: Option<String>,
    /// All that was ever entered; asked for while pending.
    pub quantity: Quantity,
    pub open: Quantity,
    /// Average entry of what was entered, half-even at 1e-8.
    pub entry: Option<Price>,
    /// Average entry of what is still open, which is what rules measure from; half-even at 1e-8.
    pub open_entry: Option<Price>,
    /// Average exit of what was exited.
    pub exit: Option<Price>,
    pub opened_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub mark: Option<Price>,
    pub best: Option<Price>,
    pub best_at: Option<Timestamp>,
    /// The tightest stop, shown rounded toward the market; what it was at the exit, once closed.
    pub stop: Option<Price>,
    pub stop_rule: Option<RuleId>,
    pub target: Option<Price>,
    /// Whole-life figures, gross. `unrealised` is `None` without a mark; `mtm` then counts the rest at cost.
    pub realised: Money,
    pub unrealised: Option<Money>,
    pub mtm: Money,
    pub charges: Money,
    pub cause: Option<Cause>,
    pub rules: Vec<RuleId>,
}

impl TradeView {
    pub fn exit_reason(&self) -> Option<&ExitReason> {
        self.cause.as_ref().map(|cause| &cause.reason)
    }
}

/// An order that was decided and is not wholly filled, in an account whose orders go to a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OrderView {
    pub trade: TradeId,
    /// The exit that it is of; an entry when absent.
    pub intent: Option<IntentId>,
    pub leaves: Quantity,
    /// The broker did not answer: it may be filled, or resting, or lost.
    pub is_unknown: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScopeView {
    pub scope: Scope,
    pub window: Window,
    pub mtm: Money,
    pub realised: Money,
    pub unrealised: Money,
    pub peak: Money,
    pub peak_at: Option<Timestamp>,
    /// Some leg has no mark or a stale one.
    pub uncertain: bool,
    /// The rule whose floor is nearest, its floor, and how far its value is above it.
    pub nearest: Option<RuleId>,
    pub floor: Option<Money>,
    pub room: Option<Money>,
    pub open_trades: u32,
    pub total_trades: u32,
    /// False for a strategy that was shut down.
    pub is_active: bool,
    /// Why entries are refused, if they are.
    pub closed_to_entries: Option<Closed>,
    pub rules: Vec<RuleId>,
}

/// Why a scope takes no entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    Killed,
    Halted,
    ShutDown,
    Latched(RuleRef),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleView {
    pub rule: RuleRef,
    pub draft: RuleDraft,
    pub provenance: Provenance,
    pub set_at: Timestamp,
    pub removed: bool,
    /// Price rules: the level, shown rounded toward the market.
    pub level: Option<Price>,
    /// Price rules: the price that is compared with the level now, of what the rule watches, and the best that it
    /// measures from.
    #[serde(default)]
    pub mark: Option<Price>,
    #[serde(default)]
    pub best: Option<Price>,
    /// Absent for a best of the rule's own.
    #[serde(default)]
    pub best_at: Option<Timestamp>,
    /// Mtm rules: the floor (or target), the value compared with it, the peak; for a drawdown the highest equity.
    pub floor: Option<Money>,
    pub value: Option<Money>,
    pub peak: Option<Money>,
    pub peak_at: Option<Timestamp>,
    /// How far the value is from the level; negative while a breach waits for its confirmation.
    pub room_points: Option<Price>,
    pub room: Option<Money>,
    pub waits_for: Waits,
    pub fired: Option<Fired>,
}

/// Why a rule has no level, or has not acted on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waits {
    /// It has a level; the market is not there.
    Level,
    /// The trade has no fill yet.
    Entry,
    Mark,
    /// Best (x-space price shown) or peak must reach this first.
    ArmingPrice(Price),
    ArmingMoney(Money),
    /// Best must be better than the entry, or the peak above zero.
    Profit,
    /// It is a share of something that is still zero: of capital, margin or premium.
    Whole,
    Bars {
        have: u32,
        need: u32,
    },
    /// A session whose end is known.
    Session,
    Until(Timestamp),
    /// It is in breach, and not yet confirmed.
    Confirmation {
        since: Timestamp,
        ticks: u32,
    },
    /// Nothing any more: it fired, was skipped or removed, or its trade ended.
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fired {
    Price { at: Timestamp, cause: Cause },
    Mtm { at: Timestamp, breach: Breach },
}
