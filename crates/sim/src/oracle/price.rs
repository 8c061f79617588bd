//! Levels of price rules, recomputed from entry and best; all in x, where favourable is up.

use super::Mistake;
use super::bars;
use super::book::{Book, PriceState, Rule, Trade};
use super::ratio::Ratio;
use highmark_engine::{
    Action, ArmAt, Confirm, Distance, Fraction, MILLION, OptionKind, Place, Price, PriceRule,
    RuleId, RuleSpec, Rung, RungStop, Scope, StepBy, TradeId, Watch,
};

/// What a rule measures from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measure {
    pub entry: Ratio,
    pub best: Option<Ratio>,
    pub sign: i128,
    pub tick: i128,
}

pub(super) fn fraction(fraction: Fraction) -> Ratio {
    Ratio::of(i128::from(fraction.0), i128::from(MILLION))
}

impl Rule {
    pub(super) fn price_spec(&self) -> Option<&PriceRule> {
        match &self.draft.spec {
            RuleSpec::Price(rule) => Some(rule),
            RuleSpec::Mtm(_) => None,
        }
    }

    pub(super) fn candle(&self) -> Option<highmark_engine::Span> {
        match self.draft.options.confirm {
            Some(Confirm::CandleClose { length }) => Some(length),
            Some(Confirm::Ticks { .. } | Confirm::Seconds { .. }) | None => None,
        }
    }

    fn starts_from(&self) -> Option<Price> {
        match self.price_spec() {
            Some(PriceRule::Step { from, .. }) => *from,
            _ => None,
        }
    }
}

/// Which instrument a price rule of this trade follows.
pub(super) fn watched(book: &Book, rule: &Rule, trade: &Trade) -> highmark_engine::InstrumentId {
    match rule.draft.options.watch {
        Watch::Own => trade.instrument,
        Watch::Underlying => {
            book.instrument(trade.instrument).spec.underlying.unwrap_or(trade.instrument)
        }
    }
}

/// 1 when favourable is up for what the rule follows.
pub(super) fn direction(book: &Book, rule: &Rule, trade: &Trade) -> i128 {
    match (rule.draft.options.watch, book.instrument(trade.instrument).spec.option) {
        (Watch::Underlying, Some(OptionKind::Put)) => -trade.sign(),
        (Watch::Underlying, Some(OptionKind::Call) | None) | (Watch::Own, _) => trade.sign(),
    }
}

/// The rule keeps a best of its own.
pub(super) fn has_own_best(_book: &Book, rule: &Rule, _trade: &Trade) -> bool {
    rule.draft.options.watch == Watch::Underlying
        || rule.candle().is_some()
        || rule.starts_from().is_some()
        || rule.draft.options.peak_mark.is_some()
}

/// In x, the price that the rule compares with its level, and the one that moves its best.
pub(super) fn looked_at(book: &Book, rule: &Rule, trade: &Trade) -> (Option<Ratio>, Option<Ratio>) {
    let id = watched(book, rule, trade);
    let own = book.instrument(id).spec.mark;
    let sign = direction(book, rule, trade);
    let at =
        |kind| book.price(id, kind, trade.side).map(|price| Ratio::whole(sign * i128::from(price)));
    let options = &rule.draft.options;
    (at(options.breach_mark.unwrap_or(own)), at(options.peak_mark.unwrap_or(own)))
}

pub(super) fn measure(book: &Book, rule: &Rule, trade: &Trade) -> Option<Measure> {
    let (entry, best) = if rule.draft.options.watch == Watch::Underlying {
        (rule.price.own_entry?, rule.price.own_best)
    } else if has_own_best(book, rule, trade) {
        (trade.entry()?, rule.price.own_best)
    } else {
        (trade.entry()?, trade.best.map(|best| trade.x(best)))
    };
    let tick = i128::from(book.instrument(trade.instrument).spec.tick_size.0);
    Some(Measure { entry, best, sign: direction(book, rule, trade), tick })
}

impl Measure {
    fn x(&self, price: Price) -> Ratio {
        Ratio::whole(self.sign * i128::from(price.0))
    }

