//! What each open trade waits for, and what trails behind until somebody asks: best and the levels that follow it.

use super::price_state::Skip;
use super::rule::{Rule, Surroundings};
use super::trade::Trade;
use super::{State, surroundings};
use crate::ids::*;
use crate::index::rows::Holding;
use crate::index::{Seat, Waits};
use crate::input::{LevelRounding, Profile, Side, TickOrder};
use crate::instrument::MarkKind;
use crate::money::Money;
use crate::rules::level::{Level, Reference, x};
use crate::rules::spec::*;
use crate::rules::waits::Next;
use crate::rules::{break_even, keep, ladder, step, stop_loss, target, trail};
use crate::time::Timestamp;
use alloc::vec::Vec;

impl State {
    /// The most favourable mark of a trade, in x, and when it was made.
    pub(crate) fn best(&self, trade: &Trade) -> (Option<i64>, Option<Timestamp>) {
        match self.index.best(seat(trade)) {
            Some((best, at)) => (Some(best), Some(at)),
            None => (trade.best, trade.best_at),
        }
    }

    /// The level of a price rule, in x of what it watches.
    pub(crate) fn level(&self, rule: &Rule) -> Option<Level> {
        let Scope::Trade(id) = rule.scope else { return rule.price.level };
        self.level_on(self.trade(id), rule, self.trails_behind(self.trade(id)))
    }

    /// As [`State::level`], of a rule on a trade of which it is known whether it trails behind.
    pub(crate) fn level_on(&self, trade: &Trade, rule: &Rule, is_behind: bool) -> Option<Level> {
        if !is_behind || rule.is_removed || rule.candle().is_some() {
            return rule.price.level;
        }
        rule.followed(self.surroundings(rule, trade.id))
    }

    /// Whether marks have moved the best of a trade since its rules moved last.
    pub(crate) fn trails_behind(&self, trade: &Trade) -> bool {
        self.index.best(seat(trade)).is_some()
    }

    /// Lets every open trade say what it waits for, in an index that is empty.
    pub(crate) fn reindex(&mut self) {
        for _ in &self.instruments {
            self.index.define();
        }
        for (scope, book) in self.books.iter() {
            for (id, exposure) in &book.exposures {
                let valued = self.instruments[id.index()].valued(None);
                let held = [Holding::default(), exposure.holding()];
                let slot = self.index.rows.slot(scope);
                self.index.rows.rehold(slot, *id, held, (Money::ZERO, Money::ZERO), valued);
            }
        }
        for trade in self.open_trades() {
            self.join(trade, false);
        }
    }

    /// Brings everything up to date and empties the index.
    pub(super) fn unindex(&mut self) {
        for trade in self.open_trades() {
            self.leave(trade);
        }
        self.wake_all();
        self.index.clear();
    }

    pub(super) fn open_trades(&self) -> Vec<TradeId> {
        self.instruments.iter().flat_map(|each| each.open_trades.iter()).collect()
    }

    /// Brings a trade up to date and shows it no marks until it joins again.
    pub(crate) fn leave(&mut self, id: TradeId) {
        if self.index.is_empty() {
            return;
        }
        let Some((best, at)) = self.index.leave(seat(self.trade(id))) else { return };
        self.bring_up(id, best, at);
    }

    /// As [`State::leave`], for a trade whose rules are shown a mark next: what a rule asks for at a higher best is at
    /// least as tight, so that they may move to both at once. A ladder's next rung may be below where its last has trailed.
    fn leave_for_a_look(&mut self, id: TradeId) {
        let is_ladder =
            |rule: &RuleId| matches!(self.rule(*rule).price_rule(), Some(PriceRule::Ladder { .. }));
        if self.trade(id).rules.iter().any(is_ladder) {
            self.leave(id);
        } else if let Some((best, at)) = self.index.leave(seat(self.trade(id))) {
            let trade = &mut self.trades[id.index()];
            (trade.best, trade.best_at) = (Some(best), Some(at));
        }
    }

    /// Moves a trade to a best, and its rules with it.
    pub(super) fn bring_up(&mut self, id: TradeId, best: i64, at: Timestamp) {
        let trade = &mut self.trades[id.index()];
        (trade.best, trade.best_at) = (Some(best), Some(at));
        for rule_id in &trade.rules {
            let rule = &mut self.rules[rule_id.index()];
            if !rule.is_removed && rule.candle().is_none() {
                let here = surroundings(rule, trade, &self.instruments, &self.profile, self.now);
                rule.advance(here);
            }
        }
    }

