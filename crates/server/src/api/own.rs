//! Whose is what. Keys and people may be bound to accounts; then they see and touch what is of these and nothing else.
//!
//! A trade is of its account. A strategy, with its groups and the rules that stand on them, is of the accounts that its
//! trades are in: whoever is bound has it when all of them are theirs, and one without trades is everybody's. The book as
//! a whole is nobody's who is bound; instruments, their prices and a kill are everybody's. Whatever is not named here is
//! not shown.

use super::problem::Problem;
use super::stream::Streams;
use super::stream::news::News;
use crate::look::Row;
use axum::http::StatusCode;
use highmark_engine::*;
use highmark_play::explain::Explanation;
use highmark_play::names::{self, Subject};
use highmark_play::story;
use highmark_play::summary::{NoteRow, Summary};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The names of the accounts that somebody is bound to; `None`: they have the whole book.
pub(super) type Bound = Option<Arc<[String]>>;

/// What of the book somebody has; `None`: all of it.
pub(super) type Part = Option<Theirs>;

/// Whose is what a route is about, for those who are bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// Nobody's in particular.
    Everybody,
    /// Of the trade, strategy or rule in the address: what is not theirs is not there.
    Trade,
    Strategy,
    Rule,
    /// The route itself tells and touches their part alone.
    Part,
    /// Of the book as a whole: they are refused.
    Book,
}

impl Of {
    /// As the description says it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Of::Everybody => "everybody",
            Of::Trade => "trade",
            Of::Strategy => "strategy",
            Of::Rule => "rule",
            Of::Part => "part",
            Of::Book => "book",
        }
    }

    /// The object that the id in an address names.
    pub(super) fn object(self, id: u32) -> Option<Subject> {
        match self {
            Of::Trade => Some(Subject::Scope(Scope::Trade(TradeId(id)))),
            Of::Strategy => Some(Subject::Scope(Scope::Strategy(StrategyId(id)))),
            Of::Rule => Some(Subject::Rule(RuleId(id))),
            Of::Everybody | Of::Part | Of::Book => None,
        }
    }
}

/// The accounts in which each strategy has ever had trades. Terms of a trade never change, so each is looked at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Placed {
    seen: u32,
    strategies: BTreeMap<StrategyId, BTreeSet<AccountId>>,
}

impl Placed {
    pub(super) fn is_up_to_date(&self, state: &State) -> bool {
        self.seen == state.trade_count()
    }

    pub(super) fn catch_up(&mut self, state: &State) {
        for id in (self.seen..state.trade_count()).map(TradeId) {
            if let Some(trade) = state.trade_view(id) {
                self.strategies.entry(trade.strategy).or_default().insert(trade.account);
            }
        }
        self.seen = state.trade_count();
    }

    pub(super) fn accounts(&self, strategy: StrategyId) -> impl Iterator<Item = AccountId> + '_ {
        self.strategies.get(&strategy).into_iter().flatten().copied()
    }
}

/// What somebody who is bound has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Theirs {
    accounts: BTreeSet<AccountId>,
    /// Strategies with trades in other accounts.
    foreign: BTreeSet<StrategyId>,
}

impl Theirs {
    pub(super) fn of(state: &State, placed: &Placed, names: &[String]) -> Theirs {
        let named = state.accounts().filter(|(_, spec)| names.contains(&spec.name));
        let accounts: BTreeSet<AccountId> = named.map(|(id, _)| id).collect();
        let is_foreign = |of: &BTreeSet<AccountId>| !of.is_subset(&accounts);
        let foreign = placed.strategies.iter().filter(|(_, of)| is_foreign(of));
        let foreign = foreign.map(|(id, _)| *id).collect();
        Theirs { accounts, foreign }
    }

    fn trade(&self, state: &State, id: TradeId) -> bool {
        state.trade_view(id).is_some_and(|trade| self.accounts.contains(&trade.account))
    }

    fn strategy(&self, state: &State, id: StrategyId) -> bool {
        !self.foreign.contains(&id) && state.exists(Scope::Strategy(id))
    }

    /// Whether they have it. What is not there is nobody's.
    pub(super) fn scope(&self, state: &State, scope: Scope) -> bool {
        match scope {
            Scope::Trade(id) => self.trade(state, id),
            Scope::Strategy(id) => self.strategy(state, id),
            Scope::Account(id) => self.accounts.contains(&id),
            Scope::Group(id) => {
                let found = state.groups().find(|(group, _, _)| *group == id);
                found.is_some_and(|(_, strategy, _)| self.strategy(state, strategy))
            }
            Scope::System => false,
        }
    }

    pub(super) fn rule(&self, state: &State, id: RuleId) -> bool {
        state.rule_view(id).is_some_and(|view| self.scope(state, view.rule.scope))
    }

