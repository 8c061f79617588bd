//! Views made from the state, on demand.

use super::State;
use super::price_state::Skip;
use super::rule::{Rule, Spec};
use super::sample::{Class, class, window};
use super::trade::Trade;
use crate::ids::*;
use crate::input::{ExitOrder, FillMode};
use crate::money::{Money, Price, Quantity};
use crate::rules::level::{Level, price_of};
use crate::rules::spec::*;
use crate::time::Timestamp;
use crate::view::*;
use alloc::vec::Vec;

impl State {
    pub fn trade_view(&self, id: TradeId) -> Option<TradeView> {
        self.trades.get(id.index()).map(|trade| self.view_trade(trade))
    }

    /// All trades ever, by id.
    pub fn trade_views(&self) -> impl Iterator<Item = TradeView> + '_ {
        self.trades.iter().map(|trade| self.view_trade(trade))
    }

    /// Trades of a scope that are pending or held, by id. It costs as many as these are.
    pub fn live_trades(&self, scope: Scope) -> impl Iterator<Item = TradeId> + '_ {
        self.books.get(scope).into_iter().flat_map(|book| book.live.iter())
    }

    /// The held trades of a scope in the order in which they leave: shorts first, unless all their strategies go by id.
    pub fn leaving(&self, scope: Scope) -> Vec<TradeId> {
        let live = self.live_trades(scope);
        let mut held: Vec<TradeId> = live.filter(|id| self.trade(*id).is_held()).collect();
        let by_id = held.iter().all(|id| {
            let strategy = self.trade(*id).terms.strategy;
            self.strategies[strategy.index()].spec.exit_order == ExitOrder::ById
        });
        if !by_id {
            held.sort_by_key(|id| (self.trade(*id).is_long(), *id));
        }
        held
    }

    /// The number of trades ever added; their ids are those below it.
    pub fn trade_count(&self) -> u32 {
        u32::try_from(self.trades.len()).unwrap_or(u32::MAX)
    }

    /// How many exits of a trade were ever decided: the attempt of the latest, 0 when there was none.
    pub fn exits_decided(&self, id: TradeId) -> u32 {
        self.trades.get(id.index()).map_or(0, |trade| trade.attempts)
    }

    /// The number of rules ever set; their ids are those below it.
    pub fn rule_count(&self) -> u32 {
        u32::try_from(self.rules.len()).unwrap_or(u32::MAX)
    }

    /// What was decided and is not wholly filled, by trade: what a restart has to ask the broker about.
    pub fn orders_in_flight(&self) -> impl Iterator<Item = OrderView> + '_ {
        let ordered = |trade: &&Trade| {
            let account = self.accounts.get(trade.terms.account.index());
            account.is_some_and(|account| account.fills == FillMode::Orders)
        };
        self.trades.iter().filter(ordered).flat_map(|trade| {
            let is_wanted = trade.is_held() || trade.status == TradeStatus::Pending;
            let entry = OrderView {
                trade: trade.id,
                intent: None,
                leaves: trade.planned,
                is_unknown: false,
            };
            let exit = trade.exit.map(|exit| OrderView {
                trade: trade.id,
                intent: Some(exit.intent),
                leaves: exit.remaining,
                is_unknown: exit.is_unknown,
            });
            Some(entry)
                .filter(|_| is_wanted && trade.planned > Quantity::ZERO)
                .into_iter()
                .chain(exit)
        })
    }

    /// The exit of a trade that was decided and is not wholly filled.
    pub fn exit_in_flight(&self, trade: TradeId) -> Option<IntentId> {
        let trade = self.trades.get(trade.index())?;
        trade.exit.map(|exit| exit.intent)
    }

    /// Whether the exit on its way is of all that is open of a trade; false when it is of a part.
    pub fn leaves_whole(&self, trade: TradeId) -> bool {
        self.trades.get(trade.index()).is_some_and(Trade::leaves_whole)
    }

    fn view_trade(&self, trade: &Trade) -> TradeView {
        let mark = self.trade_mark(trade, None);
        let is_held = trade.is_held();
        let (best, best_at) = self.best(trade);
        let stop = self.standing_stop(trade.id).filter(|_| is_held);
        let unrealised = match (is_held, mark) {
            (false, _) => Some(Money::ZERO),
            (true, None) => None,
            (true, mark) => Some(trade.unrealised(Window::Life, mark)),
        };
        TradeView {
            id: trade.id,
            name: trade.terms.name.clone(),
            strategy: trade.terms.strategy,
            account: trade.terms.account,
            group: trade.terms.group,
            instrument: trade.terms.instrument,
            side: trade.side(),
            generation: trade.generation,
            after: trade.after,
            status: trade.status,
            status_reason: (*trade.status_reason).clone(),
            quantity: if trade.fills == 0 { trade.terms.quantity } else { trade.entered },
            open: trade.open,
            entry: trade.entry_price(),
            open_entry: trade.open_entry_price(),
            exit: trade.exit_price(),
            opened_at: trade.opened_at,
            closed_at: trade.closed_at,
            mark,
            best: best.map(|best| price_of(trade.side(), best)),
            best_at,
            stop: if is_held && trade.exit.is_none() {
                stop.map(|stop| stop.price)
            } else {
                trade.stop_at_exit
            },
            stop_rule: stop.map(|stop| stop.rule),
            target: self.nearest_target(trade),
            realised: trade.life.realised,
            unrealised,
            mtm: trade.mtm(Window::Life, if is_held { mark } else { None }),
            charges: trade.life.charges,
            cause: (*trade.cause).clone(),
            rules: trade.rules.to_vec(),
        }
    }

    fn nearest_target(&self, trade: &Trade) -> Option<Price> {
        let levels = trade.rules.iter().map(|id| self.rule(*id)).filter_map(|rule| {
            let is_target = matches!(rule.price_rule(), Some(PriceRule::Target { .. }));
            (is_target && rule.is_live() && rule.options().watch == Watch::Own)
                .then_some(rule.shown(rule.price.level?))
        });
        levels.min().map(|level| price_of(trade.side(), level))
    }

    pub fn scope_view(&self, scope: Scope, window: Window) -> Option<ScopeView> {
        if !self.exists(scope) {
            return None;
        }
        let empty = super::scope::Book::default();
        let book = self.books.get(scope).unwrap_or(&empty);
        let (mtm, uncertain) = self.mtm(scope, window, None, Valuation::Gross);
        let tally = self.tally(scope, window);
        let nearest = self.nearest_floor(&book.rules);
        Some(ScopeView {
            scope,
            window,
            mtm,
            realised: tally.realised,
            unrealised: mtm - tally.realised,
            peak: tally.peak,
            peak_at: tally.peak_at,
            uncertain,
            nearest: nearest.map(|rule| rule.id),
            floor: nearest.and_then(|rule| rule.mtm.level),
            room: nearest
                .filter(|rule| rule.mtm.is_sampled)
                .and_then(|rule| Some(self.rule_value(rule) - rule.mtm.level?)),
            open_trades: u32::try_from(
                book.live.iter().filter(|id| self.trade(*id).is_held()).count(),
            )
            .unwrap_or(0),
            total_trades: book.total_trades,
            is_active: match scope {
                Scope::Strategy(id) => self.strategies[id.index()].is_active,
                _ => true,
            },
            closed_to_entries: self.closed_to_entries(scope),
            rules: book.rules.clone(),
        })
    }

    /// A scope's mtm, and whether a leg has no mark or a stale one: what [`State::scope_view`] says of it, without
    /// the rest.
    pub fn mtm_of(&self, scope: Scope, window: Window) -> (Money, bool) {
        self.mtm(scope, window, None, Valuation::Gross)
    }

    /// The floor of a rule on mtm, if it has one now.
    pub fn floor(&self, id: RuleId) -> Option<Money> {
        let rule = self.rules.get(id.index())?;
        rule.mtm.level.filter(|_| rule.mtm_rule().is_some())
    }

    /// Whether the engine knows the scope.
    pub fn exists(&self, scope: Scope) -> bool {
        match scope {
            Scope::Trade(id) => id.index() < self.trades.len(),
            Scope::Group(id) => self.groups.get(id.index()).is_some_and(|group| !group.is_removed),
            Scope::Strategy(id) => {
                self.strategies.get(id.index()).is_some_and(|strategy| !strategy.is_removed)
            }
            Scope::Account(id) => id.index() < self.accounts.len(),
            Scope::System => true,
        }
    }

    /// Of the scope's floors, the one whose room is smallest; of those that fired, none.
    fn nearest_floor(&self, rules: &[RuleId]) -> Option<&Rule> {
        let live = rules
            .iter()
            .map(|id| self.rule(*id))
            .filter(|rule| rule.is_live() && rule.mtm.level.is_some());
        live.filter(|rule| rule.mtm_rule().is_some_and(|spec| class(spec) < Class::Target))
            .min_by_key(|rule| {
                let room = rule.mtm.level.map(|level| self.rule_value(rule) - level);
                (!rule.mtm.is_sampled, room, rule.id)
            })
    }

    pub fn rule_view(&self, id: RuleId) -> Option<RuleView> {
        let rule = self.rules.get(id.index())?;
        let price = self.level_shown(rule);
        let is_mtm = rule.mtm_rule().is_some();
        let (room_points, room) = self.room(rule);
        let (mark, (best, best_at)) = self.compared(rule);
        Some(RuleView {
            rule: rule.reference(),
            draft: rule.draft.clone().into(),
            provenance: (*rule.provenance).clone(),
            set_at: rule.set_at,
            removed: rule.is_removed,
            level: price,
            mark,
            best,
            best_at,
            floor: rule.mtm.level.filter(|_| is_mtm),
            value: (is_mtm && rule.mtm.is_sampled).then_some(self.rule_value(rule)),
            peak: is_mtm.then_some(match rule.mtm_rule() {
                Some(MtmRule::Drawdown { .. }) => rule.mtm.high,
                _ => self.rule_peak(rule).0,
            }),
            peak_at: self.rule_peak(rule).1,
            room_points,
            room,
            waits_for: self.waits_for(rule),
            fired: (*rule.fired).clone(),
        })
    }

    fn level_shown(&self, rule: &Rule) -> Option<Price> {
        let Scope::Trade(trade) = rule.scope else { return None };
        let trade = self.trade(trade);
        let side = rule.side(trade, &self.instrument(trade.terms.instrument).spec);
        rule.price_rule()
            .and_then(|_| self.level(rule))
            .map(|level| price_of(side, rule.shown(level)))
    }

    /// The mark that a price rule compares, and the best that it measures from.
    fn compared(&self, rule: &Rule) -> (Option<Price>, (Option<Price>, Option<Timestamp>)) {
        let (Spec::Price(_), Scope::Trade(id)) = (&rule.draft.spec, rule.scope) else {
            return (None, (None, None));
        };
        let here = self.surroundings(rule, id);
        let mark = rule.mark(here.trade, here.quote, here.watched.mark, false);
        let side = rule.side(here.trade, here.spec);
        let (best, best_at) = match rule.has_own_best() {
            true => (rule.price.seldom.own_best, None),
            false => self.best(here.trade),
        };
        (mark, (best.map(|best| price_of(side, best)), best_at))
    }

    fn room(&self, rule: &Rule) -> (Option<Price>, Option<Money>) {
        match (&rule.draft.spec, rule.scope) {
            (Spec::Price(spec), Scope::Trade(id)) => {
                let here = self.surroundings(rule, id);
                let mark = rule.mark(here.trade, here.quote, here.watched.mark, false);
                let (Some(level), Some(mark)) = (self.level_shown(rule), mark) else {
                    return (None, None);
                };
                let sign =
                    rule.side(here.trade, here.spec).sign() * if is_target(spec) { -1 } else { 1 };
                let points = Price((mark.0 - level.0) * sign);
                let own = rule.options().watch == Watch::Own;
                (Some(points), own.then(|| Money(here.trade.size() * i128::from(points.0))))
            }
            (Spec::Mtm(spec), _) => {
                let room = rule.mtm.level.map(|level| match class(spec) {
                    Class::Target | Class::Count => level - self.rule_value(rule),
                    Class::Hard | Class::Floor => self.rule_value(rule) - level,
                });
                (None, room.filter(|_| rule.mtm.is_sampled))
            }
            (Spec::Price(_), _) => (None, None),
        }
    }

    fn waits_for(&self, rule: &Rule) -> Waits {
        if !rule.is_live() {
            return Waits::Nothing;
        }
        match (&rule.draft.spec, rule.scope) {
            (Spec::Price(spec), Scope::Trade(id)) => self.price_waits_for(rule, spec, id),
            (Spec::Mtm(spec), _) => {
                mtm_waits_for(rule, spec, |amount| self.amount(rule.scope, amount))
            }
            (Spec::Price(_), _) => Waits::Nothing,
        }
    }

    fn price_waits_for(&self, rule: &Rule, spec: &PriceRule, id: TradeId) -> Waits {
        let trade = self.trade(id);
        if !trade.is_held() {
            return if trade.status == TradeStatus::Pending {
                Waits::Entry
            } else {
                Waits::Nothing
            };
        }
        if let Some(since) = rule.price.seldom.breach.since {
            return Waits::Confirmation { since, ticks: rule.price.seldom.breach.looks };
        }
        let here = self.surroundings(rule, id);
        match spec {
            PriceRule::Time { .. } => rule.price.seldom.due.map_or(Waits::Session, Waits::Until),
            PriceRule::BreakEven { .. } if rule.price.seldom.skip != Skip::No => Waits::Nothing,
            _ if !here.is_fresh => Waits::Mark,
            _ if rule.price.level.is_some() => Waits::Level,
            PriceRule::Bars { study, .. } => {
                Waits::Bars { have: rule.price.seldom.study.seen(), need: bars_needed(*study) }
            }
            PriceRule::Trail { arm_at: Some(at), .. }
            | PriceRule::Keep { arm_at: Some(at), .. }
                if !rule.price.is_armed =>
            {
                self.arming(rule, *at, id)
            }
            PriceRule::BreakEven { at, .. } => self.arming(rule, ArmAt::Profit(*at), id),
            PriceRule::Ladder { rungs } => rungs
                .first()
                .map_or(Waits::Nothing, |rung| self.arming(rule, ArmAt::Profit(rung.at), id)),
            _ => Waits::Profit,
        }
    }

    /// The price that best has to reach.
    fn arming(&self, rule: &Rule, at: ArmAt, id: TradeId) -> Waits {
        let here = self.surroundings(rule, id);
        let side = rule.side(here.trade, here.spec);
        match (at, rule.measures_from(here)) {
            (ArmAt::Price(price), _) => Waits::ArmingPrice(price),
            (ArmAt::Profit(distance), Some(from)) => {
                let level: Level = from.level(from.entry().plus(from.distance(distance)));
                Waits::ArmingPrice(price_of(side, level.shown))
            }
            (ArmAt::Profit(_), None) => Waits::Mark,
        }
    }
}