    /// Lets a trade that an event has changed wait for the next mark, if it is open: what follows from the change follows
    /// at a mark.
    /// One that a first fill has opened stands as its rules want it, and may wait for what they wait for.
    pub(crate) fn join(&mut self, id: TradeId, filled: bool) {
        self.leave(id);
        let trade = &self.trades[id.index()];
        let seat = seat(trade);
        let on_bars = |rule: &RuleId| {
            let rule = self.rule(*rule);
            !rule.is_removed && rule.options().watch == Watch::Own && rule.bar_length().is_some()
        };
        let watches = trade.is_held() && trade.rules.iter().any(on_bars);
        self.index.watch_bars(seat, watches);
        match (trade.is_held(), self.can_wait()) {
            (false, _) => {}
            (true, false) => self.index.show(seat),
            (true, true) if filled && is_fresh(trade) => {
                let quoted = self.instrument(seat.instrument).quote.at;
                if trade.opened_at.is_some_and(|opened| opened <= quoted) {
                    self.wait(id);
                } else {
                    self.index.part(seat);
                }
            }
            (true, true) => self.index.loosen(seat),
        }
    }

    /// Lets an open trade, which stands nowhere in the index, say what it waits for.
    fn wait(&mut self, id: TradeId) {
        let trade = &self.trades[id.index()];
        let seat = seat(trade);
        let instrument = &self.instruments[trade.terms.instrument.index()];
        let waits = self.waits(trade, instrument.spec.mark);
        match (waits, trade.best, trade.opened_at) {
            // What its rules want at once, they get at the mark that comes now.
            (Some(waits), Some(best), _) if waits.are_due(best) => self.index.loosen(seat),
            (Some(waits), Some(best), Some(opened)) => {
                let quoted = instrument.quote.at;
                self.index.wait(seat, waits, best, opened, quoted);
            }
            _ => self.index.show(seat),
        }
    }

    /// Takes the trades out of the index that the quote in force may mean something to, and moves the best of the others.
    pub(super) fn meet(&mut self, id: InstrumentId) -> Vec<TradeId> {
        let mut parted = self.index.take_parted(id);
        for trade in parted.drain(..) {
            if self.index.is_parted(trade) {
                self.wait(trade);
            }
        }
        self.index.put_parted(id, parted);
        let mut met = core::mem::take(&mut self.index.met);
        met.clear();
        let instrument = &self.instruments[id.index()];
        let (quote, kind) = (instrument.quote, instrument.spec.mark);
        let marks = [Side::Buy, Side::Sell]
            .map(|side| quote.mark(kind, side == Side::Buy).map(|mark| x(side, mark)));
        if self.index.is_calm(id, marks, quote.at) {
            self.index.raise(id, marks, quote.at);
            return met;
        }
        for trade in self.index.too_young(id, || instrument.open_trades.iter(), quote.at) {
            self.join(trade, false);
        }
        self.index.meet(id, marks, quote.at, &mut met);
        if self.can_wait() {
            met.iter().for_each(|trade| self.leave_for_a_look(*trade));
        }
        self.index.raise(id, marks, quote.at);
        met
    }

    /// Lets those who were met wait again before the next mark, and keeps who they were.
    pub(super) fn part(&mut self, met: Vec<TradeId>) {
        if self.can_wait() {
            met.iter().for_each(|trade| self.index.part(seat(self.trade(*trade))));
        }
        self.index.met = met;
    }

    /// Whether there is any trade to look at now that a mark of `id` was shown.
    pub(crate) fn meets(&self, id: InstrumentId) -> bool {
        !self.index.met.is_empty()
            || !self.instrument(id).watchers.is_empty()
            || self.timers.first().is_some_and(|(at, ..)| *at <= self.now)
    }

    /// The trades to look at now that a mark of `id` was shown, by id: those whom it met, those whose clock has struck, and
    /// those that watch from elsewhere.
    pub(crate) fn take_met(&mut self, id: InstrumentId) -> Vec<TradeId> {
        let mut trades = core::mem::take(&mut self.index.met);
        let by_mark = trades.len();
        let struck = self.timers.iter().take_while(|(at, ..)| *at <= self.now);
        let struck = struck.map(|(_, trade, _)| *trade);
        let here = |trade: &TradeId| self.trade(*trade).terms.instrument == id;
        trades.extend(struck.filter(here));
        trades.extend(self.instrument(id).watchers.iter().copied());
        if trades.len() > by_mark {
            trades.sort_unstable();
            trades.dedup();
        }
        trades
    }

    fn can_wait(&self) -> bool {
        !self.index.is_off && can_wait(&self.profile)
    }

    /// What the trade waits for; `None` when it has to see every mark.
    fn waits(&self, trade: &Trade, mark: MarkKind) -> Option<Waits> {
        if !self.can_wait() || self.confirming.contains(&trade.id) {
            return None;
        }
        let mut waits = Waits::default();
        let cost = trade.cost_stop.map(|stop| stop.level.trigger);
        waits.down = cost;
        // All measure from the same: those that don't see every mark.
        let reference = Reference {
            entry: trade.entry()?,
            best: trade.best,
            tick: self.instrument(trade.terms.instrument).spec.tick_size.0,
            rounding: self.profile.rounding,
        };
        for rule in trade.rules.iter().map(|id| self.rule(*id)) {
            if rule.is_removed || rule.candle().is_some() {
                continue;
            }
            let options = rule.options();
            let looks_elsewhere = options.watch == Watch::Underlying
                || options.peak_mark.is_some()
                || options.breach_mark.is_some_and(|kind| kind != mark);
            if looks_elsewhere || rule.has_own_best() || rule.price.seldom.ignored.is_some() {
                return None;
            }
            let next = rule.next(trade.side(), &reference)?;
            waits.up = least(waits.up, next.at);
            // A rule that has fired still counts its breach, for the case that its exit is rejected.
            if rule.is_live() || options.confirm.is_some() {
                waits.add_level(rule);
                next.trail.into_iter().for_each(|trail| waits.follow(trail));
            }
        }
        // A stop that a trail is above already, and stays above, is never met first.
        let is_under = |x: &i64| {
            let best = trade.best.unwrap_or(*x);
            waits.trails().any(|trail| trail.trigger(best) >= *x)
        };
        waits.down = waits.down.filter(|x| !is_under(x));
        Some(waits)
    }

