//! All that the engine remembers; changed by `apply` alone.

mod adjust;
mod apply;
mod calm;
mod days;
mod feeds;
mod fill_name;
mod fills;
pub(crate) mod market;
mod marks;
mod moved;
pub(crate) mod price_state;
mod quiet;
mod roster;
pub(crate) mod rule;
mod rules_set;
mod sample;
pub(crate) mod scope;
pub(crate) mod trade;
pub(crate) mod undo;
mod views;
mod waiting;
mod whole;

use crate::event::Cause;
use crate::ids::*;
use crate::index::Index;
use crate::input::{AccountSpec, NewTrade, Profile, Session, StrategySpec};
use crate::instrument::{InstrumentSpec, MarkKind};
use crate::money::{MOST_OPEN, MOST_TURNOVER, Money, Price};
use crate::rules::spec::{Watch, Window};
use crate::scoped::Scoped;
use crate::sets::ScopeSet;
use crate::tick::TickRefusal;
use crate::time::{Day, Span, Timestamp};
use crate::view::Closed;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
pub(crate) use fill_name::FillName;
use market::Instrument;
use rule::{Rule, Surroundings};
use scope::Book;
use serde::{Deserialize, Serialize};
use trade::Trade;
use undo::History;

pub(crate) use marks::is_jump;
pub(crate) use rule::cost_level;
pub(crate) use rules_set::{is_stop, is_within};
pub(crate) use sample::{Class, bands, charge, class};

/// The engine's memory. Two equal journals fold into two equal states.
///
/// It is written down, hashed and compared as it is when nothing trails behind: see [`State::settled`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct State {
    pub(crate) turn: u64,
    pub(crate) now: Timestamp,
    pub(crate) profile: Profile,
    pub(crate) instruments: Vec<Instrument>,
    pub(crate) accounts: Vec<AccountSpec>,
    pub(crate) strategies: Vec<Strategy>,
    pub(crate) groups: Vec<Group>,
    pub(crate) trades: Vec<Trade>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) books: Scoped<Book>,
    pub(crate) sessions: BTreeMap<VenueId, Session>,
    pub(crate) day: Option<Day>,
    pub(crate) killed: Option<String>,
    /// Scopes whose mtm may have moved since they were last sampled.
    pub(crate) touched: ScopeSet,
    /// Scopes that the clock of this input asks to settle, because a rule of theirs waits for confirmation.
    #[serde(skip)]
    pub(crate) asked: ScopeSet,
    /// When each live time rule of a held trade fires.
    pub(crate) timers: BTreeSet<(Timestamp, TradeId, RuleId)>,
    /// Price rules that saw a bar close in this turn.
    pub(crate) saw_bar: BTreeSet<RuleId>,
    /// Trades that are to be exited wholly once the exit under way allows.
    pub(crate) deferred: BTreeMap<TradeId, Deferred>,
    /// Trades with a breach that waits for confirmation.
    pub(crate) confirming: BTreeSet<TradeId>,
    /// Instruments with a held jump.
    pub(crate) held: BTreeSet<InstrumentId>,
    /// No open bar ends before this.
    pub(crate) next_bar_end: Option<Timestamp>,
    /// Instruments whose staleness is watched.
    pub(crate) stale_watch: BTreeSet<InstrumentId>,
    /// Mtm rules sampled at candle closes, and those that cool off.
    pub(crate) candle_rules: BTreeSet<RuleId>,
    pub(crate) cooling_rules: BTreeSet<RuleId>,
    /// Fill ids of this session day and of the one before.
    pub(crate) fills_seen: [BTreeSet<(AccountId, FillName)>; 2],
    /// Ticks that named no instrument that we know.
    pub(crate) unknown_ticks: BTreeMap<TickRefusal, u64>,
    pub(crate) history: History,
    /// The sum of the values of all fills, to keep sums from overflowing.
    pub(crate) turnover: Money,
    /// What a mark can mean something to; follows from the rest.
    #[serde(skip)]
    pub(crate) index: Index,
}

/// A whole exit that waits, and the turn in which it was decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Deferred {
    pub(crate) cause: Cause,
    pub(crate) turn: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Strategy {
    pub(crate) spec: StrategySpec,
    pub(crate) is_active: bool,
    pub(crate) is_removed: bool,
    pub(crate) created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) strategy: StrategyId,
    pub(crate) name: String,
    pub(crate) is_removed: bool,
}

