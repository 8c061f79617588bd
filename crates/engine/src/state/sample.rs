//! Scopes sampled: mtm, peaks, floors. Called once per batch, never between its ticks.

use super::State;
use super::rule::Rule;
use crate::ids::*;
use crate::instrument::MarkKind;
use crate::money::{Fraction, Money};
use crate::rules::spec::*;
use crate::rules::{
    drawdown, gap, give_back, lock, lock_and_trail, max_loss, mtm_target, trail_loss,
};
use crate::state::trade::Trade;
use crate::time::{Span, Timestamp};
use crate::wide;
use alloc::borrow::Cow;

/// What a scope is worth at its instruments' own marks, charges aside.
pub(super) struct Worth {
    session: Money,
    life: Money,
    is_uncertain: bool,
}

impl Worth {
    pub(super) fn within(&self, window: Window) -> Money {
        match window {
            Window::Session => self.session,
            Window::Life => self.life,
        }
    }
}

impl State {
    /// Notes that the mtm of a scope may have moved; a trade that ended in an earlier input moves nothing.
    pub(crate) fn touch(&mut self, scope: Scope) {
        if !self.has_ended(scope) {
            self.touched.insert(scope);
        }
    }

    /// It is a trade that ended in an earlier input: nothing of its own is judged any more.
    pub(crate) fn has_ended(&self, scope: Scope) -> bool {
        let Scope::Trade(id) = scope else { return false };
        self.trade(id).closed_at.is_some() && !self.touched.contains(scope)
    }

    /// Samples every scope that was touched or asked for.
    pub(crate) fn settle(&mut self) {
        (self.index.rows.is_moved, self.index.rows.is_settled) = (false, true);
        if self.touched.is_empty() && self.asked.is_empty() {
            return self.index.rows.note_tops(self.now);
        }
        let mut touched = core::mem::take(&mut self.touched);
        if self.asked.is_empty() {
            touched.sorted().iter().for_each(|scope| self.sample(*scope, true));
        } else {
            let mut all = core::mem::take(&mut self.asked);
            all.extend(touched.sorted().iter().copied());
            for scope in all.sorted() {
                self.sample(*scope, touched.contains(*scope));
            }
        }
        touched.clear();
        self.touched = touched;
        self.index.rows.note_tops(self.now);
    }

    /// `counts`: it is a look that a confirmation by ticks counts.
    fn sample(&mut self, scope: Scope, counts: bool) {
        let now = self.now;
        self.appraise(scope);
        self.bring_peaks_up(scope);
        let worth = self.worth(scope);
        let book = self.book(scope);
        if !worth.is_uncertain {
            book.session.see(worth.session, now);
            book.life.see(worth.life, now);
        }
        for at in 0..book.rules.len() {
            let id = self.book_of(scope).rules[at];
            if self.rule(id).is_live() && self.rule(id).candle().is_none() {
                self.sample_rule(id, counts, &worth);
            }
        }
        self.rest(scope, &worth);
    }

    /// What a scope is worth at its instruments' own marks.
    pub(super) fn worth(&self, scope: Scope) -> Worth {
        if let (Some(book), Some(gains)) = (self.books.get(scope), self.index.rows.gains(scope)) {
            let (session, life, is_uncertain) = gains;
            let (session, life) = (book.session.realised + session, book.life.realised + life);
            return Worth { session, life, is_uncertain };
        }
        let of = |window| self.mtm(scope, window, None, Valuation::Gross);
        let ((session, is_uncertain), (life, _)) = (of(Window::Session), of(Window::Life));
        Worth { session, life, is_uncertain }
    }

    pub(crate) fn sample_candles(&mut self, length: Span) {
        for id in self.candle_rules.clone() {
            let rule = self.rule(id);
            if rule.is_live() && rule.candle() == Some(length) && !self.has_ended(rule.scope) {
                self.sample_rule(id, false, &self.worth(rule.scope));
            }
        }
    }

    /// Shows the level of a rule that is looked at only at candle closes, when its words or its peak are others.
    pub(crate) fn restate(&mut self, id: RuleId) {
        if self.rule(id).is_live() && self.rule(id).candle().is_some() {
            let (level, distance) = self.level_of(self.rule(id));
            let rule = &mut self.rules[id.index()];
            (rule.mtm.level, rule.mtm.distance) = (level, distance);
        }
    }