    /// What shares of best are of: the entry while there is no best.
    fn best_or_entry(&self) -> Ratio {
        self.best.unwrap_or_else(|| Ratio::whole(self.entry.floor()))
    }

    fn distance(&self, distance: Distance) -> Option<Ratio> {
        Some(match distance {
            Distance::Points(points) => Ratio::whole(points.0),
            Distance::Ticks(count) => Ratio::whole(i128::from(count) * self.tick),
            Distance::BasisPoints(count) => {
                self.best_or_entry().abs() * Ratio::of(i128::from(count), 10_000)
            }
            Distance::OfBest(share) => self.best_or_entry().abs() * fraction(share),
            Distance::OfEntry(share) | Distance::OfPremium(share) => {
                self.entry.abs() * fraction(share)
            }
        })
    }

    fn stop(&self, place: Place) -> Option<Ratio> {
        match place {
            Place::Price(price) => Some(self.x(price)),
            Place::FromEntry(distance) => Some(self.entry - self.distance(distance)?),
        }
    }

    pub(super) fn target(&self, place: Place) -> Option<Ratio> {
        match place {
            Place::Price(price) => Some(self.x(price)),
            Place::FromEntry(distance) => Some(self.entry + self.distance(distance)?),
        }
    }

    fn reaches(&self, arm_at: Option<ArmAt>, strict: bool) -> bool {
        let reached = |have: Ratio, need: Ratio| if strict { have > need } else { have >= need };
        match (arm_at, self.best) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(ArmAt::Price(price)), Some(best)) => reached(best, self.x(price)),
            (Some(ArmAt::Profit(distance)), Some(best)) => {
                self.distance(distance).is_some_and(|distance| reached(best - self.entry, distance))
            }
        }
    }

    fn rung(&self, rungs: &[Rung]) -> Option<Ratio> {
        let profit = self.best? - self.entry;
        let mut reached: Vec<(Ratio, RungStop)> = rungs
            .iter()
            .filter_map(|rung| Some((self.distance(rung.at)?, rung.stop)))
            .filter(|(at, _)| profit >= *at)
            .collect();
        reached.sort_by_key(|(at, _)| *at);
        let (at, stop) = *reached.last()?;
        Some(match stop {
            RungStop::Profit(points) => self.entry + Ratio::whole(points.0),
            RungStop::Trail { by } => self.best? - self.distance(by)?,
            RungStop::Steps { by, every } => {
                let every = self.distance(every)?;
                let steps = ((profit - at) / every).floor();
                self.entry + at - self.distance(by)? + Ratio::whole(steps) * every
            }
        })
    }
}

/// Bars of the length that the rule asks for are built from now on.
pub(super) fn want_bars(book: &mut Book, id: RuleId) {
    let rule = &book.rules[id.0 as usize];
    let length = match &rule.draft.spec {
        RuleSpec::Price(PriceRule::Bars { length, .. }) => Some(*length),
        RuleSpec::Price(_) => rule.candle(),
        RuleSpec::Mtm(_) => None,
    };
    let (Some(length), Scope::Trade(trade)) = (length, rule.scope) else { return };
    let instrument = watched(book, rule, &book.trades[trade.0 as usize]);
    bars::want(book, instrument, length);
}

/// The rule begins to look: at the trade's first entry fill, or when it is set on an open trade.
pub(super) fn start(book: &mut Book, id: RuleId) {
    let rule = &book.rules[id.0 as usize];
    let Scope::Trade(trade) = rule.scope else { return };
    let Some(trade) = book.trade(trade) else { return };
    let (Some(entry), Some(_)) = (trade.entry(), rule.price_spec()) else { return };
    // A rule that is removed sees nothing until it comes back.
    if rule.removed {
        return;
    }
    let from = rule.starts_from().map(|from| trade.x(from.0));
    let own = has_own_best(book, rule, trade);
    let underlying = rule.draft.options.watch == Watch::Underlying;
    // A best is a price; an entry need not be one.
    let start = from.unwrap_or_else(|| Ratio::whole(entry.half_even()));
    let (mut own_entry, mut own_best) = (None, own.then_some(start));
    if underlying {
        own_entry = looked_at(book, rule, trade).1;
        own_best = own_entry;
    }
    let base = from.unwrap_or(own_entry.unwrap_or(entry));
    let state = &mut book.rules[id.0 as usize].price;
    state.started = true;
    state.own_entry = own_entry;
    state.own_best = own_best;
    state.anchor = Some(Ratio::whole(base.half_even()));
    state.moved = Ratio::ZERO;
    bars::begin(book, id);
    bars::ratchet_rule(book, id, None);
}

