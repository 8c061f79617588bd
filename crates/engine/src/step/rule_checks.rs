//! What is checked before a rule is set or changed: ranges, contradictions, levels already breached.

use super::refuse;
use crate::event::{Refusal, RefusalCode};
use crate::ids::*;
use crate::input::NewTrade;
use crate::instrument::InstrumentSpec;
use crate::money::{Fraction, LARGEST, MOST_MONEY, Money, Price};
use crate::rules::daily::is_daily;
use crate::rules::level::{Entry, Level, Reference, x};
use crate::rules::spec::*;
use crate::rules::{step, stop_loss, target};
use crate::state::rule::Rule;
use crate::state::{Class, State, class, is_stop};
use alloc::format;
use alloc::string::String;

type Check = Result<(), Refusal>;

/// Ten times the whole: more than any distance or amount means.
const MOST_SHARE: Fraction = Fraction::percent(1000);
const MOST_BASIS_POINTS: u32 = 100_000;

/// A price rule that comes with a new trade; `entry` is known when it fills at once.
pub(crate) fn check_for_new_trade(
    state: &State,
    new: &NewTrade,
    entry: Option<Price>,
    draft: &RuleDraft,
) -> Check {
    let RuleSpec::Price(rule) = &draft.spec else {
        return Err(bad(
            "rules",
            "a new trade takes rules on its price",
            "set mtm rules once the trade is there",
        ));
    };
    let spec = &state.instrument(new.instrument).spec;
    check_price_rule(rule, &draft.options, spec)?;
    let (Some(entry), false) =
        (entry, draft.options.force || draft.options.watch == Watch::Underlying)
    else {
        return Ok(());
    };
    let reference = Reference {
        entry: Entry::at(x(new.side, entry)),
        best: Some(x(new.side, entry)),
        tick: spec.tick_size.0,
        rounding: state.profile.rounding,
    };
    let here = x(new.side, entry);
    let is_wrong = match rule {
        PriceRule::StopLoss { at } => {
            stop_loss::level(*at, new.side, &reference).stops(here, false)
        }
        PriceRule::Target { at } => {
            target::level(*at, new.side, &reference).reached_by(here, false)
        }
        PriceRule::Step { start, every, from, by: _ } => {
            let steps = step::Steps { start: *start, every: *every, from: *from };
            step::full_move(steps, None, new.side, &reference).0.stops(here, false)
        }
        _ => false,
    };
    if is_wrong {
        let message = format!("the {} is on the wrong side of the entry {entry}", rule.kind());
        return Err(refuse(
            RefusalCode::WouldTrigger,
            "rules",
            message,
            "it would exit at once; force it if you mean it",
        ));
    }
    Ok(())
}

/// A rule for a scope that exists; `replaces` names the rule that it changes.
pub(crate) fn check_for_scope(
    state: &State,
    scope: Scope,
    draft: &RuleDraft,
    replaces: Option<RuleId>,
) -> Check {
    if let Some(before) = replaces.map(|id| state.rule(id))
        && before.draft.spec.kind() != draft.spec.kind()
    {
        let message = format!("rule {} is a {}", before.id, before.draft.spec.kind());
        return Err(bad(
            "spec",
            message,
            "remove it and set another; a rule does not change its kind",
        ));
    }
    match (&draft.spec, scope) {
        (RuleSpec::Price(rule), Scope::Trade(id)) => {
            check_on_trade(state, id, rule, draft, replaces)
        }
        (RuleSpec::Price(_), _) => Err(bad(
            "scope",
            "a price rule stands on one trade",
            "use an mtm rule for a group, strategy or account",
        )),
        (RuleSpec::Mtm(rule), scope) => check_mtm_rule(state, scope, rule, draft, replaces),
    }
}

