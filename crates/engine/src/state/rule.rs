//! A rule that has been set: its words, its version, and what it remembers.

use crate::ids::*;
use crate::input::{Profile, Side};
use crate::instrument::{InstrumentSpec, MarkKind, OptionKind};
use crate::money::{Money, Price};
use crate::rare::{Rare, Shared, Usual};
use crate::rules::level::{Entry, Level, Reference, x};
use crate::rules::spec::*;
use crate::rules::{break_even, step, stop_loss, target};
use crate::state::market::Quote;
use crate::state::price_state::{PriceState, Seldom, Skip, Streak};
use crate::state::trade::Trade;
use crate::time::{Span, Timestamp};
use crate::view::Fired;
use alloc::boxed::Box;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) id: RuleId,
    pub(crate) version: u32,
    pub(crate) scope: Scope,
    pub(crate) draft: Words,
    pub(crate) provenance: Shared<Provenance>,
    pub(crate) set_at: Timestamp,
    pub(crate) is_removed: bool,
    pub(crate) fired: Rare<Option<Fired>>,
    pub(crate) price: PriceState,
    pub(crate) mtm: Rare<MtmState>,
}

/// A rule's words, as they are kept: most rules have the usual options.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "RuleDraft", into = "RuleDraft")]
pub(crate) struct Words {
    pub(crate) spec: Spec,
    pub(crate) options: Rare<RuleOptions>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Spec {
    Price(PriceRule),
    Mtm(Box<MtmRule>),
}

/// What an mtm rule remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct MtmState {
    /// M of the scope by breach mark, and by peak mark, when the rule was last reset: the rule counts from there.
    pub(crate) origin: Money,
    pub(crate) peak_origin: Money,
    /// What the scope had realised in its life by then.
    pub(crate) realised_origin: Money,
    pub(crate) peak: Money,
    pub(crate) peak_at: Option<Timestamp>,
    /// The highest equity, for drawdowns.
    pub(crate) high: Money,
    pub(crate) value: Money,
    pub(crate) level: Option<Money>,
    /// The distance that warnings measure room against.
    pub(crate) distance: Money,
    pub(crate) is_uncertain: bool,
    pub(crate) is_latched: bool,
    pub(crate) until: Option<Timestamp>,
    pub(crate) warned: Vec<bool>,
    pub(crate) breach: Streak,
    /// Losing trades in a row.
    pub(crate) losses: u32,
    pub(crate) last_loss_at: Option<Timestamp>,
    /// The last losing trade when the scope was sampled: what is decided from that sample counts from there.
    #[serde(default)]
    pub(crate) sampled_loss_at: Option<Timestamp>,
    /// It was looked at since it was set.
    pub(crate) is_sampled: bool,
}

impl Words {
    pub(crate) fn kind(&self) -> RuleKind {
        match &self.spec {
            Spec::Price(rule) => rule.kind(),
            Spec::Mtm(rule) => rule.kind(),
        }
    }

    pub(crate) fn of(draft: &RuleDraft) -> Words {
        let spec = match &draft.spec {
            RuleSpec::Price(rule) => Spec::Price(rule.clone()),
            RuleSpec::Mtm(rule) => Spec::Mtm(rule.clone().into()),
        };
        Words { spec, options: Rare::like(&draft.options) }
    }

    fn is_of(&self, spec: &RuleSpec) -> bool {
        match (&self.spec, spec) {
            (Spec::Price(one), RuleSpec::Price(other)) => one == other,
            (Spec::Mtm(one), RuleSpec::Mtm(other)) => **one == *other,
            (Spec::Price(_), RuleSpec::Mtm(_)) | (Spec::Mtm(_), RuleSpec::Price(_)) => false,
        }
    }
}

impl From<RuleDraft> for Words {
    fn from(draft: RuleDraft) -> Words {
        let spec = match draft.spec {
            RuleSpec::Price(rule) => Spec::Price(rule),
            RuleSpec::Mtm(rule) => Spec::Mtm(rule.into()),
        };
        Words { spec, options: Rare::of(draft.options) }
    }
}

