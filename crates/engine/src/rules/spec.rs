//! The words of a rule: what a person sets. What each means is said in the rule's own file.

use crate::ids::Scope;
use crate::instrument::MarkKind;
use crate::money::{Fraction, Money, Price};
use crate::time::{Span, TimeOfDay};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// A rule as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleDraft {
    pub spec: RuleSpec,
    #[serde(default)]
    pub options: RuleOptions,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleSpec {
    /// On the price of one trade.
    Price(PriceRule),
    /// On the mtm of a scope.
    Mtm(MtmRule),
}

/// A rule on the price of one trade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceRule {
    StopLoss { at: Place },
    Target { at: Place },
    Trail { by: Distance, arm_at: Option<ArmAt> },
    Keep { fraction: Fraction, arm_at: Option<ArmAt> },
    Step { start: Place, every: Distance, by: StepBy, from: Option<Price> },
    BreakEven { at: Distance, plus: Price },
    Ladder { rungs: Vec<Rung> },
    Bars { study: Study, length: Span },
    Time { when: When },
}

/// Where a fixed level stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Price(Price),
    /// So far from the entry: against the trade for a stop, with it for a target.
    FromEntry(Distance),
}

/// How far. Points, ticks and basis points are above zero; fractions in (0, 1] unless the rule says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    Points(Price),
    /// Steps of the instrument's tick size.
    Ticks(u32),
    /// Hundredths of a percent of `best`.
    BasisPoints(u32),
    OfEntry(Fraction),
    OfBest(Fraction),
    /// Of an option's entry price.
    OfPremium(Fraction),
}

/// When a trailing stop starts to trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArmAt {
    Price(Price),
    Profit(Distance),
}

/// How a stepped stop moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepBy {
    /// By `move` for each whole `every` of best profit (AlgoTest, Dhan, Upstox).
    WholeSteps { r#move: Distance },
    /// By the whole move once it is at least `every` (Kotak).
    FullMove,
}

/// One rung of a ladder: at a profit of `at`, the stop goes to `stop`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    pub at: Distance,
    pub stop: RungStop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RungStop {
    /// Entry plus so many points of profit; negative is a loss.
    Profit(Price),
    /// From here on `by` behind best.
    Trail { by: Distance },
    /// `at` less `by`, then by `every` for each whole `every` of profit past `at` (NinjaTrader).
    Steps { by: Distance, every: Distance },
}

/// An indicator on bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Study {
    /// Highest high of `period` bars less `multiple` x ATR(`period`).
    Chandelier {
        period: u32,
        multiple: Fraction,
    },
    /// Close less `multiple` x ATR(`period`).
    Atr {
        period: u32,
        multiple: Fraction,
    },
    Supertrend {
        period: u32,
        multiple: Fraction,
    },
    /// Lowest low of `period` bars.
    Donchian {
        period: u32,
    },
    ParabolicSar {
        step: Fraction,
        most: Fraction,
    },
}

/// When a time rule exits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// At a clock time.
    At(TimeOfDay),
    /// After being held so long.
    After(Span),
    /// So long before the session's end.
    BeforeClose(Span),
}

/// A rule on the mtm of a scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MtmRule {
    MaxLoss {
        amount: Amount,
    },
    Target {
        amount: Amount,
    },
    GiveBack {
        fraction: Fraction,
        arm_at: Amount,
    },
    Gap {
        amount: Amount,
        arm_at: Amount,
        floor: Option<Amount>,
    },
    Lock {
        arm_at: Amount,
        floor: Amount,
    },
    LockAndTrail {
        arm_at: Amount,
        floor: Amount,
        every: Amount,
        raise: Amount,
        max_steps: Option<u32>,
    },
    TrailLoss {
        loss: Amount,
        every: Amount,
        raise: Amount,
        cap: Cap,
    },
    Drawdown {
        distance: DrawdownDistance,
        basis: DrawdownBasis,
        lock_at: Option<Money>,
    },
    DailyLoss {
        amount: Amount,
    },
    DailyTarget {
        amount: Amount,
    },
    MaxTradesPerDay {
        count: u32,
    },
    CoolingOff {
        losses: u32,
        wait: Span,
    },
}

