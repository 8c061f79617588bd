//! How the service does, without a key and without a word about the desk.

use crate::api::body::Json;
use crate::api::desk::Shared;
use crate::api::problem::Problem;
use crate::api::wire;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::Value;
use std::sync::atomic::Ordering;

/// The API answers.
#[utoipa::path(get, path = "/live", responses((status = 200, body = wire::Health)))]
pub(super) async fn live() -> Json<wire::Health> {
    Json(wire::Health { status: "live" })
}

/// The service takes commands and makes them durable.
#[utoipa::path(get, path = "/ready", responses((status = 200, body = wire::Health)))]
pub(super) async fn ready(State(desk): State<Shared>) -> Result<Json<wire::Health>, Problem> {
    let health = &desk.ways.facts.health;
    let unready =
        |detail, hint| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "NOT_READY", detail, hint);
    if health.stopping.load(Ordering::Relaxed) {
        return Err(unready("the service is stopping", "start it again with `highmark run`"));
    }
    if health.has_lost_its_journal() {
        return Err(unready("the journal has stopped", "look at the disk, then start it again"));
    }
    Ok(Json(wire::Health { status: "ready" }))
}

/// How the service does: what sounds, by code.
#[utoipa::path(get, path = "/health", responses((status = 200, body = wire::State)))]
pub(super) async fn health(State(desk): State<Shared>) -> Json<wire::State> {
    let health = &desk.ways.facts.health;
    let alarms: Vec<String> = health.alarms().into_iter().map(|alarm| alarm.code).collect();
    Json(wire::State {
        status: if alarms.is_empty() { "ok" } else { "alarmed" },
        stopping: health.stopping.load(Ordering::Relaxed),
        journal_lost: health.has_lost_its_journal(),
        durable_turn: health.durable_turn.load(Ordering::Acquire),
        alarms,
    })
}

/// This description, made of the types that are sent.
#[utoipa::path(get, path = "/api/v1/openapi.json", responses((status = 200, body = Object)))]
pub(super) async fn description(State(desk): State<Shared>) -> Json<Value> {
    Json(desk.description.get().cloned().unwrap_or_default())
}
