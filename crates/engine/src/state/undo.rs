//! What can be taken back: the last operator commands, and what the state was before each.

use super::State;
use super::rule::Rule;
use super::scope::Share;
use super::trade::Trade;
use crate::ids::*;
use crate::input::{Command, StrategySpec};
use crate::money::{Money, Quantity};
use crate::rules::spec::{Watch, Window};
use crate::time::Day;
use crate::view::TradeStatus;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Commands that can be undone, newest last, and those that were and can be redone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct History {
    pub(crate) next: u32,
    pub(crate) done: VecDeque<Done>,
    pub(crate) undone: Vec<Done>,
    is_redoing: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Done {
    pub(crate) command: CommandId,
    pub(crate) by: String,
    pub(crate) what: Command,
    pub(crate) inverse: Inverse,
}

/// How a command is taken back, and what must not have changed since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Inverse {
    /// It stands for ever: the market, a broker or a person elsewhere acted on it.
    Never,
    Strategy(StrategyId),
    StrategyEdit(StrategyId, StrategySpec),
    Group(GroupId),
    Halted(Scope, Option<String>),
    Trade {
        trade: TradeId,
        peaks: Vec<(Scope, Window, Money)>,
        day: Option<Day>,
    },
    RuleSet(RuleId),
    Rule {
        before: alloc::boxed::Box<Rule>,
        version: u32,
    },
    Mark(alloc::boxed::Box<MarkBefore>),
}

/// What a manual mark changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct MarkBefore {
    pub(crate) day: Option<Day>,
    pub(crate) instrument: super::Instrument,
    pub(crate) id: InstrumentId,
    pub(crate) trades: Vec<Trade>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) books: Vec<(Scope, super::Book)>,
}

const KEPT: usize = 100;

impl History {
    pub(crate) fn note(&mut self, command: CommandId, by: String, what: Command, inverse: Inverse) {
        self.next = command.0 + 1;
        if core::mem::take(&mut self.is_redoing) {
            self.undone.pop();
        } else {
            self.undone.clear();
        }
        self.done.push_back(Done { command, by, what, inverse });
        if self.done.len() > KEPT {
            self.done.pop_front();
        }
    }

    pub(crate) fn redo(&mut self, _command: CommandId) {
        self.is_redoing = true;
    }

    pub(crate) fn find(&self, command: Option<CommandId>) -> Option<&Done> {
        match command {
            Some(id) => self.done.iter().find(|done| done.command == id),
            None => self.done.iter().rfind(|done| done.inverse != Inverse::Never),
        }
    }
}

impl State {
    /// What would take `command` back, looked at before it is carried out.
    pub(crate) fn inverse_of(&self, command: &Command) -> Inverse {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        match command {
            Command::CreateStrategy(_) => {
                Inverse::Strategy(StrategyId(number(self.strategies.len())))
            }
            Command::EditStrategy { strategy, .. } => {
                Inverse::StrategyEdit(*strategy, self.strategies[strategy.index()].spec.clone())
            }
            Command::CreateGroup { .. } => Inverse::Group(GroupId(number(self.groups.len()))),
            Command::Halt { scope, .. } | Command::Resume { scope, .. } => {
                Inverse::Halted(*scope, self.books.get(*scope).and_then(|book| book.halted.clone()))
            }
            Command::AddTrade(new) => {
                let trade = TradeId(number(self.trades.len()));
                let mut peaks = Vec::with_capacity(8);
                for scope in super::scopes(new, None) {
                    let [session, life] = self.tallies(scope).map(|tally| tally.peak);
                    peaks.extend([(scope, Window::Session, session), (scope, Window::Life, life)]);
                }
                Inverse::Trade { trade, peaks, day: self.day }
            }
            Command::SetRule { .. } => Inverse::RuleSet(RuleId(number(self.rules.len()))),
            Command::ChangeRule { rule, .. }
            | Command::RemoveRule { rule, .. }
            | Command::LoosenStop { rule, .. } => {
                let before = self.rule(*rule).clone();
                let version = match command {
                    Command::RemoveRule { .. } => before.version,
                    _ => before.version + 1,
                };
                Inverse::Rule { before: before.into(), version }
            }
            Command::ManualMark { instrument, .. } => {
                Inverse::Mark(self.before_mark(*instrument).into())
            }
            Command::Configure(_)
            | Command::DefineInstrument(_)
            | Command::AdjustInstrument { .. }
            | Command::AcceptGap { .. }
            | Command::Settle { .. }
            | Command::OpenAccount(_)
            | Command::SetMargin { .. }
            | Command::Increase { .. }
            | Command::CancelTrade { .. }
            | Command::ExitTrade { .. }
            | Command::ReEnter { .. }
            | Command::Roll { .. }
            | Command::ResetRule { .. }
            | Command::ResetStrategy { .. }
            | Command::Kill { .. }
            | Command::Release { .. }
            | Command::Undo { .. }
            | Command::Redo
            | Command::Note { .. } => Inverse::Never,
        }
    }

    fn before_mark(&self, id: InstrumentId) -> MarkBefore {
        let instrument = self.instrument(id).clone();
        let on = self.lookers(id).into_iter();
        let trades: Vec<Trade> = on.map(|trade| self.trade(trade).clone()).collect();
        let scopes = trades.iter().flat_map(|trade| self.scopes_of(trade.id));
        let scopes: alloc::collections::BTreeSet<Scope> = scopes.collect();
        let books: Vec<_> =
            scopes.iter().map(|scope| (*scope, self.book_of(*scope).clone())).collect();
        let of_trades = trades.iter().flat_map(|trade| trade.rules.iter());
        let of_books = books.iter().flat_map(|(_, book)| book.rules.iter());
        let rules = of_trades.chain(of_books).map(|rule| self.rule(*rule).clone()).collect();
        MarkBefore { day: self.day, instrument, id, trades, rules, books }
    }