fn check_on_trade(
    state: &State,
    id: TradeId,
    rule: &PriceRule,
    draft: &RuleDraft,
    replaces: Option<RuleId>,
) -> Check {
    let trade = state.trade(id);
    let spec = &state.instrument(trade.terms.instrument).spec;
    check_price_rule(rule, &draft.options, spec)?;
    if trade.closed_at.is_some() {
        let message = format!("trade {id} is {}", trade.status);
        return Err(refuse(
            RefusalCode::WrongState,
            "scope",
            message,
            "rules are set on trades that are alive",
        ));
    }
    if draft.options.force || !trade.is_held() {
        return Ok(());
    }
    let fresh = Rule::new(
        replaces.unwrap_or_default(),
        Scope::Trade(id),
        draft.clone(),
        Provenance::default(),
        state.now,
    );
    let here = state.surroundings(&fresh, id);
    if let Some(level) = fresh.preview(here)
        && fresh.is_met(level, here) == Some(true)
    {
        let message = format!("the market is already through the {}", rule.kind());
        return Err(refuse(
            RefusalCode::WouldTrigger,
            "spec",
            message,
            "force it to exit now, or choose another level",
        ));
    }
    Ok(())
}

/// A change may tighten a stop or a floor; what loosens has to be forced and to say why.
pub(crate) fn check_not_looser(
    state: &State,
    before: &Rule,
    draft: &RuleDraft,
    provenance: &Provenance,
) -> Check {
    let mut after = Rule { draft: draft.clone(), ..before.clone() };
    let loosens = match (&draft.spec, before.scope) {
        (RuleSpec::Price(spec), Scope::Trade(id)) if is_stop(spec) => {
            after.price.own_best = None;
            let next = after.preview(state.surroundings(&after, id));
            before.price.level.is_some_and(|level| next.is_none_or(|next| is_below(next, level)))
        }
        (RuleSpec::Mtm(spec), _) if class(spec) != Class::Target => {
            let (was, next) = (state.level_of(before).0, state.level_of(&after).0);
            was.is_some_and(|was| next.is_none_or(|next| next < was))
        }
        _ => false,
    };
    if loosens && !draft.options.force {
        let message = format!("rule {} would become looser", before.id);
        return Err(refuse(
            RefusalCode::WouldLoosen,
            "spec",
            message,
            "force it, and give a reason",
        ));
    }
    if loosens && provenance.reason.trim().is_empty() {
        return Err(bad("reason", "loosening needs a reason", "say why: the journal keeps it"));
    }
    Ok(())
}

fn is_below(level: Level, other: Level) -> bool {
    (level.trigger, level.shown) < (other.trigger, other.shown)
}

