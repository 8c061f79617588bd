//! Rules set, changed, loosened, reset and removed; the tightest stop; warnings noted.

use super::rule::{Rule, Words};
use super::scope::Share;
use super::trade::Trade;
use super::{State, marks};
use crate::ids::*;
use crate::input::{StrategySpec, WARN_BANDS, WARN_REARM};
use crate::money::{Fraction, MILLION, Money, Price};
use crate::rare::{Rare, Shared};
use crate::rules::bars::StudyState;
use crate::rules::level::{Level, price_of, x};
use crate::rules::spec::*;
use alloc::vec::Vec;

/// The stop in force.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct EffectiveStop {
    pub(crate) level: Level,
    pub(crate) price: Price,
    pub(crate) rule: RuleId,
    pub(crate) moved_by: Option<RuleRef>,
}

impl State {
    /// The tightest stop on the trade's own price; ties go to the smaller rule id, then to the rule itself.
    pub(crate) fn effective_stop(&self, trade: TradeId) -> Option<EffectiveStop> {
        self.tightest_stop(trade, |_| true)
    }

    /// As [`State::effective_stop`], of what may still act: a rule that has fired protects nothing, unless the exit that
    /// it decided is under way.
    pub(crate) fn standing_stop(&self, trade: TradeId) -> Option<EffectiveStop> {
        let is_leaving = self.trade(trade).exit.is_some();
        self.tightest_stop(trade, |rule| is_leaving || rule.fired.is_none())
    }

    fn tightest_stop(
        &self,
        trade: TradeId,
        counts: impl Fn(&Rule) -> bool,
    ) -> Option<EffectiveStop> {
        let trade = self.trade(trade);
        let is_behind = self.trails_behind(trade);
        let of_rules = trade.rules.iter().filter_map(|id| {
            let rule = self.rule(*id);
            let level = self.level_on(trade, rule, is_behind)?;
            let is_stop =
                rule.price_rule().is_some_and(is_stop) && rule.options().watch == Watch::Own;
            let stands = rule.exits() && !rule.is_removed && counts(rule);
            (is_stop && stands).then_some((level, *id, None))
        });
        let cost = trade.cost_stop.map(|stop| (stop.level, stop.by.rule, Some(stop.by)));
        let tightest = of_rules.chain(cost).max_by_key(|(level, id, by)| {
            (level.trigger, level.shown, core::cmp::Reverse(*id), by.is_none())
        });
        tightest.map(|(level, rule, moved_by)| EffectiveStop {
            level,
            price: price_of(trade.side(), level.shown),
            rule,
            moved_by,
        })
    }

    /// The first rule of a trade that was to exit it and has fired: it does not act again.
    pub(crate) fn spent_exit(&self, trade: TradeId) -> Option<RuleRef> {
        let rules = self.trade(trade).rules.iter().map(|id| self.rule(*id));
        let mut spent =
            rules.filter(|rule| rule.exits() && !rule.is_removed && rule.fired.is_some());
        spent.next().map(Rule::reference)
    }

    pub(crate) fn set_rule(
        &mut self,
        id: RuleId,
        scope: Scope,
        draft: &RuleDraft,
        provenance: &Shared<Provenance>,
    ) {
        let provenance = provenance.like(self.rules.last().map(|rule| &rule.provenance));
        let rule = Rule::new(id, scope, Words::of(draft), provenance, self.now);
        self.rules.push(rule);
        match (&draft.spec, scope) {
            (RuleSpec::Price(_), Scope::Trade(trade)) => self.place_on_trade(id, trade),
            (RuleSpec::Mtm(_), _) => self.place_on_scope(id, scope),
            (RuleSpec::Price(_), _) => {}
        }
    }

    /// Who set a rule and why, in the place of the last rule that says the same.
    fn shared(&self, provenance: &Provenance) -> Shared<Provenance> {
        Shared::from(provenance.clone()).like(self.rules.last().map(|rule| &rule.provenance))
    }

    fn place_on_trade(&mut self, id: RuleId, trade: TradeId) {
        self.trades[trade.index()].rules.push(id);
        self.watch_underlying(trade);
        self.prepare_bars(id, trade);
        self.start_rule(id, trade);
    }

    /// Starts the bars that the rule needs, and shows its study those that there are.
    fn prepare_bars(&mut self, id: RuleId, trade: TradeId) {
        self.want_bars(id, trade);
        self.show_bars(id, trade);
    }

    /// From now on the bars that the rule needs are built.
    fn want_bars(&mut self, id: RuleId, trade: TradeId) {
        if let Some(length) = self.rule(id).bar_length() {
            let watched = self.watched_by(self.rule(id), trade);
            self.instruments[watched.index()].bars.entry(length).or_default();
        }
    }