impl From<Words> for RuleDraft {
    fn from(mut words: Words) -> RuleDraft {
        let spec = match words.spec {
            Spec::Price(rule) => RuleSpec::Price(rule),
            Spec::Mtm(rule) => RuleSpec::Mtm(*rule),
        };
        RuleDraft { spec, options: words.options.take() }
    }
}

impl Usual for RuleOptions {
    const USUAL: &'static RuleOptions = &RuleOptions {
        strict: false,
        confirm: None,
        peak_mark: None,
        breach_mark: None,
        watch: Watch::Own,
        window: Window::Session,
        valuation: Valuation::Gross,
        action: None,
        then: None,
        warn: None,
        force: false,
    };
}

impl Usual for MtmState {
    const USUAL: &'static MtmState = &MtmState {
        origin: Money::ZERO,
        peak_origin: Money::ZERO,
        realised_origin: Money::ZERO,
        peak: Money::ZERO,
        peak_at: None,
        high: Money::ZERO,
        value: Money::ZERO,
        level: None,
        distance: Money::ZERO,
        is_uncertain: false,
        is_latched: false,
        until: None,
        warned: Vec::new(),
        breach: Streak { since: None, looks: 0 },
        losses: 0,
        last_loss_at: None,
        sampled_loss_at: None,
        is_sampled: false,
    };
}

impl Rule {
    pub(crate) fn new(
        id: RuleId,
        scope: Scope,
        draft: Words,
        provenance: Shared<Provenance>,
        at: Timestamp,
    ) -> Rule {
        Rule {
            id,
            version: 1,
            scope,
            draft,
            provenance,
            set_at: at,
            is_removed: false,
            fired: Rare::default(),
            price: PriceState::default(),
            mtm: Rare::default(),
        }
    }

    pub(crate) fn reference(&self) -> RuleRef {
        RuleRef { rule: self.id, version: self.version, kind: self.draft.kind(), scope: self.scope }
    }

    pub(crate) fn options(&self) -> &RuleOptions {
        &self.draft.options
    }

    pub(crate) fn price_rule(&self) -> Option<&PriceRule> {
        match &self.draft.spec {
            Spec::Price(rule) => Some(rule),
            Spec::Mtm(_) => None,
        }
    }

    pub(crate) fn mtm_rule(&self) -> Option<&MtmRule> {
        match &self.draft.spec {
            Spec::Mtm(rule) => Some(rule),
            Spec::Price(_) => None,
        }
    }

    /// It still watches.
    pub(crate) fn is_live(&self) -> bool {
        !self.is_removed && self.fired.is_none()
    }

    /// Confirmation begins anew, and so do warnings.
    pub(crate) fn forget_breach(&mut self) {
        if *self.mtm != *MtmState::USUAL {
            self.mtm.breach = Streak::default();
            self.mtm.warned.clear();
        }
    }

    /// The highest value that the level is measured from: of mtm, or of equity for a drawdown.
    pub(crate) fn peak_shown(&self) -> Money {
        match self.mtm_rule() {
            Some(MtmRule::Drawdown { .. }) => self.mtm.high,
            _ => self.mtm.peak,
        }
    }

    pub(crate) fn candle(&self) -> Option<Span> {
        match self.options().confirm {
            Some(Confirm::CandleClose { length }) => Some(length),
            Some(Confirm::Ticks { .. } | Confirm::Seconds { .. }) | None => None,
        }
    }

    /// The length of the bars that it needs, for a study or for candle closes.
    pub(crate) fn bar_length(&self) -> Option<Span> {
        match self.price_rule()? {
            PriceRule::Bars { length, .. } => Some(*length),
            _ => self.candle(),
        }
    }

    /// What it does to its trade is to exit it.
    pub(crate) fn exits(&self) -> bool {
        matches!(self.options().action, None | Some(Action::Exit))
    }

