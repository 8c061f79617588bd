//! Price rules checked: distances, places, steps, rungs, studies.

use super::{Check, MOST_BASIS_POINTS, MOST_SHARE, bad, check_options, ok_unless};
use crate::instrument::InstrumentSpec;
use crate::money::{Fraction, LARGEST, Price};
use crate::rules::bars::MOST_PERIOD;
use crate::rules::spec::*;
use alloc::format;

pub(super) fn check_price_rule(
    rule: &PriceRule,
    options: &RuleOptions,
    spec: &InstrumentSpec,
) -> Check {
    check_options(options, true)?;
    if options.watch == Watch::Underlying && spec.underlying.is_none() {
        return Err(bad(
            "watch",
            format!("{} has no underlying", spec.symbol),
            "define it with one, or watch its own price",
        ));
    }
    if options.watch == Watch::Underlying && matches!(rule, PriceRule::Step { from: Some(_), .. }) {
        return Err(bad(
            "from",
            "`from` is a price of the trade's own",
            "leave it out when the rule watches the underlying",
        ));
    }
    let distance = |name: &str, each: Distance| check_distance(name, each, spec);
    match rule {
        PriceRule::StopLoss { at } | PriceRule::Target { at } => check_place("at", *at, spec),
        PriceRule::Trail { by, arm_at } => {
            distance("by", *by).and_then(|()| check_arming(*arm_at, spec))
        }
        PriceRule::Keep { fraction, arm_at } => {
            if *fraction >= Fraction::WHOLE {
                return Err(bad(
                    "fraction",
                    "the share that is kept is below 1",
                    "0.3 keeps 30 % of the best profit",
                ));
            }
            check_arming(*arm_at, spec)
        }
        PriceRule::Step { start, every, by, from } => {
            check_place("start", *start, spec)?;
            from.map_or(Ok(()), |from| check_place("from", Place::Price(from), spec))?;
            distance("every", *every)?;
            match by {
                StepBy::FullMove => Ok(()),
                StepBy::WholeSteps { r#move } => {
                    distance("move", *r#move)?;
                    let overtakes = is_larger(*r#move, *every) && !options.force;
                    ok_unless(
                        overtakes,
                        "move",
                        "a step moves at most as far as the market did",
                        "give move <= every, or force it",
                    )
                }
            }
        }
        PriceRule::BreakEven { at, plus } => {
            distance("at", *at)?;
            check_points("plus", *plus)?;
            let beyond = is_larger_or_equal(Distance::Points(*plus), *at) && !options.force;
            ok_unless(
                beyond,
                "plus",
                "plus is not below at",
                "the stop would stand where the market is",
            )
        }
        PriceRule::Ladder { rungs } => check_ladder(rungs, spec),
        PriceRule::Bars { study, length } => {
            let differs = matches!(options.confirm, Some(Confirm::CandleClose { length: other }) if other != *length);
            ok_unless(
                differs,
                "confirm",
                "a study that is judged at closes is judged at those of its own bars",
                "give both the same length",
            )?;
            check_study(*study, *length)
        }
        PriceRule::Time { when } => match when {
            When::At(time) => ok_unless(
                time.0 < 0 || time.0 >= 86_400 * crate::time::SECOND,
                "at",
                "a time of day lies within one day",
                "give it as 15:15",
            ),
            When::After(span) | When::BeforeClose(span) => {
                ok_unless(span.0 < 0, "time", "a length of time is not negative", "give it as 15m")
            }
        },
    }
}

fn check_ladder(rungs: &[Rung], spec: &InstrumentSpec) -> Check {
    ok_unless(rungs.is_empty(), "rungs", "a ladder has at least one rung", "give { at, stop }")?;
    for rung in rungs {
        check_distance("at", rung.at, spec)?;
        match rung.stop {
            RungStop::Profit(profit) => check_points("stop", profit)?,
            RungStop::Trail { by } => check_distance("by", by, spec)?,
            RungStop::Steps { by, every } => {
                check_distance("by", by, spec)?;
                check_distance("every", every, spec)?;
            }
        }
    }
    let falls = rungs.windows(2).any(|pair| match pair {
        [a, b] => is_larger_or_equal(a.at, b.at),
        _ => false,
    });
    ok_unless(falls, "rungs", "the rungs don't rise", "give them in order of at")
}

fn check_study(study: Study, length: crate::time::Span) -> Check {
    ok_unless(
        length.0 < crate::time::SECOND,
        "length",
        "a bar lasts at least a second",
        "give it as 1m",
    )?;
    let (period, multiple) = match study {
        Study::Chandelier { period, multiple }
        | Study::Atr { period, multiple }
        | Study::Supertrend { period, multiple } => (period, multiple),
        Study::Donchian { period } => (period, Fraction::WHOLE),
        Study::ParabolicSar { step, most } => {
            let wrong = step.0 == 0 || step > most || most > Fraction::WHOLE;
            return ok_unless(
                wrong,
                "step",
                "0 < step <= most <= 1 does not hold",
                "the usual pair is 0.02 and 0.2",
            );
        }
    };
    ok_unless(
        period == 0 || period > MOST_PERIOD,
        "period",
        "the period is 1 to 1000 bars",
        "14 is usual",
    )?;
    ok_unless(multiple.0 == 0, "multiple", "the multiple is above zero", "3 is usual")
}

fn check_arming(arm_at: Option<ArmAt>, spec: &InstrumentSpec) -> Check {
    match arm_at {
        Some(ArmAt::Profit(distance)) => check_distance("arm_at", distance, spec),
        Some(ArmAt::Price(price)) => check_place("arm_at", Place::Price(price), spec),
        None => Ok(()),
    }
}

fn check_place(name: &str, place: Place, spec: &InstrumentSpec) -> Check {
    match place {
        Place::Price(price) => ok_unless(
            (price <= Price::ZERO && !spec.checks.allow_negative) || is_too_large(price),
            name,
            "a price is above zero and at most 1,000,000,000",
            "give a distance from the entry instead, if that is meant",
        ),
        Place::FromEntry(distance) => check_distance(name, distance, spec),
    }
}

fn is_too_large(price: Price) -> bool {
    price.0.unsigned_abs() > LARGEST.unsigned_abs()
}

/// Points that may be negative: beyond or short of the entry.
fn check_points(name: &str, points: Price) -> Check {
    ok_unless(is_too_large(points), name, format!("{name} is at most 1,000,000,000"), "check it")
}

fn check_distance(name: &str, distance: Distance, spec: &InstrumentSpec) -> Check {
    let is_zero_or_absurd = match distance {
        Distance::Points(points) => points <= Price::ZERO || points.0 > LARGEST,
        Distance::Ticks(count) => {
            count == 0 || i128::from(count) * i128::from(spec.tick_size.0) > i128::from(LARGEST)
        }
        Distance::BasisPoints(count) => count == 0 || count > MOST_BASIS_POINTS,
        Distance::OfEntry(share) | Distance::OfBest(share) | Distance::OfPremium(share) => {
            share.0 == 0 || share > MOST_SHARE
        }
    };
    if is_zero_or_absurd {
        let message =
            format!("{name} is above zero, and at most 1,000,000,000 or ten times the whole");
        return Err(bad(name, message, "a distance has no sign: the side says which way"));
    }
    if matches!(distance, Distance::OfPremium(_)) && spec.option.is_none() {
        let message = format!("{} has no premium", spec.symbol);
        return Err(bad(name, message, "percent of premium is for options"));
    }
    Ok(())
}

/// Compares two distances of one kind; of two kinds neither is known to be larger.
fn is_larger(a: Distance, b: Distance) -> bool {
    is_larger_or_equal(a, b) && a != b
}

fn is_larger_or_equal(a: Distance, b: Distance) -> bool {
    match (a, b) {
        (Distance::Points(a), Distance::Points(b)) => a >= b,
        (Distance::Ticks(a), Distance::Ticks(b))
        | (Distance::BasisPoints(a), Distance::BasisPoints(b)) => a >= b,
        (Distance::OfEntry(a), Distance::OfEntry(b))
        | (Distance::OfBest(a), Distance::OfBest(b))
        | (Distance::OfPremium(a), Distance::OfPremium(b)) => a >= b,
        _ => false,
    }
}
