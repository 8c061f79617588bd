//! Everything that happened. Folding these gives the state; nothing else does.

use crate::ids::*;
use crate::input::*;
use crate::instrument::InstrumentSpec;
use crate::money::{Fraction, Money, Price, Quantity};
use crate::rare::Shared;
use crate::rules::spec::{Action, Provenance, RuleDraft, RuleKind, RuleRef};
use crate::tick::{Tick, TickRefusal};
use crate::time::{Day, Span, Timestamp};
use alloc::boxed::Box;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// A fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// One input begins to be answered; all events up to the next of these are its turn.
    TurnBegan {
        turn: u64,
        at: Timestamp,
    },
    /// A command was accepted and can be named in an undo.
    Accepted {
        command: CommandId,
        by: String,
        what: Shared<Command>,
    },
    Refused(Refusal),

    Configured(Profile),
    InstrumentDefined {
        instrument: InstrumentId,
        spec: Box<InstrumentSpec>,
    },
    InstrumentAdjusted {
        instrument: InstrumentId,
        adjustment: Adjustment,
    },
    AccountOpened {
        account: AccountId,
        spec: AccountSpec,
    },
    MarginSet {
        scope: Scope,
        margin: Money,
    },
    StrategyCreated {
        strategy: StrategyId,
        spec: StrategySpec,
    },
    StrategyEdited {
        strategy: StrategyId,
        spec: StrategySpec,
    },
    GroupCreated {
        group: GroupId,
        strategy: StrategyId,
        name: String,
    },

    /// A new session day began: `session` windows restart from the last marks.
    DayRolled {
        day: Day,
    },
    SessionOpened(Session),

    Marked(Tick),
    TickRefused {
        instrument: Option<InstrumentId>,
        source: SourceId,
        at: Timestamp,
        refusal: TickRefusal,
    },
    /// A jump beyond the filter waits for confirmation.
    TickHeld(Tick),
    /// The held jump was refuted.
    HeldDropped {
        instrument: InstrumentId,
    },
    /// The held jump counts from here on.
    HeldAccepted {
        instrument: InstrumentId,
        because: HeldBecause,
    },
    /// Stops are moved to the new best (only when a profile tests before it ratchets).
    Ratcheted {
        instrument: InstrumentId,
    },
    BarClosed {
        instrument: InstrumentId,
        length: Span,
        bar: Bar,
    },
    WentStale {
        instrument: InstrumentId,
        /// The moment at which it had been without a tick for too long.
        since: Timestamp,
        last_at: Timestamp,
    },
    PollRequested {
        instrument: InstrumentId,
    },
    BecameFresh {
        instrument: InstrumentId,
    },
    /// Too many refused prices in a short time.
    Suspected {
        instrument: InstrumentId,
    },
    GapHeld {
        instrument: InstrumentId,
        close: Price,
        price: Price,
    },
    GapAccepted {
        instrument: InstrumentId,
    },

    TradeAdded {
        trade: TradeId,
        new: Box<NewTrade>,
        generation: u32,
        after: Option<TradeId>,
    },
    /// An entry order is wanted (order accounts only).
    EntryDecided {
        trade: TradeId,
        quantity: Quantity,
    },
    TradeCancelled {
        trade: TradeId,
        reason: String,
    },
    TradeRejected {
        trade: TradeId,
        reason: String,
    },
    /// What was still to be entered will not come; what was filled stands.
    EntryEnded {
        trade: TradeId,
        reason: String,
    },
    TradeDegraded {
        trade: TradeId,
        reason: String,
    },
    Filled(Fill),
    /// The same fill again.
    FillRepeated {
        id: String,
        trade: TradeId,
    },
    ExitDecided {
        intent: IntentId,
        quantity: Quantity,
        cause: Box<Cause>,
    },
    /// The whole exit of a trade waits for the exit that is under way, or for the next input.
    ExitDeferred {
        trade: TradeId,
        cause: Box<Cause>,
    },
    ExitRejected {
        intent: IntentId,
        reason: String,
    },
    ExitUnknown {
        intent: IntentId,
    },
    Rolled {
        from: TradeId,
        to: TradeId,
    },
    /// The broker holds what no trade explains, or less than our trades say.
    PositionDiffers {
        account: AccountId,
        instrument: InstrumentId,
        ours: Quantity,
        theirs: Quantity,
    },
    PositionUnknown {
        account: AccountId,
        instrument: InstrumentId,
    },

    RuleSet {
        rule: RuleId,
        scope: Scope,
        draft: Box<RuleDraft>,
        provenance: Shared<Provenance>,
    },
    RuleChanged {
        rule: RuleId,
        version: u32,
        draft: Box<RuleDraft>,
        provenance: Provenance,
    },
    RuleRemoved {
        rule: RuleId,
        provenance: Provenance,
    },
    /// The rule had nothing to do: the market was already through its level.
    RuleSkipped {
        rule: RuleId,
        trade: TradeId,
        level: Price,
    },
    /// The rule fired without an exit of its own trade, or before one.
    PriceRuleFired {
        rule: RuleRef,
        cause: Box<Cause>,
    },
    StopLoosened {
        rule: RuleId,
        from: Option<Price>,
        to: Price,
        provenance: Provenance,
    },
    /// A stop moved (dense profile only; says nothing that folding does not).
    StopMoved {
        trade: TradeId,
        rule: RuleId,
        from: Option<Price>,
        to: Price,
    },
    MovedToCost {
        trade: TradeId,
        by: RuleRef,
        level: Price,
    },
    MoveToCostSkipped {
        trade: TradeId,
        by: RuleRef,
        level: Price,
        because: SkipReason,
    },

    /// A scope will be sampled in this turn though nothing of it changed.
    Touched {
        scope: Scope,
    },
    /// The batch is complete: peaks move and floors ratchet.
    Settled,
    /// A scope's rules are sampled at the close of a candle.
    CandleClosed {
        length: Span,
        at: Timestamp,
    },
    Breached(Breach),
    Warned {
        rule: RuleRef,
        band: Fraction,
        room: Money,
    },
    EntriesBlocked {
        scope: Scope,
        by: RuleRef,
        until: Option<Timestamp>,
    },
    ShutDown {
        strategy: StrategyId,
        by: RuleRef,
    },
    RuleReset {
        rule: RuleId,
        reason: String,
    },
    StrategyReset {
        strategy: StrategyId,
        reason: String,
    },
    Halted {
        scope: Scope,
        reason: String,
    },
    Resumed {
        scope: Scope,
        reason: String,
    },
    Killed {
        reason: String,
    },
    Released {
        reason: String,
    },

    Undone {
        command: CommandId,
    },
    Redone {
        command: CommandId,
    },
    /// An exit was filled after others had been rejected: rejections count anew.
    RejectionsForgotten {
        trade: TradeId,
    },
}