/// An amount of money, or a share of something that is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Amount {
    Money(Money),
    /// Of the strategy's or account's capital.
    OfCapital(Fraction),
    /// Of the margin in use, as last set.
    OfMargin(Fraction),
    /// Of the combined entry premium of the scope's trades: the sum of entry price x quantity x multiplier.
    OfPremium(Fraction),
}

/// How far a trailed loss limit may rise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    None,
    /// To zero and no farther.
    Cost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrawdownDistance {
    Money(Money),
    /// Of the starting balance.
    OfBalance(Fraction),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrawdownBasis {
    /// The highest equity seen.
    Intraday,
    /// The highest equity at a session day's end.
    EndOfDay,
    /// The highest balance plus realised profit.
    Realised,
}

/// What a rule does beside its level; every field has a default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleOptions {
    /// Touching the level is no breach.
    pub strict: bool,
    pub confirm: Option<Confirm>,
    /// Which price moves best or peak; the instrument's own when absent.
    pub peak_mark: Option<MarkKind>,
    /// Which price is compared with the level; the instrument's own when absent.
    pub breach_mark: Option<MarkKind>,
    pub watch: Watch,
    pub window: Window,
    pub valuation: Valuation,
    /// What a breach does; by default what `docs/rules.md` says for the rule and scope.
    pub action: Option<Action>,
    /// What else a breach does, on a wider scope of the same trade.
    pub then: Option<Then>,
    /// Bands of room at which to warn; 50, 25 and 10 % when absent.
    pub warn: Option<Vec<Fraction>>,
    /// Accept what would be refused: a level already breached, a step larger than its distance.
    pub force: bool,
}

/// A delay of a decision until it is confirmed; always bounded in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    /// So many ticks in a row in breach, or `within` after the first.
    Ticks { count: u32, within: Span },
    /// In breach for this long.
    Seconds { wait: Span },
    /// Peak and breach are looked at only at the close of each stretch of this length.
    CandleClose { length: Span },
}

/// Which instrument's price a price rule follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    #[default]
    Own,
    /// The underlying's; favourable is up for long calls and short puts, down for the others.
    Underlying,
}

/// What part of a scope's life counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// Since the last session roll; carried trades count from the previous close.
    #[default]
    Session,
    /// Since the beginning.
    Life,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Valuation {
    #[default]
    Gross,
    /// Less the charges paid and the projected charges of closing.
    Net,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Alert,
    /// Close the scope's open trades.
    Exit,
    /// Exit, deactivate, refuse entries until a person resets it.
    Shutdown,
    BlockEntries,
    /// Close the trades whose mtm is below zero.
    ExitLosers,
    /// Close this share of each trade, in whole lots, rounded up.
    Reduce(Fraction),
    /// The stops of the scope's trades go to their own entries.
    MoveToCost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Then {
    pub reach: Reach,
    pub action: Action,
}

/// A wider scope of the same trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    Group,
    Strategy,
    Account,
    System,
}

/// The name of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    StopLoss,
    PriceTarget,
    Trail,
    Keep,
    Step,
    BreakEven,
    Ladder,
    Bars,
    Time,
    MaxLoss,
    MtmTarget,
    GiveBack,
    Gap,
    Lock,
    LockAndTrail,
    TrailLoss,
    Drawdown,
    DailyLoss,
    DailyTarget,
    MaxTradesPerDay,
    CoolingOff,
}

impl RuleKind {
    pub const ALL: [RuleKind; 21] = [
        RuleKind::StopLoss,
        RuleKind::PriceTarget,
        RuleKind::Trail,
        RuleKind::Keep,
        RuleKind::Step,
        RuleKind::BreakEven,
        RuleKind::Ladder,
        RuleKind::Bars,
        RuleKind::Time,
        RuleKind::MaxLoss,
        RuleKind::MtmTarget,
        RuleKind::GiveBack,
        RuleKind::Gap,
        RuleKind::Lock,
        RuleKind::LockAndTrail,
        RuleKind::TrailLoss,
        RuleKind::Drawdown,
        RuleKind::DailyLoss,
        RuleKind::DailyTarget,
        RuleKind::MaxTradesPerDay,
        RuleKind::CoolingOff,
    ];