impl State {
    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub fn day(&self) -> Option<Day> {
        self.day
    }

    pub fn turn(&self) -> u64 {
        self.turn
    }

    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    pub fn is_killed(&self) -> bool {
        self.killed.is_some()
    }

    /// Strategies that exist, by id.
    pub fn strategies(&self) -> impl Iterator<Item = (StrategyId, &StrategySpec)> + '_ {
        numbered(&self.strategies)
            .filter(|(_, strategy)| !strategy.is_removed)
            .map(|(id, strategy)| (StrategyId(id), &strategy.spec))
    }

    pub fn strategy_created_at(&self, strategy: StrategyId) -> Option<Timestamp> {
        self.strategies.get(strategy.index()).map(|strategy| strategy.created_at)
    }

    pub fn accounts(&self) -> impl Iterator<Item = (AccountId, &AccountSpec)> + '_ {
        numbered(&self.accounts).map(|(id, account)| (AccountId(id), account))
    }

    /// Groups by id, with their strategy and name.
    pub fn groups(&self) -> impl Iterator<Item = (GroupId, StrategyId, &str)> + '_ {
        numbered(&self.groups)
            .filter(|(_, group)| !group.is_removed)
            .map(|(id, group)| (GroupId(id), group.strategy, group.name.as_str()))
    }

    pub fn instruments(&self) -> impl Iterator<Item = (InstrumentId, &InstrumentSpec)> + '_ {
        numbered(&self.instruments).map(|(id, instrument)| (InstrumentId(id), &instrument.spec))
    }

    /// The instrument's mark in force, of its own kind, as a long sees it.
    pub fn mark(&self, instrument: InstrumentId) -> Option<Price> {
        self.instruments.get(instrument.index())?.mark()
    }

    /// The exchange time of the last accepted tick.
    pub fn marked_at(&self, instrument: InstrumentId) -> Option<Timestamp> {
        let instrument = self.instruments.get(instrument.index())?;
        instrument.mark().map(|_| instrument.quote.at)
    }

    pub fn is_stale(&self, instrument: InstrumentId) -> bool {
        self.instruments
            .get(instrument.index())
            .is_some_and(|instrument| instrument.stale_since.is_some())
    }

    /// How many ticks of an instrument (of none that we know, for `None`) were refused, by reason.
    pub fn refusals(
        &self,
        instrument: Option<InstrumentId>,
    ) -> impl Iterator<Item = (TickRefusal, u64)> + '_ {
        let counts = match instrument {
            Some(id) => self.instruments.get(id.index()).map(|instrument| &instrument.refusals),
            None => Some(&self.unknown_ticks),
        };
        counts.into_iter().flatten().map(|(reason, count)| (*reason, *count))
    }

    /// The session in force at the instrument's venue.
    pub fn session(&self, instrument: InstrumentId) -> Option<&Session> {
        self.sessions.get(&self.instruments.get(instrument.index())?.spec.venue)
    }

    /// Why the scope takes no entries, if it takes none.
    pub fn closed_to_entries(&self, scope: Scope) -> Option<Closed> {
        let is_halted = self.books.get(scope).is_some_and(|book| book.halted.is_some());
        match self.closed_by_a_rule(scope) {
            Some(closed @ (Closed::Killed | Closed::ShutDown)) => Some(closed),
            Some(Closed::Latched(_) | Closed::Halted) | None if is_halted => Some(Closed::Halted),
            closed => closed,
        }
    }

    /// Why the scope takes no entries, halts aside.
    pub(crate) fn closed_by_a_rule(&self, scope: Scope) -> Option<Closed> {
        if self.killed.is_some() {
            return Some(Closed::Killed);
        }
        if let Scope::Strategy(id) = scope
            && self.strategies.get(id.index()).is_some_and(|strategy| !strategy.is_active)
        {
            return Some(Closed::ShutDown);
        }
        let book = self.books.get(scope)?;
        book.block(self.now).map(|block| Closed::Latched(block.by))
    }

    pub(crate) fn instrument(&self, id: InstrumentId) -> &Instrument {
        &self.instruments[id.index()]
    }

    pub(crate) fn trade(&self, id: TradeId) -> &Trade {
        &self.trades[id.index()]
    }

    pub(crate) fn rule(&self, id: RuleId) -> &Rule {
        &self.rules[id.index()]
    }

    /// The scopes that count a trade, narrowest first; the trade itself only when a rule stands on its mtm.
    pub(crate) fn scopes_of(&self, trade: TradeId) -> impl Iterator<Item = Scope> + use<> {
        let own = Scope::Trade(trade);
        let own = self.books.has(own).then_some(own);
        scopes(&self.trade(trade).terms, own)
    }

    /// Why a trade in these scopes would not be taken.
    pub(crate) fn bar_to_entry(
        &self,
        scopes: impl IntoIterator<Item = Scope>,
    ) -> Option<(Scope, Closed)> {
        scopes
            .into_iter()
            .find_map(|scope| self.closed_to_entries(scope).map(|closed| (scope, closed)))
    }

    /// The mark at which a trade is valued, of the instrument's kind or of another.
    pub(crate) fn trade_mark(&self, trade: &Trade, kind: Option<MarkKind>) -> Option<Price> {
        let instrument = self.instrument(trade.terms.instrument);
        instrument.quote.mark(kind.unwrap_or(instrument.spec.mark), trade.is_long())
    }

    /// Whether so much more can be opened, and all of it be valued at any price without overflow.
    pub(crate) fn has_room_for(&self, size: i128) -> bool {
        self.index.rows.all_open() + size <= MOST_OPEN && self.turnover <= MOST_TURNOVER
    }

    pub(crate) fn surroundings(&self, rule: &Rule, trade: TradeId) -> Surroundings<'_> {
        let trade = self.trade(trade);
        let here = surroundings(rule, trade, &self.instruments, &self.profile, self.now);
        Surroundings { best: self.best(trade).0, ..here }
    }

    /// What percentages of capital are of, and where a drawdown's equity starts.
    pub(crate) fn capital(&self, scope: Scope) -> Money {
        match scope {
            Scope::Trade(id) => self.capital(Scope::Strategy(self.trade(id).terms.strategy)),
            Scope::Group(id) => self.capital(Scope::Strategy(self.groups[id.index()].strategy)),
            Scope::Strategy(id) => self.strategies[id.index()].spec.capital,
            Scope::Account(id) => self.accounts[id.index()].starting_balance,
            Scope::System => self.accounts.iter().map(|account| account.starting_balance).sum(),
        }
    }

    pub(crate) fn bar_origin(&self, instrument: &Instrument) -> Timestamp {
        self.sessions.get(&instrument.spec.venue).map_or(Timestamp(0), |session| session.open)
    }

    /// The first instant at which the open bar of `length` is over.
    pub(crate) fn bar_end(start: Timestamp, length: Span) -> Timestamp {
        start.plus(length)
    }

    /// The highest mtm of a scope in a window.
    pub fn peak(&self, scope: Scope, window: Window) -> Money {
        self.tally(scope, window).peak
    }
}

