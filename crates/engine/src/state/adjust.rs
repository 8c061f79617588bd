//! Corporate actions: quantities, prices and levels restated by one explicit event.

use super::market::Quote;
use super::price_state::Seldom;
use super::rule::{Rule, Spec};
use super::scope::Share;
use super::trade::CostStop;
use super::{State, surroundings};
use crate::event::Bar;
use crate::ids::*;
use crate::input::{Adjustment, Side};
use crate::money::{LARGEST, Money, Price, Quantity};
use crate::rare::Memo;
use crate::rules::level::{Entry, Level, price_of, x};
use crate::rules::spec::*;
use crate::rules::step::Moved;
use crate::wide;
use alloc::vec::Vec;

impl Adjustment {
    /// The price after the action, half-even at 1e-8.
    pub(crate) fn price(&self, price: Price) -> Price {
        let edge = 2 * LARGEST;
        Price(self.points(price).0.saturating_sub(self.dividend.0).clamp(-edge, edge))
    }

    /// A distance after the action: divided like a price, not lowered by the dividend.
    fn points(&self, points: Price) -> Price {
        let scaled = wide::mul_div_half_even(
            i128::from(points.0),
            i128::from(self.old),
            i128::from(self.new),
        );
        let edge = i128::from(2 * LARGEST);
        Price(i64::try_from(scaled.clamp(-edge, edge)).unwrap_or(points.0))
    }

    /// The quantity after the action, if it comes out whole.
    pub(crate) fn quantity(&self, quantity: Quantity) -> Option<Quantity> {
        let units = i128::from(quantity.0) * i128::from(self.new);
        let old = i128::from(self.old);
        (units % old == 0).then(|| i64::try_from(units / old).ok().map(Quantity)).flatten()
    }
}

impl State {
    pub(crate) fn adjust(&mut self, id: InstrumentId, by: Adjustment) {
        self.remark(id, |instrument| instrument.quote = adjust_quote(instrument.quote, by));
        let instrument = &mut self.instruments[id.index()];
        instrument.held = None;
        instrument.gap_held = false;
        instrument.spec.checks.band = None;
        for series in instrument.bars.values_mut() {
            series.open = series.open.map(|bar| adjust_bar(bar, by));
            for bar in &mut series.closed {
                *bar = adjust_bar(*bar, by);
            }
        }
        self.held.remove(&id);
        for trade in self.instrument(id).open_trades.iter().collect::<Vec<_>>() {
            self.adjust_trade(trade, by);
        }
        for trade in self.instrument(id).watchers.clone() {
            self.adjust_rules(trade, by, Watch::Underlying);
        }
        self.touch_holders(id);
    }

    fn adjust_trade(&mut self, id: TradeId, by: Adjustment) {
        let before = Share::of(self.trade(id));
        let trade = &mut self.trades[id.index()];
        let side = trade.side();
        for quantity in
            [&mut trade.open, &mut trade.entered, &mut trade.exited, &mut trade.terms.quantity]
        {
            *quantity = by.quantity(*quantity).unwrap_or(*quantity);
        }
        let dividend = Money(trade.size() * i128::from(by.dividend.0));
        for basis in [&mut trade.life, &mut trade.session] {
            basis.cost -= dividend;
        }
        trade.entry_value -= dividend;
        trade.entered_at = Memo(None);
        trade.average.set(None);
        trade.best = trade.best.map(|best| x(side, by.price(price_of(side, best))));
        let moved = |stop: CostStop| CostStop { level: adjust_level(stop.level, side, by), ..stop };
        trade.cost_stop.set(trade.cost_stop.map(moved));
        let instrument = self.trade(id).terms.instrument;
        let more = self.change(instrument, Share::of(self.trade(id)).since(&before));
        for scope in self.scopes_of(id) {
            self.shift(scope, &more);
        }
        self.adjust_rules(id, by, Watch::Own);
    }

    fn adjust_rules(&mut self, id: TradeId, by: Adjustment, watch: Watch) {
        let trade = &self.trades[id.index()];
        for rule_id in &trade.rules {
            let rule = &mut self.rules[rule_id.index()];
            if rule.options().watch == watch {
                let side = rule.side(trade, &self.instruments[trade.terms.instrument.index()].spec);
                adjust_rule(rule, side, by);
                let here = surroundings(rule, trade, &self.instruments, &self.profile, self.now);
                rule.ignore_on(here);
            }
        }
    }
}

