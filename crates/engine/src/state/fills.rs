//! Executions folded into trades, books and instruments.

use super::apply::is_adopted;
use super::scope::Share;
use super::{FillName, State, scopes, surroundings};
use crate::ids::*;
use crate::input::{Fill, FillMode, Session};
use crate::money::Money;
use crate::rules::spec::{MtmRule, PriceRule, Watch};
use crate::rules::time;
use crate::time::Timestamp;
use alloc::vec::Vec;

impl State {
    pub(crate) fn fill(&mut self, fill: &Fill) {
        let id = fill.trade;
        let instrument = self.trade(id).terms.instrument;
        self.bring_back_owners(id);
        let adopted_best = is_adopted(&self.trade(id).terms.entry)
            .then(|| self.trade_mark(self.trade(id), None))
            .flatten();
        let best_from_mark = self.profile.best_from_first_mark;
        // What the engine fills itself it numbers, and so knows without keeping it.
        let name = FillName::from(fill.id.as_str());
        let account = self.trade(id).terms.account;
        let is_counted = self.accounts[account.index()].fills == FillMode::Tracking
            && name.is_next_of(self.trade(id));
        let before =
            (Share::of(self.trade(id)), self.trade(id).is_held(), self.trade(id).opened_at);
        self.turnover += fill.quantity.value(fill.price, self.trade(id).multiplier).abs();
        self.trades[id.index()].fill(fill, adopted_best, best_from_mark);
        let trade = self.trade(id);
        let more = self.change(instrument, Share::of(trade).since(&before.0));
        let trade = self.trade(id);
        let (is_held, is_entry) = (trade.is_held(), fill.side == trade.side());
        if !is_counted {
            self.fills_seen[0].insert((account, name));
        }
        let is_first = before.2.is_none();
        for scope in self.scopes_of(id) {
            self.fill_scope(scope, &more, |book| {
                book.opened_today += u32::from(is_first);
                if is_held {
                    book.live.insert(id);
                } else {
                    book.live.remove(id);
                }
            });
        }
        match (before.1, is_held) {
            (false, true) => self.start_watching(id),
            (true, false) => self.stop_watching(id),
            (true, true) | (false, false) => {}
        }
        if is_entry {
            self.advance_rules(id, is_first);
        }
        if !is_held && before.1 {
            self.count_loss(id, fill.at);
        }
    }

    /// A late fill of a trade that was taken back brings back the strategy and group that were taken back after it.
    fn bring_back_owners(&mut self, id: TradeId) {
        let (strategy, group) = (self.trade(id).terms.strategy, self.trade(id).terms.group);
        self.strategies[strategy.index()].is_removed = false;
        if let Some(group) = group {
            self.groups[group.index()].is_removed = false;
        }
    }

    /// Lets every rule of a trade measure afresh, after an entry fill; they begin with the first.
    fn advance_rules(&mut self, id: TradeId, is_first: bool) {
        for at in 0..self.trade(id).rules.len() {
            self.measure(self.trade(id).rules[at], id, is_first);
        }
    }

    /// Starts or refreshes one rule of a held trade: its best, its level, its timer.
    pub(crate) fn start_rule(&mut self, rule_id: RuleId, id: TradeId) {
        self.measure(rule_id, id, true);
    }

    /// A rule that does not begin now, and has no best of its own yet, waits for the first price that it looks at.
    fn measure(&mut self, rule_id: RuleId, id: TradeId, begins: bool) {
        let trade = &self.trades[id.index()];
        let rule = &mut self.rules[rule_id.index()];
        if rule.is_removed || trade.opened_at.is_none() {
            return;
        }
        let here = surroundings(rule, trade, &self.instruments, &self.profile, self.now);
        if begins {
            rule.start_own_best(here);
        }
        rule.advance(here);
        self.set_timer(rule_id, id);
    }

    /// Computes when a time rule fires and notes it.
    pub(crate) fn set_timer(&mut self, rule_id: RuleId, id: TradeId) {
        let trade = &self.trades[id.index()];
        let rule = &mut self.rules[rule_id.index()];
        let (Some(PriceRule::Time { when }), Some(opened)) = (rule.price_rule(), trade.opened_at)
        else {
            return;
        };
        let close = self.sessions.get(&self.instruments[trade.terms.instrument.index()].spec.venue);
        let trades = |session: &&Session| session.open < session.close;
        let close = close.filter(trades).map(|session| session.close);
        let due = time::due(*when, rule.set_at, opened, close, self.profile.utc_offset);
        if let Some(before) = rule.price.seldom.due {
            self.timers.remove(&(before, id, rule_id));
        }
        rule.price.seldom.due = due;
        if let Some(due) = due
            && rule.is_live()
            && trade.is_held()
        {
            self.timers.insert((due, id, rule_id));
        }
    }

    fn start_watching(&mut self, id: TradeId) {
        let trade = self.trade(id);
        let instrument = trade.terms.instrument;
        self.instruments[instrument.index()].open_trades.insert(id);
        self.watch_underlying(id);
        for at in 0..self.trade(id).rules.len() {
            let rule = self.trade(id).rules[at];
            self.show_bars(rule, id);
            self.set_timer(rule, id);
        }
    }

    /// Registers the trade with its underlying when one of its rules looks there.
    pub(crate) fn watch_underlying(&mut self, id: TradeId) {
        let trade = self.trade(id);
        let looks_there = |rule: &RuleId| self.rule(*rule).options().watch == Watch::Underlying;
        let underlying = self.instrument(trade.terms.instrument).spec.underlying;
        if let Some(underlying) = underlying
            && trade.is_held()
            && trade.rules.iter().any(looks_there)
        {
            insert_sorted(&mut self.instruments[underlying.index()].watchers, id);
        }
    }

    pub(crate) fn stop_watching(&mut self, id: TradeId) {
        let instrument = self.trade(id).terms.instrument;
        let underlying = self.instrument(instrument).spec.underlying;
        self.instruments[instrument.index()].open_trades.remove(id);
        if let Some(underlying) = underlying {
            remove_sorted(&mut self.instruments[underlying.index()].watchers, id);
        }
        for rule in &self.trades[id.index()].rules {
            if let Some(due) = self.rules[rule.index()].price.seldom.due {
                self.timers.remove(&(due, id, *rule));
            }
        }
        self.confirming.remove(&id);
        self.deferred.remove(&id);
    }

    fn count_loss(&mut self, id: TradeId, at: Timestamp) {
        if self.cooling_rules.is_empty() {
            return;
        }
        let is_loss = self.trade(id).life.realised < Money::ZERO;
        let cooling: Vec<RuleId> = scopes(&self.trade(id).terms, Some(Scope::Trade(id)))
            .filter_map(|scope| self.books.get(scope))
            .flat_map(|book| book.rules.iter().copied())
            .collect();
        for rule in cooling {
            let rule = &mut self.rules[rule.index()];
            if let Some(MtmRule::CoolingOff { .. }) = rule.mtm_rule()
                && !rule.mtm.is_latched
            {
                rule.mtm.losses = if is_loss { rule.mtm.losses + 1 } else { 0 };
                rule.mtm.last_loss_at = is_loss.then_some(at).or(rule.mtm.last_loss_at);
            }
        }
    }
}

fn insert_sorted(ids: &mut Vec<TradeId>, id: TradeId) {
    if let Err(at) = ids.binary_search(&id) {
        ids.insert(at, id);
    }
}

fn remove_sorted(ids: &mut Vec<TradeId>, id: TradeId) {
    if let Ok(at) = ids.binary_search(&id) {
        ids.remove(at);
    }
}