    /// Moves one rule's peak and floor to what its scope is worth now.
    fn sample_rule(&mut self, id: RuleId, counts: bool, worth: &Worth) {
        let now = self.now;
        let rule = self.rule(id);
        let (origin, peak_origin) = (rule.mtm.origin, rule.mtm.peak_origin);
        let realised_origin = rule.mtm.realised_origin;
        let options = rule.options();
        let looks_here = options.breach_mark.is_none() && options.valuation == Valuation::Gross;
        let (value, is_uncertain) = if looks_here {
            (worth.within(window(rule)), worth.is_uncertain)
        } else {
            self.rule_mtm(rule, false)
        };
        let looks_twice = options.peak_mark != options.breach_mark;
        let (peak_value, uncertain_peak) =
            if looks_twice { self.rule_mtm(rule, true) } else { (value, is_uncertain) };
        let (peak_value, value) = (peak_value - peak_origin, value - origin);
        let capital = self.capital(rule.scope);
        let scope = rule.scope;
        let book = self.book(scope);
        let (realised, opened_today) = (book.life.realised, book.opened_today);
        let rule = &mut self.rules[id.index()];
        if !uncertain_peak && peak_value > rule.mtm.peak {
            (rule.mtm.peak, rule.mtm.peak_at) = (peak_value, Some(now));
        }
        let mut measured = value;
        match rule.mtm_rule() {
            Some(MtmRule::Drawdown { basis, .. }) => {
                measured = value + capital;
                let seen = match basis {
                    DrawdownBasis::Intraday if !uncertain_peak => Some(peak_value + capital),
                    DrawdownBasis::Realised => Some(realised - realised_origin + capital),
                    DrawdownBasis::Intraday | DrawdownBasis::EndOfDay => None,
                };
                rule.mtm.high = seen.map_or(rule.mtm.high, |seen| seen.max(rule.mtm.high));
            }
            Some(MtmRule::MaxTradesPerDay { .. }) => {
                measured = Money::rupees(i64::from(opened_today))
            }
            Some(MtmRule::CoolingOff { .. }) => {
                measured = Money::rupees(i64::from(rule.mtm.losses));
                rule.mtm.sampled_loss_at = rule.mtm.last_loss_at;
            }
            _ => {}
        }
        (rule.mtm.value, rule.mtm.is_uncertain, rule.mtm.is_sampled) =
            (measured, is_uncertain, true);
        let (level, distance) = self.level_of(self.rule(id));
        let in_breach = {
            let rule = &mut self.rules[id.index()];
            (rule.mtm.level, rule.mtm.distance) = (level, distance);
            self.is_mtm_breach(id)
        };
        let rule = &mut self.rules[id.index()];
        if rule.options().confirm.is_some() && rule.candle().is_none() {
            rule.mtm.breach.look(in_breach, counts, now);
        }
        self.rearm_warnings(id);
    }

    /// Whether the rule's last sample is at or past its level, confirmed or not.
    pub(crate) fn is_mtm_breach(&self, id: RuleId) -> bool {
        let rule = self.rule(id);
        let (Some(level), Some(spec)) = (rule.mtm.level, rule.mtm_rule()) else { return false };
        let strict = rule.options().strict || self.profile.strict;
        match class(spec) {
            Class::Target => {
                !rule.mtm.is_uncertain && mtm_target::is_met(rule.mtm.value, level, strict)
            }
            Class::Count => mtm_target::is_met(rule.mtm.value, level, false),
            Class::Hard | Class::Floor => {
                if strict {
                    rule.mtm.value < level
                } else {
                    rule.mtm.value <= level
                }
            }
        }
    }

