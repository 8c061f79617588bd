//! What is compared of one input's answer: the same few words for the engine's events and the oracle's findings.

use highmark_engine::{
    AccountId, Action, Event, Fraction, GroupId, InstrumentId, Money, Price, Quantity, RefusalCode,
    RuleId, RuleKind, Scope, Side, Span, StrategyId, TickRefusal, Timestamp, TradeId,
};

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    Made(Thing),
    Refused(RefusalCode),
    TickRefused(Option<InstrumentId>, TickRefusal),
    Held(InstrumentId),
    HeldDropped(InstrumentId),
    HeldAccepted(InstrumentId),
    GapHeld(InstrumentId),
    Stale(InstrumentId),
    Fresh(InstrumentId),
    Suspected(InstrumentId),
    BarClosed {
        instrument: InstrumentId,
        length: Span,
        start: Timestamp,
        prices: [Price; 4],
    },
    Exit {
        trade: TradeId,
        quantity: Quantity,
        reason: &'static str,
        rule: Option<RuleId>,
    },
    Deferred(TradeId),
    Filled {
        trade: TradeId,
        side: Side,
        quantity: Quantity,
        price: Price,
    },
    FillRepeated(TradeId),
    Cancelled(TradeId),
    /// What was still to be entered is called back.
    EntryEnded(TradeId),
    Rejected(TradeId),
    Degraded(TradeId),
    PositionUnknown(AccountId, InstrumentId),
    PositionDiffers {
        account: AccountId,
        instrument: InstrumentId,
        ours: Quantity,
        theirs: Quantity,
    },
    Fired(RuleId),
    Skipped(RuleId),
    MovedToCost {
        trade: TradeId,
        by: RuleId,
        level: Price,
    },
    MoveSkipped {
        trade: TradeId,
        by: RuleId,
    },
    Breached {
        rule: RuleId,
        action: Action,
        value: Money,
        level: Money,
        uncertain: bool,
    },
    Warned {
        rule: RuleId,
        band: Fraction,
        room: Money,
    },
    ShutDown(StrategyId),
}

/// Things that are given an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    Instrument(InstrumentId),
    Account(AccountId),
    Strategy(StrategyId),
    Group(GroupId),
    Trade(TradeId),
    Rule(RuleId, Scope),
}

impl Fact {
    /// Facts of one topic are compared in order; between topics the order is free.
    pub fn topic(&self) -> u8 {
        match self {
            Fact::Made(_) => 0,
            Fact::Refused(_) => 1,
            Fact::TickRefused(..) => 2,
            Fact::Held(_) | Fact::HeldDropped(_) | Fact::HeldAccepted(_) | Fact::GapHeld(_) => 3,
            Fact::Stale(_) | Fact::Fresh(_) => 4,
            Fact::Suspected(_) => 5,
            Fact::BarClosed { .. } => 6,
            Fact::Exit { .. } | Fact::Deferred(_) => 7,
            Fact::Filled { .. } | Fact::FillRepeated(_) => 8,
            Fact::Cancelled(_) | Fact::Rejected(_) | Fact::EntryEnded(_) | Fact::Degraded(_) => 9,
            Fact::Fired(_) => 10,
            Fact::Skipped(_) => 11,
            Fact::MovedToCost { .. } | Fact::MoveSkipped { .. } => 12,
            Fact::Breached { .. } => 13,
            Fact::Warned { .. } => 14,
            Fact::ShutDown(_) => 15,
            Fact::PositionUnknown(..) | Fact::PositionDiffers { .. } => 16,
        }
    }

    /// The same in the engine's words, `None` for events that are bookkeeping.
    pub fn of(event: &Event) -> Option<Fact> {
        market_fact(event).or_else(|| trade_fact(event)).or_else(|| rule_fact(event))
    }
}

