//! Looking: nothing here changes anything.

use super::take::{Id, Page};
use crate::api::body::Json;
use crate::api::desk::Shared;
use crate::api::own::Part;
use crate::api::problem::Problem;
use crate::api::wire;
use crate::look::{Row, Status};
use crate::socket::protocol::{Ask, Look};
use axum::Extension;
use axum::extract::State;
use highmark_engine::{Scope, StrategyId, TradeId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Asks, and reads the answer as it is known here.
pub(super) async fn look<T: DeserializeOwned>(desk: &Shared, ask: Ask) -> Result<T, Problem> {
    serde_json::from_value(desk.look(ask).await?).map_err(Problem::ours)
}

/// Everything at a glance.
#[utoipa::path(get, path = "/api/v1/status", responses((status = 200, body = wire::Status)))]
pub(super) async fn status(
    State(desk): State<Shared>,
    Extension(part): Extension<Part>,
) -> Result<Json<wire::Status>, Problem> {
    let status = wire::Status::of(seen(&desk, &part).await?);
    let mut status =
        status.ok_or_else(|| Problem::ours("the status is not of a running service"))?;
    if part.is_some() {
        status.system = None;
        // It is of the whole book.
        status.service.recovered = None;
    }
    Ok(Json(status))
}

/// The status, with the rows that are theirs.
pub(super) async fn seen(desk: &Shared, part: &Part) -> Result<Status, Problem> {
    let mut status: Status = look(desk, Ask::Status).await?;
    if let Some(theirs) = part {
        status.accounts.retain(|row| theirs.row(row));
        status.strategies.retain(|row| theirs.row(row));
    }
    Ok(status)
}

/// All strategies, those with the least room first.
#[utoipa::path(get, path = "/api/v1/strategies", responses((status = 200, body = wire::Strategies)))]
pub(super) async fn strategies(
    State(desk): State<Shared>,
    Extension(part): Extension<Part>,
) -> Result<Json<wire::Strategies>, Problem> {
    let mut rows: Vec<Row> = look(&desk, Ask::Look(Look::Strategies)).await?;
    rows.retain(|row| part.as_ref().is_none_or(|theirs| theirs.row(row)));
    Ok(Json(wire::Strategies { strategies: rows.into_iter().map(wire::Row::of).collect() }))
}

/// One strategy.
#[utoipa::path(
    get,
    path = "/api/v1/strategies/{id}",
    params(("id" = u32, Path)),
    responses((status = 200, body = wire::Row))
)]
pub(super) async fn strategy(
    State(desk): State<Shared>,
    Id(id): Id,
) -> Result<Json<wire::Row>, Problem> {
    let rows: Vec<Row> = look(&desk, Ask::Look(Look::Strategies)).await?;
    let row = rows.into_iter().find(|row| row.scope == Scope::Strategy(StrategyId(id)));
    let row = row.map(|row| Json(wire::Row::of(row)));
    row.ok_or_else(|| Problem::not_found(format!("there is no strategy {id}")).on("id"))
}

#[derive(Deserialize)]
struct Found {
    trades: Vec<wire::Named>,
    next: Option<TradeId>,
}

/// Trades in the order of their ids, a page at a time.
#[utoipa::path(
    get,
    path = "/api/v1/trades",
    params(
        ("all" = Option<bool>, Query, description = "Those that have ended too"),
        ("after" = Option<u32>, Query, description = "Those that follow this id"),
        ("limit" = Option<u32>, Query, description = "At most so many; 100 when absent", minimum = 1, maximum = 500),
    ),
    responses((status = 200, body = wire::Trades))
)]
pub(super) async fn trades(
    State(desk): State<Shared>,
    Extension(part): Extension<Part>,
    page: Page,
) -> Result<Json<wire::Trades>, Problem> {
    let Page { all, after, limit } = page;
    let what = Look::Page { all, after: after.map(TradeId), limit };
    let mut found: Found = look(&desk, Ask::Look(what)).await?;
    found.trades.retain(|one| part.as_ref().is_none_or(|theirs| theirs.account(one.account())));
    Ok(Json(wire::Trades {
        trades: found.trades.into_iter().map(wire::Trade::of).collect(),
        next: found.next.map(|id| id.0),
    }))
}

/// One trade.
#[utoipa::path(
    get,
    path = "/api/v1/trades/{id}",
    params(("id" = u32, Path)),
    responses((status = 200, body = wire::Trade))
)]
pub(super) async fn trade(
    State(desk): State<Shared>,
    Id(id): Id,
) -> Result<Json<wire::Trade>, Problem> {
    let named = look(&desk, Ask::Look(Look::Trade(TradeId(id)))).await?;
    Ok(Json(wire::Trade::of(named)))
}

/// The configuration that is in force, key by key; secrets are not shown.
#[utoipa::path(get, path = "/api/v1/config", responses((status = 200, body = Object)))]
pub(super) async fn configuration(State(desk): State<Shared>) -> Json<Value> {
    Json((desk.ways.configuration)())
}

/// All instruments, with their marks.
#[utoipa::path(get, path = "/api/v1/instruments", responses((status = 200, body = wire::Instruments)))]
pub(super) async fn instruments(
    State(desk): State<Shared>,
) -> Result<Json<wire::Instruments>, Problem> {
    let marked: Vec<wire::Marked> = look(&desk, Ask::Look(Look::Instruments)).await?;
    let instruments = marked.into_iter().map(wire::Instrument::of).collect();
    Ok(Json(wire::Instruments { instruments }))
}
