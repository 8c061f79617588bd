//! Rules: set, changed and removed, in the words of a scenario.

use super::act::{Answered, of_address, order};
use super::raises::{Wish, order_or_ask};
use super::take::{Id, Since, given};
use crate::api::body::{Json, Sent, bad_field, reason};
use crate::api::callers::Caller;
use crate::api::desk::{Desk, Shared};
use crate::api::keys::Role;
use crate::api::own::{Part, bound_to};
use crate::api::problem::Problem;
use crate::api::wire::Done;
use crate::socket::protocol::Given;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use highmark_engine::*;
use highmark_play::failure::Failure;
use highmark_play::names::Subject;
use highmark_play::scenario::rule_in_words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Some rules that are in force, in the order of their ids.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Rules {
    /// As the journal has them, with what they watch and how near they are.
    #[schema(value_type = Vec<Object>)]
    rules: Vec<RuleView>,
    /// What to send as `after` for those that follow; absent at the end.
    next: Option<u32>,
}

/// A rule to set on a scope.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Setting {
    on: On,
    /// Of the trade, group, strategy or account; absent for the system.
    id: Option<u32>,
    /// In the words of a scenario: `max_loss amount=5000`.
    rule: String,
    /// The record keeps it.
    #[serde(deserialize_with = "reason")]
    reason: String,
}

/// What a rule watches. On an account and the system only risk sets one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum On {
    Trade,
    Group,
    Strategy,
    Account,
    System,
}

impl On {
    pub(super) fn read(text: &str) -> Result<On, Problem> {
        let text = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(text);
        let known = "it watches a trade, group, strategy, account or system";
        On::deserialize(text).map_err(|_| bad_field("on", known))
    }
}

/// Other terms for a rule.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Changing {
    /// The whole rule: `max_loss amount=4000`.
    rule: String,
    /// It stands on a trade, where rules on price may stand.
    on_trade: bool,
    #[serde(deserialize_with = "reason")]
    reason: String,
}

/// Why; the record keeps it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Removing {
    #[serde(deserialize_with = "reason")]
    reason: String,
}

/// A rule as it is written in a scenario or on a command line.
pub(super) fn draft(rule: &str, on_trade: bool, field: String) -> Result<RuleDraft, Problem> {
    // What has brackets or texts is one word, since blanks may stand in it.
    let words: Vec<String> = match rule.contains(['{', '[', '"']) {
        true => vec![rule.to_owned()],
        false => rule.split_whitespace().map(str::to_owned).collect(),
    };
    rule_in_words(&words, on_trade).map_err(|unusable| {
        let wrong = Failure::from(unusable);
        Problem::hinted(bad_field(field, &wrong.message), wrong.hint)
    })
}

pub(super) fn scope(on: On, id: Option<u32>) -> Result<Scope, Problem> {
    match (on, id) {
        (On::Trade, Some(id)) => Ok(Scope::Trade(TradeId(id))),
        (On::Group, Some(id)) => Ok(Scope::Group(GroupId(id))),
        (On::Strategy, Some(id)) => Ok(Scope::Strategy(StrategyId(id))),
        (On::Account, Some(id)) => Ok(Scope::Account(AccountId(id))),
        (On::System, None) => Ok(Scope::System),
        (On::System, Some(_)) => Err(bad_field("id", "there is one system, without an id")),
        (On::Trade | On::Group | On::Strategy | On::Account, None) => {
            Err(bad_field("id", "it has to be named by its id"))
        }
    }
}

/// Whether a rule on this scope is theirs to think of.
pub(super) async fn reaches(
    desk: &Desk,
    (caller, part): (&Caller, &Part),
    scope: Scope,
) -> Result<(), Problem> {
    match caller.bound() {
        Some(names) if scope == Scope::System => Err(bound_to(&names)),
        _ => desk.must_have(part, Subject::Scope(scope), "id").await,
    }
}

