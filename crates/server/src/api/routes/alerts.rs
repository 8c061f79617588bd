//! Alerts: what sounds now, and what the rules have warned of.

use super::take::Since;
use crate::api::body::Json;
use crate::api::callers::Caller;
use crate::api::desk::Shared;
use crate::api::problem::Problem;
use crate::api::stream::news::is_alert;
use crate::api::wire::Alarm;
use axum::Extension;
use axum::extract::State;
use highmark_engine::{Event, Scope};
use highmark_play::story;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a person should look at.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Alerts {
    /// What is wrong with the service as long as it is.
    alarms: Vec<Alarm>,
    /// What the engine told, in order.
    alerts: Vec<Alert>,
    /// What to send as `after` for what follows; there may be nothing yet.
    next: u64,
}

/// Something that the engine told.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Alert {
    /// The turn: `/api/v1/events/{seq}/explain` says why.
    seq: u64,
    at: String,
    at_ns: i64,
    /// `warning` when a limit is near; `breach`, `kill`, `degraded`, `stale` and so on.
    kind: String,
    /// The id of what it is about: `s1`, `t5`, `system`.
    scope: Option<String>,
    text: String,
}

/// An event as it was told.
#[derive(Deserialize)]
struct Heard {
    seq: u64,
    at: String,
    at_ns: i64,
    events: Vec<Event>,
}

/// What sounds now, and what was warned of: the latest that are remembered, or what came after a `seq`.
#[utoipa::path(
    get,
    path = "/api/v1/alerts",
    params(
        ("after" = Option<u64>, Query, description = "What came after this `seq`; the latest since the service began, when absent"),
        ("limit" = Option<u32>, Query, description = "At most so many turns; 100 when absent", minimum = 1, maximum = 500),
    ),
    responses((status = 200, body = Alerts))
)]
pub(super) async fn alerts(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    since: Since,
) -> Result<Json<Alerts>, Problem> {
    let until = desk.durable();
    if since.after.is_some_and(|after| after > until) {
        return Err(super::stream::future());
    }
    let limit = since.limit as usize;
    let (heard, next) = match since.after {
        Some(after) => {
            let page = desk.streams.page(after, until, (limit, |news| news.is_alert)).await?;
            (page.news, page.next)
        }
        None => desk.streams.board.latest(limit, |news| news.is_alert),
    };
    let heard = desk.streams.told_to(&caller.bound(), heard).await?;
    let heard: Vec<Heard> =
        heard.iter().filter_map(|news| serde_json::from_str(&news.text).ok()).collect();
    let alerts = desk.see(move |state| {
        let told = heard.into_iter().flat_map(|Heard { seq, at, at_ns, events }| {
            let events = events.into_iter().filter(is_alert);
            let alert = move |event: Event| {
                let line = story::tell(&event, state)?;
                let (at, kind) = (at.clone(), line.kind.to_owned());
                let scope = line.scope.as_ref().map(Scope::to_string);
                Some(Alert { seq, at, at_ns, kind, scope, text: line.text })
            };
            events.filter_map(alert).collect::<Vec<_>>()
        });
        told.collect::<Vec<Alert>>()
    });
    let alarms = desk.ways.facts.health.alarms().into_iter().map(Alarm::of).collect();
    Ok(Json(Alerts { alarms, alerts: alerts.await?, next }))
}
