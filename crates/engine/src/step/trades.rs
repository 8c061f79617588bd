//! One trade looked at: which of its price rules act, and which comes first.

use crate::Engine;
use crate::event::{Cause, Event, ExitReason};
use crate::ids::*;
use crate::input::Profile;
use crate::money::{Fraction, MILLION, Price, Quantity};
use crate::rules::level::{Level, price_of, x};
use crate::rules::spec::*;
use crate::state::price_state::Skip;
use crate::state::rule::Rule;
use crate::state::trade::{MOST_ATTEMPTS, Trade};
use crate::state::{State, is_stop, surroundings};
use crate::view::TradeStatus;
use crate::wide;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::cmp::Reverse;

/// Why a trade is looked at, and so which rules may act: nothing is judged by a price that did not just move.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Look<'a> {
    /// A mark of this instrument: the rules that watch it, and the clocks of the trades held in it.
    Mark(InstrumentId),
    /// What else moved: clocks that struck, bars that closed, breaches that time confirms, rules set by force.
    Rules(&'a BTreeSet<RuleId>),
}

/// A rule in breach.
struct Hit {
    order: Order,
    rule: Option<RuleId>,
    action: Action,
    level: Option<Level>,
    reason: ExitReason,
}

/// Whether a rule may exit its trade now.
#[derive(Clone, Copy, Debug, PartialEq)]
enum WayOut {
    Open,
    /// A part leaves first, or has left in this input: the rest follows.
    AfterAPart,
    /// All of it leaves already, or waits for its turn to, or for a person.
    Taken,
}

/// Stops before targets before time; the tightest stop and the nearest target first; ties by id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Order {
    kind: u8,
    is_elsewhere: bool,
    tightness: Reverse<(i64, i64)>,
    rule: RuleId,
    was_moved: bool,
}

impl Engine {
    pub(crate) fn look_at_trade(&mut self, id: TradeId, look: Look<'_>) {
        self.report_skips(id);
        if !self.state.trade(id).is_held() {
            return;
        }
        let mut hits = hits(&self.state, id, look);
        hits.sort_by_key(|hit| hit.order);
        let exit = hits.iter().position(|hit| hit.action == Action::Exit);
        let exit = exit.filter(|_| self.way_out(id) != WayOut::Taken);
        // A trade that leaves already may go on alerting until it has left.
        let before_exit = &hits[..exit.unwrap_or(hits.len())];
        let alerts: Vec<&Hit> =
            before_exit.iter().filter(|hit| hit.action == Action::Alert).collect();
        for hit in alerts {
            self.fire(id, hit, None);
        }
        // What followed an alert may have taken the trade already.
        match (self.way_out(id), exit.map(|at| &hits[at])) {
            (WayOut::Taken, _) => {}
            (WayOut::Open, Some(hit)) => {
                let (cause, price) = cause(&self.state, id, hit);
                let open = self.state.trade(id).open;
                self.exit(id, open, cause, price);
                self.follow_up(id, hit);
            }
            (WayOut::AfterAPart, Some(hit)) => {
                self.defer(id, cause(&self.state, id, hit).0);
                self.follow_up(id, hit);
            }
            (WayOut::Open, None) => {
                let mut hits = hits.iter();
                if let Some(hit) = hits.find(|hit| matches!(hit.action, Action::Reduce(_))) {
                    let Action::Reduce(share) = hit.action else { return };
                    let quantity = reduction(&self.state, id, share);
                    self.fire(id, hit, Some(quantity));
                }
            }
            (WayOut::AfterAPart, None) => {}
        }
    }

    fn way_out(&self, id: TradeId) -> WayOut {
        let trade = self.state.trade(id);
        let is_given_up = trade.rejections >= MOST_ATTEMPTS;
        if !trade.is_held() || is_given_up || self.state.deferred.contains_key(&id) {
            return WayOut::Taken;
        }
        match trade.exit {
            Some(_) if trade.leaves_whole() => WayOut::Taken,
            Some(_) => WayOut::AfterAPart,
            None if !self.exited.contains(id) => WayOut::Open,
            // Its exit was rejected in this input: the next breach decides anew.
            None if trade.status == TradeStatus::Degraded => WayOut::Taken,
            None => WayOut::AfterAPart,
        }
    }

