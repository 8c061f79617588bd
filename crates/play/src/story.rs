//! Events in one plain sentence each.

use crate::{clock, names, text};
use highmark_engine::*;

/// How much an event matters to somebody who watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Ticks, settlements, the set-up: told only where everything is.
    Detail,
    /// Entries, fills, stops that moved.
    Fact,
    /// Exits, breaches, refusals, what a person did.
    Act,
}

/// What was said of an event, and of what kind it is.
#[derive(Clone, Debug)]
pub struct Line {
    pub at: Timestamp,
    pub weight: Weight,
    pub kind: &'static str,
    pub scope: Option<Scope>,
    pub rule: Option<RuleRef>,
    pub text: String,
}

/// The sentence of an event, with the state after its turn; `None` for what says nothing to a person.
pub fn tell(event: &Event, state: &State) -> Option<Line> {
    let (weight, kind, scope, rule, text) = trade_line(event, state)
        .or_else(|| rule_line(event, state))
        .or_else(|| change_line(event, state))
        .or_else(|| scope_line(event, state))
        .or_else(|| person_line(event, state))
        .or_else(|| market_line(event, state))?;
    Some(Line { at: state.now(), weight, kind, scope, rule, text })
}

/// The sentence of an event for whoever asked for it: the set-up too, which says nothing to those who watch.
pub fn answer(event: &Event, state: &State) -> Option<String> {
    set_up_line(event, state).or_else(|| tell(event, state).map(|line| line.text))
}