    /// Its `then` takes its own trade along with the others of a scope: that exit is the scope's as well.
    pub(crate) fn exits_by_then(&self) -> bool {
        let only_alerts = self.options().action == Some(Action::Alert);
        self.options().then.is_some_and(|then| match then.action {
            Action::Exit | Action::Shutdown => true,
            Action::ExitLosers => only_alerts,
            Action::Alert | Action::BlockEntries | Action::Reduce(_) | Action::MoveToCost => false,
        })
    }

    /// Whether the rejection of an exit of its trade arms it again: the exit was its own.
    pub(crate) fn is_armed_again(&self, was_whole: bool) -> bool {
        match self.options().action {
            Some(Action::Alert) => false,
            Some(Action::Reduce(_)) => !(was_whole && self.exits_by_then()),
            _ => true,
        }
    }

    /// What its own best is made of.
    pub(crate) fn looks_at(&self) -> (Watch, Option<MarkKind>, Option<Span>) {
        (self.options().watch, self.options().peak_mark, self.candle())
    }

    /// This rule in other words. It measures anew, from the best that it has made if it still looks at the same price;
    /// a step counts from its start.
    pub(crate) fn changed_to(&self, draft: &RuleDraft) -> Rule {
        let mut rule = Rule { draft: Words::of(draft), ..self.clone() };
        let before = core::mem::take(&mut rule.price).seldom.take();
        let counts_on = !matches!(rule.price_rule(), Some(PriceRule::Step { .. }))
            && rule.looks_at() == self.looks_at();
        let mut seldom = Seldom { due: before.due, ..Seldom::default() };
        if counts_on {
            (seldom.own_best, seldom.own_entry) = (before.own_best, before.own_entry);
        }
        if self.keeps_study(draft) {
            seldom.study = before.study;
        }
        rule.price.seldom.set(seldom);
        rule
    }

    /// In these words it would be the same study on the same bars.
    pub(crate) fn keeps_study(&self, draft: &RuleDraft) -> bool {
        self.draft.is_of(&draft.spec) && self.options().watch == draft.options.watch
    }

    /// It measures from a best of its own.
    pub(crate) fn has_own_best(&self) -> bool {
        let from = matches!(self.price_rule(), Some(PriceRule::Step { from: Some(_), .. }));
        from || self.candle().is_some()
            || self.options().peak_mark.is_some()
            || self.options().watch == Watch::Underlying
    }

    /// The side whose favourable direction is that of the trade on what the rule watches.
    pub(crate) fn side(&self, trade: &Trade, spec: &InstrumentSpec) -> Side {
        match (self.options().watch, spec.option) {
            (Watch::Underlying, Some(OptionKind::Put)) => trade.side().opposite(),
            (Watch::Own | Watch::Underlying, _) => trade.side(),
        }
    }

    /// The price that moves best (`peak`) or is compared, of what the rule watches.
    pub(crate) fn mark(
        &self,
        trade: &Trade,
        quote: &Quote,
        own_kind: MarkKind,
        for_peak: bool,
    ) -> Option<Price> {
        let options = self.options();
        let kind = if for_peak { options.peak_mark } else { options.breach_mark };
        quote.mark(kind.unwrap_or(own_kind), trade.is_long())
    }
}

/// Everything outside a rule that its level depends on.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) trade: &'a Trade,
    /// The trade's best, in x.
    pub(crate) best: Option<i64>,
    pub(crate) spec: &'a InstrumentSpec,
    pub(crate) profile: &'a Profile,
    /// The quote of what the rule watches.
    pub(crate) quote: &'a Quote,
    /// Whether that quote is from after the entry, so that it may decide.
    pub(crate) is_fresh: bool,
    pub(crate) watched: &'a InstrumentSpec,
    pub(crate) now: Timestamp,
    /// A mark has just moved or a candle closed; else a fill or a command asks.
    pub(crate) at_mark: bool,
}

