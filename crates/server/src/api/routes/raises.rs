//! What loosens: asked for, looked at, confirmed.

use super::act::{Answered, of_address, order, order_given};
use super::take::Id;
use crate::api::body::{Json, Sent, bad_field, plain, reason};
use crate::api::callers::Caller;
use crate::api::desk::{Desk, Shared};
use crate::api::own::Part;
use crate::api::problem::Problem;
use crate::api::raises::{Ahead, Asking, Raise, confirm_it, look_ahead};
use crate::socket::protocol::Given;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use highmark_engine::*;
use highmark_play::clock;
use highmark_play::names::Subject;
use serde::{Deserialize, Serialize};
use std::time::Instant;
use utoipa::ToSchema;

/// How often it is looked again, when it was changed meanwhile.
const LOOKS: usize = 4;

/// Raises that wait to be confirmed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AllRaises {
    raises: Vec<RaiseTold>,
}

/// A raise that waits.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RaiseTold {
    id: u32,
    /// Who asked for it; somebody else may confirm it at once.
    by: String,
    /// Old and new, in words.
    what: String,
    reason: String,
    at: String,
    at_ns: i64,
    /// From when on whoever asked may confirm it.
    own_from: String,
    own_from_ns: i64,
    /// Until when it can be confirmed.
    until: String,
    until_ns: i64,
}

/// The word that shows that it is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirming {
    /// The word `raise`.
    confirm: String,
    /// Of the second factor, once somebody who may release has enrolled.
    code: Option<String>,
}

/// Where a stop is to stand instead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Loosening {
    /// In rupees, as text; farther from the market than it is.
    #[serde(deserialize_with = "plain")]
    #[schema(value_type = String)]
    to: Price,
    #[serde(deserialize_with = "reason")]
    reason: String,
}

/// A command that may loosen, and whose it is.
pub(super) struct Wish {
    pub command: Command,
    /// What whoever asks has looked at.
    pub given: Option<Given>,
    pub subject: Subject,
    pub reason: String,
}

/// Does what tightens; what loosens is only asked for.
pub(super) async fn order_or_ask(desk: &Desk, caller: &Caller, wish: Wish) -> Answered {
    let Wish { command, given, subject, reason } = wish;
    let mut last = None;
    for _ in 0..LOOKS {
        let (by, wanted) = (caller.by(), command.clone());
        let ahead = desk.see(move |state| look_ahead(state, &by, wanted)).await?;
        let Ahead { command, given: stands, loosens } = ahead.ok_or_else(too_large)?;
        let given_now = given.clone().or(stands);
        let Some(what) = loosens else {
            match order_given(desk, caller, (command, given_now)).await {
                // Somebody was faster: what would be done now is looked at anew.
                Err(problem) if problem.code == "CHANGED" && given.is_none() => {
                    last = Some(problem);
                    continue;
                }
                answered => return answered.map_err(of_address),
            }
        };
        let asking = Asking { by: caller.by(), command, given: given_now, subject, what, reason };
        return Err(ask(desk, caller, asking).await?);
    }
    Err(last.unwrap_or_else(|| Problem::ours("it was never looked at")))
}

async fn ask(desk: &Desk, caller: &Caller, asking: Asking) -> Result<Problem, Problem> {
    let (what, reason) = (asking.what.clone(), asking.reason.clone());
    let id = desk.raises.ask(asking, (crate::service::wall(), Instant::now()))?;
    let text = format!("raise {id} is asked for: {what} ({reason})");
    match order(desk, caller, Command::Note { text: short(text) }).await {
        Ok(_) => Ok(confirm_it(id, &what)),
        Err(problem) => {
            // What does not stand in the record was not asked for.
            let _ = desk.raises.take(id, Instant::now());
            Err(problem)
        }
    }
}

/// As much as a note may have.
fn short(mut text: String) -> String {
    const MOST: usize = 2_000;
    while text.len() > MOST {
        text.pop();
    }
    text
}

fn too_large() -> Problem {
    let hint = "name the command that is to be taken back; what was taken back is asked for anew";
    let detail = "the book is too large to look at what would be taken back";
    Problem::new(StatusCode::CONFLICT, "TOO_LARGE", detail, hint).on("command")
}

/// Raises that wait to be confirmed.
#[utoipa::path(get, path = "/api/v1/raises", responses((status = 200, body = AllRaises)))]
pub(super) async fn raises(
    State(desk): State<Shared>,
    Extension(part): Extension<Part>,
) -> Result<Json<AllRaises>, Problem> {
    let all = desk.raises.all(Instant::now());
    let shown = match part {
        None => all,
        Some(theirs) => {
            let is_theirs = move |state: &highmark_engine::State| {
                let mut all = all;
                all.retain(|raise| theirs.subject(state, raise.asking.subject));
                all
            };
            desk.see(is_theirs).await?
        }
    };
    Ok(Json(AllRaises { raises: shown.into_iter().map(RaiseTold::of).collect() }))
}