    pub(super) fn subject(&self, state: &State, subject: Subject) -> bool {
        match subject {
            Subject::Scope(scope) => self.scope(state, scope),
            Subject::Rule(rule) => self.rule(state, rule),
        }
    }

    /// Something by its id as it is told: `t5`, `r3`.
    fn named(&self, state: &State, id: &str) -> bool {
        names::by_id(state, id).is_some_and(|subject| self.subject(state, subject))
    }

    /// A row of the status.
    pub(super) fn row(&self, row: &Row) -> bool {
        match row.scope {
            Scope::Account(id) => self.accounts.contains(&id),
            Scope::Strategy(id) => !self.foreign.contains(&id),
            Scope::Trade(_) | Scope::Group(_) | Scope::System => false,
        }
    }

    pub(super) fn account(&self, id: AccountId) -> bool {
        self.accounts.contains(&id)
    }

    /// What they are told of it, in sentences.
    pub(super) fn told(&self, state: &State, events: &[Event]) -> Vec<String> {
        let theirs = events.iter().filter(|event| self.event(state, event));
        theirs.filter_map(|event| story::answer(event, state)).collect()
    }

    /// Whether they are told of it.
    pub(super) fn event(&self, state: &State, event: &Event) -> bool {
        match event {
            Event::Accepted { what, .. } => self.command(state, what),
            Event::Refused(refusal) => {
                refusal.what.as_ref().is_some_and(|what| self.command(state, what))
            }
            Event::TurnBegan { .. }
            | Event::InstrumentDefined { .. }
            | Event::InstrumentAdjusted { .. }
            | Event::DayRolled { .. }
            | Event::SessionOpened(_)
            | Event::Marked(_)
            | Event::TickRefused { .. }
            | Event::TickHeld(_)
            | Event::HeldDropped { .. }
            | Event::HeldAccepted { .. }
            | Event::Ratcheted { .. }
            | Event::BarClosed { .. }
            | Event::WentStale { .. }
            | Event::PollRequested { .. }
            | Event::BecameFresh { .. }
            | Event::Suspected { .. }
            | Event::GapHeld { .. }
            | Event::GapAccepted { .. }
            | Event::Settled
            | Event::CandleClosed { .. }
            | Event::Killed { .. }
            | Event::Released { .. } => true,
            // What was configured, and what of whose was taken back, is told to those who have the whole book.
            Event::Configured(_) | Event::Undone { .. } | Event::Redone { .. } => false,
            Event::AccountOpened { account, .. }
            | Event::PositionDiffers { account, .. }
            | Event::PositionUnknown { account, .. } => self.account(*account),
            Event::StrategyCreated { strategy, .. }
            | Event::StrategyEdited { strategy, .. }
            | Event::GroupCreated { strategy, .. }
            | Event::ShutDown { strategy, .. }
            | Event::StrategyReset { strategy, .. } => self.strategy(state, *strategy),
            Event::TradeAdded { trade, .. }
            | Event::EntryDecided { trade, .. }
            | Event::TradeCancelled { trade, .. }
            | Event::TradeRejected { trade, .. }
            | Event::EntryEnded { trade, .. }
            | Event::RejectionsForgotten { trade }
            | Event::TradeDegraded { trade, .. }
            | Event::FillRepeated { trade, .. }
            | Event::ExitDeferred { trade, .. }
            | Event::Rolled { from: trade, .. }
            | Event::RuleSkipped { trade, .. }
            | Event::StopMoved { trade, .. }
            | Event::MovedToCost { trade, .. }
            | Event::MoveToCostSkipped { trade, .. } => self.trade(state, *trade),
            Event::Filled(fill) => self.trade(state, fill.trade),
            Event::ExitDecided { intent, .. }
            | Event::ExitRejected { intent, .. }
            | Event::ExitUnknown { intent } => self.trade(state, intent.trade),
            Event::MarginSet { scope, .. }
            | Event::RuleSet { scope, .. }
            | Event::Touched { scope } => self.scope(state, *scope),
            Event::Halted { scope, .. }
            | Event::Resumed { scope, .. }
            | Event::EntriesBlocked { scope, .. } => self.stops(state, *scope),
            Event::RuleChanged { rule, .. }
            | Event::RuleRemoved { rule, .. }
            | Event::StopLoosened { rule, .. }
            | Event::RuleReset { rule, .. } => self.rule(state, *rule),
            Event::PriceRuleFired { rule, .. } | Event::Warned { rule, .. } => {
                self.scope(state, rule.scope)
            }
            Event::Breached(breach) => self.scope(state, breach.rule.scope),
        }
    }

    /// What stops the whole book stops them too.
    fn stops(&self, state: &State, scope: Scope) -> bool {
        scope == Scope::System || self.scope(state, scope)
    }