fn is_target(spec: &PriceRule) -> bool {
    matches!(spec, PriceRule::Target { .. })
}

fn bars_needed(study: Study) -> u32 {
    match study {
        Study::Chandelier { period, .. }
        | Study::Atr { period, .. }
        | Study::Supertrend { period, .. }
        | Study::Donchian { period } => period,
        Study::ParabolicSar { .. } => 1,
    }
}

fn mtm_waits_for(rule: &Rule, spec: &MtmRule, amount: impl Fn(Amount) -> Option<Money>) -> Waits {
    if let Some(since) = rule.mtm.breach.since {
        return Waits::Confirmation { since, ticks: rule.mtm.breach.looks };
    }
    if rule.mtm.level.is_some() {
        return Waits::Level;
    }
    let at = match spec {
        MtmRule::GiveBack { arm_at, .. }
        | MtmRule::Gap { arm_at, .. }
        | MtmRule::Lock { arm_at, .. }
        | MtmRule::LockAndTrail { arm_at, .. } => amount(*arm_at),
        _ => None,
    };
    match at {
        Some(at) if at <= Money::ZERO => Waits::Profit,
        Some(at) => Waits::ArmingMoney(at),
        None => Waits::Whole,
    }
}

/// The window in which a rule counts, for those who show it.
impl State {
    pub fn rule_window(&self, id: RuleId) -> Option<Window> {
        self.rules.get(id.index()).map(window)
    }
}