/// The scopes that a trade of these terms stands in, `own` first when it counts too.
pub(crate) fn scopes(terms: &NewTrade, own: Option<Scope>) -> impl Iterator<Item = Scope> + use<> {
    let others = [
        terms.group.map(Scope::Group),
        Some(Scope::Strategy(terms.strategy)),
        Some(Scope::Account(terms.account)),
        Some(Scope::System),
    ];
    own.into_iter().chain(others.into_iter().flatten())
}

/// What a rule on a trade sees around it.
pub(crate) fn surroundings<'a>(
    rule: &Rule,
    trade: &'a Trade,
    instruments: &'a [Instrument],
    profile: &'a Profile,
    now: Timestamp,
) -> Surroundings<'a> {
    let own = &instruments[trade.terms.instrument.index()];
    let watched = match rule.options().watch {
        Watch::Own => own,
        Watch::Underlying => own.spec.underlying.map_or(own, |id| &instruments[id.index()]),
    };
    Surroundings {
        trade,
        best: trade.best,
        spec: &own.spec,
        profile,
        quote: &watched.quote,
        is_fresh: trade.opened_at.is_some_and(|opened| watched.quote.at >= opened),
        watched: &watched.spec,
        now,
        at_mark: false,
    }
}

/// Pairs each item with the number of its id.
pub(crate) fn numbered<T>(items: &[T]) -> impl Iterator<Item = (u32, &T)> {
    (0u32..).zip(items)
}
