//! Strategies: made, and their terms looked at and edited.

use super::act::{Answered, order};
use super::raises::{Wish, order_or_ask};
use super::take::{Id, given};
use crate::api::body::{Json, Sent, name, name_if, plain, plain_if};
use crate::api::callers::Caller;
use crate::api::desk::Shared;
use crate::api::problem::Problem;
use crate::api::wire::Done;
use crate::look::tag;
use crate::socket::protocol::Given;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use highmark_engine::*;
use highmark_play::names::Subject;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A strategy to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Creating {
    /// No other strategy has it.
    #[serde(deserialize_with = "name")]
    name: String,
    /// In rupees, as text: what its shares are shares of; nothing, when absent.
    #[serde(default, deserialize_with = "plain")]
    #[schema(value_type = Option<String>)]
    capital: Money,
}

/// Other terms for a strategy; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Editing {
    #[serde(default, deserialize_with = "name_if")]
    name: Option<String>,
    /// In rupees, as text. Limits that are a share of it change with it.
    #[serde(default, deserialize_with = "plain_if")]
    #[schema(value_type = Option<String>)]
    capital: Option<Money>,
}

/// What a strategy was made with, or was edited to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StrategyTerms)]
pub(super) struct Terms {
    id: u32,
    name: String,
    capital: String,
}

/// Make a strategy.
#[utoipa::path(
    post,
    path = "/api/v1/strategies",
    request_body = Creating,
    responses((status = 200, body = Done))
)]
pub(super) async fn create(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Sent(Creating { name, capital }): Sent<Creating>,
) -> Answered {
    let spec = StrategySpec { name, capital, exit_order: ExitOrder::default() };
    order(&desk, &caller, Command::CreateStrategy(spec)).await
}

/// The terms of a strategy, with their tag in `ETag`.
#[utoipa::path(
    get,
    path = "/api/v1/strategies/{id}/terms",
    params(("id" = u32, Path)),
    responses((status = 200, body = Terms))
)]
pub(super) async fn terms(State(desk): State<Shared>, Id(id): Id) -> Result<Response, Problem> {
    let spec = spec(&desk, StrategyId(id)).await?;
    let tag = format!("\"{}\"", tag(&spec));
    let terms = Terms { id, name: spec.name, capital: spec.capital.to_string() };
    Ok(([(header::ETAG, tag)], Json(terms)).into_response())
}

/// Give a strategy other terms; with `If-Match` only if they are still those that were looked at.
#[utoipa::path(
    post,
    path = "/api/v1/strategies/{id}/edit",
    params(("id" = u32, Path), ("If-Match" = Option<String>, Header, description = "The tag that was looked at")),
    request_body = Editing,
    responses((status = 200, body = Done))
)]
pub(super) async fn edit(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Id(id): Id,
    headers: HeaderMap,
    Sent(Editing { name, capital }): Sent<Editing>,
) -> Answered {
    let strategy = StrategyId(id);
    let before = spec(&desk, strategy).await?;
    // What is not sent is taken from what was looked at here, so that must still stand too.
    let seen = given(&headers)?.unwrap_or_else(|| tag(&before));
    let spec = StrategySpec {
        name: name.unwrap_or(before.name),
        capital: capital.unwrap_or(before.capital),
        exit_order: before.exit_order,
    };
    let given = Some(Given::Strategy { strategy, tag: seen });
    let command = Command::EditStrategy { strategy, spec };
    let (subject, reason) = (Subject::Scope(Scope::Strategy(strategy)), "an edit".to_owned());
    order_or_ask(&desk, &caller, Wish { command, given, subject, reason }).await
}

async fn spec(desk: &Shared, strategy: StrategyId) -> Result<StrategySpec, Problem> {
    let find = move |state: &highmark_engine::State| {
        let found = state.strategies().find(|(id, _)| *id == strategy);
        found.map(|(_, spec)| spec.clone())
    };
    let found = desk.see(find).await?;
    found.ok_or_else(|| Problem::not_found(format!("there is no strategy {strategy}")).on("id"))
}
