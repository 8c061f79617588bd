//! Everything that can move the engine.

use crate::ids::*;
use crate::instrument::InstrumentSpec;
use crate::money::{Fraction, Money, Price, Quantity};
use crate::rules::spec::{Provenance, RuleDraft};
use crate::tick::{Tick, TickRefusal};
use crate::time::{Day, Span, Timestamp};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// One thing that happened outside, and when the engine heard of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The engine's clock becomes this, unless it is later already.
    pub at: Timestamp,
    pub body: Body,
}

#[expect(
    clippy::large_enum_variant,
    reason = "inputs are moved once and not stored; commands are rare"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// One batch: applied tick by tick, judged once.
    Ticks(Vec<Tick>),
    /// A record that could not become a tick; counted.
    Unreadable { source: SourceId, instrument: Option<InstrumentId>, refusal: TickRefusal },
    /// Time has passed.
    Clock,
    /// A venue's next session, announced before or at its open.
    Session(Session),
    /// What a person or a strategy asks for.
    Command { by: String, command: Command },
    /// What a broker did.
    Order(OrderNews),
}

/// A stretch in which a venue's ticks decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub venue: VenueId,
    pub day: Day,
    /// The first instant of continuous trading.
    pub open: Timestamp,
    /// The first instant after it.
    pub close: Timestamp,
}

/// News of an order; a fill is a fact whatever we thought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderNews {
    Filled(Fill),
    EntryRejected {
        trade: TradeId,
        reason: String,
    },
    ExitRejected {
        intent: IntentId,
        reason: String,
    },
    /// The broker does not answer: neither failed nor filled.
    ExitUnknown {
        intent: IntentId,
    },
    /// What the broker says that the account holds, signed; `None` when it could not be read.
    Position {
        account: AccountId,
        instrument: InstrumentId,
        net: Option<Quantity>,
    },
}

/// An execution. `id` is unique within its account and day; a repeated id is ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    pub id: String,
    pub trade: TradeId,
    pub side: Side,
    pub quantity: Quantity,
    pub price: Price,
    #[serde(default)]
    pub charges: Money,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Buy,
    Sell,
}

impl Side {
    pub fn opposite(self) -> Side {
        match self {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        }
    }
    /// 1 for a buy, -1 for a sell.
    pub fn sign(self) -> i64 {
        match self {
            Side::Buy => 1,
            Side::Sell => -1,
        }
    }
}

/// What can be asked of the engine. Each is accepted whole or refused whole, with a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    Configure(Profile),
    DefineInstrument(InstrumentSpec),
    /// A corporate action.
    AdjustInstrument {
        instrument: InstrumentId,
        adjustment: Adjustment,
    },
    /// Accept the overnight gap that holds an instrument.
    AcceptGap {
        instrument: InstrumentId,
    },
    /// The contract has ended at this price; its trades close there.
    Settle {
        instrument: InstrumentId,
        price: Price,
    },
    OpenAccount(AccountSpec),
    SetMargin {
        scope: Scope,
        margin: Money,
    },
    CreateStrategy(StrategySpec),
    EditStrategy {
        strategy: StrategyId,
        spec: StrategySpec,
    },
    CreateGroup {
        strategy: StrategyId,
        name: String,
    },
    AddTrade(NewTrade),
    /// Average in: more of the same trade, filled at `price` (at the mark when absent), or ordered.
    Increase {
        trade: TradeId,
        quantity: Quantity,
        price: Option<Price>,
    },
    CancelTrade {
        trade: TradeId,
        reason: String,
    },
    /// Exit all of the trade, or `quantity` of it.
    ExitTrade {
        trade: TradeId,
        quantity: Option<Quantity>,
        reason: String,
    },
    /// The next generation of a closed trade: same terms, best and stops afresh.
    ReEnter {
        trade: TradeId,
        entry: Entry,
    },
    /// Exit here, enter there, linked.
    Roll {
        trade: TradeId,
        into: InstrumentId,
        entry: Entry,
    },
    SetRule {
        scope: Scope,
        draft: RuleDraft,
        provenance: Provenance,
    },
    ChangeRule {
        rule: RuleId,
        draft: RuleDraft,
        provenance: Provenance,
    },
    RemoveRule {
        rule: RuleId,
        provenance: Provenance,
    },
    /// Move the level of one rule away from the market; needs a reason.
    LoosenStop {
        rule: RuleId,
        to: Price,
        provenance: Provenance,
    },
    /// A latched rule starts anew: new peak, new floor.
    ResetRule {
        rule: RuleId,
        reason: String,
    },
    /// A strategy that was shut down may trade again; its latched rules are reset with it.
    ResetStrategy {
        strategy: StrategyId,
        reason: String,
    },
    /// Refuse entries; protection goes on.
    Halt {
        scope: Scope,
        reason: String,
    },
    Resume {
        scope: Scope,
        reason: String,
    },
    /// Close everything, refuse entries, stay so until released.
    Kill {
        reason: String,
    },
    Release {
        reason: String,
    },
    /// A price set by hand, as a tick from [`SourceId`] `MANUAL`.
    ManualMark {
        instrument: InstrumentId,
        price: Price,
    },
    /// Take back the last undoable command, or the named one.
    Undo {
        command: Option<CommandId>,
    },
    Redo,
    /// Something that has to stand in the record and changes nothing: a signal that was none, a raise that was asked for.
    /// What may be undone or done again stays as it is.
    Note {
        text: String,
    },
}

