//! What is checked before a rule is set or changed: contradictions, wrong sides, levels already breached.

mod amounts;
mod distances;

use super::refuse;
use crate::event::{Refusal, RefusalCode};
use crate::ids::*;
use crate::input::NewTrade;
use crate::money::{Fraction, Price};
use crate::rules::level::{Entry, Level, Reference, x};
use crate::rules::spec::*;
use crate::rules::{stop_loss, target};
use crate::state::rule::{Rule, Surroundings};
use crate::state::{Class, State, class, is_stop};
use alloc::format;
use alloc::string::String;
pub(crate) use amounts::breach_at_once;
use amounts::check_mtm_rule;
use distances::check_price_rule;

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
        PriceRule::Step { start, .. } => {
            stop_loss::level(*start, new.side, &reference).stops(here, false)
        }
        PriceRule::Bars { study, length } => {
            let so_far = state.instrument(new.instrument).study(*study, *length, new.side);
            so_far.level().is_some_and(|level| level.stops(here, false))
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
        && before.draft.kind() != draft.spec.kind()
    {
        let message = format!("rule {} is a {}", before.id, before.draft.kind());
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
        (RuleSpec::Mtm(rule), scope) => {
            if let Scope::Trade(id) = scope {
                check_alive(state, id)?;
            }
            check_mtm_rule(state, scope, rule, draft, replaces)
        }
    }
}

fn check_alive(state: &State, id: TradeId) -> Check {
    let trade = state.trade(id);
    if trade.closed_at.is_none() {
        return Ok(());
    }
    let message = format!("trade {id} is {}", trade.status);
    Err(refuse(RefusalCode::WrongState, "scope", message, "rules are set on trades that are alive"))
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
    check_alive(state, id)?;
    if draft.options.force || !trade.is_held() {
        return Ok(());
    }
    let mut fresh = match replaces.map(|before| state.rule(before)) {
        Some(before) => before.changed_to(draft),
        None => Rule::new(
            RuleId::default(),
            Scope::Trade(id),
            draft.clone().into(),
            Provenance::default().into(),
            state.now,
        ),
    };
    if replaces.is_none_or(|before| !state.rule(before).keeps_study(draft)) {
        let study = state.study_so_far(&fresh, id).unwrap_or_default();
        fresh.price.seldom.study.set(study);
    }
    // Whoever sets a rule sees the mark in force, be it from before the entry.
    let here = Surroundings { is_fresh: true, ..state.surroundings(&fresh, id) };
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
    let mut after = state.rule_seen(before).changed_to(draft);
    let loosens = match (&draft.spec, before.scope) {
        (RuleSpec::Price(spec), Scope::Trade(id)) if is_stop(spec) => {
            if !before.keeps_study(draft) {
                let study = state.study_so_far(&after, id).unwrap_or_default();
                after.price.seldom.study.set(study);
            }
            let next = after.preview(state.surroundings(&after, id));
            state.level(before).is_some_and(|level| next.is_none_or(|next| is_below(next, level)))
        }
        (RuleSpec::Mtm(spec), _) if class(spec) < Class::Target => {
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

fn ok_unless(wrong: bool, field: &str, message: impl Into<String>, hint: &str) -> Check {
    if wrong { Err(bad(field, message, hint)) } else { Ok(()) }
}

fn bad(field: &str, message: impl Into<String>, hint: &str) -> Refusal {
    refuse(RefusalCode::BadField, field, message, hint)
}
