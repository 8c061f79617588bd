//! What the oracle remembers: plain records, no derived figures.

use super::ratio::Ratio;
use super::shared::Shared;
use highmark_engine::{
    AccountId, AccountSpec, Bar, ExitOrder, GroupId, InstrumentId, InstrumentSpec, Price,
    RuleDraft, RuleId, Scope, Session, Side, SourceId, Span, StrategyId, StrategySpec, Tick,
    Timestamp, TradeId, TradeStatus,
};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
pub(super) struct Instrument {
    pub spec: InstrumentSpec,
    pub last: Option<i64>,
    pub bid: Option<i64>,
    pub ask: Option<i64>,
    /// When the last tick was accepted, by the engine's clock.
    pub accepted_at: Option<Timestamp>,
    /// Exchange time of the last accepted tick.
    pub marked_at: Option<Timestamp>,
    pub seen: BTreeMap<SourceId, Tick>,
    pub held: Option<Held>,
    pub stale: bool,
    pub gap_held: bool,
    /// The next tick is the first of its session.
    pub first_of_session: bool,
    pub refused_at: Vec<Timestamp>,
    pub suspect: bool,
    pub bars: BTreeMap<Span, BarRow>,
}

#[derive(Clone, Debug)]
pub(super) struct Held {
    pub tick: Tick,
    pub since: Timestamp,
    pub agreed: u32,
}

/// Bars of one length: the finished ones and the one that grows.
#[derive(Clone, Debug, Default)]
pub(super) struct BarRow {
    pub closed: Vec<Bar>,
    pub open: Option<Bar>,
}

#[derive(Clone, Debug)]
pub(super) struct Account {
    pub spec: AccountSpec,
}

#[derive(Clone, Debug)]
pub(super) struct Strategy {
    pub spec: StrategySpec,
    pub shut_down: bool,
    /// It was taken back.
    pub removed: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Trade {
    pub id: TradeId,
    pub new: highmark_engine::NewTrade,
    pub generation: u32,
    pub status: TradeStatus,
    pub side: Side,
    pub instrument: InstrumentId,
    pub multiplier: i128,
    pub open: i64,
    /// Cost of what is open, life and session.
    pub cost: i128,
    pub session_cost: i128,
    pub realised: i128,
    pub session_realised: i128,
    pub charges: i128,
    pub session_charges: i128,
    /// What was open cost on average, in x, after the last entry fill.
    pub average: Ratio,
    /// The sum of quantity x price x multiplier over all entry fills.
    pub premium: i128,
    pub opened_at: Option<Timestamp>,
    pub opened_turn: u64,
    pub opened_today: bool,
    pub best: Option<i64>,
    pub rules: Vec<RuleId>,
    /// Stops put at the entry by other rules, in x.
    pub at_cost: Vec<(RuleId, Ratio)>,
    /// The tightest stop when the trade ended.
    pub last_stop: Option<Ratio>,
    pub intent: Option<Intent>,
    pub attempts: u32,
    pub rejections: u32,
    pub rejected_turn: u64,
    /// Ordered and not yet filled.
    pub wanted: i64,
    /// What of it is still to come: not what was called back, though it may.
    pub planned: i64,
    pub first_price: i64,
    pub closed_at: Option<Timestamp>,
    pub closed_turn: u64,
    pub fills: Vec<String>,
    /// How many entry fills there were, and whether it was taken back.
    pub entries: u32,
    pub undone: bool,
    /// The input in which its last exit was decided.
    pub exited_turn: u64,
    /// A whole exit that waits for another to end: its reason, and when it came.
    pub deferred: Option<(&'static str, Option<RuleId>, u64)>,
    /// It has closed, and no tick has looked at it since.
    pub asleep: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Intent {
    pub attempt: u32,
    pub left: i64,
    /// It was for all that was open.
    pub whole: bool,
    pub reason: &'static str,
    pub rule: Option<RuleId>,
}

#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub id: RuleId,
    pub scope: Scope,
    pub draft: RuleDraft,
    pub set_at: Timestamp,
    pub set_turn: u64,
    pub version: u32,
    pub removed: bool,
    pub price: PriceState,
    pub mtm: MtmState,
}

#[derive(Clone, Debug, Default)]
pub(super) struct PriceState {
    pub started: bool,
    pub armed: bool,
    pub level: Option<Ratio>,
    /// The tightest candidate ever.
    pub asked: Option<Ratio>,
    /// Candidates up to here were loosened away by a person.
    pub loosened_from: Option<Ratio>,
    /// Its own best and entry, in x, when it does not measure as its trade does.
    pub own_best: Option<Ratio>,
    pub own_entry: Option<Ratio>,
    pub anchor: Option<Ratio>,
    /// How far a full-move step has moved in all.
    pub moved: Ratio,
    pub placed: bool,
    pub skipped: bool,
    pub fired: bool,
    pub breach_since: Option<Timestamp>,
    pub breach_ticks: u32,
    /// How many bars were closed when it began to look, and the first of them that it saw.
    pub bars_before: usize,
    pub bars_from: usize,
}

#[derive(Clone, Debug, Default)]
pub(super) struct MtmState {
    pub peak: i128,
    /// What M was at the last reset, by peak mark and by breach mark, and realised.
    pub base_peak: i128,
    pub base_breach: i128,
    pub base_realised: i128,
    /// The highest equity over the start, for a drawdown.
    pub high: i128,
    pub latched: bool,
    /// Which closing of a scope its latch was, of all that there have been.
    pub latched_as: u64,
    pub until: Option<Timestamp>,
    /// Results of the trades that closed this day, oldest first, for cooling off.
    pub results: Vec<(Timestamp, i128)>,
    pub warned: Vec<u32>,
    pub breach_since: Option<Timestamp>,
    pub breach_count: u32,
    pub next_candle: Option<Timestamp>,
    /// It was looked at since it was set, or since its window began.
    pub looked_at: bool,
    pub value: i128,
    pub level: Option<i128>,
}

/// The figures of one scope in one window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Peaks {
    pub session: Option<i128>,
    pub life: Option<i128>,
}

impl Trade {
    pub(super) fn new(
        id: TradeId,
        new: highmark_engine::NewTrade,
        generation: u32,
        multiplier: i128,
    ) -> Trade {
        Trade {
            id,
            generation,
            status: TradeStatus::Pending,
            side: new.side,
            instrument: new.instrument,
            new,
            multiplier,
            open: 0,
            cost: 0,
            session_cost: 0,
            realised: 0,
            session_realised: 0,
            charges: 0,
            session_charges: 0,
            average: Ratio::ZERO,
            premium: 0,
            opened_at: None,
            opened_turn: 0,
            opened_today: false,
            best: None,
            rules: Vec::new(),
            at_cost: Vec::new(),
            last_stop: None,
            intent: None,
            attempts: 0,
            rejections: 0,
            rejected_turn: 0,
            wanted: 0,
            planned: 0,
            first_price: 0,
            closed_at: None,
            closed_turn: 0,
            fills: Vec::new(),
            entries: 0,
            undone: false,
            exited_turn: 0,
            deferred: None,
            asleep: false,
        }
    }