/// Rules that are in force, a page at a time.
#[utoipa::path(
    get,
    path = "/api/v1/rules",
    params(
        ("after" = Option<u32>, Query, description = "Those that follow this id"),
        ("limit" = Option<u32>, Query, description = "At most so many; 100 when absent", minimum = 1, maximum = 500),
    ),
    responses((status = 200, body = Rules))
)]
pub(super) async fn rules(
    State(desk): State<Shared>,
    Extension(part): Extension<Part>,
    since: Since,
) -> Result<Json<Rules>, Problem> {
    let first = match since.after {
        None => 0,
        Some(after) => u32::try_from(after)
            .ok()
            .and_then(|after| after.checked_add(1))
            .ok_or_else(|| bad_field("after", "there is no such id"))?,
    };
    let limit = since.limit as usize;
    let page = desk.see(move |state| {
        let views = (first..state.rule_count()).filter_map(|id| state.rule_view(RuleId(id)));
        let is_shown = |view: &RuleView| {
            let theirs = part.as_ref();
            !view.removed && theirs.is_none_or(|theirs| theirs.scope(state, view.rule.scope))
        };
        let mut rules: Vec<RuleView> = views.filter(is_shown).take(limit + 1).collect();
        let more = rules.len() > limit;
        rules.truncate(limit);
        let next = rules.last().filter(|_| more).map(|last| last.rule.rule.0);
        Rules { rules, next }
    });
    page.await.map(Json)
}

/// One rule, with its version in `ETag`.
#[utoipa::path(
    get,
    path = "/api/v1/rules/{id}",
    params(("id" = u32, Path)),
    responses((status = 200, body = Object))
)]
pub(super) async fn rule(State(desk): State<Shared>, Id(id): Id) -> Result<Response, Problem> {
    let found = desk.see(move |state| state.rule_view(RuleId(id)).filter(|view| !view.removed));
    let view = found.await?;
    let view = view.ok_or_else(|| Problem::not_found(format!("there is no rule {id}")).on("id"))?;
    let tag = format!("\"{}\"", view.rule.version);
    Ok(([(header::ETAG, tag)], Json(view)).into_response())
}

/// The version of the rule that was looked at, when it was sent.
fn seen(headers: &HeaderMap, rule: u32) -> Result<Option<Given>, Problem> {
    let rule = RuleId(rule);
    given(headers)?
        .map(|tag| match tag.parse() {
            Ok(version) => Ok(Given::Rule { rule, version }),
            Err(_) => Err(bad_field("If-Match", "a rule's tag is its version")),
        })
        .transpose()
}

/// Set a rule.
#[utoipa::path(
    post,
    path = "/api/v1/rules",
    request_body = Setting,
    responses((status = 200, body = Done))
)]
pub(super) async fn set(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Extension(part): Extension<Part>,
    Sent(Setting { on, id, rule, reason }): Sent<Setting>,
) -> Answered {
    match on {
        On::Trade | On::Group | On::Strategy => {}
        On::Account | On::System => caller.must_be(Role::Risk)?,
    }
    let scope = scope(on, id)?;
    reaches(&desk, (&caller, &part), scope).await?;
    let draft = draft(&rule, on == On::Trade, "rule".to_owned())?;
    let provenance = Provenance { by: caller.by(), reason };
    let command = Command::SetRule { scope, draft, provenance };
    order(&desk, &caller, command).await.map_err(of_address)
}

/// Change the terms of a rule. Its stop does not loosen by it; what loosens a limit is asked for, and confirmed as a raise.
#[utoipa::path(
    post,
    path = "/api/v1/rules/{id}/change",
    params(("id" = u32, Path), ("If-Match" = Option<String>, Header, description = "The version that was looked at")),
    request_body = Changing,
    responses((status = 200, body = Done))
)]
pub(super) async fn change(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Id(id): Id,
    headers: HeaderMap,
    Sent(Changing { rule, on_trade, reason }): Sent<Changing>,
) -> Answered {
    let draft = draft(&rule, on_trade, "rule".to_owned())?;
    let rule = RuleId(id);
    let provenance = Provenance { by: caller.by(), reason: reason.clone() };
    let command = Command::ChangeRule { rule, draft, provenance };
    let (given, subject) = (seen(&headers, id)?, Subject::Rule(rule));
    order_or_ask(&desk, &caller, Wish { command, given, subject, reason }).await
}

/// Remove a rule. One that protects is asked for, and confirmed as a raise.
#[utoipa::path(
    post,
    path = "/api/v1/rules/{id}/remove",
    params(("id" = u32, Path), ("If-Match" = Option<String>, Header, description = "The version that was looked at")),
    request_body = Removing,
    responses((status = 200, body = Done))
)]
pub(super) async fn remove(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Id(id): Id,
    headers: HeaderMap,
    Sent(Removing { reason }): Sent<Removing>,
) -> Answered {
    let rule = RuleId(id);
    let provenance = Provenance { by: caller.by(), reason: reason.clone() };
    let command = Command::RemoveRule { rule, provenance };
    let (given, subject) = (seen(&headers, id)?, Subject::Rule(rule));
    order_or_ask(&desk, &caller, Wish { command, given, subject, reason }).await
}