    /// Lets a study see the bars that have closed.
    pub(crate) fn show_bars(&mut self, id: RuleId, trade: TradeId) {
        if let Some(study) = self.study_so_far(self.rule(id), trade) {
            self.rules[id.index()].price.seldom.study.set(study);
        }
    }

    /// What the rule's study makes of the bars that are kept; a parabolic SAR starts with the next.
    pub(crate) fn study_so_far(&self, rule: &Rule, trade: TradeId) -> Option<StudyState> {
        let (study, length) = (marks::study_of(rule)?, rule.bar_length()?);
        let bars = self.instrument(self.watched_by(rule, trade));
        let trade = self.trade(trade);
        let side = rule.side(trade, &self.instrument(trade.terms.instrument).spec);
        Some(bars.study(study, length, side))
    }

    fn watched_by(&self, rule: &Rule, trade: TradeId) -> InstrumentId {
        let own = self.trade(trade).terms.instrument;
        match rule.options().watch {
            Watch::Own => own,
            Watch::Underlying => self.instrument(own).spec.underlying.unwrap_or(own),
        }
    }

    fn place_on_scope(&mut self, id: RuleId, scope: Scope) {
        let starts_at = self.starting_peak(self.rule(id));
        self.open_trade_book(scope);
        let capital = self.capital(scope);
        let rule = &mut self.rules[id.index()];
        rule.mtm.peak = starts_at;
        rule.mtm.high = capital;
        if rule.candle().is_some() {
            self.candle_rules.insert(id);
        }
        if let Some(MtmRule::CoolingOff { .. }) = rule.mtm_rule() {
            self.cooling_rules.insert(id);
        }
        self.book(scope).rules.push(id);
        self.restate(id);
        self.touch(scope);
    }

    /// A trade has a book of its own only while a rule stands on its mtm.
    pub(crate) fn open_trade_book(&mut self, scope: Scope) {
        let Scope::Trade(id) = scope else { return };
        if self.books.has(scope) {
            return;
        }
        let trade = self.trade(id);
        let (share, instrument, is_live) =
            (Share::of(trade), trade.terms.instrument, !is_over(trade));
        let share = self.change(instrument, share);
        self.shift(scope, &share);
        let book = self.book(scope);
        book.total_trades = 1;
        if is_live {
            book.live.insert(id);
        }
    }

    /// Gives a strategy other words. What is a share of its capital changes with it, and so does equity: the highest that
    /// it was is told from the new capital, for what was paid in or out is no gain and no loss.
    pub(super) fn edit_strategy(&mut self, id: StrategyId, spec: StrategySpec) {
        let moved = spec.capital - self.strategies[id.index()].spec.capital;
        self.strategies[id.index()].spec = spec;
        let is_of_it = |scope: &Scope| match scope {
            Scope::Trade(trade) => self.trade(*trade).terms.strategy == id,
            Scope::Group(group) => self.groups[group.index()].strategy == id,
            Scope::Strategy(strategy) => *strategy == id,
            Scope::Account(_) | Scope::System => false,
        };
        let scopes: Vec<Scope> = self.books.scopes().filter(is_of_it).collect();
        for scope in scopes {
            for rule in self.book_of(scope).rules.clone() {
                if let Some(MtmRule::Drawdown { .. }) = self.rule(rule).mtm_rule() {
                    self.rules[rule.index()].mtm.high += moved;
                }
            }
            self.touch(scope);
        }
    }

    /// Where a rule's peak starts: at the scope's own when it looks as the scope does.
    pub(crate) fn starting_peak(&self, rule: &Rule) -> Money {
        let options = rule.options();
        let looks_alike = options.peak_mark.is_none()
            && options.valuation == Valuation::Gross
            && rule.candle().is_none();
        // A trade has no peak of its own before its first rule.
        if looks_alike && self.books.has(rule.scope) {
            self.peak(rule.scope, super::sample::window(rule))
        } else {
            // An uncertain figure makes no peak.
            match self.rule_mtm(rule, true) {
                (mtm, false) => mtm.max(Money::ZERO),
                (_, true) => Money::ZERO,
            }
        }
    }

    pub(crate) fn change_rule(
        &mut self,
        id: RuleId,
        version: u32,
        draft: &RuleDraft,
        provenance: &Provenance,
    ) {
        let keeps_study = self.rule(id).keeps_study(draft);
        let provenance = self.shared(provenance);
        let rule = &mut self.rules[id.index()];
        *rule = Rule { version, provenance, ..rule.changed_to(draft) };
        let scope = rule.scope;
        match (&draft.spec, scope) {
            (RuleSpec::Price(_), Scope::Trade(trade)) => {
                if keeps_study {
                    self.want_bars(id, trade);
                } else {
                    self.prepare_bars(id, trade);
                }
                self.watch_underlying(trade);
                self.start_rule(id, trade);
            }
            _ => {
                rule.forget_breach();
                if rule.candle().is_some() {
                    self.candle_rules.insert(id);
                }
                self.restate(id);
                self.touch(scope);
            }
        }
    }