impl Rule {
    /// Moves the rule's own best to the mark that it looks at.
    pub(crate) fn see(&mut self, here: Surroundings<'_>) {
        if !self.has_own_best() {
            return;
        }
        let side = self.side(here.trade, here.spec);
        let Some(mark) = self.mark(here.trade, here.quote, here.watched.mark, true) else { return };
        let mark = x(side, mark);
        if self.options().watch == Watch::Underlying && self.price.seldom.own_entry.is_none() {
            *self.price.seldom.own_entry = Some(Entry::at(mark));
        }
        self.price.seldom.own_best =
            Some(self.price.seldom.own_best.map_or(mark, |best| best.max(mark)));
    }

    /// Starts the rule's own best, when it has one and the trade has an entry.
    pub(crate) fn start_own_best(&mut self, here: Surroundings<'_>) {
        if !self.has_own_best() || self.price.seldom.own_best.is_some() {
            return;
        }
        match (self.options().watch, self.price_rule()) {
            (Watch::Underlying, _) => self.see(here),
            (Watch::Own, Some(PriceRule::Step { from: Some(from), .. })) => {
                let start = x(here.trade.side(), *from);
                self.price.seldom.own_best = Some(start);
            }
            (Watch::Own, _) => {
                self.price.seldom.own_best = here.trade.entry().map(|entry| entry.rounded())
            }
        }
    }

    pub(crate) fn measures_from(&self, here: Surroundings<'_>) -> Option<Reference> {
        let own = self.has_own_best();
        let entry = match self.options().watch {
            Watch::Own => here.trade.entry()?,
            Watch::Underlying => (*self.price.seldom.own_entry)?,
        };
        Some(Reference {
            entry,
            best: if own { self.price.seldom.own_best } else { here.best },
            tick: here.watched.tick_size.0,
            rounding: here.profile.rounding,
        })
    }

    /// Recomputes the level from entry and best; it only tightens.
    pub(crate) fn advance(&mut self, here: Surroundings<'_>) {
        let Some(reference) = self.measures_from(here) else { return };
        let side = self.side(here.trade, here.spec);
        self.arm(side, &reference, here.profile);
        if let Some(level) = self.candidate(side, &reference, here) {
            self.take(level);
        }
    }

    /// Lets a candidate count, if it is tighter.
    pub(crate) fn take(&mut self, level: Level) {
        if let Some(PriceRule::Target { .. }) = self.price_rule() {
            self.price.level = Some(level);
            return;
        }
        if self
            .price
            .seldom
            .ignored
            .is_some_and(|ignored| level.trigger <= ignored.trigger && level.shown <= ignored.shown)
        {
            return;
        }
        if self.price.seldom.ignored.is_some() {
            self.price.seldom.ignored = None;
        }
        self.price.level = Some(self.price.level.map_or(level, |before| before.ratchet(level)));
    }

    /// After a restatement, which rounds: what a rule that was loosened asks for without any move goes on not to count.
    pub(in crate::state) fn ignore_on(&mut self, here: Surroundings<'_>) {
        let Some(ignored) = self.price.seldom.ignored else { return };
        let mut twin = self.clone();
        (twin.price.level, twin.price.seldom.ignored) = (None, None);
        twin.advance(here);
        let asked = twin.price.level.map_or(ignored, |level| ignored.ratchet(level));
        self.price.seldom.ignored = Some(asked);
    }

    fn arm(&mut self, side: Side, reference: &Reference, profile: &Profile) {
        if self.price.is_armed {
            return;
        }
        let at = match self.price_rule() {
            Some(PriceRule::Trail { arm_at, .. } | PriceRule::Keep { arm_at, .. }) => *arm_at,
            _ => None,
        };
        self.price.is_armed = match at {
            None => true,
            Some(ArmAt::Price(price)) => reference.best.is_some_and(|best| {
                let at = x(side, price);
                if profile.strict_arming { best > at } else { best >= at }
            }),
            Some(ArmAt::Profit(distance)) => {
                reference.has_profit_of(reference.distance(distance), profile.strict_arming)
            }
        };
    }

