//! Names: ids are given in order, so after a trade that one run takes and the other refuses they part.

use highmark_engine::*;
use std::collections::BTreeMap;

/// What the what-if calls the things of the record; `None` for what it does not have.
///
/// A thing that is not listed was there when the record began, and has one name.
#[derive(Default)]
pub(super) struct Names {
    trades: BTreeMap<TradeId, Option<TradeId>>,
    rules: BTreeMap<RuleId, Option<RuleId>>,
    strategies: BTreeMap<StrategyId, Option<StrategyId>>,
    groups: BTreeMap<GroupId, Option<GroupId>>,
    accounts: BTreeMap<AccountId, Option<AccountId>>,
    instruments: BTreeMap<InstrumentId, Option<InstrumentId>>,
    commands: BTreeMap<CommandId, Option<CommandId>>,
}

impl Names {
    /// What the what-if calls the trades that were made while the record lasted.
    pub(super) fn into_trades(self) -> BTreeMap<TradeId, Option<TradeId>> {
        self.trades
    }

    pub(super) fn trade(&self, recorded: TradeId) -> Option<TradeId> {
        renamed(&self.trades, recorded)
    }

    /// Pairs what both runs made in one turn, in the order in which they made it.
    pub(super) fn pair(&mut self, recorded: &[Event], decided: &[Event]) {
        fn made<Id>(events: &[Event], id: impl Fn(&Event) -> Option<Id>) -> Vec<Id> {
            events.iter().filter_map(id).collect()
        }
        macro_rules! pair {
            ($($map:ident: $pattern:pat => $id:expr;)*) => { $(
                let id = |event: &Event| match event { $pattern => Some(*$id), _ => None };
                let mut ours = made(decided, id).into_iter();
                self.$map.extend(made(recorded, id).into_iter().map(|theirs| (theirs, ours.next())));
            )* };
        }
        pair! {
            trades: Event::TradeAdded { trade, .. } => trade;
            rules: Event::RuleSet { rule, .. } => rule;
            strategies: Event::StrategyCreated { strategy, .. } => strategy;
            groups: Event::GroupCreated { group, .. } => group;
            accounts: Event::AccountOpened { account, .. } => account;
            instruments: Event::InstrumentDefined { instrument, .. } => instrument;
            commands: Event::Accepted { command, .. } => command;
        }
    }

    /// Puts the what-if's names into an input; false when it names what the what-if does not have.
    pub(super) fn rename(&self, body: &mut Body) -> bool {
        match body {
            Body::Ticks(ticks) => {
                ticks.iter_mut().all(|tick| self.instrument(&mut tick.instrument))
            }
            Body::Unreadable { instrument, .. } => {
                instrument.as_mut().is_none_or(|id| self.instrument(id))
            }
            Body::Clock | Body::Session(_) => true,
            Body::Command { command, .. } => self.command(command),
            Body::Order(news) => self.news(news),
        }
    }

    fn news(&self, news: &mut OrderNews) -> bool {
        match news {
            OrderNews::Filled(fill) => put(&self.trades, &mut fill.trade),
            OrderNews::EntryRejected { trade, .. } => put(&self.trades, trade),
            OrderNews::ExitRejected { intent, .. } | OrderNews::ExitUnknown { intent } => {
                put(&self.trades, &mut intent.trade)
            }
            OrderNews::Position { account, instrument, .. } => {
                put(&self.accounts, account) && self.instrument(instrument)
            }
        }
    }

    pub(super) fn command(&self, command: &mut Command) -> bool {
        match command {
            Command::Configure(_)
            | Command::OpenAccount(_)
            | Command::CreateStrategy(_)
            | Command::Kill { .. }
            | Command::Release { .. }
            | Command::Redo
            | Command::Note { .. } => true,
            Command::DefineInstrument(spec) => {
                spec.underlying.as_mut().is_none_or(|id| self.instrument(id))
            }
            Command::AdjustInstrument { instrument, .. }
            | Command::AcceptGap { instrument }
            | Command::Settle { instrument, .. }
            | Command::ManualMark { instrument, .. } => self.instrument(instrument),
            Command::SetMargin { scope, .. }
            | Command::SetRule { scope, .. }
            | Command::Halt { scope, .. }
            | Command::Resume { scope, .. } => self.scope(scope),
            Command::EditStrategy { strategy, .. }
            | Command::CreateGroup { strategy, .. }
            | Command::ResetStrategy { strategy, .. } => put(&self.strategies, strategy),
            Command::AddTrade(new) => self.terms(new),
            Command::Increase { trade, .. }
            | Command::CancelTrade { trade, .. }
            | Command::ExitTrade { trade, .. }
            | Command::ReEnter { trade, .. } => put(&self.trades, trade),
            Command::Roll { trade, into, .. } => put(&self.trades, trade) && self.instrument(into),
            Command::ChangeRule { rule, .. }
            | Command::RemoveRule { rule, .. }
            | Command::LoosenStop { rule, .. }
            | Command::ResetRule { rule, .. } => put(&self.rules, rule),
            Command::Undo { command } => {
                command.as_mut().is_none_or(|command| put(&self.commands, command))
            }
        }
    }

    pub(super) fn terms(&self, new: &mut NewTrade) -> bool {
        put(&self.strategies, &mut new.strategy)
            && put(&self.accounts, &mut new.account)
            && new.group.as_mut().is_none_or(|group| put(&self.groups, group))
            && self.instrument(&mut new.instrument)
    }

    pub(super) fn put_trade(&self, id: &mut TradeId) -> bool {
        put(&self.trades, id)
    }

    pub(super) fn rule(&self, id: &mut RuleId) -> bool {
        put(&self.rules, id)
    }

    pub(super) fn strategy(&self, id: &mut StrategyId) -> bool {
        put(&self.strategies, id)
    }

    pub(super) fn group(&self, id: &mut GroupId) -> bool {
        put(&self.groups, id)
    }

    pub(super) fn account(&self, id: &mut AccountId) -> bool {
        put(&self.accounts, id)
    }

    /// The id of a command.
    pub(super) fn order(&self, id: &mut CommandId) -> bool {
        put(&self.commands, id)
    }

    /// Whether a command was made that the other run does not have.
    pub(super) fn has_own_commands(&self) -> bool {
        self.commands.values().any(Option::is_none)
    }

    pub(super) fn scope(&self, scope: &mut Scope) -> bool {
        match scope {
            Scope::Trade(id) => put(&self.trades, id),
            Scope::Group(id) => put(&self.groups, id),
            Scope::Strategy(id) => put(&self.strategies, id),
            Scope::Account(id) => put(&self.accounts, id),
            Scope::System => true,
        }
    }

    pub(super) fn instrument(&self, id: &mut InstrumentId) -> bool {
        put(&self.instruments, id)
    }
}

fn renamed<Id: Ord + Copy>(names: &BTreeMap<Id, Option<Id>>, id: Id) -> Option<Id> {
    names.get(&id).copied().unwrap_or(Some(id))
}

fn put<Id: Ord + Copy>(names: &BTreeMap<Id, Option<Id>>, id: &mut Id) -> bool {
    match renamed(names, *id) {
        Some(name) => {
            *id = name;
            true
        }
        None => false,
    }
}
