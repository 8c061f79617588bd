//! Mtm of scopes, summed over all trades every time, and the levels that stand on it.

use super::book::{Rule, Trade};
use super::ratio::{half_even, share};
use super::{Mistake, Oracle};
use highmark_engine::{
    Action, Amount, Cap, DrawdownBasis, DrawdownDistance, Fraction, MILLION, MarkKind, MtmRule,
    RuleSpec, Scope, Side, Valuation, Window,
};

/// The sums of one scope.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    pub mtm: i128,
    pub realised: i128,
    pub uncertain: bool,
}

/// Where an mtm rule acts: at or below a floor, or at or above a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Floor(i128),
    Target(i128),
}

impl Rule {
    pub(super) fn mtm_spec(&self) -> Option<&MtmRule> {
        match &self.draft.spec {
            RuleSpec::Mtm(rule) => Some(rule),
            RuleSpec::Price(_) => None,
        }
    }

    pub(super) fn window(&self) -> Window {
        if self.is_daily() {
            Window::Session
        } else if Oracle::drawdown_basis(self).is_some() {
            Window::Life
        } else {
            self.draft.options.window
        }
    }

    pub(super) fn is_daily(&self) -> bool {
        matches!(
            self.mtm_spec(),
            Some(
                MtmRule::DailyLoss { .. }
                    | MtmRule::DailyTarget { .. }
                    | MtmRule::MaxTradesPerDay { .. }
                    | MtmRule::CoolingOff { .. }
            )
        )
    }

    /// The place of an mtm rule within its scope: losses, floors, targets.
    pub(super) fn class(&self) -> u8 {
        match self.mtm_spec() {
            Some(
                MtmRule::MaxLoss { .. } | MtmRule::DailyLoss { .. } | MtmRule::Drawdown { .. },
            ) => 0,
            Some(
                MtmRule::GiveBack { .. }
                | MtmRule::Gap { .. }
                | MtmRule::Lock { .. }
                | MtmRule::LockAndTrail { .. }
                | MtmRule::TrailLoss { .. },
            ) => 1,
            Some(MtmRule::Target { .. } | MtmRule::DailyTarget { .. }) => 2,
            Some(MtmRule::MaxTradesPerDay { .. } | MtmRule::CoolingOff { .. }) | None => 3,
        }
    }

    /// What the rule does when it is met, by default too.
    pub(super) fn action(&self) -> Action {
        if let Some(action) = self.draft.options.action {
            return action;
        }
        match (self.mtm_spec(), self.scope) {
            (Some(MtmRule::MaxTradesPerDay { .. } | MtmRule::CoolingOff { .. }), _) => {
                Action::BlockEntries
            }
            (
                Some(
                    MtmRule::Drawdown { .. }
                    | MtmRule::DailyLoss { .. }
                    | MtmRule::DailyTarget { .. },
                ),
                _,
            ) => Action::Exit,
            (Some(_), Scope::Strategy(_)) => Action::Shutdown,
            _ => Action::Exit,
        }
    }
}

impl Oracle {
    /// What a trade is worth to its scopes: mtm in the window, and whether that is certain.
    pub(super) fn leg(
        &self,
        trade: &Trade,
        window: Window,
        kind: Option<MarkKind>,
        valuation: Valuation,
    ) -> (i128, bool) {
        let (cost, realised, charges) = match window {
            Window::Session => (trade.session_cost, trade.session_realised, trade.session_charges),
            Window::Life => (trade.cost, trade.realised, trade.charges),
        };
        let realised = match self.mistake {
            Some(Mistake::ForgetRealised) if trade.open == 0 => 0,
            _ => realised,
        };
        let instrument = self.book.instrument(trade.instrument);
        let kind = kind.unwrap_or(instrument.spec.mark);
        let price = self.book.price(trade.instrument, kind, trade.side);
        let units = i128::from(trade.open) * trade.multiplier;
        let value = price.map_or(cost, |price| units * i128::from(price));
        let uncertain = trade.open > 0 && (price.is_none() || instrument.stale);
        let mut mtm = realised + trade.sign() * (value - cost);
        if valuation == Valuation::Net {
            mtm -= charges;
            if trade.open > 0 {
                let rates = instrument.spec.charges;
                let ppb = match trade.side {
                    Side::Buy => rates.sell_ppb,
                    Side::Sell => rates.buy_ppb,
                };
                let turnover = half_even(value.abs() * i128::from(ppb), 1_000_000_000);
                mtm -= rates.per_order.0 + turnover;
            }
        }
        (mtm, uncertain)
    }

    pub(super) fn life_mtm(&self, trade: &Trade, kind: Option<MarkKind>) -> i128 {
        self.leg(trade, Window::Life, kind, Valuation::Gross).0
    }

    pub(super) fn sums(
        &self,
        scope: Scope,
        window: Window,
        kind: Option<MarkKind>,
        valuation: Valuation,
    ) -> Sums {
        let mut sums = Sums::default();
        for trade in self.book.trades.iter().filter(|trade| trade.in_scope(scope)) {
            let (mtm, uncertain) = self.leg(trade, window, kind, valuation);
            sums.mtm += mtm;
            sums.realised += match window {
                Window::Session => trade.session_realised,
                Window::Life => trade.realised,
            };
            sums.uncertain |= uncertain;
        }
        sums
    }

