//! Scopes judged: breaches, what they do, and warnings.

use super::trades::reduction;
use crate::Engine;
use crate::event::{Breach, Event, ExitReason, SkipReason};
use crate::ids::*;
use crate::instrument::MarkKind;
use crate::money::Money;
use crate::rules::level::{price_of, x};
use crate::rules::spec::*;
use crate::state::Class;
use crate::state::rule::Rule;
use crate::state::{bands, class, cost_level, is_within};
use crate::time::Span;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

/// What is settled, in room that is used again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settling {
    scopes: Vec<Scope>,
    rules: Vec<(Class, RuleId)>,
}

impl Engine {
    /// Samples the scopes that this input touched and decides their rules, narrow scopes first.
    pub(crate) fn settle(&mut self) {
        if self.state.touched.is_empty() && self.state.asked.is_empty() {
            if self.state.index.rows.is_moved {
                self.emit(Event::Settled);
            }
            return;
        }
        let Settling { mut scopes, mut rules } = core::mem::take(&mut self.settling);
        scopes.clear();
        scopes.extend_from_slice(self.state.touched.sorted());
        if !self.state.asked.is_empty() {
            scopes.extend_from_slice(self.state.asked.sorted());
            scopes.sort_unstable();
            scopes.dedup();
        }
        self.emit(Event::Settled);
        let decided = self.emitted.len();
        self.rules_in_order(&scopes, None, &mut rules);
        rules.iter().for_each(|(_, rule)| self.judge(*rule));
        // What was decided may have ended some.
        if self.emitted.len() != decided {
            self.rules_in_order(&scopes, None, &mut rules);
        }
        rules.iter().for_each(|(_, rule)| self.warn(*rule));
        self.settling = Settling { scopes, rules };
    }

    pub(crate) fn also_settle(&mut self, scopes: Vec<Scope>) {
        for scope in scopes {
            self.emit(Event::Touched { scope });
        }
    }

    /// Decides the rules whose candles have ended, all of them from one sampling.
    pub(crate) fn judge_candles(&mut self, ended: &BTreeSet<Span>) {
        let sampled = self.state.candle_rules.iter().map(|id| self.state.rule(*id).scope);
        let scopes: BTreeSet<Scope> =
            sampled.filter(|scope| !self.state.has_ended(*scope)).collect();
        let mut rules = Vec::new();
        for scope in &scopes {
            self.rules_in_order(&[*scope], Some(ended), &mut rules);
            rules.iter().for_each(|(_, rule)| self.judge(*rule));
        }
        for scope in &scopes {
            self.rules_in_order(&[*scope], Some(ended), &mut rules);
            rules.iter().for_each(|(_, rule)| self.warn(*rule));
        }
    }

    /// The rules of each scope that are judged together: hard losses, then floors, then targets, each by id.
    fn rules_in_order(
        &self,
        scopes: &[Scope],
        ended: Option<&BTreeSet<Span>>,
        all: &mut Vec<(Class, RuleId)>,
    ) {
        let is_due = |rule: &&Rule| match (rule.candle(), ended) {
            (Some(length), Some(ended)) => ended.contains(&length),
            (candle, ended) => candle.is_none() && ended.is_none(),
        };
        all.clear();
        for book in scopes.iter().filter_map(|scope| self.state.books.get(*scope)) {
            let from = all.len();
            let rules = book.rules.iter().map(|id| self.state.rule(*id)).filter(is_due);
            let live = rules.filter(|rule| rule.is_live());
            all.extend(live.filter_map(|rule| Some((class(rule.mtm_rule()?), rule.id))));
            all[from..].sort_unstable();
        }
    }

    fn judge(&mut self, id: RuleId) {
        let rule = self.state.rule(id);
        let confirmed = rule.mtm.breach.confirms(rule.options().confirm, self.state.now);
        if !rule.is_live() || !self.state.is_mtm_breach(id) || !confirmed {
            return;
        }
        let (Some(level), Some(spec)) = (rule.mtm.level, rule.mtm_rule()) else { return };
        let action = rule.options().action.unwrap_or_else(|| default_action(spec, rule.scope));
        let (by, kind, scope) = (rule.reference(), rule.options().breach_mark, rule.scope);
        let breach = Breach {
            rule: by,
            action,
            value: rule.mtm.value,
            level,
            peak: rule.peak_shown(),
            peak_at: rule.mtm.peak_at,
            uncertain: rule.mtm.is_uncertain,
        };
        let then = rule.options().then;
        self.emit(Event::Breached(breach));
        self.act(scope, action, by, kind, None);
        if let (Some(then), Some(wider)) =
            (then, then.and_then(|then| self.wider(scope, then.reach)))
        {
            self.act(wider, then.action, by, kind, None);
        }
    }

    fn wider(&self, scope: Scope, reach: Reach) -> Option<Scope> {
        let strategy = match scope {
            Scope::Trade(id) => Some(self.state.trade(id).terms.strategy),
            Scope::Group(id) => Some(self.state.groups[id.index()].strategy),
            Scope::Strategy(id) => Some(id),
            Scope::Account(_) | Scope::System => None,
        };
        match (reach, scope) {
            (Reach::Group, Scope::Trade(id)) => self.state.trade(id).terms.group.map(Scope::Group),
            (Reach::Group, _) => None,
            (Reach::Strategy, _) => strategy.map(Scope::Strategy),
            (Reach::Account, Scope::Trade(id)) => {
                Some(Scope::Account(self.state.trade(id).terms.account))
            }
            (Reach::Account, _) => None,
            (Reach::System, _) => Some(Scope::System),
        }
    }