/// The source of manual marks.
pub const MANUAL: SourceId = SourceId(u32::MAX);

/// How a price decides; the default is the product's own meaning. Journaled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// Touching a level is no breach, for every rule.
    pub strict: bool,
    /// Reaching `arm_at` exactly does not arm.
    pub strict_arming: bool,
    pub order: TickOrder,
    pub rounding: LevelRounding,
    /// Best starts at the first mark after entry, not at the entry.
    pub best_from_first_mark: bool,
    /// A target beats a stop on the same tick.
    pub target_first: bool,
    /// Local time less UTC, for clock times; +05:30 by default.
    pub utc_offset: Span,
    /// Emit a fact for every stop that moves.
    pub dense: bool,
}

impl Default for Profile {
    fn default() -> Profile {
        Profile {
            strict: false,
            strict_arming: false,
            order: TickOrder::RatchetThenTest,
            rounding: LevelRounding::Exact,
            best_from_first_mark: false,
            target_first: false,
            utc_offset: Span::minutes(330),
            dense: false,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TickOrder {
    #[default]
    RatchetThenTest,
    TestThenRatchet,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LevelRounding {
    /// Levels are compared exactly.
    #[default]
    Exact,
    /// Levels are rounded to the tick size, half to even.
    TickHalfEven,
    /// Levels are rounded to the tick size, toward the market.
    TickTowardMarket,
    /// Levels are rounded to the tick size, away from the market.
    TickAwayFromMarket,
}

/// A corporate action on one instrument: `new` units for `old`, then `dividend` per new unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    pub new: u32,
    pub old: u32,
    #[serde(default)]
    pub dividend: Price,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSpec {
    pub name: String,
    pub fills: FillMode,
    /// The balance before anything here was traded; capital for percentages, start of equity for drawdowns.
    pub starting_balance: Money,
    /// Which trades answer for a change that was made by hand at the broker.
    #[serde(default)]
    pub external: ExternalPolicy,
}

/// Who fills orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillMode {
    /// Nobody: entries and exits fill at the mark that caused them.
    #[default]
    Tracking,
    /// A broker, paper or live: intents go out, fills come back.
    Orders,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExternalPolicy {
    #[default]
    NewestFirst,
    OldestFirst,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrategySpec {
    pub name: String,
    #[serde(default)]
    pub capital: Money,
    #[serde(default)]
    pub exit_order: ExitOrder,
}

/// In which order the legs of a scope leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitOrder {
    /// Shorts are bought back before longs are sold, each in the order of their ids.
    #[default]
    ShortsFirst,
    ById,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTrade {
    /// A label of the caller's; empty is fine.
    #[serde(default)]
    pub name: String,
    pub strategy: StrategyId,
    pub account: AccountId,
    #[serde(default)]
    pub group: Option<GroupId>,
    pub instrument: InstrumentId,
    pub side: Side,
    /// Above zero, whole lots.
    pub quantity: Quantity,
    pub entry: Entry,
    #[serde(default)]
    pub rules: Vec<RuleDraft>,
}

impl NewTrade {
    pub(crate) fn without_rules(&self) -> NewTrade {
        NewTrade {
            name: self.name.clone(),
            strategy: self.strategy,
            account: self.account,
            group: self.group,
            instrument: self.instrument,
            side: self.side,
            quantity: self.quantity,
            entry: self.entry,
            rules: Vec::new(),
        }
    }
}

/// How a trade comes to be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// Already filled at this price.
    Filled { price: Price },
    /// At the current mark in tracking mode, by an order elsewhere.
    AtMark,
    /// A position that was open before: best and peak start now, entry as the broker states it.
    Adopted { price: Price },
}

/// How much of a scope's limit is left, as asked for in warnings.
pub const WARN_BANDS: [Fraction; 3] =
    [Fraction::percent(50), Fraction::percent(25), Fraction::percent(10)];
/// Room above a band at which its warning may sound again.
pub const WARN_REARM: Fraction = Fraction::percent(5);