type Told = Option<(Weight, &'static str, Option<Scope>, Option<RuleRef>, String)>;

fn trade_line(event: &Event, state: &State) -> Told {
    let name = |id: TradeId| names::trade(state, id);
    let trade_scope = |id: TradeId| Some(Scope::Trade(id));
    match event {
        Event::EntryDecided { trade, quantity } => Some((
            Weight::Fact,
            "order",
            trade_scope(*trade),
            None,
            format!("{} is ordered: {}", name(*trade), text::quantity(*quantity)),
        )),
        Event::Filled(fill) => filled(fill, state),
        Event::ExitDecided { intent, cause, .. } => Some((
            Weight::Act,
            "exit",
            trade_scope(intent.trade),
            cause.reason.rule(),
            format!("{} exits: {}", name(intent.trade), why(cause, state)),
        )),
        Event::ExitDeferred { trade, cause } => Some((
            Weight::Fact,
            "exit",
            trade_scope(*trade),
            cause.reason.rule(),
            format!("{} exits after what leaves now: {}", name(*trade), why(cause, state)),
        )),
        Event::EntryEnded { trade, reason } => Some((
            Weight::Fact,
            "cancelled",
            trade_scope(*trade),
            None,
            format!("the rest of the entry of {} does not come: {reason}", name(*trade)),
        )),
        Event::TradeCancelled { trade, reason } => Some((
            Weight::Act,
            "cancelled",
            trade_scope(*trade),
            None,
            format!("{} is cancelled: {reason}", name(*trade)),
        )),
        Event::TradeRejected { trade, reason } => Some((
            Weight::Act,
            "rejected",
            trade_scope(*trade),
            None,
            format!("{} is rejected: {reason}", name(*trade)),
        )),
        Event::TradeDegraded { trade, reason } => Some((
            Weight::Act,
            "degraded",
            trade_scope(*trade),
            None,
            format!("{} needs a person: {reason}", name(*trade)),
        )),
        Event::ExitRejected { intent, reason } => Some((
            Weight::Act,
            "exit_rejected",
            trade_scope(intent.trade),
            None,
            format!("the exit of {} is rejected: {reason}", name(intent.trade)),
        )),
        Event::ExitUnknown { intent } => Some((
            Weight::Act,
            "exit_unknown",
            trade_scope(intent.trade),
            None,
            format!("the exit of {} is unknown: the broker has not answered", name(intent.trade)),
        )),
        Event::Rolled { from, to } => Some((
            Weight::Act,
            "rolled",
            trade_scope(*to),
            None,
            format!("{} is rolled into {}", name(*from), name(*to)),
        )),
        _ => None,
    }
}

fn filled(fill: &Fill, state: &State) -> Told {
    let view = state.trade_view(fill.trade)?;
    let way = if fill.side == view.side { "entry" } else { "exit" };
    let verb = match fill.side {
        Side::Buy => "buys",
        Side::Sell => "sells",
    };
    let mut line = format!(
        "{} {verb} {} {} at {}",
        names::trade(state, fill.trade),
        text::quantity(fill.quantity),
        names::symbol(state, view.instrument),
        text::price(fill.price)
    );
    if view.status == TradeStatus::Closed {
        line.push_str(&format!(", {} in all", text::signed(view.mtm)));
    }
    Some((Weight::Fact, way, Some(Scope::Trade(fill.trade)), None, line))
}

fn rule_line(event: &Event, state: &State) -> Told {
    let scope = |rule: &RuleRef| Some(rule.scope);
    match event {
        Event::PriceRuleFired { rule, cause } => Some((
            Weight::Act,
            "fired",
            scope(rule),
            Some(*rule),
            format!(
                "{} of {} fires: {}",
                rule.kind,
                names::scope(state, rule.scope),
                why(cause, state)
            ),
        )),
        Event::MovedToCost { trade, by, level } => Some((
            Weight::Act,
            "moved_to_cost",
            Some(Scope::Trade(*trade)),
            Some(*by),
            format!(
                "the stop of {} goes to its entry, {}",
                names::trade(state, *trade),
                text::price(*level)
            ),
        )),
        Event::MoveToCostSkipped { trade, by, because, .. } => {
            let because = match because {
                SkipReason::NotTighter => "its stop is as tight already",
                SkipReason::ThroughMarket => "the market is through it already",
                SkipReason::NoMark => "no mark is known",
            };
            let name = names::trade(state, *trade);
            let line = format!("the stop of {name} stays where it is: {because}");
            Some((Weight::Fact, "skipped", Some(Scope::Trade(*trade)), Some(*by), line))
        }
        Event::RuleSkipped { rule, trade, level } => {
            let view = state.rule_view(*rule)?;
            let name = names::trade(state, *trade);
            let line = format!(
                "{} of {name} is skipped: the market is through {} already",
                view.rule.kind,
                text::price(*level)
            );
            Some((Weight::Act, "skipped", Some(Scope::Trade(*trade)), Some(view.rule), line))
        }
        _ => None,
    }
}

/// What became of a rule itself.
fn change_line(event: &Event, state: &State) -> Told {
    match event {
        Event::StopLoosened { rule, to, provenance, .. } => {
            let view = state.rule_view(*rule)?;
            let name = names::scope(state, view.rule.scope);
            let line = format!(
                "a person loosens {} of {name} to {}: {}",
                view.rule.kind,
                text::price(*to),
                provenance.reason
            );
            Some((Weight::Act, "loosened", Some(view.rule.scope), Some(view.rule), line))
        }
        Event::StopMoved { trade, to, .. } => Some((
            Weight::Fact,
            "stop_moved",
            Some(Scope::Trade(*trade)),
            None,
            format!("the stop of {} moves to {}", names::trade(state, *trade), text::price(*to)),
        )),
        Event::RuleChanged { rule, version, .. } => {
            let view = state.rule_view(*rule)?;
            let name = names::scope(state, view.rule.scope);
            let line = format!("{} of {name} is changed, version {version}", view.rule.kind);
            Some((Weight::Act, "changed", Some(view.rule.scope), Some(view.rule), line))
        }
        Event::RuleRemoved { rule, .. } => {
            let view = state.rule_view(*rule)?;
            let line = format!(
                "{} of {} is removed",
                view.rule.kind,
                names::scope(state, view.rule.scope)
            );
            Some((Weight::Act, "removed", Some(view.rule.scope), Some(view.rule), line))
        }
        Event::RuleReset { rule, .. } => {
            let view = state.rule_view(*rule)?;
            let line = format!(
                "{} of {} starts anew",
                view.rule.kind,
                names::scope(state, view.rule.scope)
            );
            Some((Weight::Act, "reset", Some(view.rule.scope), Some(view.rule), line))
        }
        _ => None,
    }
}

fn scope_line(event: &Event, state: &State) -> Told {
    let name = |scope: Scope| names::scope(state, scope);
    match event {
        Event::Breached(breach) => Some((
            Weight::Act,
            "breach",
            Some(breach.rule.scope),
            Some(breach.rule),
            breach_text(breach, state),
        )),
        Event::Warned { rule, band, room } => Some((
            Weight::Fact,
            "warning",
            Some(rule.scope),
            Some(*rule),
            format!(
                "{} is {} from its {}: less than {} of the room is left",
                name(rule.scope),
                text::rupees(*room),
                rule.kind,
                text::percent(i128::from(band.0), 1_000_000).replace(".0%", "%")
            ),
        )),
        Event::EntriesBlocked { scope, by, until } => {
            let until =
                until.map_or_else(String::new, |at| format!(" until {}", clock::time_text(at)));
            let line = format!("{} takes no entries{until} ({})", name(*scope), by.kind);
            Some((Weight::Act, "blocked", Some(*scope), Some(*by), line))
        }
        Event::ShutDown { strategy, by } => {
            let scope = Scope::Strategy(*strategy);
            let line = format!("{} is shut down by its {}", name(scope), by.kind);
            Some((Weight::Act, "shutdown", Some(scope), Some(*by), line))
        }
        Event::StrategyReset { strategy, .. } => {
            let scope = Scope::Strategy(*strategy);
            Some((
                Weight::Act,
                "reset",
                Some(scope),
                None,
                format!("{} may trade again", name(scope)),
            ))
        }
        _ => None,
    }
}

/// What a person did, and what was not done for them.
fn person_line(event: &Event, state: &State) -> Told {
    let name = |scope: Scope| names::scope(state, scope);
    match event {
        Event::Halted { scope, reason } => {
            let line = format!("a person halts {}: {reason}", name(*scope));
            Some((Weight::Act, "halt", Some(*scope), None, line))
        }
        Event::Resumed { scope, reason } => {
            let line = format!("a person resumes {}: {reason}", name(*scope));
            Some((Weight::Act, "resume", Some(*scope), None, line))
        }
        Event::Killed { reason } => {
            let line = format!("KILL: everything closes, nothing enters. {reason}");
            Some((Weight::Act, "kill", Some(Scope::System), None, line))
        }
        Event::Released { reason } => {
            let line = format!("the kill is released: {reason}");
            Some((Weight::Act, "release", Some(Scope::System), None, line))
        }
        Event::Refused(refusal) => {
            let line = format!("refused: {} ({})", refusal.message, refusal.hint);
            Some((Weight::Act, "refused", None, None, line))
        }
        Event::Accepted { by, what, .. } => match &**what {
            Command::Note { text } => {
                Some((Weight::Fact, "note", None, None, format!("{by} notes: {text}")))
            }
            _ => None,
        },
        Event::Undone { command } => {
            Some((Weight::Act, "undone", None, None, format!("{command} is taken back")))
        }
        Event::Redone { command } => {
            Some((Weight::Act, "redone", None, None, format!("{command} is done again")))
        }
        _ => None,
    }
}

fn market_line(event: &Event, state: &State) -> Told {
    let symbol = |id: InstrumentId| names::symbol(state, id);
    let line = match event {
        Event::SessionOpened(session) => {
            let line = format!(
                "session of {}, {} to {}",
                clock::day_text(session.day),
                clock::time_text(session.open),
                clock::time_text(session.close)
            );
            return Some((Weight::Detail, "session", None, None, line));
        }
        Event::TickHeld(tick) => {
            format!("{}: a jump is held until it is confirmed", symbol(tick.instrument))
        }
        Event::HeldDropped { instrument } => {
            format!("{}: the jump was no real price", symbol(*instrument))
        }
        Event::HeldAccepted { instrument, .. } => {
            format!("{}: the jump is confirmed", symbol(*instrument))
        }
        Event::WentStale { instrument, .. } => {
            format!("{}: the price is stale", symbol(*instrument))
        }
        Event::BecameFresh { instrument } => format!("{}: prices come again", symbol(*instrument)),
        Event::GapHeld { instrument, .. } => {
            format!("{}: an overnight gap waits for a person", symbol(*instrument))
        }
        Event::GapAccepted { instrument } => {
            format!("{}: the overnight gap is accepted", symbol(*instrument))
        }
        Event::Suspected { instrument } => {
            format!("{}: its prices are suspect", symbol(*instrument))
        }
        Event::PositionDiffers { account, instrument, ours, theirs } => {
            let line = format!(
                "{} has {} of {} at the broker, and {} here",
                names::account(state, *account),
                text::quantity(*theirs),
                symbol(*instrument),
                text::quantity(*ours)
            );
            return Some((Weight::Act, "position", Some(Scope::Account(*account)), None, line));
        }
        Event::PositionUnknown { account, instrument } => {
            let account_name = names::account(state, *account);
            let line = format!("how much {account_name} has of {} is unknown", symbol(*instrument));
            return Some((Weight::Act, "position", Some(Scope::Account(*account)), None, line));
        }
        Event::InstrumentAdjusted { instrument, .. } => {
            format!("{}: a corporate action", symbol(*instrument))
        }
        _ => return None,
    };
    Some((Weight::Fact, "market", None, None, line))
}

/// What was made or set, with the id that it has from now on.
fn set_up_line(event: &Event, state: &State) -> Option<String> {
    Some(match event {
        Event::InstrumentDefined { instrument, spec } => {
            format!("{} ({instrument}) is known", spec.symbol)
        }
        Event::AccountOpened { account, spec } => format!("{} ({account}) is open", spec.name),
        Event::StrategyCreated { strategy, spec } => {
            format!("{} ({strategy}) is there", spec.name)
        }
        Event::StrategyEdited { strategy, spec } => {
            let capital = text::rupees(spec.capital);
            format!("{} ({strategy}) is changed: its capital is {capital}", spec.name)
        }
        Event::GroupCreated { group, strategy, name } => {
            format!("{name} ({group}) of {} is there", names::strategy(state, *strategy))
        }
        Event::MarginSet { scope, margin } => {
            let name = names::scope(state, *scope);
            format!("the margin of {name} is {}", text::rupees(*margin))
        }
        Event::TradeAdded { trade, new, .. } => {
            let verb = match new.side {
                Side::Buy => "buys",
                Side::Sell => "sells",
            };
            let id = if new.name.is_empty() { String::new() } else { format!(" ({trade})") };
            format!(
                "{}{id} {verb} {} {} for {} in {}",
                names::trade(state, *trade),
                text::quantity(new.quantity),
                names::symbol(state, new.instrument),
                names::strategy(state, new.strategy),
                names::account(state, new.account)
            )
        }
        Event::RuleSet { rule, scope, draft, .. } => {
            let name = names::scope(state, *scope);
            format!("{name} has {} ({rule})", crate::words::rule_words(draft))
        }
        Event::RuleChanged { rule, version, draft, .. } => {
            let words = crate::words::rule_words(draft);
            format!("{rule} is now {words}, version {version}")
        }
        _ => return None,
    })
}

/// A breach with the numbers that were compared.
pub fn breach_text(breach: &Breach, state: &State) -> String {
    let action = match breach.action {
        Action::Alert => "an alert goes out",
        Action::Exit => "its trades exit",
        Action::Shutdown => "it is shut down",
        Action::BlockEntries => "entries are blocked",
        Action::ExitLosers => "the losing trades exit",
        Action::Reduce(_) => "its trades are reduced",
        Action::MoveToCost => "stops go to the entries",
    };
    if let RuleKind::MaxTradesPerDay | RuleKind::CoolingOff = breach.rule.kind {
        let name = names::scope(state, breach.rule.scope);
        return format!(
            "{name} meets its {}: {} of {}; {action}",
            breach.rule.kind, breach.value, breach.level
        );
    }
    format!(
        "{} meets its {}: {} against {}, after a peak of {}; {action}",
        names::scope(state, breach.rule.scope),
        breach.rule.kind,
        text::signed(breach.value),
        text::rupees(breach.level),
        text::rupees(breach.peak)
    )
}

/// Why an exit was decided, in a few words with its numbers.
pub fn why(cause: &Cause, state: &State) -> String {
    let mark = cause.mark.map_or_else(|| "no mark".into(), text::price);
    let best = cause.best.map_or_else(String::new, |best| format!(", best {}", text::price(best)));
    match &cause.reason {
        ExitReason::Rule(rule) => match (rule.scope, cause.level) {
            (Scope::Trade(_), Some(level)) => {
                format!("{} at {}, mark {mark}{best}", rule.kind, text::price(level))
            }
            (Scope::Trade(_), None) => format!("{}, mark {mark}{best}", rule.kind),
            (scope, _) => {
                format!("{} of {}, mark {mark}", rule.kind, names::scope(state, scope))
            }
        },
        ExitReason::MovedToCost { by } => {
            let level = cause.level.map_or_else(String::new, text::price);
            format!("the stop at its entry {level} that {} put there, mark {mark}", by.kind)
        }
        ExitReason::Operator { reason } => format!("a person asked ({reason}), mark {mark}"),
        ExitReason::Kill => format!("kill, mark {mark}"),
        ExitReason::EnteredWhileClosed { .. } => "it was filled where no entry was allowed".into(),
        ExitReason::Stale => "its price stayed stale".into(),
        ExitReason::Settlement => format!("the contract is settled at {mark}"),
        ExitReason::Roll => "it is rolled".into(),
        ExitReason::External => "it was closed at the broker by other hands".into(),
    }
}