    /// Takes a command back; what may be taken back was decided before.
    pub(crate) fn take_back(&mut self, command: CommandId) {
        let Some(at) = self.history.done.iter().position(|done| done.command == command) else {
            return;
        };
        let Some(done) = self.history.done.remove(at) else { return };
        match &done.inverse {
            Inverse::Never => {}
            Inverse::Strategy(id) => self.strategies[id.index()].is_removed = true,
            Inverse::StrategyEdit(id, spec) => self.edit_strategy(*id, spec.clone()),
            Inverse::Group(id) => self.groups[id.index()].is_removed = true,
            Inverse::Halted(scope, before) => {
                let before = before.clone();
                self.book(*scope).halted = before;
            }
            Inverse::Trade { trade, .. } => self.unmake_trade(*trade),
            Inverse::RuleSet(id) => {
                let provenance = self.rule(*id).provenance.clone();
                self.remove_rule(*id, &provenance);
            }
            Inverse::Rule { before, .. } => self.restore_rule(before),
            Inverse::Mark(before) => self.restore_mark(before),
        }
        self.history.undone.push(done);
    }

    fn unmake_trade(&mut self, id: TradeId) {
        let (before, instrument) = (Share::of(self.trade(id)), self.trade(id).terms.instrument);
        let had_opened = self.trade(id).opened_at.is_some();
        let now = self.now;
        let scopes: Vec<Scope> = self.scopes_of(id).collect();
        if self.trade(id).is_held() {
            self.stop_watching(id);
        }
        let trade = &mut self.trades[id.index()];
        let rules = core::mem::take(&mut trade.rules);
        *trade =
            Trade::new(id, trade.terms.clone(), trade.multiplier, trade.generation, trade.after);
        trade.status = TradeStatus::Cancelled;
        trade.status_reason.set(Some(String::from("undone")));
        trade.planned = Quantity::ZERO;
        trade.closed_at = Some(now);
        let share = Share::of(trade).since(&before);
        let more = self.change(instrument, share);
        for scope in scopes {
            self.shift(scope, &more);
            let book = self.book(scope);
            book.live.remove(id);
            book.total_trades -= 1;
            book.opened_today -= u32::from(had_opened && book.opened_today > 0);
            self.touched.insert(scope);
        }
        for rule in rules {
            self.rules[rule.index()].is_removed = true;
        }
    }

    fn restore_rule(&mut self, before: &Rule) {
        let id = before.id;
        let now = self.rule(id).clone();
        let rule = &mut self.rules[id.index()];
        // What the market has done since stands: peaks and bests don't fall back. Confirmation begins anew, and so do warnings.
        *rule = Rule { mtm: now.mtm.clone(), ..before.clone() };
        rule.price.forget_breach();
        rule.forget_breach();
        if now.price.seldom.own_best > rule.price.seldom.own_best
            && now.looks_at() == rule.looks_at()
        {
            rule.price.seldom.own_best = now.price.seldom.own_best;
            let entry = rule.price.seldom.own_entry.or(*now.price.seldom.own_entry);
            rule.price.seldom.own_entry.set(entry);
        }
        match before.scope {
            Scope::Trade(trade) if before.price_rule().is_some() => self.start_rule(id, trade),
            scope => {
                self.restate(id);
                self.touch(scope);
            }
        }
    }

    fn restore_mark(&mut self, before: &MarkBefore) {
        self.remark(before.id, |now| {
            *now = super::Instrument {
                refusals: core::mem::take(&mut now.refusals),
                held: now.held.take(),
                gap_held: now.gap_held,
                ..before.instrument.clone()
            }
        });
        for trade in &before.trades {
            let now = &mut self.trades[trade.id.index()];
            (now.best, now.best_at) = (trade.best, trade.best_at);
        }
        for rule in &before.rules {
            if self.looks_at(rule, before.id) {
                self.rules[rule.id.index()] = rule.clone();
            }
        }
        for (scope, book) in &before.books {
            let now = self.book(*scope);
            (now.session, now.life) = (book.session, book.life);
            self.touched.insert(*scope);
        }
    }

    /// Whether the market is through the level of a rule as it was then.
    pub(crate) fn would_fire(&self, before: &Rule) -> bool {
        let (Scope::Trade(trade), Some(level)) = (before.scope, before.price.level) else {
            return false;
        };
        before.is_met(level, self.surroundings(before, trade)) == Some(true)
    }

    /// Whether nothing of a trade but its best is other than it was then.
    pub(crate) fn differs_by_best(&self, before: &Trade) -> bool {
        let now = self.trade(before.id).clone();
        *before == Trade { best: before.best, best_at: before.best_at, ..now }
    }

    /// Whether a mark of the instrument moves the rule.
    fn looks_at(&self, rule: &Rule, instrument: InstrumentId) -> bool {
        let (Some(_), Scope::Trade(trade)) = (rule.price_rule(), rule.scope) else { return true };
        let own = self.trade(trade).terms.instrument;
        match rule.options().watch {
            Watch::Own => own == instrument,
            Watch::Underlying => self.instrument(own).spec.underlying == Some(instrument),
        }
    }
}