fn adjust_quote(quote: Quote, by: Adjustment) -> Quote {
    let price = |price: Option<Price>| price.map(|price| by.price(price));
    Quote { last: price(quote.last), bid: price(quote.bid), ask: price(quote.ask), ..quote }
}

fn adjust_bar(bar: Bar, by: Adjustment) -> Bar {
    Bar {
        start: bar.start,
        open: by.price(bar.open),
        high: by.price(bar.high),
        low: by.price(bar.low),
        close: by.price(bar.close),
    }
}

fn adjust_level(level: Level, side: Side, by: Adjustment) -> Level {
    let at = |units| x(side, by.price(price_of(side, units)));
    let (trigger, shown) = (at(level.trigger), at(level.shown));
    Level { trigger: trigger.min(shown), shown: shown.max(trigger) }
}

fn adjust_rule(rule: &mut Rule, side: Side, by: Adjustment) {
    let state = &mut rule.price;
    state.level = state.level.map(|level| adjust_level(level, side, by));
    if !state.seldom.is_usual() {
        adjust_seldom(&mut state.seldom, side, by);
    }
    if let Spec::Price(spec) = &mut rule.draft.spec {
        adjust_spec(spec, by);
    }
}

fn adjust_seldom(seldom: &mut Seldom, side: Side, by: Adjustment) {
    let at = |units| x(side, by.price(price_of(side, units)));
    seldom.ignored = seldom.ignored.map(|level| adjust_level(level, side, by));
    seldom.own_best = seldom.own_best.map(at);
    let moved = seldom.own_entry.map(|entry| Entry::at(at(entry.rounded())));
    seldom.own_entry.set(moved);
    let moved = |moved: Moved| Moved { by: by.points(Price(moved.by)).0, anchor: at(moved.anchor) };
    seldom.steps = seldom.steps.map(moved);
    let (old, new) = (i128::from(by.old), i128::from(by.new));
    let mut study = seldom.study.take();
    study.restate(at, |range| wide::mul_div_half_even(range, old, new));
    seldom.study.set(study);
}

fn adjust_spec(spec: &mut PriceRule, by: Adjustment) {
    let distance = |distance: &mut Distance| {
        if let Distance::Points(points) = distance {
            *points = by.points(*points);
        }
    };
    let place = |place: &mut Place| match place {
        Place::Price(price) => *price = by.price(*price),
        Place::FromEntry(Distance::Points(points)) => *points = by.points(*points),
        Place::FromEntry(_) => {}
    };
    match spec {
        PriceRule::StopLoss { at } | PriceRule::Target { at } => place(at),
        PriceRule::Trail { by: behind, arm_at } => {
            distance(behind);
            adjust_arming(arm_at, by);
        }
        PriceRule::Keep { arm_at, .. } => adjust_arming(arm_at, by),
        PriceRule::Step { start, every, by: moves, from } => {
            place(start);
            distance(every);
            if let StepBy::WholeSteps { r#move } = moves {
                distance(r#move);
            }
            *from = from.map(|price| by.price(price));
        }
        PriceRule::BreakEven { at, plus } => {
            distance(at);
            *plus = by.points(*plus);
        }
        PriceRule::Ladder { rungs } => {
            for rung in rungs {
                distance(&mut rung.at);
                match &mut rung.stop {
                    RungStop::Profit(profit) => *profit = by.points(*profit),
                    RungStop::Trail { by: behind } => distance(behind),
                    RungStop::Steps { by: behind, every } => {
                        distance(behind);
                        distance(every);
                    }
                }
            }
        }
        PriceRule::Bars { .. } | PriceRule::Time { .. } => {}
    }
}

fn adjust_arming(arm_at: &mut Option<ArmAt>, by: Adjustment) {
    match arm_at {
        Some(ArmAt::Price(price)) => *price = by.price(*price),
        Some(ArmAt::Profit(Distance::Points(points))) => *points = by.points(*points),
        Some(ArmAt::Profit(_)) | None => {}
    }
}
