//! Watching, and everything that happened, a page at a time.

use super::take::{Since, Watching};
use crate::api::callers::Caller;
use crate::api::desk::Shared;
use crate::api::problem::Problem;
use crate::api::stream::news::{Happened, News};
use crate::api::stream::{Coming, body, serve};
use axum::Extension;
use axum::extract::State;
use axum::extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use serde::Serialize;
use std::sync::Arc;
use tungstenite::handshake::derive_accept_key;
use utoipa::ToSchema;

/// Some of what happened.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Events {
    events: Vec<Happened>,
    /// What to send as `after` for what follows; there may be nothing yet.
    next: u64,
}

/// A picture and what changes in it, and everything that happens, over a WebSocket.
#[utoipa::path(
    get,
    path = "/api/v1/stream",
    params(
        ("sub" = Option<String>, Query, description = "Topics with commas between; all of them when absent"),
        ("hz" = Option<u32>, Query, description = "Deltas in a second", minimum = 1, maximum = 5),
        ("since" = Option<u64>, Query, description = "The last `seq` that was heard: what happened since comes first"),
    ),
    responses((status = 101, description = "It goes on as a WebSocket"))
)]
pub(super) async fn stream(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Watching { topics, hz, since }: Watching,
    goes_on: Option<Extension<OnUpgrade>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let not_asked = |why: String| {
        bad_request("NOT_WEBSOCKET", why, "ask by a WebSocket, or take /api/v1/events")
    };
    let upgrade = upgrade.map_err(|rejection| not_asked(rejection.body_text()))?;
    let key = headers.get(header::SEC_WEBSOCKET_KEY);
    let (Some(Extension(goes_on)), Some(key)) = (goes_on, key) else {
        return Err(not_asked("this cannot go on as a WebSocket".to_owned()));
    };
    if upgrade.requested_protocols().next().is_some() {
        let detail = "no subprotocol is spoken here";
        return Err(bad_request("NOT_WEBSOCKET", detail, "leave Sec-WebSocket-Protocol out"));
    }
    let place = Arc::clone(&desk.streams.sockets).try_acquire_owned().map_err(|_| busy())?;
    let coming = Coming {
        topics: topics.of(caller.bound()),
        caller,
        callers: Arc::clone(&desk.callers),
        hz,
        since,
        durable: desk.durable(),
        _place: place,
    };
    let streams = desk.streams.clone();
    desk.streams.runtime.spawn(async move {
        if let Ok(upgraded) = goes_on.await {
            serve(upgraded, streams, coming).await;
        }
    });
    let accept =
        HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(Problem::ours)?;
    let heads = [
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, heads).into_response())
}

/// What happened, in order: a page of it, or with `Accept: text/event-stream` all of it from then on.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    params(
        ("after" = Option<u64>, Query, description = "What happened after this `seq`; all, when absent"),
        ("limit" = Option<u32>, Query, description = "At most so many; 100 when absent", minimum = 1, maximum = 500),
        ("Last-Event-ID" = Option<u64>, Header, description = "As `after`, for server-sent events; what happens from now on, when both are absent"),
    ),
    responses((status = 200, body = Events))
)]
pub(super) async fn events(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    since: Since,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let last = since.last(&headers)?;
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if !accepts.is_some_and(|accept| accept.contains("text/event-stream")) {
        return page(&desk, &caller, since, |_| true).await;
    }
    let place = Arc::clone(&desk.streams.sse).try_acquire_owned().map_err(|_| busy())?;
    let durable = desk.durable();
    let after = last.unwrap_or(durable);
    if after > durable {
        return Err(future());
    }
    let who = (caller, Arc::clone(&desk.callers));
    let kind = HeaderValue::from_static("text/event-stream");
    let body = body(desk.streams.clone(), after, who, place);
    Ok(([(header::CONTENT_TYPE, kind)], body).into_response())
}

/// Who asked for what: commands that were done, and those that were refused.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    params(
        ("after" = Option<u64>, Query, description = "What was asked after this `seq`; all, when absent"),
        ("limit" = Option<u32>, Query, description = "At most so many; 100 when absent", minimum = 1, maximum = 500),
    ),
    responses((status = 200, body = Events))
)]
pub(super) async fn audit(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    since: Since,
) -> Result<Response, Problem> {
    page(&desk, &caller, since, |news| news.is_asked).await
}

async fn page(
    desk: &Shared,
    caller: &Caller,
    since: Since,
    wanted: fn(&News) -> bool,
) -> Result<Response, Problem> {
    let until = desk.durable();
    let after = since.after.unwrap_or(0);
    if after > until {
        return Err(future());
    }
    let found = desk.streams.page(after, until, (since.limit as usize, wanted)).await?;
    let next = found.next;
    let news = desk.streams.told_to(&caller.bound(), found.news).await?;
    let texts: Vec<&str> = news.iter().map(|news| &*news.text).collect();
    let text = format!("{{\"events\":[{}],\"next\":{next}}}", texts.join(","));
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json)], text).into_response())
}

pub(super) fn future() -> Problem {
    let detail = "nothing has happened after that yet, since it has not been itself";
    let hint = "send a `seq` or a `next` that you were given";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "BAD_FIELD", detail, hint).on("after")
}

fn busy() -> Problem {
    let hint = "close those that you no longer need";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "BUSY", "too many watch already", hint)
}

fn bad_request(code: &str, detail: impl Into<String>, hint: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, code, detail, hint)
}
