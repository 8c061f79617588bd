//! Steps 5 to 9: peaks, floors, breaches of mtm rules in their order, what follows, and warnings.

use super::book::{Peaks, Rule};
use super::mtm::Level;
use super::shared::Shared;
use super::{Mistake, Oracle};
use crate::fact::Fact;
use highmark_engine::{
    Action, Confirm, DrawdownBasis, Fraction, MILLION, Money, MtmRule, RuleId, Scope, TradeId,
    TradeStatus, Valuation, WARN_BANDS, WARN_REARM, Window,
};

/// The place of a scope in the order of visits.
fn place(scope: Scope) -> (u8, u32) {
    match scope {
        Scope::Trade(id) => (0, id.0),
        Scope::Group(id) => (1, id.0),
        Scope::Strategy(id) => (2, id.0),
        Scope::Account(id) => (3, id.0),
        Scope::System => (4, 0),
    }
}

impl Oracle {
    pub(super) fn settle(&mut self) {
        self.settled = std::mem::take(&mut self.book.touched);
        self.move_peaks();
        let mut rules: Vec<RuleId> = self
            .book
            .rules
            .iter()
            .filter(|rule| {
                rule.mtm_spec().is_some()
                    && rule.candle().is_none()
                    && !rule.removed
                    && !self.has_ended(rule.scope)
            })
            .map(|rule| rule.id)
            .collect();
        rules.sort_by_key(|id| {
            let rule = self.rule(*id);
            (place(rule.scope), rule.class(), *id)
        });
        let breached: Vec<RuleId> = rules.iter().copied().filter(|id| self.sample(*id)).collect();
        for id in breached {
            let (scope, action) = (self.rule(id).scope, self.rule(id).action());
            self.act(scope, action, id, None);
        }
        for id in rules {
            self.warn(id);
        }
    }

    /// A trade that ended in an earlier input moves nothing.
    fn has_ended(&self, scope: Scope) -> bool {
        let Scope::Trade(id) = scope else { return false };
        let trade = &self.book.trades[id.0 as usize];
        match trade.status {
            TradeStatus::Cancelled | TradeStatus::Rejected => true,
            TradeStatus::Closed => trade.closed_turn != self.book.turn,
            TradeStatus::Pending
            | TradeStatus::Open
            | TradeStatus::Exiting
            | TradeStatus::Degraded => false,
        }
    }

    fn move_peaks(&mut self) {
        let legs: Vec<[(i128, bool); 2]> = self
            .book
            .trades
            .iter()
            .map(|trade| {
                [Window::Session, Window::Life]
                    .map(|window| self.leg(trade, window, None, Valuation::Gross))
            })
            .collect();
        for scope in self.book.scopes() {
            let mut sums = [(0, false); 2];
            let members: &[TradeId] = match scope {
                Scope::Trade(_) if self.has_ended(scope) => continue,
                Scope::Trade(id) => &[id],
                _ => &self.trade_ids(),
            };
            for id in members {
                if !self.book.trades[id.0 as usize].in_scope(scope) {
                    continue;
                }
                for (sum, leg) in sums.iter_mut().zip(legs[id.0 as usize]) {
                    *sum = (sum.0 + leg.0, sum.1 || leg.1);
                }
            }
            let peaks: &mut Peaks = self.book.peaks.entry(scope).or_default();
            // The peak of a single trade is kept from the first rule on it.
            let kept = |peak: Option<i128>| match scope {
                Scope::Trade(_) => peak,
                _ => peak.or(Some(0)),
            };
            (peaks.session, peaks.life) = (kept(peaks.session), kept(peaks.life));
            if !sums[0].1 {
                peaks.session = peaks.session.map(|peak| peak.max(sums[0].0));
            }
            if !sums[1].1 {
                peaks.life = peaks.life.map(|peak| peak.max(sums[1].0));
            }
        }
    }