fn market_fact(event: &Event) -> Option<Fact> {
    Some(match event {
        Event::Refused(refusal) => Fact::Refused(refusal.code),
        Event::InstrumentDefined { instrument, .. } => Fact::Made(Thing::Instrument(*instrument)),
        Event::AccountOpened { account, .. } => Fact::Made(Thing::Account(*account)),
        Event::StrategyCreated { strategy, .. } => Fact::Made(Thing::Strategy(*strategy)),
        Event::GroupCreated { group, .. } => Fact::Made(Thing::Group(*group)),
        Event::TickRefused { instrument, refusal, .. } => Fact::TickRefused(*instrument, *refusal),
        Event::TickHeld(tick) => Fact::Held(tick.instrument),
        Event::HeldDropped { instrument } => Fact::HeldDropped(*instrument),
        Event::HeldAccepted { instrument, .. } => Fact::HeldAccepted(*instrument),
        Event::GapHeld { instrument, .. } => Fact::GapHeld(*instrument),
        Event::WentStale { instrument, .. } => Fact::Stale(*instrument),
        Event::BecameFresh { instrument } => Fact::Fresh(*instrument),
        Event::Suspected { instrument } => Fact::Suspected(*instrument),
        Event::BarClosed { instrument, length, bar } => Fact::BarClosed {
            instrument: *instrument,
            length: *length,
            start: bar.start,
            prices: [bar.open, bar.high, bar.low, bar.close],
        },
        _ => return None,
    })
}

fn trade_fact(event: &Event) -> Option<Fact> {
    Some(match event {
        Event::TradeAdded { trade, .. } => Fact::Made(Thing::Trade(*trade)),
        Event::TradeCancelled { trade, .. } => Fact::Cancelled(*trade),
        Event::EntryEnded { trade, .. } => Fact::EntryEnded(*trade),
        Event::TradeRejected { trade, .. } => Fact::Rejected(*trade),
        Event::TradeDegraded { trade, .. } => Fact::Degraded(*trade),
        Event::Filled(fill) => Fact::Filled {
            trade: fill.trade,
            side: fill.side,
            quantity: fill.quantity,
            price: fill.price,
        },
        Event::ExitDeferred { trade, .. } => Fact::Deferred(*trade),
        Event::FillRepeated { trade, .. } => Fact::FillRepeated(*trade),
        Event::PositionUnknown { account, instrument } => {
            Fact::PositionUnknown(*account, *instrument)
        }
        Event::PositionDiffers { account, instrument, ours, theirs } => Fact::PositionDiffers {
            account: *account,
            instrument: *instrument,
            ours: *ours,
            theirs: *theirs,
        },
        Event::ExitDecided { intent, quantity, cause } => Fact::Exit {
            trade: intent.trade,
            quantity: *quantity,
            reason: cause.reason.name(),
            rule: cause.reason.rule().map(|rule| rule.rule),
        },
        _ => return None,
    })
}

fn rule_fact(event: &Event) -> Option<Fact> {
    Some(match event {
        Event::RuleSet { rule, scope, .. } => Fact::Made(Thing::Rule(*rule, *scope)),
        Event::RuleSkipped { rule, .. } => Fact::Skipped(*rule),
        Event::PriceRuleFired { rule, .. } => Fact::Fired(rule.rule),
        Event::MovedToCost { trade, by, level } => {
            Fact::MovedToCost { trade: *trade, by: by.rule, level: *level }
        }
        Event::MoveToCostSkipped { trade, by, .. } => {
            Fact::MoveSkipped { trade: *trade, by: by.rule }
        }
        Event::Breached(breach) => {
            // Rules that count trades have no money to compare.
            let counts =
                matches!(breach.rule.kind, RuleKind::MaxTradesPerDay | RuleKind::CoolingOff);
            let (value, level) =
                if counts { (Money::ZERO, Money::ZERO) } else { (breach.value, breach.level) };
            let (rule, action) = (breach.rule.rule, breach.action);
            Fact::Breached { rule, action, value, level, uncertain: breach.uncertain && !counts }
        }
        Event::Warned { rule, band, room } => {
            Fact::Warned { rule: rule.rule, band: *band, room: *room }
        }
        Event::ShutDown { strategy, .. } => Fact::ShutDown(*strategy),
        _ => return None,
    })
}