/// Moves the rule's own best, if it keeps one, to what it looks at now.
pub(super) fn move_own_best(book: &mut Book, id: RuleId) {
    let rule = &book.rules[id.0 as usize];
    let Scope::Trade(trade) = rule.scope else { return };
    let Some(trade) = book.trade(trade) else { return };
    if !rule.price.started || !has_own_best(book, rule, trade) {
        return;
    }
    let Some(seen) = looked_at(book, rule, trade).1 else { return };
    let waits = rule.draft.options.watch == Watch::Underlying && rule.price.own_entry.is_none();
    let state = &mut book.rules[id.0 as usize].price;
    if waits {
        state.own_entry = Some(seen);
        state.anchor = Some(Ratio::whole(seen.half_even()));
        state.moved = Ratio::ZERO;
    }
    state.own_best = Some(state.own_best.map_or(seen, |best| best.max(seen)));
}

/// Computes the rule's candidate and ratchets its level. Says `true` when a break-even was skipped.
pub(super) fn ratchet(book: &mut Book, id: RuleId, mistake: Option<Mistake>) -> bool {
    let rule = &book.rules[id.0 as usize];
    let Scope::Trade(trade) = rule.scope else { return false };
    let Some(trade) = book.trade(trade) else { return false };
    if !rule.price.started || rule.removed || rule.price.skipped || !trade.is_held() {
        return false;
    }
    let Some(measure) = measure(book, rule, trade) else { return false };
    let mark = looked_at(book, rule, trade).0;
    let strict = rule.draft.options.strict || book.profile.strict;
    let strict_arming = book.profile.strict_arming;
    let rule: &mut Rule = &mut book.rules[id.0 as usize];
    let RuleSpec::Price(spec) = &rule.draft.spec else { return false };
    let state = &mut rule.price;
    if let PriceRule::BreakEven { at, plus } = spec {
        return break_even(state, &measure, *at, *plus, mark, strict);
    }
    let candidate = candidate(spec, state, &measure, strict_arming, mistake);
    raise(state, candidate, mistake);
    false
}

pub(super) fn raise(state: &mut PriceState, candidate: Option<Ratio>, mistake: Option<Mistake>) {
    let Some(candidate) = candidate else { return };
    state.asked = Some(state.asked.map_or(candidate, |asked| asked.max(candidate)));
    if state.loosened_from.is_some_and(|from| candidate <= from) {
        return;
    }
    let loosens = mistake == Some(Mistake::RatchetLoosens);
    if loosens || state.level.is_none_or(|level| candidate > level) {
        state.level = Some(candidate);
    }
}

fn break_even(
    state: &mut PriceState,
    measure: &Measure,
    at: Distance,
    plus: Price,
    mark: Option<Ratio>,
    strict: bool,
) -> bool {
    let (Some(best), Some(at)) = (measure.best, measure.distance(at)) else { return false };
    if state.placed || best - measure.entry < at {
        return false;
    }
    let level = measure.entry + Ratio::whole(plus.0);
    if mark.is_some_and(|mark| if strict { mark < level } else { mark <= level }) {
        state.skipped = true;
        return true;
    }
    state.placed = true;
    state.level = Some(level);
    false
}