    fn report_skips(&mut self, id: TradeId) {
        let side = self.state.trade(id).side();
        let rules = self.state.trade(id).rules.iter().map(|rule| self.state.rule(*rule));
        let found: Vec<(RuleId, Level)> = rules
            .filter_map(|rule| match rule.price.seldom.skip {
                Skip::Found(level) => Some((rule.id, level)),
                Skip::No | Skip::Reported => None,
            })
            .collect();
        for (rule, level) in found {
            self.emit(Event::RuleSkipped { rule, trade: id, level: price_of(side, level.shown) });
        }
    }

    /// A rule acts without closing its trade: it fires once, perhaps exits a part, and what follows follows.
    fn fire(&mut self, id: TradeId, hit: &Hit, part: Option<Quantity>) {
        let Some(rule) = hit.rule.map(|rule| self.state.rule(rule).reference()) else { return };
        let (cause, price) = cause(&self.state, id, hit);
        self.emit(Event::PriceRuleFired { rule, cause: cause.clone().into() });
        if let Some(quantity) = part {
            self.exit(id, quantity, cause, price);
        }
        self.follow_up(id, hit);
    }

    fn follow_up(&mut self, id: TradeId, hit: &Hit) {
        let Some(rule) = hit.rule.map(|rule| self.state.rule(rule)) else { return };
        let Some(then) = rule.options().then else { return };
        let (by, terms) = (rule.reference(), &self.state.trade(id).terms);
        let scope = match (then.reach, terms.group) {
            (Reach::Group, Some(group)) => Scope::Group(group),
            (Reach::Group, None) | (Reach::Strategy, _) => Scope::Strategy(terms.strategy),
            (Reach::Account, _) => Scope::Account(terms.account),
            (Reach::System, _) => Scope::System,
        };
        self.act(scope, then.action, by, None, Some(id));
    }
}

fn hits(state: &State, id: TradeId, look: Look<'_>) -> Vec<Hit> {
    let trade = state.trade(id);
    let is_behind = state.trails_behind(trade);
    let of_rules =
        trade.rules.iter().filter_map(|rule| hit(state, state.rule(*rule), trade, is_behind, look));
    of_rules.chain(cost_hit(state, trade, look)).collect()
}

fn hit(state: &State, rule: &Rule, trade: &Trade, is_behind: bool, look: Look<'_>) -> Option<Hit> {
    let own = trade.terms.instrument;
    let looks_here = match look {
        Look::Rules(rules) => rules.contains(&rule.id),
        Look::Mark(_) if rule.candle().is_some() => false,
        Look::Mark(instrument) => match rule.options().watch {
            Watch::Own => instrument == own,
            Watch::Underlying => state.instrument(own).spec.underlying == Some(instrument),
        },
    };
    if !rule.is_live() || !looks_here {
        return None;
    }
    let spec = rule.price_rule()?;
    let action = rule.options().action.unwrap_or(Action::Exit);
    let is_elsewhere = rule.options().watch == Watch::Underlying;
    let reason = || ExitReason::Rule(rule.reference());
    if let PriceRule::Time { .. } = spec {
        let is_due = rule.price.seldom.due.is_some_and(|due| due <= state.now);
        let order = Order::new(2, false, Reverse((0, 0)), rule.id, &state.profile);
        let rule = Some(rule.id);
        return is_due.then(|| Hit { order, rule, action, level: None, reason: reason() });
    }
    let level = state.level_on(trade, rule, is_behind)?;
    let here = surroundings(rule, trade, &state.instruments, &state.profile, state.now);
    let is_met = rule.is_met(level, here)?;
    if !is_met || !rule.price.seldom.breach.confirms(rule.options().confirm, state.now) {
        return None;
    }
    let (kind, tightness) = if is_stop(spec) {
        (0, Reverse((level.trigger, level.shown)))
    } else {
        (1, Reverse((-level.shown, -level.trigger)))
    };
    let tightness = if is_elsewhere { Reverse((0, 0)) } else { tightness };
    let order = Order::new(kind, is_elsewhere, tightness, rule.id, &state.profile);
    Some(Hit { order, rule: Some(rule.id), action, level: Some(level), reason: reason() })
}