    /// A rule on the mtm of a scope, not on the price of a trade.
    pub fn is_on_mtm(self) -> bool {
        self >= RuleKind::MaxLoss
    }

    pub fn name(self) -> &'static str {
        match self {
            RuleKind::StopLoss => "stop_loss",
            RuleKind::PriceTarget | RuleKind::MtmTarget => "target",
            RuleKind::Trail => "trail",
            RuleKind::Keep => "keep",
            RuleKind::Step => "step",
            RuleKind::BreakEven => "break_even",
            RuleKind::Ladder => "ladder",
            RuleKind::Bars => "bars",
            RuleKind::Time => "time",
            RuleKind::MaxLoss => "max_loss",
            RuleKind::GiveBack => "give_back",
            RuleKind::Gap => "gap",
            RuleKind::Lock => "lock",
            RuleKind::LockAndTrail => "lock_and_trail",
            RuleKind::TrailLoss => "trail_loss",
            RuleKind::Drawdown => "drawdown",
            RuleKind::DailyLoss => "daily_loss",
            RuleKind::DailyTarget => "daily_target",
            RuleKind::MaxTradesPerDay => "max_trades_per_day",
            RuleKind::CoolingOff => "cooling_off",
        }
    }
}

impl fmt::Display for RuleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl PriceRule {
    pub fn kind(&self) -> RuleKind {
        match self {
            PriceRule::StopLoss { .. } => RuleKind::StopLoss,
            PriceRule::Target { .. } => RuleKind::PriceTarget,
            PriceRule::Trail { .. } => RuleKind::Trail,
            PriceRule::Keep { .. } => RuleKind::Keep,
            PriceRule::Step { .. } => RuleKind::Step,
            PriceRule::BreakEven { .. } => RuleKind::BreakEven,
            PriceRule::Ladder { .. } => RuleKind::Ladder,
            PriceRule::Bars { .. } => RuleKind::Bars,
            PriceRule::Time { .. } => RuleKind::Time,
        }
    }
}

impl MtmRule {
    pub fn kind(&self) -> RuleKind {
        match self {
            MtmRule::MaxLoss { .. } => RuleKind::MaxLoss,
            MtmRule::Target { .. } => RuleKind::MtmTarget,
            MtmRule::GiveBack { .. } => RuleKind::GiveBack,
            MtmRule::Gap { .. } => RuleKind::Gap,
            MtmRule::Lock { .. } => RuleKind::Lock,
            MtmRule::LockAndTrail { .. } => RuleKind::LockAndTrail,
            MtmRule::TrailLoss { .. } => RuleKind::TrailLoss,
            MtmRule::Drawdown { .. } => RuleKind::Drawdown,
            MtmRule::DailyLoss { .. } => RuleKind::DailyLoss,
            MtmRule::DailyTarget { .. } => RuleKind::DailyTarget,
            MtmRule::MaxTradesPerDay { .. } => RuleKind::MaxTradesPerDay,
            MtmRule::CoolingOff { .. } => RuleKind::CoolingOff,
        }
    }
}

impl RuleSpec {
    pub fn kind(&self) -> RuleKind {
        match self {
            RuleSpec::Price(rule) => rule.kind(),
            RuleSpec::Mtm(rule) => rule.kind(),
        }
    }
}

impl From<PriceRule> for RuleDraft {
    fn from(rule: PriceRule) -> RuleDraft {
        RuleDraft { spec: RuleSpec::Price(rule), options: RuleOptions::default() }
    }
}

impl From<MtmRule> for RuleDraft {
    fn from(rule: MtmRule) -> RuleDraft {
        RuleDraft { spec: RuleSpec::Mtm(rule), options: RuleOptions::default() }
    }
}

/// Who set a rule and why, kept with its version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    pub by: String,
    pub reason: String,
}

/// A rule and where it stands, for reasons and explanations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRef {
    pub rule: crate::ids::RuleId,
    pub version: u32,
    pub kind: RuleKind,
    pub scope: Scope,
}