    /// Samples one rule; `true` when it is met, and then it is latched.
    fn sample(&mut self, id: RuleId) -> bool {
        let rule = self.rule(id);
        if rule.mtm.latched {
            return false;
        }
        let (up, down, realised, (peak_uncertain, uncertain)) = self.look(rule);
        let late = self.mistake == Some(Mistake::LatePeak);
        let before = if late { self.level_of(rule) } else { None };
        let basis = Oracle::drawdown_basis(rule);
        let state = &mut self.book.rules[id.0 as usize].mtm;
        match basis {
            None | Some(DrawdownBasis::Intraday) if peak_uncertain => {}
            None => state.peak = state.peak.max(up),
            Some(DrawdownBasis::Intraday) => state.high = state.high.max(up),
            Some(DrawdownBasis::Realised) => state.high = state.high.max(realised),
            Some(DrawdownBasis::EndOfDay) => {}
        }
        let rule = self.rule(id);
        let level = if late { before } else { self.level_of(rule) };
        let start = if basis.is_some() { self.start_of(rule.scope) } else { 0 };
        let value = start + down;
        let strict = rule.draft.options.strict
            || self.book.profile.strict
            || self.mistake == Some(Mistake::StrictTouch);
        let hit = match level {
            Some(Level::Floor(floor)) => value < floor || (value == floor && !strict),
            Some(Level::Target(target)) => {
                !uncertain && (value > target || (value == target && !strict))
            }
            None => self.counts(rule),
        };
        let met = self.confirmed(id, hit);
        let closings = self.book.closings;
        let state = &mut self.book.rules[id.0 as usize].mtm;
        (state.value, state.looked_at) = (value, true);
        state.level = level.map(|(Level::Floor(level) | Level::Target(level))| level);
        if !met || state.latched {
            return false;
        }
        (state.latched, state.latched_as) = (true, closings);
        self.book.closings += 1;
        let state = &self.book.rules[id.0 as usize].mtm;
        let level = Money(state.level.unwrap_or(0));
        let action = self.rule(id).action();
        let counts = self.rule(id).class() == 3;
        let (value, uncertain) =
            if counts { (Money::ZERO, false) } else { (Money(value), uncertain) };
        self.say(Fact::Breached { rule: id, action, value, level, uncertain });
        self.begin_block(id);
        true
    }

    fn confirmed(&mut self, id: RuleId, hit: bool) -> bool {
        let touched = self.settled.contains(&self.rule(id).scope);
        let (now, by_clock) = (self.book.now, self.by_clock);
        let rule = &mut self.book.rules[id.0 as usize];
        let waits = rule.draft.options.confirm.is_some() && rule.candle().is_none();
        let is_looked_at = touched || (by_clock && rule.mtm.breach_since.is_some());
        if waits && !is_looked_at {
            return false;
        }
        if !hit {
            rule.mtm.breach_since = None;
            rule.mtm.breach_count = 0;
            return false;
        }
        let since = *rule.mtm.breach_since.get_or_insert(now);
        rule.mtm.breach_count += u32::from(touched);
        match rule.draft.options.confirm {
            None | Some(Confirm::CandleClose { .. }) => true,
            Some(Confirm::Ticks { count, within }) => {
                rule.mtm.breach_count >= count || now.since(since) >= within
            }
            Some(Confirm::Seconds { wait }) => now.since(since) >= wait,
        }
    }

    /// A rule that looks only at candle closes shows the level of its words and its peak.
    pub(super) fn restate(&mut self, id: RuleId) {
        let rule = self.rule(id);
        if rule.mtm_spec().is_none() || rule.candle().is_none() || rule.mtm.latched {
            return;
        }
        let level = self.level_of(rule).map(|(Level::Floor(level) | Level::Target(level))| level);
        self.book.rules[id.0 as usize].mtm.level = level;
    }

    /// Candle-close rules of scopes are sampled when their stretch has ended, before anything else moves.
    pub(super) fn end_scope_candles(&mut self) {
        let now = self.book.now.0;
        let mut due: Vec<RuleId> = Vec::new();
        for rule in &mut self.book.rules {
            let (Some(length), true) = (rule.candle(), rule.mtm_spec().is_some()) else { continue };
            let rule: &mut Rule = rule;
            let end = rule.mtm.next_candle.get_or_insert_with(|| {
                highmark_engine::Timestamp(
                    rule.set_at.0 - rule.set_at.0.rem_euclid(length.0) + length.0,
                )
            });
            if end.0 <= now {
                end.0 = now - now.rem_euclid(length.0) + length.0;
                if !rule.removed {
                    due.push(rule.id);
                }
            }
        }
        due.retain(|id| !self.has_ended(self.rule(*id).scope));
        due.sort_by_key(|id| {
            let rule = self.rule(*id);
            (place(rule.scope), rule.class(), *id)
        });
        let met: Vec<RuleId> = due.iter().copied().filter(|id| self.sample(*id)).collect();
        for id in met {
            let (scope, action) = (self.rule(id).scope, self.rule(id).action());
            self.act(scope, action, id, None);
        }
        for id in due {
            self.warn(id);
        }
    }

    /// Rules that count trades instead of money.
    fn counts(&self, rule: &Rule) -> bool {
        match rule.mtm_spec() {
            Some(MtmRule::MaxTradesPerDay { count }) => {
                let opened = |trade: &&Shared<super::book::Trade>| {
                    trade.opened_today && trade.in_scope(rule.scope)
                };
                self.book.trades.iter().filter(opened).count() >= *count as usize
            }
            Some(MtmRule::CoolingOff { losses, .. }) => {
                let last = rule.mtm.results.iter().rev().take(*losses as usize);
                rule.mtm.results.len() >= *losses as usize && last.clone().all(|(_, pnl)| *pnl < 0)
            }
            _ => false,
        }
    }