fn cost_hit(state: &State, trade: &Trade, look: Look<'_>) -> Option<Hit> {
    let stop = (*trade.cost_stop)?;
    let quote = &state.instrument(trade.terms.instrument).quote;
    let is_fresh = trade.opened_at.is_some_and(|opened| quote.at >= opened);
    let mark = x(trade.side(), state.trade_mark(trade, None)?);
    let looks_here = matches!(look, Look::Mark(instrument) if instrument == trade.terms.instrument);
    if !looks_here || !is_fresh || !stop.level.stops(mark, state.profile.strict) {
        return None;
    }
    let tightness = Reverse((stop.level.trigger, stop.level.shown));
    let order =
        Order { was_moved: true, ..Order::new(0, false, tightness, stop.by.rule, &state.profile) };
    let reason = ExitReason::MovedToCost { by: stop.by };
    Some(Hit { order, rule: None, action: Action::Exit, level: Some(stop.level), reason })
}

impl Order {
    fn new(
        kind: u8,
        is_elsewhere: bool,
        tightness: Reverse<(i64, i64)>,
        rule: RuleId,
        profile: &Profile,
    ) -> Order {
        let kind = match (kind, profile.target_first) {
            (0, true) => 1,
            (1, true) => 0,
            (kind, _) => kind,
        };
        Order { kind, is_elsewhere, tightness, rule, was_moved: false }
    }
}

/// The numbers behind a hit, and the price at which its exit fills in tracking mode.
fn cause(state: &State, id: TradeId, hit: &Hit) -> (Cause, Option<Price>) {
    let trade = state.trade(id);
    let own = state.instrument(trade.terms.instrument);
    let own_mark = state.trade_mark(trade, None);
    let (best, best_at) = state.best(trade);
    let best = best.map(|best| price_of(trade.side(), best));
    let Some(rule) = hit.rule.map(|rule| state.rule(rule)) else {
        let cause = Cause {
            reason: hit.reason.clone(),
            mark: own_mark,
            mark_at: Some(own.quote.at),
            source: Some(own.quote.source),
            level: hit.level.map(|level| price_of(trade.side(), level.shown)),
            best,
            best_at,
        };
        return (cause, own_mark);
    };
    let here = surroundings(rule, trade, &state.instruments, &state.profile, state.now);
    let side = rule.side(trade, here.spec);
    let mark = rule.mark(trade, here.quote, here.watched.mark, false);
    let own_best = rule.has_own_best();
    let best =
        if own_best { rule.price.seldom.own_best.map(|best| price_of(side, best)) } else { best };
    let cause = Cause {
        reason: hit.reason.clone(),
        mark,
        mark_at: mark.map(|_| here.quote.at),
        source: mark.map(|_| here.quote.source),
        level: hit.level.map(|level| price_of(side, rule.shown(level))),
        best,
        best_at: if own_best { None } else { best_at },
    };
    let fills_at = match rule.options().watch {
        Watch::Own => mark,
        Watch::Underlying => own_mark,
    };
    (cause, fills_at)
}

/// `share` of what is open, in whole lots, rounded up, never more than is open.
pub(crate) fn reduction(state: &State, id: TradeId, share: Fraction) -> Quantity {
    let trade = state.trade(id);
    let lot = state.instrument(trade.terms.instrument).spec.lot_size.0;
    let per_lot = i128::from(MILLION) * i128::from(lot);
    let lots = -wide::div_floor(-i128::from(trade.open.0) * i128::from(share.0), per_lot);
    let quantity = i64::try_from(lots * i128::from(lot)).unwrap_or(trade.open.0);
    Quantity(quantity.min(trade.open.0))
}