    fn command(&self, state: &State, command: &Command) -> bool {
        match command {
            Command::Configure(_) | Command::Undo { .. } | Command::Redo | Command::Note { .. } => {
                false
            }
            Command::DefineInstrument(_)
            | Command::AdjustInstrument { .. }
            | Command::AcceptGap { .. }
            | Command::Settle { .. }
            | Command::ManualMark { .. }
            | Command::Kill { .. }
            | Command::Release { .. } => true,
            Command::OpenAccount(spec) => {
                let found = state.accounts().find(|(_, one)| one.name == spec.name);
                found.is_some_and(|(id, _)| self.account(id))
            }
            Command::CreateStrategy(spec) => {
                let found = state.strategies().find(|(_, one)| one.name == spec.name);
                found.is_some_and(|(id, _)| self.strategy(state, id))
            }
            Command::EditStrategy { strategy, .. }
            | Command::CreateGroup { strategy, .. }
            | Command::ResetStrategy { strategy, .. } => self.strategy(state, *strategy),
            Command::AddTrade(new) => {
                self.account(new.account) && self.strategy(state, new.strategy)
            }
            Command::Increase { trade, .. }
            | Command::CancelTrade { trade, .. }
            | Command::ExitTrade { trade, .. }
            | Command::ReEnter { trade, .. }
            | Command::Roll { trade, .. } => self.trade(state, *trade),
            Command::SetMargin { scope, .. } | Command::SetRule { scope, .. } => {
                self.scope(state, *scope)
            }
            Command::Halt { scope, .. } | Command::Resume { scope, .. } => {
                self.stops(state, *scope)
            }
            Command::ChangeRule { rule, .. }
            | Command::RemoveRule { rule, .. }
            | Command::LoosenStop { rule, .. }
            | Command::ResetRule { rule, .. } => self.rule(state, *rule),
        }
    }

    /// What is told of something that they have, without what is told of the book around it.
    pub(super) fn narrow(&self, state: &State, told: &mut Explanation) {
        told.wider.retain(|rule| self.named(state, &rule.id));
        told.history.retain(|row| {
            ["kill", "release", "halt", "resume"].contains(&row.kind.as_str())
                || self.named(state, &row.scope)
        });
    }

    /// Their part of a summary.
    pub(super) fn cut(&self, state: &State, summary: &mut Summary) {
        summary.system = None;
        for rows in [&mut summary.accounts, &mut summary.strategies, &mut summary.groups] {
            rows.retain(|row| self.named(state, &row.id));
        }
        summary.trades.retain(|row| self.named(state, &row.id));
        summary.actions.retain(|row| self.named(state, &row.scope));
        let asked =
            |row: &NoteRow| row.command.as_deref().is_some_and(|what| self.command(state, what));
        summary.notes.retain(asked);
    }
}

impl Streams {
    /// What these names have now.
    pub(super) async fn theirs(&self, names: Arc<[String]>) -> Result<Theirs, Problem> {
        self.see_theirs(names, |theirs, _| theirs.clone()).await
    }

    async fn see_theirs<T: Send + 'static>(
        &self,
        names: Arc<[String]>,
        look: impl FnOnce(&Theirs, &State) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let placed = Arc::clone(&self.placed);
        self.see(move |state| {
            let mut placed = placed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            placed.catch_up(state);
            look(&Theirs::of(state, &placed, &names), state)
        })
        .await
    }

    /// Of these news what they are told; news of which nothing is theirs are left out.
    pub(super) async fn told_to(
        &self,
        bound: &Bound,
        news: Vec<News>,
    ) -> Result<Vec<News>, Problem> {
        let Some(names) = bound else { return Ok(news) };
        let mut read = Vec::new();
        for one in news {
            let mut whole: Value = serde_json::from_str(&one.text).map_err(Problem::ours)?;
            let events = whole["events"].take();
            let events: Vec<Event> = serde_json::from_value(events).map_err(Problem::ours)?;
            read.push((one, whole, events));
        }
        let cut = self.see_theirs(Arc::clone(names), move |theirs, state| {
            for (_, _, events) in &mut read {
                events.retain(|event| theirs.event(state, event));
            }
            read
        });
        let left = cut.await?.into_iter().filter(|(_, _, events)| !events.is_empty());
        left.map(|(one, mut whole, events)| {
            whole["events"] = serde_json::to_value(&events).map_err(Problem::ours)?;
            Ok(News { text: whole.to_string().into(), ..one })
        })
        .collect()
    }
}

/// What they have not is not there: who guesses learns nothing.
pub(super) fn not_there(field: &str) -> Problem {
    Problem::not_found("there is nothing with this id").on(field)
}

/// It is of the whole book, and they are bound to accounts.
pub(super) fn bound_to(names: &[String]) -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "BOUND",
        format!("this is of the whole book; you are bound to {}", names.join(", ")),
        "ask somebody who is not bound to accounts; a kill is open to all who trade",
    )
    .on("Authorization")
}