    /// What a percentage of capital is of.
    fn capital(&self, scope: Scope) -> i128 {
        let strategy = |id| self.book.strategy(id).spec.capital.0;
        match scope {
            Scope::Trade(id) => strategy(self.book.trades[id.0 as usize].new.strategy),
            Scope::Group(id) => strategy(self.book.group_of(id)),
            Scope::Strategy(id) => strategy(id),
            Scope::Account(id) => self.book.account(id).spec.starting_balance.0,
            Scope::System => {
                self.book.accounts.iter().map(|account| account.spec.starting_balance.0).sum()
            }
        }
    }

    /// The money that an amount stands for; `None` when a share is of nothing.
    pub(super) fn money(&self, scope: Scope, amount: Amount) -> Option<i128> {
        let (of, part) = match amount {
            Amount::Money(money) => return Some(money.0),
            Amount::OfCapital(part) => (self.capital(scope), part),
            Amount::OfMargin(part) => (*self.book.margins.get(&scope).unwrap_or(&0), part),
            Amount::OfPremium(part) => {
                let trades = self.book.trades.iter().filter(|trade| trade.in_scope(scope));
                (trades.map(|trade| trade.premium).sum(), part)
            }
        };
        (of > 0).then(|| share(of, i128::from(part.0), i128::from(MILLION)))
    }

    pub(super) fn start_of(&self, scope: Scope) -> i128 {
        self.capital(scope)
    }

    fn drawdown_distance(&self, scope: Scope, distance: DrawdownDistance) -> i128 {
        match distance {
            DrawdownDistance::Money(money) => money.0,
            DrawdownDistance::OfBalance(part) => {
                share(self.start_of(scope), i128::from(part.0), i128::from(MILLION))
            }
        }
    }

    /// The rule's level now, from its peak and parameters.
    pub(super) fn level_of(&self, rule: &Rule) -> Option<Level> {
        let scope = rule.scope;
        let money = |amount: Amount| self.money(scope, amount);
        let peak = rule.mtm.peak;
        let steps = |over: i128, every: i128| over.max(0).div_euclid(every.max(1));
        let floor = match *rule.mtm_spec()? {
            MtmRule::MaxLoss { amount } | MtmRule::DailyLoss { amount } => -money(amount)?,
            MtmRule::Target { amount } | MtmRule::DailyTarget { amount } => {
                return Some(Level::Target(money(amount)?));
            }
            MtmRule::GiveBack { fraction, arm_at } => {
                if peak <= 0 || peak < money(arm_at)? {
                    return None;
                }
                return Some(Level::Floor(kept(peak, fraction)));
            }
            MtmRule::Gap { amount, arm_at, floor } => {
                let (amount, arm_at) = (money(amount)?, money(arm_at)?);
                let least = match floor {
                    Some(floor) => Some(money(floor)?),
                    None => None,
                };
                if peak < arm_at {
                    return None;
                }
                least.map_or(peak - amount, |least| least.max(peak - amount))
            }
            MtmRule::Lock { arm_at, floor } => {
                let (arm_at, floor) = (money(arm_at)?, money(floor)?);
                if peak < arm_at {
                    return None;
                }
                floor
            }
            MtmRule::LockAndTrail { arm_at, floor, every, raise, max_steps } => {
                let (arm_at, floor) = (money(arm_at)?, money(floor)?);
                let (every, raise) = (money(every)?, money(raise)?);
                if peak < arm_at {
                    return None;
                }
                let most = max_steps.map_or(i128::MAX, i128::from);
                floor + steps(peak - arm_at, every).min(most) * raise
            }
            MtmRule::TrailLoss { loss, every, raise, cap } => {
                let (loss, every, raise) = (money(loss)?, money(every)?, money(raise)?);
                let floor = -loss + steps(peak, every) * raise;
                match cap {
                    Cap::None => floor,
                    Cap::Cost => floor.min(0),
                }
            }
            MtmRule::Drawdown { distance, lock_at, .. } => {
                let high = self.start_of(scope) + rule.mtm.high;
                let floor = high - self.drawdown_distance(scope, distance);
                lock_at.map_or(floor, |lock| floor.min(lock.0))
            }
            MtmRule::MaxTradesPerDay { .. } | MtmRule::CoolingOff { .. } => return None,
        };
        Some(Level::Floor(floor))
    }

    /// What room is measured against in warnings.
    pub(super) fn full_room(&self, rule: &Rule, floor: i128) -> i128 {
        match rule.mtm_spec() {
            Some(MtmRule::Drawdown { distance, .. }) => {
                self.drawdown_distance(rule.scope, *distance)
            }
            _ if floor < 0 => -floor,
            _ => rule.mtm.peak - floor,
        }
    }

    /// The rule's figures now: what moves its peak, what is compared, realised, and which of the first two are uncertain.
    pub(super) fn look(&self, rule: &Rule) -> (i128, i128, i128, (bool, bool)) {
        let options = &rule.draft.options;
        let sums = |kind| self.sums(rule.scope, rule.window(), kind, options.valuation);
        let (up, down) = (sums(options.peak_mark), sums(options.breach_mark));
        (
            up.mtm - rule.mtm.base_peak,
            down.mtm - rule.mtm.base_breach,
            up.realised - rule.mtm.base_realised,
            (up.uncertain, down.uncertain),
        )
    }

    pub(super) fn drawdown_basis(rule: &Rule) -> Option<DrawdownBasis> {
        match rule.mtm_spec() {
            Some(MtmRule::Drawdown { basis, .. }) => Some(*basis),
            _ => None,
        }
    }
}

/// What is left of a peak when `fraction` of it is given back.
fn kept(peak: i128, fraction: Fraction) -> i128 {
    (peak * (i128::from(MILLION) - i128::from(fraction.0))).div_euclid(i128::from(MILLION))
}
