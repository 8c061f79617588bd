//! Which rules are refused as they are written.

use super::book::Book;
use highmark_engine::{
    Action, Amount, ArmAt, Cap, Confirm, Distance, DrawdownDistance, InstrumentId, MILLION,
    MtmRule, Place, PriceRule, RuleDraft, RuleSpec, RungStop, Scope, StepBy, Study, Watch, When,
};

/// `true` when every number of the draft is in its range.
pub(super) fn is_sound(book: &Book, scope: Scope, draft: &RuleDraft) -> bool {
    if !draft.options.confirm.is_none_or(takes_time) {
        return false;
    }
    match (&draft.spec, scope) {
        (RuleSpec::Price(rule), Scope::Trade(id)) => {
            let instrument = book.trades[id.0 as usize].instrument;
            let follows = draft.options.watch == Watch::Underlying;
            let lacks = follows && book.instrument(instrument).spec.underlying.is_none();
            let counts_from = matches!(rule, PriceRule::Step { from: Some(_), .. });
            let is_off = lacks || (follows && counts_from);
            !is_off && price(book, instrument, rule, draft.options.force)
        }
        (RuleSpec::Price(_), _) => false,
        (RuleSpec::Mtm(MtmRule::MaxTradesPerDay { .. } | MtmRule::CoolingOff { .. }), _)
            if !matches!(
                draft.options.action,
                None | Some(Action::Alert | Action::BlockEntries)
            ) =>
        {
            false
        }
        (RuleSpec::Mtm(rule), _) => mtm(scope, rule, draft.options.force),
    }
}

fn takes_time(confirm: Confirm) -> bool {
    match confirm {
        Confirm::Ticks { count, within } => count > 0 && within.0 > 0,
        Confirm::Seconds { wait } => wait.0 > 0,
        Confirm::CandleClose { length } => length.0 > 0,
    }
}

fn distance(book: &Book, instrument: InstrumentId, distance: Distance) -> bool {
    let whole = MILLION as u32;
    match distance {
        Distance::Points(points) => points.0 > 0,
        Distance::Ticks(count) | Distance::BasisPoints(count) => count > 0,
        Distance::OfEntry(part) | Distance::OfBest(part) => part.0 > 0 && part.0 <= whole,
        Distance::OfPremium(part) => {
            part.0 > 0 && part.0 <= whole && book.instrument(instrument).spec.option.is_some()
        }
    }
}

fn price(book: &Book, instrument: InstrumentId, rule: &PriceRule, force: bool) -> bool {
    let distance = |given: Distance| distance(book, instrument, given);
    let place = |given: Place| match given {
        Place::Price(_) => true,
        Place::FromEntry(given) => distance(given),
    };
    let arming = |given: Option<ArmAt>| match given {
        Some(ArmAt::Profit(given)) => distance(given),
        Some(ArmAt::Price(_)) | None => true,
    };
    match rule {
        PriceRule::StopLoss { at } | PriceRule::Target { at } => place(*at),
        PriceRule::Trail { by, arm_at } => distance(*by) && arming(*arm_at),
        PriceRule::Keep { fraction, arm_at } => i64::from(fraction.0) < MILLION && arming(*arm_at),
        PriceRule::Step { start, every, by, .. } => {
            let fits = match by {
                StepBy::WholeSteps { r#move } => {
                    distance(*r#move) && (force || !is_larger(*r#move, *every))
                }
                StepBy::FullMove => true,
            };
            place(*start) && distance(*every) && fits
        }
        PriceRule::BreakEven { at, plus } => {
            let below = match at {
                Distance::Points(at) => plus < at,
                _ => true,
            };
            distance(*at) && below
        }
        PriceRule::Ladder { rungs } => {
            let stop = |stop: RungStop| match stop {
                RungStop::Profit(_) => true,
                RungStop::Trail { by } => distance(by),
                RungStop::Steps { by, every } => distance(by) && distance(every),
            };
            !rungs.is_empty() && rungs.iter().all(|rung| distance(rung.at) && stop(rung.stop))
        }
        PriceRule::Bars { study, length } => length.0 > 0 && is_study(*study),
        PriceRule::Time { when } => match when {
            When::At(_) => true,
            When::After(span) | When::BeforeClose(span) => span.0 >= 0,
        },
    }
}

/// Of two distances of one kind, the first is larger.
fn is_larger(a: Distance, b: Distance) -> bool {
    match (a, b) {
        (Distance::Points(a), Distance::Points(b)) => a > b,
        (Distance::Ticks(a), Distance::Ticks(b))
        | (Distance::BasisPoints(a), Distance::BasisPoints(b)) => a > b,
        (Distance::OfEntry(a), Distance::OfEntry(b))
        | (Distance::OfBest(a), Distance::OfBest(b))
        | (Distance::OfPremium(a), Distance::OfPremium(b)) => a > b,
        _ => false,
    }
}

fn is_study(study: Study) -> bool {
    match study {
        Study::Chandelier { period, multiple }
        | Study::Atr { period, multiple }
        | Study::Supertrend { period, multiple } => period > 0 && multiple.0 > 0,
        Study::Donchian { period } => period > 0,
        Study::ParabolicSar { step, most } => step.0 > 0 && most >= step,
    }
}

fn mtm(scope: Scope, rule: &MtmRule, force: bool) -> bool {
    let above = |amount: Amount| match amount {
        Amount::Money(money) => money.0 > 0,
        Amount::OfCapital(part) | Amount::OfMargin(part) | Amount::OfPremium(part) => part.0 > 0,
    };
    let compared = |a: Amount, b: Amount, holds: fn(i128, i128) -> bool| match (a, b) {
        (Amount::Money(a), Amount::Money(b)) => holds(a.0, b.0),
        (Amount::OfCapital(a), Amount::OfCapital(b))
        | (Amount::OfMargin(a), Amount::OfMargin(b))
        | (Amount::OfPremium(a), Amount::OfPremium(b)) => holds(i128::from(a.0), i128::from(b.0)),
        _ => true,
    };
    let below = |a, b| compared(a, b, |a, b| a < b);
    let at_most = |a, b| compared(a, b, |a, b| a <= b);
    let on_owner = matches!(scope, Scope::Strategy(_) | Scope::Account(_));
    match *rule {
        MtmRule::MaxLoss { amount } | MtmRule::Target { amount } => above(amount),
        MtmRule::GiveBack { fraction, .. } => fraction.0 > 0 && i64::from(fraction.0) <= MILLION,
        MtmRule::Gap { amount, arm_at, floor } => {
            above(amount) && floor.is_none_or(|floor| below(floor, arm_at))
        }
        MtmRule::Lock { arm_at, floor } => below(floor, arm_at),
        MtmRule::LockAndTrail { arm_at, floor, every, raise, .. } => {
            below(floor, arm_at) && above(every) && above(raise) && (force || at_most(raise, every))
        }
        MtmRule::TrailLoss { loss, every, raise, cap } => {
            above(loss)
                && above(every)
                && above(raise)
                && (force || cap == Cap::Cost || at_most(raise, every))
        }
        MtmRule::Drawdown { distance, .. } => match distance {
            DrawdownDistance::Money(money) => money.0 > 0,
            DrawdownDistance::OfBalance(part) => part.0 > 0 && i64::from(part.0) <= MILLION,
        },
        MtmRule::DailyLoss { amount } | MtmRule::DailyTarget { amount } => {
            on_owner && above(amount)
        }
        MtmRule::MaxTradesPerDay { count } => on_owner && count > 0,
        MtmRule::CoolingOff { losses, wait } => on_owner && losses > 0 && wait.0 > 0,
    }
}
