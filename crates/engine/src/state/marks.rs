//! A new mark folded in: best moves, stops ratchet, bars grow.

use super::market::Instrument;
use super::rule::{Rule, Surroundings};
use super::{State, surroundings};
use crate::event::Bar;
use crate::ids::*;
use crate::input::TickOrder;
use crate::rules::spec::{PriceRule, Study, Watch};
use crate::state::market::Held;
use crate::tick::Tick;
use crate::time::{Span, Timestamp};
use alloc::vec::Vec;

impl Instrument {
    /// Keeps a jump; one that agrees with the jump already held strengthens it.
    pub(crate) fn hold(&mut self, held: Held) {
        self.held = Some(match self.held.take() {
            Some(before) if self.agrees(&before, &held.tick) => {
                Held { tick: held.tick, since: before.since, agreed: before.agreed + 1 }
            }
            _ => held,
        });
    }

    /// Whether `tick` lies within the filter of the jump that is held.
    pub(crate) fn agrees(&self, held: &Held, tick: &Tick) -> bool {
        let mark = |tick: &Tick| self.quote.after(tick).mark(self.spec.mark, true);
        match (self.spec.checks.jump, mark(&held.tick), mark(tick)) {
            (Some(filter), Some(before), Some(after)) => !is_jump(before.0, after.0, filter),
            _ => true,
        }
    }
}

/// What a mark does to the rules that look at it: they move, and note for confirmation whether they are in breach.
#[derive(Clone, Copy)]
struct Visit {
    moves: bool,
    looks: bool,
}

/// Whether going from `before` to `after` is more than `filter` of `before`.
pub(crate) fn is_jump(before: i64, after: i64, filter: crate::money::Fraction) -> bool {
    let moved = i128::from(after) - i128::from(before);
    moved.abs() * i128::from(crate::money::MILLION)
        > i128::from(before).abs() * i128::from(filter.0)
}

impl State {
    pub(crate) fn mark_to(&mut self, tick: &Tick) {
        let id = tick.instrument;
        let now = self.now;
        self.index.lanes.close(id);
        self.remark(id, |instrument| instrument.take(tick, now));
        if !self.instrument(id).bars.is_empty() {
            self.extend_bars(id);
        }
        match self.profile.order {
            TickOrder::RatchetThenTest => self.visit(id, Visit { moves: true, looks: true }),
            TickOrder::TestThenRatchet => self.visit(id, Visit { moves: false, looks: true }),
        }
    }

    /// Adds the mark to the open bars.
    fn extend_bars(&mut self, id: InstrumentId) {
        let (now, origin) = (self.now, self.bar_origin(self.instrument(id)));
        let instrument = &mut self.instruments[id.index()];
        instrument.extend_bars(now, origin);
        let first_end = instrument
            .bars
            .iter()
            .filter_map(|(length, series)| Some(State::bar_end(series.open?.start, *length)))
            .min();
        self.next_bar_end = [self.next_bar_end, first_end].into_iter().flatten().min();
    }

    pub(crate) fn touch_holders(&mut self, id: InstrumentId) {
        self.touched.extend(self.index.rows.holders(id));
    }

    /// Moves best and stops that had to wait until the tick was judged.
    pub(crate) fn ratchet(&mut self, id: InstrumentId) {
        let looks = self.profile.order == TickOrder::RatchetThenTest;
        self.visit(id, Visit { moves: true, looks });
    }

    /// Shows the mark of this instrument to all trades that it may mean something to.
    fn visit(&mut self, id: InstrumentId, visit: Visit) {
        let quote = self.instrument(id).quote;
        let met = self.meet(id);
        for trade_id in met.iter().copied() {
            let mark = self.trade_mark(self.trade(trade_id), None);
            let trade = &mut self.trades[trade_id.index()];
            if trade.opened_at.is_some_and(|opened| quote.at < opened) {
                continue;
            }
            let is_better = mark.is_some_and(|mark| visit.moves && trade.see(mark, quote.at));
            // What its rules ask for at the best that it had, they have.
            let moves = visit.moves && (is_better || !self.index.is_still(trade_id));
            self.visit_rules(trade_id, Watch::Own, Visit { moves, ..visit });
        }
        self.part(met);
        if self.instrument(id).watchers.is_empty() {
            return;
        }
        for trade_id in self.instrument(id).watchers.clone() {
            if self.trade(trade_id).opened_at.is_none_or(|opened| quote.at >= opened) {
                self.visit_rules(trade_id, Watch::Underlying, visit);
            }
        }
    }

    fn visit_rules(&mut self, id: TradeId, watch: Watch, visit: Visit) {
        let trade = &self.trades[id.index()];
        let mut is_confirming = false;
        for rule_id in &trade.rules {
            let rule = &mut self.rules[rule_id.index()];
            if rule.is_removed {
                continue;
            }
            if rule.options().watch == watch && rule.candle().is_none() {
                let here = surroundings(rule, trade, &self.instruments, &self.profile, self.now);
                let here = Surroundings { at_mark: true, ..here };
                if visit.moves {
                    rule.see(here);
                    rule.advance(here);
                }
                if visit.looks {
                    rule.look(here);
                }
            }
            is_confirming |= rule.price.seldom.breach.since.is_some();
        }
        if is_confirming {
            self.confirming.insert(id);
        } else {
            self.confirming.remove(&id);
        }
    }

    /// Closes the open bar of one series and lets the rules on it see it.
    pub(crate) fn close_bar(&mut self, id: InstrumentId, length: Span, bar: Bar) {
        let instrument = &mut self.instruments[id.index()];
        if let Some(series) = instrument.bars.get_mut(&length) {
            series.open = None;
            series.push(bar);
        }
        self.next_bar_end = self.first_bar_end();
        let mut trades = self.index.on_bars(id);
        trades.extend(self.instrument(id).watchers.iter().copied());
        for trade_id in trades {
            let trade = &self.trades[trade_id.index()];
            for rule_id in &trade.rules {
                let rule = &mut self.rules[rule_id.index()];
                let here = surroundings(rule, trade, &self.instruments, &self.profile, self.now);
                let here = Surroundings { at_mark: true, ..here };
                let watches = match rule.options().watch {
                    Watch::Own => trade.terms.instrument == id,
                    Watch::Underlying => trade.terms.instrument != id,
                };
                if rule.is_removed || !watches || rule.bar_length() != Some(length) {
                    continue;
                }
                fold_bar(rule, here, &bar);
                self.saw_bar.insert(*rule_id);
            }
        }
    }

    fn first_bar_end(&self) -> Option<Timestamp> {
        let open = |instrument: &Instrument| -> Vec<Timestamp> {
            let ends = instrument.bars.iter();
            ends.filter_map(|(length, series)| Some(State::bar_end(series.open?.start, *length)))
                .collect()
        };
        self.instruments.iter().flat_map(open).min()
    }
}

/// Lets one rule see a closed bar: its study, or its candle close.
pub(crate) fn fold_bar(rule: &mut Rule, here: Surroundings<'_>, bar: &Bar) {
    let side = rule.side(here.trade, here.spec);
    if let Some(study) = study_of(rule) {
        rule.price.seldom.study.fold(study, side, bar);
        rule.price.seldom.study.level().into_iter().for_each(|level| rule.take(level));
    }
    if rule.candle().is_some() {
        if here.is_fresh {
            rule.see(here);
        }
        rule.advance(here);
    }
}

pub(crate) fn study_of(rule: &Rule) -> Option<Study> {
    match rule.price_rule() {
        Some(PriceRule::Bars { study, .. }) => Some(*study),
        _ => None,
    }
}