    /// The level that entry and best ask for now, whatever it was before.
    pub(crate) fn candidate(
        &mut self,
        side: Side,
        reference: &Reference,
        here: Surroundings<'_>,
    ) -> Option<Level> {
        let Spec::Price(rule) = &self.draft.spec else { return None };
        match rule {
            PriceRule::StopLoss { at } => Some(stop_loss::level(*at, side, reference)),
            PriceRule::Target { at } => Some(target::level(*at, side, reference)),
            PriceRule::Trail { .. } | PriceRule::Keep { .. } | PriceRule::Ladder { .. } => {
                self.following(reference)
            }
            PriceRule::Step { start, every, by, from } => {
                let steps = step::Steps { start: *start, every: *every, from: *from };
                match by {
                    StepBy::WholeSteps { r#move } => {
                        Some(step::whole_steps(steps, *r#move, side, reference))
                    }
                    StepBy::FullMove => {
                        let (level, moved) =
                            step::full_move(steps, self.price.seldom.steps, side, reference);
                        self.price.seldom.steps = Some(moved);
                        Some(level)
                    }
                }
            }
            PriceRule::BreakEven { at, plus } => {
                let level = break_even::candidate(*at, *plus, reference)?;
                if !here.at_mark || self.price.level.is_some() || self.price.seldom.skip != Skip::No
                {
                    return None;
                }
                if self.is_met(level, here) == Some(true) {
                    self.price.seldom.skip = Skip::Found(level);
                    return None;
                }
                Some(level)
            }
            PriceRule::Bars { .. } => self.price.seldom.study.level(),
            PriceRule::Time { .. } => None,
        }
    }

    /// Whether the current mark is at or past `level`; `None` without a mark from after the entry.
    pub(crate) fn is_met(&self, level: Level, here: Surroundings<'_>) -> Option<bool> {
        if !here.is_fresh {
            return None;
        }
        let mark = self.mark(here.trade, here.quote, here.watched.mark, false)?;
        let mark = x(self.side(here.trade, here.spec), mark);
        let strict = self.options().strict || here.profile.strict;
        Some(match self.price_rule() {
            Some(PriceRule::Target { .. }) => level.reached_by(mark, strict),
            _ => level.stops(mark, strict),
        })
    }

    /// A level of this rule in x, as shown: toward the market, which is below a target and above a stop.
    pub(crate) fn shown(&self, level: Level) -> i64 {
        match self.price_rule() {
            Some(PriceRule::Target { .. }) => level.trigger,
            _ => level.shown,
        }
    }

    /// Notes whether the level is in breach at this look, for confirmation.
    pub(crate) fn look(&mut self, here: Surroundings<'_>) {
        if self.options().confirm.is_none() || self.candle().is_some() {
            return;
        }
        let in_breach =
            self.price.level.is_some_and(|level| self.is_met(level, here) == Some(true));
        self.price.seldom.breach.look(in_breach, true, here.now);
    }

    /// The raw level that the rule's parameters ask for from scratch, for previews; `None` when they ask for none yet.
    pub(crate) fn preview(&self, here: Surroundings<'_>) -> Option<Level> {
        let mut fresh = self.clone();
        (fresh.price.level, fresh.price.is_armed) = (None, false);
        if !fresh.price.seldom.is_usual() {
            let Seldom { ignored, steps, skip, .. } = &mut *fresh.price.seldom;
            (*ignored, *steps, *skip) = (None, None, Skip::No);
        }
        if fresh.price.seldom.own_best.is_none() {
            fresh.start_own_best(here);
        }
        fresh.advance(Surroundings { at_mark: true, ..here });
        fresh.price.level
    }
}

/// The level of a stop at the trade's own entry.
pub(crate) fn cost_level(trade: &Trade, profile: &Profile, tick: Price) -> Option<Level> {
    let reference = Reference {
        entry: trade.entry()?,
        best: trade.best,
        tick: tick.0,
        rounding: profile.rounding,
    };
    Some(reference.level(reference.entry()))
}