    /// The trades that marks of an instrument are shown to.
    pub(super) fn lookers(&self, id: InstrumentId) -> Vec<TradeId> {
        let instrument = self.instrument(id);
        instrument.open_trades.iter().chain(instrument.watchers.iter().copied()).collect()
    }
}

/// It has had its first fill and nothing else: its rules stand as entry and best ask.
fn is_fresh(trade: &Trade) -> bool {
    trade.fills == 1
        && trade.attempts == 0
        && trade.cost_stop.is_none()
        && !super::apply::is_adopted(&trade.terms.entry)
}

impl Waits {
    fn are_due(&self, best: i64) -> bool {
        self.up.is_some_and(|up| up <= best) || self.down.is_some_and(|down| best <= down)
    }

    fn add_level(&mut self, rule: &Rule) {
        let Some(level) = rule.price.level else { return };
        match rule.price_rule() {
            Some(PriceRule::Target { .. }) => self.up = least(self.up, Some(level.trigger)),
            _ => self.down = self.down.max(Some(level.trigger)),
        }
    }
}

impl Rule {
    /// What moves the rule next, as it stands; `None` when any mark might.
    fn next(&self, side: Side, reference: &Reference) -> Option<Next> {
        match self.price_rule()? {
            PriceRule::StopLoss { at } => stop_loss::next(*at),
            PriceRule::Target { at } => target::next(*at),
            PriceRule::Trail { arm_at: Some(at), .. }
            | PriceRule::Keep { arm_at: Some(at), .. }
                if !self.price.is_armed =>
            {
                at.next(side, reference)
            }
            PriceRule::Trail { by, .. } => trail::next(*by, reference),
            PriceRule::Keep { fraction, .. } => Some(keep::next(*fraction, reference)),
            PriceRule::Step { start, every, by, from } => {
                let steps = step::Steps { start: *start, every: *every, from: *from };
                match by {
                    StepBy::WholeSteps { r#move } => {
                        step::next_whole(steps, *r#move, side, reference)
                    }
                    StepBy::FullMove => {
                        step::next_full(steps, (self.price.seldom.steps)?, reference)
                    }
                }
            }
            PriceRule::BreakEven { at, .. } => {
                let is_done = self.price.level.is_some() || self.price.seldom.skip != Skip::No;
                if is_done { Some(Next::NEVER) } else { break_even::next(*at, reference) }
            }
            PriceRule::Ladder { rungs } => ladder::next(rungs, reference),
            PriceRule::Bars { .. } | PriceRule::Time { .. } => Some(Next::NEVER),
        }
    }

    /// The level at the best in `here`, for a rule that was last moved at an earlier one; only what follows best has moved since.
    fn followed(&self, here: Surroundings<'_>) -> Option<Level> {
        let Some(reference) = self.measures_from(here) else { return self.price.level };
        match self.following(&reference) {
            Some(level) => Some(self.price.level.map_or(level, |before| before.ratchet(level))),
            None => self.price.level,
        }
    }

    /// The level that best alone asks for, of the rules that follow it.
    pub(crate) fn following(&self, reference: &Reference) -> Option<Level> {
        match self.price_rule()? {
            PriceRule::Trail { by, .. } if self.price.is_armed => trail::candidate(*by, reference),
            PriceRule::Keep { fraction, .. } if self.price.is_armed => {
                keep::candidate(*fraction, reference)
            }
            PriceRule::Ladder { rungs } => ladder::candidate(rungs, reference),
            PriceRule::Trail { .. }
            | PriceRule::Keep { .. }
            | PriceRule::StopLoss { .. }
            | PriceRule::Target { .. }
            | PriceRule::Step { .. }
            | PriceRule::BreakEven { .. }
            | PriceRule::Bars { .. }
            | PriceRule::Time { .. } => None,
        }
    }
}

pub(crate) fn seat(trade: &Trade) -> Seat {
    Seat { trade: trade.id, instrument: trade.terms.instrument, side: trade.side() }
}

/// Whether stops may trail behind under a profile: one that reports every move, or rounds levels to ticks, sees every mark.
fn can_wait(profile: &Profile) -> bool {
    !profile.dense
        && profile.order == TickOrder::RatchetThenTest
        && profile.rounding == LevelRounding::Exact
}

fn least(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    [one, other].into_iter().flatten().min()
}