/// A finished bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    pub start: Timestamp,
    pub open: Price,
    pub high: Price,
    pub low: Price,
    pub close: Price,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldBecause {
    TicksAgreed,
    SecondSource,
    TimePassed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// The stop is already at least as tight.
    NotTighter,
    /// The market is already through the entry: the move would exit at once.
    ThroughMarket,
    /// No mark is known to compare with.
    NoMark,
}

/// Why an exit was decided, with the numbers that were compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    pub reason: ExitReason,
    /// The price compared, or valued at.
    pub mark: Option<Price>,
    /// When that price was made, and by whom.
    pub mark_at: Option<Timestamp>,
    pub source: Option<SourceId>,
    /// The level breached, as shown: rounded toward the market.
    pub level: Option<Price>,
    pub best: Option<Price>,
    pub best_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitReason {
    Rule(RuleRef),
    /// A stop at the entry that another rule put there.
    MovedToCost {
        by: RuleRef,
    },
    Operator {
        reason: String,
    },
    Kill,
    /// It was filled into a scope that no longer takes entries.
    EnteredWhileClosed {
        by: Option<RuleRef>,
    },
    Stale,
    Settlement,
    Roll,
    /// Closed at the broker by other hands.
    External,
}

/// A scope rule met its level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    pub rule: RuleRef,
    pub action: Action,
    /// What was compared: mtm of the rule's window, or equity for a drawdown.
    pub value: Money,
    pub level: Money,
    pub peak: Money,
    pub peak_at: Option<Timestamp>,
    /// Some leg had no mark or a stale one.
    pub uncertain: bool,
}

/// A command or a fact that could not be taken, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub code: RefusalCode,
    /// The field that is wrong, or empty.
    pub field: String,
    pub message: String,
    pub hint: String,
    /// Who asked, and for what; empty for news from a broker.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<Box<Command>>,
}

/// Stable codes of refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RefusalCode {
    BadField,
    BadQuantity,
    BadPrice,
    NotFound,
    DuplicateName,
    WrongState,
    WouldTrigger,
    WouldLoosen,
    NoMark,
    Killed,
    Halted,
    EntriesBlocked,
    CannotUndo,
    NothingToUndo,
    Overfilled,
}

impl ExitReason {
    /// The rule behind the exit, if a rule it was.
    pub fn rule(&self) -> Option<RuleRef> {
        match self {
            ExitReason::Rule(rule) | ExitReason::MovedToCost { by: rule } => Some(*rule),
            ExitReason::EnteredWhileClosed { by } => *by,
            ExitReason::Operator { .. }
            | ExitReason::Kill
            | ExitReason::Stale
            | ExitReason::Settlement
            | ExitReason::Roll
            | ExitReason::External => None,
        }
    }

    /// The reason in one word: the rule's name, or what else it was.
    pub fn name(&self) -> &'static str {
        match self {
            ExitReason::Rule(RuleRef { kind, .. }) => kind.name(),
            ExitReason::MovedToCost { .. } => "moved_to_cost",
            ExitReason::Operator { .. } => "operator",
            ExitReason::Kill => "kill",
            ExitReason::EnteredWhileClosed { .. } => "entered_while_closed",
            ExitReason::Stale => "stale",
            ExitReason::Settlement => "settlement",
            ExitReason::Roll => "roll",
            ExitReason::External => "external",
        }
    }

    pub fn kind(&self) -> Option<RuleKind> {
        self.rule().map(|rule| rule.kind)
    }
}