    pub(super) fn sign(&self) -> i128 {
        match self.side {
            Side::Buy => 1,
            Side::Sell => -1,
        }
    }

    pub(super) fn x(&self, price: i64) -> Ratio {
        Ratio::whole(self.sign() * i128::from(price))
    }

    pub(super) fn is_held(&self) -> bool {
        match self.status {
            TradeStatus::Open | TradeStatus::Exiting | TradeStatus::Degraded => true,
            TradeStatus::Pending
            | TradeStatus::Closed
            | TradeStatus::Cancelled
            | TradeStatus::Rejected => false,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        match self.status {
            TradeStatus::Closed | TradeStatus::Cancelled | TradeStatus::Rejected => true,
            TradeStatus::Pending
            | TradeStatus::Open
            | TradeStatus::Exiting
            | TradeStatus::Degraded => false,
        }
    }

    /// The entry in x: what leaves is no entry, and does not move it.
    pub(super) fn entry(&self) -> Option<Ratio> {
        (self.open > 0).then_some(self.average)
    }

    pub(super) fn in_scope(&self, scope: Scope) -> bool {
        match scope {
            Scope::Trade(id) => self.id == id,
            Scope::Group(id) => self.new.group == Some(id),
            Scope::Strategy(id) => self.new.strategy == id,
            Scope::Account(id) => self.new.account == id,
            Scope::System => true,
        }
    }
}

impl Instrument {
    pub(super) fn new(spec: InstrumentSpec) -> Instrument {
        Instrument {
            spec,
            last: None,
            bid: None,
            ask: None,
            accepted_at: None,
            marked_at: None,
            seen: BTreeMap::new(),
            held: None,
            stale: false,
            gap_held: false,
            first_of_session: false,
            refused_at: Vec::new(),
            suspect: false,
            bars: BTreeMap::new(),
        }
    }
}

/// What of the whole book stands beside the lists.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    /// What was carried out, newest last, and what was taken back.
    pub done: Vec<Shared<super::undo::Done>>,
    pub undone: Vec<highmark_engine::Command>,
    /// The number of the next command.
    pub commands: u32,
    pub now: Timestamp,
    pub turn: u64,
    pub instruments: Vec<Shared<Instrument>>,
    pub accounts: Vec<Account>,
    pub strategies: Vec<Strategy>,
    pub groups: Vec<(StrategyId, String)>,
    pub removed_groups: Vec<GroupId>,
    pub trades: Vec<Shared<Trade>>,
    pub rules: Vec<Shared<Rule>>,
    pub sessions: BTreeMap<highmark_engine::VenueId, Session>,
    pub day: Option<highmark_engine::Day>,
    pub margins: BTreeMap<Scope, i128>,
    pub peaks: BTreeMap<Scope, Peaks>,
    pub halted: Vec<Scope>,
    /// Scopes of which something moved since they were last settled.
    pub touched: BTreeSet<Scope>,
    /// Scopes that a price rule's `then` closed, with the rule, and which closing it was.
    pub blocked: Vec<(Scope, RuleId, u64)>,
    /// How often a rule has closed a scope.
    pub closings: u64,
    pub killed: bool,
    pub profile: highmark_engine::Profile,
}

impl Book {
    pub(super) fn trade(&self, id: TradeId) -> Option<&Trade> {
        self.trades.get(id.0 as usize).map(|trade| &**trade)
    }

