//! Jobs: the record decided again, as it was, with other parameters, or with one more rule.

use super::rules::{On, draft, scope};
use super::take::Id;
use crate::api::body::{Json, Sent, bad_field};
use crate::api::callers::Caller;
use crate::api::desk::Shared;
use crate::api::jobs::{About, End, Standing, Work};
use crate::api::problem::Problem;
use crate::api::told::{Difference, Rule};
use crate::past::again;
use crate::past::record::Record;
use crate::past::trial::{Trial, with_changes, with_rule};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use highmark_journal::what_if::Diverged;
use highmark_play::clock;
use highmark_play::explain::rule_words;
use highmark_play::failure::{Code, Failure};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Turns that are told of those that would have gone otherwise.
const TOLD: usize = 200;
/// Changes that are made at once, and letters of one.
const MOST_SETS: usize = 32;
const LONGEST: usize = 4_096;

/// What a job is to do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Starting {
    job: Kind,
    /// Of `what_if`: changes as `highmark journal what-if` takes them, such as `trail.by.points=15`.
    #[serde(default)]
    sets: Vec<String>,
    /// Of `rule`: what it watches.
    on: Option<On>,
    /// Of `rule`: the trade, group, strategy or account; absent for the system.
    id: Option<u32>,
    /// Of `rule`: the rule in the words of a scenario.
    rule: Option<String>,
}

/// Which kind of job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// The record decided again: does it come to the same?
    Replay,
    /// Decided with other parameters.
    WhatIf,
    /// Decided with one more rule.
    Rule,
}

/// All jobs that are remembered.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AllJobs {
    jobs: Vec<JobTold>,
}

/// A job as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JobTold {
    id: u32,
    /// What it does, in words.
    what: String,
    /// Who started it.
    by: String,
    begun: String,
    begun_ns: i64,
    /// `running`, `done`, `failed`, `cancelled`.
    state: String,
    /// Turns of the record that were read, and that there were as it began.
    read: u64,
    turns: u64,
    /// What it found, once it is done.
    found: Option<FoundTold>,
    /// Why it failed.
    problem: Option<Problem>,
}

/// What a job found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::api) struct FoundTold {
    /// Turns that were decided again, and those that came out otherwise.
    turns: u64,
    differing: u64,
    /// Nothing came out otherwise.
    same: bool,
    /// Recorded commands that were altered.
    altered: u64,
    /// Recorded news of brokers, and commands, that no longer fitted, and fills that were made at the mark: where it is
    /// a guess.
    dropped: u64,
    dropped_commands: u64,
    made: u64,
    /// The rule that was tried, as it would stand now.
    rule: Option<Rule>,
    /// What would have become of trades and strategies.
    difference: Option<Difference>,
    /// The first 200 turns that came out otherwise, with the facts that differ.
    first: Vec<TurnDiffers>,
}

/// A turn that would have gone otherwise: only the facts that differ.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct TurnDiffers {
    seq: u64,
    /// Happened in fact, and would not have.
    #[schema(value_type = Vec<Object>)]
    gone: Vec<highmark_engine::Event>,
    /// Did not happen, and would have.
    #[schema(value_type = Vec<Object>)]
    new: Vec<highmark_engine::Event>,
}

/// Start a job. It changes nothing, and the engine does not wait for it.
#[utoipa::path(
    post,
    path = "/api/v1/jobs",
    request_body = Starting,
    responses((status = 202, body = JobTold))
)]
pub(super) async fn start(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Sent(starting): Sent<Starting>,
) -> Result<(StatusCode, Json<JobTold>), Problem> {
    let (what, work) = work(starting)?;
    let begun = crate::service::wall();
    let about = About { by: caller.by(), what, begun, turns: desk.durable() };
    let started = desk.jobs.start(about, desk.streams.journal.clone(), work)?;
    Ok((StatusCode::ACCEPTED, Json(JobTold::of(started))))
}

/// All jobs that run, and those that ended within the hour.
#[utoipa::path(get, path = "/api/v1/jobs", responses((status = 200, body = AllJobs)))]
pub(super) async fn jobs(State(desk): State<Shared>) -> Json<AllJobs> {
    let told = |standing: Standing<FoundTold>| {
        // What was found is told where one of them is asked for.
        JobTold { found: None, ..JobTold::of(standing) }
    };
    Json(AllJobs { jobs: desk.jobs.all().into_iter().map(told).collect() })
}

/// One job, with what it found.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/{id}",
    params(("id" = u32, Path)),
    responses((status = 200, body = JobTold))
)]
pub(super) async fn job(State(desk): State<Shared>, Id(id): Id) -> Result<Json<JobTold>, Problem> {
    desk.jobs.find(id).map(JobTold::of).map(Json)
}

