//! Who is let in, and with what: host and origin, the key and its role, the form of what is sent, once.

use super::body;
use super::desk::Shared;
use super::hosts::STRICT;
use super::keys::Role;
use super::once::{self, Answer, Turn};
use super::problem::Problem;
use super::rate::{Class, too_often};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::timeout;

/// The longest that an answer may take.
const ANSWER: Duration = Duration::from_secs(10);

/// What a route asks of whoever wants it. Every route is opened with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// It tells nothing of the desk.
    Nothing,
    /// JSON, from anybody: it is looked at inside who they are.
    Json,
    /// A key of this role or a higher one.
    Role(Role),
}

/// A route's need, and what is asked for it.
#[derive(Clone)]
pub(super) struct Guard {
    pub need: Need,
    pub class: Class,
    pub desk: Shared,
}

/// In front of everything, also of what is not there.
pub(super) async fn gate(State(desk): State<Shared>, request: Request, next: Next) -> Response {
    let mut response = match desk.hosts.check(request.uri(), request.headers()) {
        Err(problem) => problem.into_response(),
        Ok(()) => match timeout(ANSWER, next.run(request)).await {
            Ok(response) => response,
            Err(_) => late().into_response(),
        },
    };
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // A file of the dashboard says itself how long it is good and what its page may load; nothing else does.
    let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(nothing);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if desk.hosts.is_secret() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT));
    }
    response
}

/// In front of one route.
pub(super) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let entered = match guard.need {
        Need::Nothing => Ok(next.run(request).await),
        Need::Json => match body::check_headers(request.headers()) {
            Ok(()) => Ok(next.run(request).await),
            Err(problem) => Err(problem),
        },
        Need::Role(role) => enter(&guard.desk, (role, guard.class), request, next).await,
    };
    entered.unwrap_or_else(IntoResponse::into_response)
}

async fn enter(
    desk: &Shared,
    (role, class): (Role, Class),
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let changes = !request.method().is_safe();
    let caller = desk.callers.of(request.headers(), changes)?;
    caller.must_be(role)?;
    desk.rates.take(&caller.by(), class, Instant::now()).map_err(too_often)?;
    request.extensions_mut().insert(caller.clone());
    if !changes {
        return Ok(next.run(request).await);
    }
    body::check_headers(request.headers())?;
    let name = (caller.by(), once::key(request.headers())?);
    let (parts, sent) = request.into_parts();
    let sent = body::whole(sent).await?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(parts.method.as_str().as_bytes()).update(b" ");
    hasher.update(parts.uri.to_string().as_bytes()).update(b"\n").update(&sent);
    let answer = match desk.once.turn(name.clone(), hasher.finalize())? {
        Turn::Again(answer) => answer,
        Turn::First(tell, answer) => {
            let (desk, request) = (desk.clone(), Request::from_parts(parts, Body::from(sent)));
            // Done to its end, also when whoever asked goes away: the answer is there when they come back.
            tokio::spawn(async move {
                let (answer, begun) = Answer::of(next.run(request).await).await;
                if !begun {
                    desk.once.forget(&name);
                }
                let _ = tell.send(Some(answer));
            });
            answer
        }
    };
    heard(answer).await
}

async fn heard(mut answer: watch::Receiver<Option<Answer>>) -> Result<Response, Problem> {
    let answer = answer.wait_for(Option::is_some).await;
    let answer = answer.ok().and_then(|answer| answer.clone());
    answer.map(Answer::response).ok_or_else(late)
}

fn late() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "LATE",
        "there was no answer in time: what was asked may have been done, or not",
        "send it again with the same Idempotency-Key: it is done once",
    )
}