    pub(crate) fn remove_rule(&mut self, id: RuleId, provenance: &Provenance) {
        let provenance = self.shared(provenance);
        let rule = &mut self.rules[id.index()];
        rule.is_removed = true;
        rule.provenance = provenance;
        let (due, scope) = (rule.price.seldom.due, rule.scope);
        if let (Some(due), Scope::Trade(trade)) = (due, scope) {
            self.timers.remove(&(due, trade, id));
        }
        self.unblock(id);
    }

    pub(crate) fn loosen(&mut self, id: RuleId, to: Price, provenance: &Provenance) {
        let Scope::Trade(trade) = self.rule(id).scope else { return };
        let rule = self.rule(id);
        let here = self.surroundings(rule, trade);
        let ignored = rule.preview(here).into_iter().chain(self.level(rule)).reduce(Level::ratchet);
        let side = rule.side(here.trade, here.spec);
        let provenance = self.shared(provenance);
        let rule = &mut self.rules[id.index()];
        rule.price.level = Some(Level::at(x(side, to)));
        rule.price.seldom.ignored = ignored;
        rule.price.forget_breach();
        rule.version += 1;
        rule.provenance = provenance;
    }

    pub(crate) fn reset_rule(&mut self, id: RuleId) {
        let rule = self.rule(id);
        let (mtm, capital) = (self.rule_mtm(rule, false).0, self.capital(rule.scope));
        let peak_origin = self.rule_mtm(rule, true).0;
        let realised_origin =
            self.books.get(rule.scope).map_or(Money::ZERO, |book| book.life.realised);
        let rule = &mut self.rules[id.index()];
        rule.fired.set(None);
        rule.price.forget_breach();
        if rule.mtm_rule().is_some() {
            let scope = rule.scope;
            rule.mtm = Rare::of(super::rule::MtmState {
                origin: mtm,
                peak_origin,
                realised_origin,
                high: capital,
                ..Default::default()
            });
            self.restate(id);
            self.touch(scope);
        }
        self.unblock(id);
    }

    fn unblock(&mut self, id: RuleId) {
        for book in self.books.values_mut() {
            book.blocks.retain(|block| block.by.rule != id);
        }
    }

    pub(crate) fn note_warning(&mut self, id: RuleId, band: Fraction) {
        let bands = super::sample::bands(self.rule(id)).into_owned();
        let warned = &mut self.rules[id.index()].mtm.warned;
        warned.resize(bands.len().max(WARN_BANDS.len()), false);
        if let Some(at) = bands.iter().position(|each| *each == band) {
            warned[at] = true;
        }
    }

    /// Lets a band warn again once room is clearly above it.
    pub(crate) fn rearm_warnings(&mut self, id: RuleId) {
        if !self.rule(id).mtm.warned.contains(&true) {
            return;
        }
        let bands = super::sample::bands(self.rule(id)).into_owned();
        let rule = &mut self.rules[id.index()];
        let Some(level) = rule.mtm.level else { return };
        let room = rule.mtm.value - level;
        let distance = rule.mtm.distance;
        for (band, warned) in bands.iter().zip(rule.mtm.warned.iter_mut()) {
            let clear = Fraction(band.0 + WARN_REARM.0);
            *warned &= is_within(room, distance, clear, true);
        }
    }
}

/// Whether `room` is at most `band` of `distance` (below it, when `strictly`).
pub(crate) fn is_within(room: Money, distance: Money, band: Fraction, strictly: bool) -> bool {
    let order =
        crate::wide::cmp_products(room.0, i128::from(MILLION), distance.0, i128::from(band.0));
    order.is_lt() || (!strictly && order.is_eq())
}

/// The rule puts a stop behind the price, and so counts for the effective stop.
pub(crate) fn is_stop(rule: &PriceRule) -> bool {
    match rule {
        PriceRule::StopLoss { .. }
        | PriceRule::Trail { .. }
        | PriceRule::Keep { .. }
        | PriceRule::Step { .. }
        | PriceRule::BreakEven { .. }
        | PriceRule::Ladder { .. }
        | PriceRule::Bars { .. } => true,
        PriceRule::Target { .. } | PriceRule::Time { .. } => false,
    }
}

fn is_over(trade: &Trade) -> bool {
    use crate::view::TradeStatus;
    match trade.status {
        TradeStatus::Closed | TradeStatus::Cancelled | TradeStatus::Rejected => true,
        TradeStatus::Pending | TradeStatus::Open | TradeStatus::Exiting | TradeStatus::Degraded => {
            false
        }
    }
}
