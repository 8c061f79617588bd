//! Why, and why not: of anything that has a name, and of what happened in one turn.

use super::take::{Turn, moment, query};
use crate::api::body::{Json, bad_field};
use crate::api::desk::Shared;
use crate::api::own::{Part, not_there};
use crate::api::past::told;
use crate::api::problem::Problem;
use crate::api::told::Explanation;
use crate::past::record::{Record, failed};
use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use highmark_engine::{Event, Scope, State as Engine, Timestamp, TradeView};
use highmark_play::clock;
use highmark_play::explain::{About, Told, explain as explain_told};
use highmark_play::failure::{Code, Failure};
use highmark_play::names::{self, Subject};
use highmark_play::refusals::refusals;
use highmark_play::story::{self, Line};
use highmark_play::summary::Collector;
use serde::Serialize;
use utoipa::ToSchema;

/// The longest name that is looked for.
const LONGEST: usize = 200;
/// Trades and other scopes of one turn that are explained.
const MOST_SUBJECTS: usize = 20;

/// What happened in one turn, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TurnTold {
    seq: u64,
    at: String,
    at_ns: i64,
    /// A sentence for each event that means something to a person.
    told: Vec<String>,
    /// The events as the journal has them, without those of prices; an exit's `cause` has the numbers compared.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Event>,
    /// Whatever the turn is about, as it stood right after it: at most 20.
    about: Vec<Explanation>,
}

/// Why something fired or exited, or why not: each rule with what it compares and what is missing.
#[utoipa::path(
    get,
    path = "/api/v1/explain/{about}",
    params(
        ("about" = String, Path, description = "An id (`t5`, `s1`, `a0`, `g2`, `r3`, `system`), else a name"),
        ("at" = Option<String>, Query, description = "As of then: `13:42`, or `2026-11-20T13:42:10+05:30`; now, when absent"),
    ),
    responses((status = 200, body = Explanation))
)]
pub(super) async fn explain(
    State(desk): State<Shared>,
    about: Result<Path<String>, axum::extract::rejection::PathRejection>,
    Extension(part): Extension<Part>,
    RawQuery(raw): RawQuery,
) -> Result<Json<Explanation>, Problem> {
    let Path(about) = about.map_err(|_| bad_field("about", "it cannot be read"))?;
    if about.len() > LONGEST {
        return Err(Problem::not_found("nothing has so long a name").on("about"));
    }
    let mut at = None;
    for (name, value) in query(raw.as_deref(), &["at"])? {
        at = Some((name, value));
    }
    let (named, of) = (about.clone(), part.clone());
    let seen = desk.see(move |state| {
        let by_id = names::by_id(state, &named);
        let subject = by_id.or_else(|| names::find(state, &named));
        let is_theirs = |subject: Subject| match &of {
            None => true,
            Some(theirs) => theirs.subject(state, subject),
        };
        // A name may have been another's then.
        let known = if of.is_some() { subject } else { by_id };
        (state.now(), since(state, subject), subject.is_some_and(is_theirs), known)
    });
    let (now, since, is_theirs, known) = seen.await?;
    if part.is_some() && !is_theirs {
        return Err(not_there("about"));
    }
    let until = at.map(|(_, text)| moment(&text, now)).transpose()?;
    // Told of then, it is told from the day of then on.
    let since = until.map_or(since, |until| since.min(clock::hours_of(clock::day_of(until)).start));
    let explanation = desk.past(move |record| {
        let about = known.map_or(About::Called(&about), About::This);
        record.explain(about, Some(since), until, |state, told| {
            if let Some(theirs) = &part {
                theirs.narrow(state, told);
            }
        })
    });
    let explanation = explanation.await;
    let on_about = |problem: Problem| {
        if problem.code == "NOT_FOUND" { problem.on("about") } else { problem }
    };
    explanation.map(|told| Json(Explanation::of(told))).map_err(on_about)
}

/// From when on it is told what happened: a trade's life, today for all else.
fn since(state: &Engine, subject: Option<Subject>) -> Timestamp {
    let today = clock::hours_of(clock::day_of(state.now())).start;
    let trade = match subject {
        Some(Subject::Scope(Scope::Trade(trade))) => state.trade_view(trade),
        Some(Subject::Rule(rule)) => {
            return state.rule_view(rule).map_or(today, |view| view.set_at.min(today));
        }
        Some(Subject::Scope(_)) | None => None,
    };
    let began = trade.and_then(|TradeView { opened_at, .. }| opened_at);
    began.map_or(today, |began| clock::hours_of(clock::day_of(began)).start)
}

/// What happened in a turn, and why: an exit, a breach, a command.
#[utoipa::path(
    get,
    path = "/api/v1/events/{seq}/explain",
    params(("seq" = u64, Path, description = "The turn's number, as events and streams name it")),
    responses((status = 200, body = TurnTold))
)]
pub(super) async fn turn(
    State(desk): State<Shared>,
    Extension(part): Extension<Part>,
    Turn(seq): Turn,
) -> Result<Json<TurnTold>, Problem> {
    if seq > desk.durable() {
        return Err(told(none(seq)).on("seq"));
    }
    let on_seq = |problem: Problem| {
        if problem.code == "NOT_FOUND" { problem.on("seq") } else { problem }
    };
    desk.past(move |record| tell(&record, seq, &part)).await.map(Json).map_err(on_seq)
}

fn none(seq: u64) -> Failure {
    let message = format!("the journal has no turn {seq}");
    Failure::new(Code::NotFound, message, "send a `seq` that you were given")
}

fn tell(record: &Record, seq: u64, part: &Part) -> Result<TurnTold, Failure> {
    let mut engine = record.before(seq)?;
    let turn = record.waited(seq)?.next().ok_or_else(|| none(seq))?;
    let turn = turn.map_err(|error| failed(&error))?;
    if turn.number() != Some(seq) {
        return Err(none(seq));
    }
    turn.events.iter().for_each(|event| engine.apply(event));
    let (state, at) = (engine.state(), turn.at());
    let mut events = turn.events;
    if let Some(theirs) = part {
        events.retain(|event| theirs.event(state, event));
        if !events.iter().any(crate::service::is_news) {
            return Err(none(seq));
        }
    }
    let mut collector = Collector::default();
    collector.take(&events, state);
    let told = events.iter().filter_map(|event| story::answer(event, state)).collect();
    let about = subjects(state, &collector.lines, part).into_iter().filter_map(|scope| {
        let notes = refusals(&events, state);
        let told = Told { state, lines: &collector.lines, notes };
        let mut told = explain_told(told, About::This(Subject::Scope(scope))).ok()?;
        if let Some(theirs) = part {
            theirs.narrow(state, &mut told);
        }
        Some(Explanation::of(told))
    });
    let about = about.collect();
    let events = events.into_iter().filter(crate::service::is_news).collect();
    Ok(TurnTold { seq, at: clock::stamp(at), at_ns: at.0, told, events, about })
}

/// Whatever the turn is about, each once.
fn subjects(state: &Engine, lines: &[Line], part: &Part) -> Vec<Scope> {
    let mut subjects: Vec<Scope> = Vec::new();
    let is_theirs = |scope: &Scope| part.as_ref().is_none_or(|theirs| theirs.scope(state, *scope));
    for scope in lines.iter().filter_map(|line| line.scope).filter(is_theirs) {
        if !subjects.contains(&scope) && state.exists(scope) {
            subjects.push(scope);
        }
    }
    subjects.truncate(MOST_SUBJECTS);
    subjects
}
