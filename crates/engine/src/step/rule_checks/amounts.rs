//! Mtm rules checked: amounts, floors, raises, and whether they would fire at once.

use super::{Check, MOST_SHARE, check_options, ok_unless};
use crate::event::RefusalCode;
use crate::ids::*;
use crate::money::{Fraction, MOST_MONEY, Money};
use crate::rules::daily::is_daily;
use crate::rules::spec::*;
use crate::state::rule::Rule;
use crate::state::{Class, State, class};
use crate::step::refuse;
use alloc::format;

pub(super) fn check_mtm_rule(
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
        Some(before) => Rule { draft: draft.clone().into(), ..state.rule_seen(before) },
        None => {
            let id = RuleId::default();
            let mut fresh =
                Rule::new(id, scope, draft.clone().into(), Provenance::default().into(), state.now);
            fresh.mtm.peak = state.starting_peak(&fresh);
            fresh.mtm.high = state.capital(scope);
            fresh
        }
    };
    if let Some((value, level)) = breach_at_once(state, &fresh) {
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

/// What an mtm rule as it is would be met by now, and its level.
pub(crate) fn breach_at_once(state: &State, rule: &Rule) -> Option<(Money, Money)> {
    let spec = rule.mtm_rule()?;
    let mtm = state.rule_mtm(rule, false).0 - rule.mtm.origin;
    let is_drawdown = matches!(spec, MtmRule::Drawdown { .. });
    let value = if is_drawdown { mtm + state.capital(rule.scope) } else { mtm };
    let level = state.level_of(rule).0?;
    let is_met = match class(spec) {
        Class::Count => false,
        Class::Target => value >= level,
        Class::Hard | Class::Floor => value <= level,
    };
    is_met.then_some((value, level))
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