    pub(super) fn instrument(&self, id: InstrumentId) -> &Instrument {
        &self.instruments[id.0 as usize]
    }

    pub(super) fn strategy(&self, id: StrategyId) -> &Strategy {
        &self.strategies[id.0 as usize]
    }

    pub(super) fn group_of(&self, id: GroupId) -> StrategyId {
        self.groups[id.0 as usize].0
    }

    pub(super) fn account(&self, id: AccountId) -> &Account {
        &self.accounts[id.0 as usize]
    }

    /// Scopes in the order in which they are visited.
    pub(super) fn scopes(&self) -> Vec<Scope> {
        let trades = self.trades.iter().map(|trade| Scope::Trade(trade.id));
        let groups = (0..self.groups.len()).map(|id| Scope::Group(GroupId(id as u32)));
        let strategies =
            (0..self.strategies.len()).map(|id| Scope::Strategy(StrategyId(id as u32)));
        let accounts = (0..self.accounts.len()).map(|id| Scope::Account(AccountId(id as u32)));
        trades.chain(groups).chain(strategies).chain(accounts).chain([Scope::System]).collect()
    }

    /// The trades of these ids in the order in which they leave.
    pub(super) fn in_exit_order(&self, mut ids: Vec<TradeId>) -> Vec<TradeId> {
        let by_id = ids.iter().all(|id| {
            let trade = &self.trades[id.0 as usize];
            self.strategy(trade.new.strategy).spec.exit_order == ExitOrder::ById
        });
        ids.sort();
        if !by_id {
            ids.sort_by_key(|id| self.trades[id.0 as usize].side == Side::Buy);
        }
        ids
    }

    /// A price of the instrument of the kind asked for, as a trade of that side sees it.
    pub(super) fn price(
        &self,
        id: InstrumentId,
        kind: highmark_engine::MarkKind,
        side: Side,
    ) -> Option<i64> {
        use highmark_engine::MarkKind;
        let instrument = self.instrument(id);
        let book = instrument.bid.zip(instrument.ask);
        match kind {
            MarkKind::Last => instrument.last,
            MarkKind::Mid => book.map_or(instrument.last, |(bid, ask)| {
                let mid = super::ratio::half_even(i128::from(bid) + i128::from(ask), 2);
                i64::try_from(mid).ok()
            }),
            MarkKind::Executable => match side {
                Side::Buy => instrument.bid.or(instrument.last),
                Side::Sell => instrument.ask.or(instrument.last),
            },
            MarkKind::Clamped => match (instrument.last, book) {
                (Some(last), Some((bid, ask))) => Some(last.clamp(bid, ask)),
                (last, _) => last,
            },
        }
    }

    /// Something moved that a trade is worth.
    pub(super) fn touch_scopes_of(&mut self, id: TradeId) {
        let new = &self.trades[id.0 as usize].new;
        self.touched.extend(new.group.map(Scope::Group));
        let owners = [Scope::Strategy(new.strategy), Scope::Account(new.account), Scope::System];
        self.touched.extend([Scope::Trade(id)].into_iter().chain(owners));
    }

    /// Something moved that all trades held in an instrument are worth.
    pub(super) fn touch_holders(&mut self, id: InstrumentId) {
        let holds = |trade: &&Shared<Trade>| trade.is_held() && trade.instrument == id;
        let holders: Vec<TradeId> =
            self.trades.iter().filter(holds).map(|trade| trade.id).collect();
        for trade in holders {
            self.touch_scopes_of(trade);
        }
    }

    /// The mark that values a trade: its instrument's own kind.
    pub(super) fn mark(&self, trade: &Trade) -> Option<i64> {
        self.price(trade.instrument, self.instrument(trade.instrument).spec.mark, trade.side)
    }
}

/// The price of a number of units, which fits because it came from one.
pub(super) fn price_of(units: i128) -> Price {
    Price(i64::try_from(units).expect("a price"))
}