fn check_price_rule(rule: &PriceRule, options: &RuleOptions, spec: &InstrumentSpec) -> Check {
    check_options(options, true)?;
    if options.watch == Watch::Underlying && spec.underlying.is_none() {
        return Err(bad(
            "watch",
            format!("{} has no underlying", spec.symbol),
            "define it with one, or watch its own price",
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
        PriceRule::Bars { study, length } => check_study(*study, *length),
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
        period == 0 || period > 1000,
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
    ok_unless(
        is_zero_or_absurd,
        name,
        format!("{name} is above zero, and at most 1,000,000,000 or ten times the whole"),
        "a distance has no sign: the side says which way",
    )?;
    let is_premium = matches!(distance, Distance::OfPremium(_)) && spec.option.is_none();
    ok_unless(
        is_premium,
        name,
        format!("{} has no premium", spec.symbol),
        "percent of premium is for options",
    )
}

fn check_options(options: &RuleOptions, on_price: bool) -> Check {
    ok_unless(
        options.warn.iter().flatten().any(|band| band.0 == 0 || *band > Fraction::WHOLE),
        "warn",
        "a band of room is above 0 and at most 100 %",
        "50, 25 and 10 % are usual",
    )?;
    match options.confirm {
        Some(Confirm::Ticks { count, within }) => {
            ok_unless(
                count == 0 || within.0 <= 0,
                "confirm",
                "a confirmation is bounded",
                "give count >= 1 and within > 0",
            )?;
        }
        Some(Confirm::Seconds { wait: span } | Confirm::CandleClose { length: span }) => {
            ok_unless(span.0 <= 0, "confirm", "a confirmation takes some time", "give it as 5s")?;
        }
        None => {}
    }
    for action in options.action.into_iter().chain(options.then.map(|then| then.action)) {
        let wrong =
            matches!(action, Action::Reduce(share) if share.0 == 0 || share > Fraction::WHOLE);
        ok_unless(
            wrong,
            "action",
            "a reduction is more than 0 and at most 100 %",
            "reduce 50 halves the position",
        )?;
    }
    match options.action {
        Some(Action::Exit | Action::Alert | Action::Reduce(_)) | None => Ok(()),
        Some(Action::Shutdown | Action::BlockEntries | Action::ExitLosers | Action::MoveToCost) => {
            ok_unless(
                on_price,
                "action",
                "a price rule exits, reduces or alerts",
                "put what concerns other trades into `then`",
            )
        }
    }
}

fn check_mtm_rule(
    state: &State,
    scope: Scope,
    rule: &MtmRule,
    draft: &RuleDraft,
    replaces: Option<RuleId>,
) -> Check {
    check_options(&draft.options, false)?;
    check_amounts(rule)?;
    check_mtm_ranges(rule, draft.options.force)?;
    let has_days = matches!(scope, Scope::Strategy(_) | Scope::Account(_));
    ok_unless(
        is_daily(rule) && !has_days,
        "scope",
        "daily rules stand on a strategy or an account",
        "choose one of them",
    )?;
    if let MtmRule::MaxTradesPerDay { .. } | MtmRule::CoolingOff { .. } = rule {
        let wrong =
            !matches!(draft.options.action, None | Some(Action::BlockEntries | Action::Alert));
        ok_unless(wrong, "action", "this rule blocks entries or alerts", "leave the action out")?;
    }
    if draft.options.force {
        return Ok(());
    }
    check_not_breached(state, scope, rule, draft, replaces)
}

/// No amount is so large that the engine could not reckon with it.
fn check_amounts(rule: &MtmRule) -> Check {
    let amounts: [Option<Amount>; 4] = match rule {
        MtmRule::MaxLoss { amount }
        | MtmRule::Target { amount }
        | MtmRule::DailyLoss { amount }
        | MtmRule::DailyTarget { amount } => [Some(*amount), None, None, None],
        MtmRule::GiveBack { arm_at, .. } => [Some(*arm_at), None, None, None],
        MtmRule::Gap { amount, arm_at, floor } => [Some(*amount), Some(*arm_at), *floor, None],
        MtmRule::Lock { arm_at, floor } => [Some(*arm_at), Some(*floor), None, None],
        MtmRule::LockAndTrail { arm_at, floor, every, raise, .. } => {
            [*arm_at, *floor, *every, *raise].map(Some)
        }
        MtmRule::TrailLoss { loss, every, raise, .. } => {
            [Some(*loss), Some(*every), Some(*raise), None]
        }
        MtmRule::Drawdown { distance, lock_at, .. } => {
            let distance = match distance {
                DrawdownDistance::Money(money) => Amount::Money(*money),
                DrawdownDistance::OfBalance(share) => Amount::OfCapital(*share),
            };
            [Some(distance), lock_at.map(Amount::Money), None, None]
        }
        MtmRule::MaxTradesPerDay { .. } | MtmRule::CoolingOff { .. } => [None; 4],
    };
    let is_absurd = |amount: Amount| match amount {
        Amount::Money(money) => money > MOST_MONEY || money < -MOST_MONEY,
        Amount::OfCapital(share) | Amount::OfMargin(share) | Amount::OfPremium(share) => {
            share > MOST_SHARE
        }
    };
    let message = "an amount is at most 10^18, a share at most ten times the whole";
    ok_unless(amounts.into_iter().flatten().any(is_absurd), "amount", message, "check the unit")
}

fn check_mtm_ranges(rule: &MtmRule, force: bool) -> Check {
    match rule {
        MtmRule::MaxLoss { amount } | MtmRule::DailyLoss { amount } => {
            above_zero("amount", *amount)
        }
        MtmRule::Target { amount } | MtmRule::DailyTarget { amount } => {
            above_zero("amount", *amount)
        }
        MtmRule::GiveBack { fraction, .. } => ok_unless(
            fraction.0 == 0 || *fraction > Fraction::WHOLE,
            "fraction",
            "the share given back is in (0, 1]",
            "0.3 gives back 30 % of the peak",
        ),
        MtmRule::Gap { amount, arm_at, floor } => {
            above_zero("amount", *amount)?;
            floor.map_or(Ok(()), |floor| floor_below(floor, *arm_at))
        }
        MtmRule::Lock { arm_at, floor } => floor_below(*floor, *arm_at),
        MtmRule::LockAndTrail { arm_at, floor, every, raise, .. } => {
            floor_below(*floor, *arm_at)?;
            above_zero("every", *every)?;
            raise_within(*raise, *every, force)
        }
        MtmRule::TrailLoss { loss, every, raise, cap } => {
            above_zero("loss", *loss)?;
            above_zero("every", *every)?;
            raise_within(*raise, *every, force || *cap == Cap::Cost)
        }
        MtmRule::Drawdown { distance, .. } => {
            let wrong = match distance {
                DrawdownDistance::Money(money) => *money <= Money::ZERO,
                DrawdownDistance::OfBalance(share) => share.0 == 0,
            };
            ok_unless(
                wrong,
                "distance",
                "a drawdown is above zero",
                "give an amount or a percentage",
            )
        }
        MtmRule::MaxTradesPerDay { count } => {
            ok_unless(*count == 0, "count", "the count is at least 1", "to stop trading, halt")
        }
        MtmRule::CoolingOff { losses, wait } => ok_unless(
            *losses == 0 || wait.0 <= 0,
            "losses",
            "losses and wait are above zero",
            "2 losses, 15m",
        ),
    }
}

fn check_not_breached(
    state: &State,
    scope: Scope,
    rule: &MtmRule,
    draft: &RuleDraft,
    replaces: Option<RuleId>,
) -> Check {
    let fresh = match replaces.map(|id| state.rule(id)) {
        Some(before) => Rule { draft: draft.clone(), ..before.clone() },
        None => {
            let id = RuleId::default();
            let mut fresh = Rule::new(id, scope, draft.clone(), Provenance::default(), state.now);
            fresh.mtm.peak = state.starting_peak(&fresh);
            fresh.mtm.high = state.capital(scope);
            fresh
        }
    };
    let mtm = state.rule_mtm(&fresh, false).0 - fresh.mtm.origin;
    let value = if let MtmRule::Drawdown { .. } = rule { mtm + state.capital(scope) } else { mtm };
    let Some(level) = state.level_of(&fresh).0 else { return Ok(()) };
    let is_met = match (rule, class(rule)) {
        (MtmRule::MaxTradesPerDay { .. } | MtmRule::CoolingOff { .. }, _) => false,
        (_, Class::Target) => value >= level,
        (_, Class::Hard | Class::Floor) => value <= level,
    };
    if is_met {
        let message = format!("{} would fire at once: {value} against {level}", rule.kind());
        return Err(refuse(
            RefusalCode::WouldTrigger,
            "spec",
            message,
            "force it to act now, or choose another amount",
        ));
    }
    Ok(())
}

fn floor_below(floor: Amount, arm_at: Amount) -> Check {
    let is_above = is_amount_at_least(floor, arm_at);
    ok_unless(
        is_above,
        "floor",
        "the floor is not below arm_at",
        "it would fire on the tick that arms it",
    )
}

fn raise_within(raise: Amount, every: Amount, force: bool) -> Check {
    above_zero("raise", raise)?;
    let overtakes = is_amount_at_least(raise, every) && raise != every && !force;
    ok_unless(
        overtakes,
        "raise",
        "the floor would overtake the profit",
        "give raise <= every, a cap, or force it",
    )
}

fn above_zero(name: &str, amount: Amount) -> Check {
    let wrong = match amount {
        Amount::Money(money) => money <= Money::ZERO,
        Amount::OfCapital(share) | Amount::OfMargin(share) | Amount::OfPremium(share) => {
            share.0 == 0
        }
    };
    ok_unless(
        wrong,
        name,
        format!("{name} is above zero"),
        "an amount is a magnitude, without a sign",
    )
}

/// Compares two amounts that can be compared before they are money.
fn is_amount_at_least(a: Amount, b: Amount) -> bool {
    match (a, b) {
        (Amount::Money(a), Amount::Money(b)) => a >= b,
        (Amount::OfCapital(a), Amount::OfCapital(b))
        | (Amount::OfMargin(a), Amount::OfMargin(b))
        | (Amount::OfPremium(a), Amount::OfPremium(b)) => a >= b,
        _ => false,
    }
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

fn ok_unless(wrong: bool, field: &str, message: impl Into<String>, hint: &str) -> Check {
    if wrong { Err(bad(field, message, hint)) } else { Ok(()) }
}

fn bad(field: &str, message: impl Into<String>, hint: &str) -> Refusal {
    refuse(RefusalCode::BadField, field, message, hint)
}
