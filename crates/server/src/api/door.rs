//! Who is let in, and with what: host and origin, the key and its role, the form of what is sent, once.

use super::body;
use super::callers::Caller;
use super::desk::Shared;
use super::hosts::STRICT;
use super::keys::Role;
use super::once::{self, Answer, Turn};
use super::own::{Of, Part, bound_to, not_there};
use super::problem::Problem;
use super::rate::{Class, too_often};
use axum::body::Body;
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::timeout;

/// Where prices are pushed.
const PRICES: &str = "/api/v1/prices";
/// The longest that an answer may take.
const ANSWER: Duration = Duration::from_secs(10);

/// What a route asks of whoever wants it. Every route is opened with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// It tells nothing of the desk.
    Nothing,
    /// JSON, from anybody: it is looked at inside who they are.
    Json,
    /// Its address alone, which nobody can guess.
    Address,
    /// A key of this role or a higher one; and whose is what, for those who are bound to accounts.
    Role(Role, Of),
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
        Need::Nothing | Need::Address => Ok(next.run(request).await),
        Need::Json => match body::check_headers(request.headers()) {
            Ok(()) => Ok(next.run(request).await),
            Err(problem) => Err(problem),
        },
        Need::Role(role, of) => enter(&guard.desk, (role, of, guard.class), request, next).await,
    };
    entered.unwrap_or_else(IntoResponse::into_response)
}

async fn enter(
    desk: &Shared,
    (role, of, class): (Role, Of, Class),
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let changes = !request.method().is_safe();
    let caller = desk.callers.of(request.headers(), changes)?;
    caller.must_be(role)?;
    desk.rates.take(&caller.by(), class, Instant::now()).map_err(too_often)?;
    let mut request = within(desk, &caller, of, request).await?;
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
    let hash = hasher.finalize();
    let is_price = parts.uri.path() == PRICES;
    let answer = match desk.answers(is_price).turn(name.clone(), hash)? {
        Turn::Again(answer) => answer,
        Turn::First(tell, answer) => {
            let (desk, request) = (desk.clone(), Request::from_parts(parts, Body::from(sent)));
            // Done to its end, also when whoever asked goes away: the answer is there when they come back.
            tokio::spawn(async move {
                // What is urgent does not wait for the disk, and a price that comes again is a price.
                let waits = class != Class::Urgent && !is_price;
                let once = desk.answers(is_price);
                once.begin(&name, hash, waits).await;
                let (answer, begun) = Answer::of(next.run(request).await).await;
                match begun {
                    true => once.end(&name, hash, &answer),
                    false => once.forget(&name, hash),
                }
                let _ = tell.send(Some(answer));
            });
            answer
        }
    };
    heard(answer).await
}

/// Lets those who are bound to accounts come as far as these go, and gives the route their part.
async fn within(
    desk: &Shared,
    caller: &Caller,
    of: Of,
    mut request: Request,
) -> Result<Request, Problem> {
    let part: Part = match caller.bound() {
        None => None,
        Some(names) if of == Of::Book => return Err(bound_to(&names)),
        Some(names) => Some(desk.streams.theirs(names).await?),
    };
    if part.is_some() && of.object(0).is_some() {
        let (mut parts, body) = request.into_parts();
        let id = RawPathParams::from_request_parts(&mut parts, &()).await;
        request = Request::from_parts(parts, body);
        let id =
            id.ok().and_then(|params| params.iter().find(|(name, _)| *name == "id").map(number));
        // What is no id is nothing, whoever asks.
        let subject = id.flatten().and_then(|id| of.object(id)).ok_or_else(|| not_there("id"))?;
        desk.must_have(&part, subject, "id").await?;
    }
    request.extensions_mut().insert(part);
    Ok(request)
}

fn number((_, text): (&str, &str)) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
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