    /// The level of a rule at its peak, and the distance that its room is measured against.
    pub(crate) fn level_of(&self, rule: &Rule) -> (Option<Money>, Money) {
        let (scope, peak) = (rule.scope, rule.mtm.peak);
        let amount = |amount: Amount| self.amount(scope, amount);
        let Some(spec) = rule.mtm_rule() else { return (None, Money::ZERO) };
        let floor = match spec {
            MtmRule::MaxLoss { amount: most } | MtmRule::DailyLoss { amount: most } => {
                amount(*most).map(max_loss::floor)
            }
            MtmRule::Target { amount: goal } | MtmRule::DailyTarget { amount: goal } => {
                amount(*goal)
            }
            MtmRule::GiveBack { fraction, arm_at } => {
                amount(*arm_at).and_then(|arm_at| give_back::floor(peak, *fraction, arm_at))
            }
            MtmRule::Gap { amount: gap, arm_at, floor } => {
                match (amount(*gap), amount(*arm_at), floor) {
                    (Some(gap), Some(arm_at), floor) => {
                        gap::floor(peak, gap, arm_at, floor.and_then(amount))
                    }
                    _ => None,
                }
            }
            MtmRule::Lock { arm_at, floor } => match (amount(*arm_at), amount(*floor)) {
                (Some(arm_at), Some(floor)) => lock::floor(peak, arm_at, floor),
                _ => None,
            },
            MtmRule::LockAndTrail { arm_at, floor, every, raise, max_steps } => {
                match (amount(*arm_at), amount(*floor), amount(*every), amount(*raise)) {
                    (Some(arm_at), Some(floor), Some(every), Some(raise)) => {
                        let stairs = lock_and_trail::Stairs {
                            arm_at,
                            floor,
                            every,
                            raise,
                            max_steps: *max_steps,
                        };
                        lock_and_trail::floor(peak, stairs)
                    }
                    _ => None,
                }
            }
            MtmRule::TrailLoss { loss, every, raise, cap } => {
                match (amount(*loss), amount(*every), amount(*raise)) {
                    (Some(loss), Some(every), Some(raise)) => {
                        trail_loss::floor(peak, loss, every, raise, *cap)
                    }
                    _ => None,
                }
            }
            MtmRule::Drawdown { distance, lock_at, .. } => {
                let d = self.drawdown_distance(scope, *distance);
                return (Some(drawdown::floor(rule.mtm.high, d, *lock_at)), d);
            }
            MtmRule::MaxTradesPerDay { count } => Some(Money::rupees(i64::from(*count))),
            MtmRule::CoolingOff { losses, .. } => Some(Money::rupees(i64::from(*losses))),
        };
        // Only what can be lost is warned of.
        let floor_to_lose = floor.filter(|_| class(spec) < Class::Target);
        let distance = floor_to_lose
            .map_or(Money::ZERO, |floor| if floor < Money::ZERO { -floor } else { peak - floor });
        (floor, distance)
    }

    pub(crate) fn drawdown_distance(&self, scope: Scope, distance: DrawdownDistance) -> Money {
        match distance {
            DrawdownDistance::Money(money) => money,
            DrawdownDistance::OfBalance(share) => self.capital(scope).share(share),
        }
    }

    /// A percentage amount as money; `None` when there is nothing that it could be of.
    pub(crate) fn amount(&self, scope: Scope, amount: Amount) -> Option<Money> {
        let book = self.books.get(scope);
        let (whole, share) = match amount {
            Amount::Money(money) => return Some(money),
            Amount::OfCapital(share) => (self.capital(scope), share),
            Amount::OfMargin(share) => (book.map_or(Money::ZERO, |book| book.margin), share),
            Amount::OfPremium(share) => {
                let own = match scope {
                    Scope::Trade(id) => self.trade(id).entry_value,
                    Scope::Group(_) | Scope::Strategy(_) | Scope::Account(_) | Scope::System => {
                        Money::ZERO
                    }
                };
                (book.map_or(own, |book| book.premium), share)
            }
        };
        (whole > Money::ZERO).then(|| whole.share(share))
    }

    /// The mtm that a rule looks at, before its reset's origin is taken off, and whether it is uncertain.
    pub(crate) fn rule_mtm(&self, rule: &Rule, for_peak: bool) -> (Money, bool) {
        let options = rule.options();
        let kind = if for_peak { options.peak_mark } else { options.breach_mark };
        self.mtm(rule.scope, window(rule), kind, options.valuation)
    }

    /// Realised and unrealised of a scope in a window, and whether a mark is missing or stale.
    pub(crate) fn mtm(
        &self,
        scope: Scope,
        window: Window,
        kind: Option<MarkKind>,
        valuation: Valuation,
    ) -> (Money, bool) {
        let (gross, is_uncertain) = self.gross(scope, window, kind);
        match valuation {
            Valuation::Gross => (gross, is_uncertain),
            Valuation::Net => (gross - self.charges(scope, window, kind), is_uncertain),
        }
    }

    fn gross(&self, scope: Scope, window: Window, kind: Option<MarkKind>) -> (Money, bool) {
        let Some(book) = self.books.get(scope) else {
            return self.gross_of_trade(scope, window, kind);
        };
        let realised = book.tally(window).realised;
        if let (None, Some((gain, is_uncertain))) = (kind, self.index.rows.gain(scope, window)) {
            return (realised + gain, is_uncertain);
        }
        let mut gain = Money::ZERO;
        let mut is_uncertain = false;
        for (id, exposure) in &book.exposures {
            let valued = self.instrument(*id).valued(kind);
            gain += exposure.gain(window, valued);
            is_uncertain |= exposure.is_uncertain(valued);
        }
        (realised + gain, is_uncertain)
    }