/// End a job. One that has ended stays as it is.
#[utoipa::path(
    post,
    path = "/api/v1/jobs/{id}/cancel",
    params(("id" = u32, Path)),
    request_body = super::act::Nothing,
    responses((status = 200, body = JobTold))
)]
pub(super) async fn cancel(
    State(desk): State<Shared>,
    Id(id): Id,
    Sent(super::act::Nothing {}): Sent<super::act::Nothing>,
) -> Result<Json<JobTold>, Problem> {
    desk.jobs.cancel(id).map(JobTold::of).map(Json)
}

/// What was asked for, in words, and what does it.
fn work(starting: Starting) -> Result<(String, Work<FoundTold>), Problem> {
    let Starting { job, sets, on, id, rule } = starting;
    let only = |field: &str, is_there: bool| match is_there {
        true => Err(bad_field(field, "this kind of job does not take it")),
        false => Ok(()),
    };
    if job != Kind::Rule {
        only("on", on.is_some())?;
        only("id", id.is_some())?;
        only("rule", rule.is_some())?;
    }
    if job != Kind::WhatIf {
        only("sets", !sets.is_empty())?;
    }
    match job {
        Kind::Replay => Ok(("the record decided again".to_owned(), Box::new(replay))),
        Kind::WhatIf => {
            if sets.is_empty() || sets.len() > MOST_SETS {
                return Err(bad_field("sets", &format!("name 1 to {MOST_SETS} changes")));
            }
            if sets.iter().any(|set| set.len() > LONGEST) {
                return Err(bad_field("sets", &format!("a change has at most {LONGEST} letters")));
            }
            let what = format!("what if {}", sets.join(", "));
            Ok((what, Box::new(move |record| Ok(found(with_changes(record, &sets, || {})?)))))
        }
        Kind::Rule => {
            let on = on.ok_or_else(|| bad_field("on", "say what the rule watches"))?;
            let rule = rule.ok_or_else(|| bad_field("rule", "write the rule in words"))?;
            let scope = scope(on, id)?;
            let draft = draft(&rule, on == On::Trade, "rule".to_owned())?;
            let what = format!("{} on {scope}", rule_words(&draft));
            let label = what.clone();
            let work =
                move |record: &Record| match with_rule(record, (scope, draft), label.clone())? {
                    Some(trial) => Ok(found(trial)),
                    None => {
                        let hint = "GET /api/v1/rules/preview says why";
                        let message = format!("{label} could not be set");
                        Err(Failure::new(Code::Refused, message, hint))
                    }
                };
            Ok((what, Box::new(work)))
        }
    }
}

fn replay(record: &Record) -> Result<FoundTold, Failure> {
    let again = again::decided(record)?;
    let first = again.differences.iter().take(TOLD).map(|turn| TurnDiffers {
        seq: turn.turn,
        gone: turn.recorded.clone(),
        new: turn.decided.clone(),
    });
    Ok(FoundTold {
        turns: again.turns,
        differing: again.differing,
        same: again.is_same(),
        altered: 0,
        dropped: 0,
        dropped_commands: 0,
        made: 0,
        rule: None,
        difference: None,
        first: first.collect(),
    })
}

fn found(trial: Trial) -> FoundTold {
    let Trial { rule, difference, answer } = trial;
    let differs = |Diverged { turn, gone, new }: Diverged| TurnDiffers { seq: turn, gone, new };
    FoundTold {
        turns: answer.turns,
        differing: answer.differing,
        same: answer.differing == 0,
        altered: answer.altered,
        dropped: answer.dropped,
        dropped_commands: answer.dropped_commands,
        made: answer.made,
        rule: rule.map(Rule::of),
        difference: Some(Difference::of(difference)),
        first: answer.differences.into_iter().take(TOLD).map(differs).collect(),
    }
}

impl JobTold {
    fn of(standing: Standing<FoundTold>) -> JobTold {
        let Standing { id, about, read, end } = standing;
        let (state, found, problem) = match end {
            None => ("running", None, None),
            Some(End::Found(found)) => ("done", Some((*found).clone()), None),
            Some(End::Failed(problem)) => ("failed", None, Some(problem)),
            Some(End::Cancelled) => ("cancelled", None, None),
        };
        JobTold {
            id,
            what: about.what,
            by: about.by,
            begun: clock::stamp(about.begun),
            begun_ns: about.begun.0,
            state: state.to_owned(),
            read,
            turns: about.turns,
            found,
            problem,
        }
    }
}