/// Confirm a raise: it is done now.
#[utoipa::path(
    post,
    path = "/api/v1/raises/{id}/confirm",
    params(("id" = u32, Path)),
    request_body = Confirming,
    responses((status = 200, body = crate::api::wire::Done))
)]
pub(super) async fn confirm(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Extension(part): Extension<Part>,
    Id(id): Id,
    Sent(Confirming { confirm, code }): Sent<Confirming>,
) -> Answered {
    find(&desk, &part, id).await?;
    if confirm != "raise" {
        return Err(bad_field("confirm", "write the word `raise` to show that it is meant"));
    }
    desk.raises.may_confirm(id, &caller.by(), Instant::now())?;
    desk.callers.second.may_release(code.as_deref())?;
    let Raise { asking, .. } = desk.raises.take(id, Instant::now())?;
    let text = format!("raise {id}, asked for by {}, is confirmed: {}", asking.by, asking.what);
    order(&desk, &caller, Command::Note { text: short(text) }).await?;
    order_given(&desk, &caller, (asking.command, asking.given)).await.map_err(of_address)
}

/// Give a raise up: it is not done.
#[utoipa::path(
    post,
    path = "/api/v1/raises/{id}/cancel",
    params(("id" = u32, Path)),
    request_body = super::act::Nothing,
    responses((status = 200, body = crate::api::wire::Done))
)]
pub(super) async fn cancel(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Extension(part): Extension<Part>,
    Id(id): Id,
    Sent(super::act::Nothing {}): Sent<super::act::Nothing>,
) -> Answered {
    find(&desk, &part, id).await?;
    let Raise { asking, .. } = desk.raises.take(id, Instant::now())?;
    let text = format!("raise {id} is given up: {}", asking.what);
    order(&desk, &caller, Command::Note { text: short(text) }).await
}

/// A raise that waits and is theirs.
async fn find(desk: &Desk, part: &Part, id: u32) -> Result<Raise, Problem> {
    let raise = desk.raises.find(id, Instant::now())?;
    desk.must_have(part, raise.asking.subject, "id").await?;
    Ok(raise)
}

/// Move a stop away from the market. It is asked for, and confirmed as a raise.
#[utoipa::path(
    post,
    path = "/api/v1/rules/{id}/loosen",
    params(("id" = u32, Path)),
    request_body = Loosening,
    responses((status = 200, body = crate::api::wire::Done))
)]
pub(super) async fn loosen(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Id(id): Id,
    Sent(Loosening { to, reason }): Sent<Loosening>,
) -> Answered {
    let rule = RuleId(id);
    let provenance = Provenance { by: caller.by(), reason: reason.clone() };
    let command = Command::LoosenStop { rule, to, provenance };
    let wish = Wish { command, given: None, subject: Subject::Rule(rule), reason };
    order_or_ask(&desk, &caller, wish).await
}

/// Let a rule that has fired watch anew. It is asked for, and confirmed as a raise.
#[utoipa::path(
    post,
    path = "/api/v1/rules/{id}/reset",
    params(("id" = u32, Path)),
    request_body = super::act::Reason,
    responses((status = 200, body = crate::api::wire::Done))
)]
pub(super) async fn reset_rule(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Id(id): Id,
    Sent(super::act::Reason { reason }): Sent<super::act::Reason>,
) -> Answered {
    let rule = RuleId(id);
    let command = Command::ResetRule { rule, reason: reason.clone() };
    let wish = Wish { command, given: None, subject: Subject::Rule(rule), reason };
    order_or_ask(&desk, &caller, wish).await
}

/// Let a strategy that was shut down trade again. It is asked for, and confirmed as a raise.
#[utoipa::path(
    post,
    path = "/api/v1/strategies/{id}/reset",
    params(("id" = u32, Path)),
    request_body = super::act::Reason,
    responses((status = 200, body = crate::api::wire::Done))
)]
pub(super) async fn reset_strategy(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Id(id): Id,
    Sent(super::act::Reason { reason }): Sent<super::act::Reason>,
) -> Answered {
    let strategy = StrategyId(id);
    let command = Command::ResetStrategy { strategy, reason: reason.clone() };
    let subject = Subject::Scope(Scope::Strategy(strategy));
    order_or_ask(&desk, &caller, Wish { command, given: None, subject, reason }).await
}

impl RaiseTold {
    fn of(raise: Raise) -> RaiseTold {
        let (own_from, until) = (raise.own_from(), raise.until());
        let Raise { id, asking, at, .. } = raise;
        RaiseTold {
            id,
            by: asking.by,
            what: asking.what,
            reason: asking.reason,
            at: clock::stamp(at),
            at_ns: at.0,
            own_from: clock::stamp(own_from),
            own_from_ns: own_from.0,
            until: clock::stamp(until),
            until_ns: until.0,
        }
    }
}