fn candidate(
    spec: &PriceRule,
    state: &mut PriceState,
    measure: &Measure,
    strict_arming: bool,
    mistake: Option<Mistake>,
) -> Option<Ratio> {
    match spec {
        PriceRule::StopLoss { at } => measure.stop(*at),
        PriceRule::Trail { by, arm_at } => {
            state.armed |= measure.reaches(*arm_at, strict_arming);
            if state.armed { Some(measure.best? - measure.distance(*by)?) } else { None }
        }
        PriceRule::Keep { fraction: share, arm_at } => {
            state.armed |= measure.reaches(*arm_at, strict_arming);
            let profit = measure.best? - measure.entry;
            (state.armed && profit.is_positive()).then(|| measure.entry + profit * fraction(*share))
        }
        PriceRule::Step { start, every, by, from } => {
            let start = measure.stop(*start)?;
            let (Some(best), Some(every)) = (measure.best, measure.distance(*every)) else {
                return Some(start);
            };
            match by {
                StepBy::WholeSteps { r#move } => {
                    let base = from.map_or(measure.entry, |from| measure.x(from));
                    let steps = (best - base) / every;
                    let steps = match mistake {
                        Some(Mistake::StepsRoundUp) => steps.ceil(),
                        _ => steps.floor(),
                    };
                    let moved = measure.distance(*r#move)? * Ratio::whole(steps.max(0));
                    Some(start + moved)
                }
                StepBy::FullMove => {
                    let anchor = state.anchor?;
                    if best - anchor >= every {
                        state.anchor = Some(best);
                        state.moved = state.moved + best - anchor;
                    }
                    Some(start + state.moved)
                }
            }
        }
        PriceRule::Ladder { rungs } => measure.rung(rungs),
        PriceRule::BreakEven { .. }
        | PriceRule::Target { .. }
        | PriceRule::Bars { .. }
        | PriceRule::Time { .. } => None,
    }
}

/// Ratchets every rule of a trade; break-evens that were skipped are returned.
pub(super) fn ratchet_all(
    book: &mut Book,
    trade: TradeId,
    only: impl Fn(&Book, &Rule) -> bool,
    mistake: Option<Mistake>,
) -> Vec<RuleId> {
    let rules = book.trades[trade.0 as usize].rules.clone();
    let mut skipped = Vec::new();
    for id in rules {
        // A break-even is looked at when a mark moves, not at fills.
        let waits =
            matches!(book.rules[id.0 as usize].price_spec(), Some(PriceRule::BreakEven { .. }));
        if !waits && only(book, &book.rules[id.0 as usize]) && ratchet(book, id, mistake) {
            skipped.push(id);
        }
    }
    skipped
}

/// Where a level lies among prices: two that no price can tell apart are equally tight.
pub(super) fn among_prices(level: Ratio) -> (i128, i128) {
    (level.floor(), level.ceil())
}

/// The tightest stop of a trade: its level, the rule, and whether another rule put it at the entry.
pub(super) fn tightest(book: &Book, trade: &Trade) -> Option<(Ratio, RuleId, bool)> {
    tightest_of(book, trade, |_| true)
}

/// The same of what may still act: what has fired protects nothing, but while the exit that it decided is under way.
pub(super) fn standing(book: &Book, trade: &Trade) -> Option<(Ratio, RuleId, bool)> {
    tightest_of(book, trade, |rule| !rule.price.fired || trade.intent.is_some())
}

fn tightest_of(
    book: &Book,
    trade: &Trade,
    counts: impl Fn(&Rule) -> bool,
) -> Option<(Ratio, RuleId, bool)> {
    let own = trade.rules.iter().filter_map(|id| {
        let rule = &book.rules[id.0 as usize];
        let exits = matches!(rule.draft.options.action, None | Some(Action::Exit));
        let own = rule.draft.options.watch == Watch::Own;
        let standing = exits && own && !rule.removed && !rule.price.skipped && counts(rule);
        Some((rule.price.level.filter(|_| standing)?, *id, false))
    });
    let put = trade.at_cost.iter().map(|(id, level)| (*level, *id, true));
    own.chain(put)
        .min_by_key(|(level, id, put)| (std::cmp::Reverse(among_prices(*level)), *id, *put))
}