    /// Carries out `action` on `scope`, for a rule of that scope or for a trade's rule that reaches it.
    pub(crate) fn act(
        &mut self,
        scope: Scope,
        action: Action,
        by: RuleRef,
        kind: Option<MarkKind>,
        from: Option<TradeId>,
    ) {
        let reason = ExitReason::Rule(by);
        let is_own = by.scope == scope;
        match action {
            Action::Alert => {}
            Action::BlockEntries => self.bar(scope, by, is_own),
            Action::Exit | Action::Shutdown => {
                self.bar(scope, by, is_own);
                if action == Action::Shutdown {
                    self.shut_down(scope, by);
                }
                self.cancel_pending(scope, &format!("{} {} fired", by.kind, by.rule));
                for id in self.leaving(scope) {
                    self.exit_or_defer(id, &reason);
                }
            }
            Action::ExitLosers => {
                for id in self.leaving(scope) {
                    if self.life_mtm(id, kind) < Money::ZERO {
                        self.exit_or_defer(id, &reason);
                    }
                }
            }
            Action::Reduce(share) => {
                for id in self.leaving(scope) {
                    if self.state.trade(id).can_exit() && !self.exited.contains(id) {
                        let (cause, quantity) = (
                            self.plain_cause(id, reason.clone()),
                            reduction(&self.state, id, share),
                        );
                        self.exit(id, quantity, cause, None);
                    }
                }
            }
            Action::MoveToCost => {
                for id in self.live(scope) {
                    if Some(id) != from {
                        self.move_to_cost(id, by);
                    }
                }
            }
        }
    }

    /// Keeps entries out of a scope; a scope's own breach does so already.
    fn bar(&mut self, scope: Scope, by: RuleRef, is_own: bool) {
        if !is_own {
            self.emit(Event::EntriesBlocked { scope, by, until: None });
        }
    }

    fn shut_down(&mut self, scope: Scope, by: RuleRef) {
        let strategies: Vec<StrategyId> = match scope {
            Scope::Strategy(id) => [id].into(),
            Scope::System => self.state.strategies().map(|(id, _)| id).collect(),
            Scope::Trade(_) | Scope::Group(_) | Scope::Account(_) => Vec::new(),
        };
        for strategy in strategies {
            if self.state.strategies[strategy.index()].is_active {
                self.emit(Event::ShutDown { strategy, by });
            }
        }
    }

    fn move_to_cost(&mut self, id: TradeId, by: RuleRef) {
        let trade = self.state.trade(id);
        let instrument = self.state.instrument(trade.terms.instrument);
        let Some(level) = cost_level(trade, &self.state.profile, instrument.spec.tick_size) else {
            return;
        };
        if !trade.is_held() {
            return;
        }
        let shown = price_of(trade.side(), level.shown);
        let tightest = self.state.standing_stop(id);
        let is_tighter = tightest.is_none_or(|stop| {
            (level.trigger, level.shown) > (stop.level.trigger, stop.level.shown)
        });
        let skipped = match self.state.trade_mark(trade, None) {
            None => Some(SkipReason::NoMark),
            Some(_) if !is_tighter => Some(SkipReason::NotTighter),
            Some(mark) if level.stops(x(trade.side(), mark), self.state.profile.strict) => {
                Some(SkipReason::ThroughMarket)
            }
            Some(_) => None,
        };
        match skipped {
            Some(because) => {
                self.emit(Event::MoveToCostSkipped { trade: id, by, level: shown, because })
            }
            None => self.emit(Event::MovedToCost { trade: id, by, level: shown }),
        }
    }

    fn warn(&mut self, id: RuleId) {
        let rule = self.state.rule(id);
        let (Some(level), Some(spec)) = (rule.mtm.level, rule.mtm_rule()) else { return };
        if class(spec) >= Class::Target || rule.mtm.distance <= Money::ZERO || !rule.mtm.is_sampled
        {
            return;
        }
        let room = rule.mtm.value - level;
        let reached =
            |band: &crate::money::Fraction| is_within(room, rule.mtm.distance, *band, false);
        let bands = bands(rule);
        if !bands.first().is_some_and(reached) {
            return;
        }
        let fresh = bands
            .iter()
            .enumerate()
            .filter(|(at, _)| !rule.mtm.warned.get(*at).copied().unwrap_or(false));
        let due: Vec<_> = fresh.filter(|(_, band)| reached(band)).map(|(_, band)| *band).collect();
        let rule = rule.reference();
        for band in due {
            self.emit(Event::Warned { rule, band, room });
        }
    }
}

/// What a breach does when the rule does not say.
pub(crate) fn default_action(spec: &MtmRule, scope: Scope) -> Action {
    match spec {
        MtmRule::MaxTradesPerDay { .. } | MtmRule::CoolingOff { .. } => Action::BlockEntries,
        MtmRule::DailyLoss { .. } | MtmRule::DailyTarget { .. } | MtmRule::Drawdown { .. } => {
            Action::Exit
        }
        MtmRule::MaxLoss { .. }
        | MtmRule::Target { .. }
        | MtmRule::GiveBack { .. }
        | MtmRule::Gap { .. }
        | MtmRule::Lock { .. }
        | MtmRule::LockAndTrail { .. }
        | MtmRule::TrailLoss { .. } => match scope {
            Scope::Strategy(_) => Action::Shutdown,
            Scope::Trade(_) | Scope::Group(_) | Scope::Account(_) | Scope::System => Action::Exit,
        },
    }
}