    fn begin_block(&mut self, id: RuleId) {
        let rule = &mut self.book.rules[id.0 as usize];
        let highmark_engine::RuleSpec::Mtm(MtmRule::CoolingOff { wait, .. }) = rule.draft.spec
        else {
            return;
        };
        let last = rule.mtm.results.last().map(|(at, _)| *at);
        rule.mtm.until = last.map(|at| at.plus(wait));
        rule.mtm.results.clear();
    }

    /// Blocks that were for a time end with it.
    pub(super) fn end_blocks(&mut self) {
        let now = self.book.now;
        for rule in &mut self.book.rules {
            if rule.mtm.until.is_some_and(|until| until <= now) {
                rule.mtm.until = None;
                rule.mtm.latched = false;
                rule.mtm.results.clear();
            }
        }
    }

    /// A trade has closed: rules that count results hear of it.
    pub(super) fn note_closed(&mut self, id: TradeId) {
        let trade = &self.book.trades[id.0 as usize];
        let (now, result) = (self.book.now, trade.realised);
        for rule in &mut self.book.rules {
            let counts = matches!(rule.mtm_spec(), Some(MtmRule::CoolingOff { .. }));
            if counts && !rule.removed && !rule.mtm.latched && trade.in_scope(rule.scope) {
                rule.mtm.results.push((now, result));
            }
        }
    }

    fn warn(&mut self, id: RuleId) {
        let rule = self.rule(id);
        let floor = match self.level_of(rule) {
            Some(Level::Floor(_)) => rule.mtm.level,
            _ => None,
        };
        let (Some(floor), false) = (floor, rule.mtm.latched) else { return };
        let room = rule.mtm.value - floor;
        let full = self.full_room(rule, floor);
        if full <= 0 {
            // There is no room that could run out.
            return;
        }
        let mut bands: Vec<Fraction> =
            rule.draft.options.warn.clone().unwrap_or_else(|| WARN_BANDS.to_vec());
        bands.sort();
        let million = i128::from(MILLION);
        for band in bands.into_iter().rev() {
            let state = &mut self.book.rules[id.0 as usize].mtm;
            let warned = state.warned.contains(&band.0);
            if room * million >= full * i128::from(band.0 + WARN_REARM.0) {
                state.warned.retain(|other| *other != band.0);
            } else if room * million <= full * i128::from(band.0) && !warned {
                state.warned.push(band.0);
                self.say(Fact::Warned { rule: id, band, room: Money(room) });
            }
        }
    }

    /// A new session day: `session` windows start again from the last marks.
    pub(super) fn roll_day(&mut self) {
        for index in 0..self.book.rules.len() {
            let rule = &self.book.rules[index];
            if Oracle::drawdown_basis(rule) == Some(DrawdownBasis::EndOfDay) && !rule.removed {
                let (up, _, _, (uncertain, _)) = self.look(rule);
                let state = &mut self.book.rules[index].mtm;
                if !uncertain {
                    state.high = state.high.max(up);
                }
            }
        }
        for index in 0..self.book.trades.len() {
            let trade = &self.book.trades[index];
            let mark = self.book.mark(trade);
            let trade = &mut self.book.trades[index];
            trade.session_realised = 0;
            trade.session_charges = 0;
            trade.opened_today = false;
            trade.session_cost = match mark {
                Some(mark) => i128::from(trade.open) * i128::from(mark) * trade.multiplier,
                None => trade.cost,
            };
        }
        for peaks in self.book.peaks.values_mut() {
            peaks.session = peaks.session.map(|_| 0);
        }
        for rule in &mut self.book.rules {
            if rule.mtm_spec().is_some() && rule.window() == Window::Session {
                let daily = rule.is_daily();
                let state = &mut rule.mtm;
                state.peak = 0;
                state.high = 0;
                (state.base_peak, state.base_breach, state.base_realised) = (0, 0, 0);
                (state.breach_since, state.breach_count) = (None, 0);
                state.warned.clear();
                state.looked_at = false;
                if daily {
                    state.latched = false;
                    state.until = None;
                    state.results.clear();
                }
            }
        }
        let rules: Vec<RuleId> = self.book.rules.iter().map(|rule| rule.id).collect();
        for id in rules {
            self.restate(id);
        }
        self.book.touched.extend(self.book.scopes());
    }

    /// A latched rule of this scope or of a wider one refuses entries.
    pub(super) fn refuses_entries(&self, rule: &Rule) -> bool {
        let closes = match rule.action() {
            Action::Exit | Action::Shutdown | Action::BlockEntries => true,
            Action::Alert | Action::ExitLosers | Action::Reduce(_) | Action::MoveToCost => false,
        };
        rule.mtm.latched && closes && !rule.removed
    }
}