    /// A trade keeps no book until a rule stands on its mtm; its own figures are the same.
    fn gross_of_trade(
        &self,
        scope: Scope,
        window: Window,
        kind: Option<MarkKind>,
    ) -> (Money, bool) {
        let Scope::Trade(id) = scope else { return (Money::ZERO, false) };
        let trade = self.trade(id);
        let mark = self.trade_mark(trade, kind);
        let is_stale = self.instrument(trade.terms.instrument).stale_since.is_some();
        (trade.mtm(window, mark), trade.is_held() && (mark.is_none() || is_stale))
    }

    fn charges(&self, scope: Scope, window: Window, kind: Option<MarkKind>) -> Money {
        let Some(book) = self.books.get(scope) else {
            let Scope::Trade(id) = scope else { return Money::ZERO };
            let trade = self.trade(id);
            let closing =
                if trade.is_held() { self.projected_charges(trade, kind) } else { Money::ZERO };
            return trade.basis(window).charges + closing;
        };
        let held = book.live.iter().map(|id| self.trade(id)).filter(|trade| trade.is_held());
        book.tally(window).charges + held.map(|trade| self.projected_charges(trade, kind)).sum()
    }

    /// What closing the trade at its mark would cost.
    fn projected_charges(&self, trade: &Trade, kind: Option<MarkKind>) -> Money {
        let rates = &self.instrument(trade.terms.instrument).spec.charges;
        let value = self
            .trade_mark(trade, kind)
            .map_or(trade.life.cost, |mark| trade.open.value(mark, trade.multiplier));
        charge(rates, trade.side().opposite(), value)
    }
}

/// The charges of one order of `value` on `side`.
pub(crate) fn charge(
    rates: &crate::instrument::ChargeRates,
    side: crate::input::Side,
    value: Money,
) -> Money {
    let parts = match side {
        crate::input::Side::Buy => rates.buy_ppb,
        crate::input::Side::Sell => rates.sell_ppb,
    };
    if parts == 0 {
        return rates.per_order;
    }
    let share = wide::mul_div_half_even(value.0.abs(), i128::from(parts), 1_000_000_000);
    rates.per_order + Money(share)
}

/// The order in which a scope's rules are decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Hard,
    Floor,
    Target,
    /// What counts trades or losses.
    Count,
}

pub(crate) fn class(rule: &MtmRule) -> Class {
    match rule {
        MtmRule::MaxLoss { .. } | MtmRule::DailyLoss { .. } | MtmRule::Drawdown { .. } => {
            Class::Hard
        }
        MtmRule::GiveBack { .. }
        | MtmRule::Gap { .. }
        | MtmRule::Lock { .. }
        | MtmRule::LockAndTrail { .. }
        | MtmRule::TrailLoss { .. } => Class::Floor,
        MtmRule::MaxTradesPerDay { .. } | MtmRule::CoolingOff { .. } => Class::Count,
        MtmRule::Target { .. } | MtmRule::DailyTarget { .. } => Class::Target,
    }
}

/// The window in which a rule counts: daily rules the session's, drawdowns the whole life.
pub(crate) fn window(rule: &Rule) -> Window {
    match rule.mtm_rule() {
        Some(MtmRule::Drawdown { .. }) => Window::Life,
        Some(
            MtmRule::DailyLoss { .. }
            | MtmRule::DailyTarget { .. }
            | MtmRule::MaxTradesPerDay { .. }
            | MtmRule::CoolingOff { .. },
        ) => Window::Session,
        _ => rule.options().window,
    }
}

/// When a cooling-off rule that latches now lets entries in again.
pub(crate) fn cooling_until(rule: &Rule) -> Option<Timestamp> {
    match rule.mtm_rule() {
        Some(MtmRule::CoolingOff { wait, .. }) => rule.mtm.sampled_loss_at.map(|at| at.plus(*wait)),
        _ => None,
    }
}

/// The bands at which a rule warns, widest first.
pub(crate) fn bands(rule: &Rule) -> Cow<'_, [Fraction]> {
    let Some(warn) = &rule.options().warn else { return Cow::Borrowed(&crate::input::WARN_BANDS) };
    let mut bands = warn.clone();
    bands.sort_by(|a, b| b.cmp(a));
    Cow::Owned(bands)
}
