//! Signals of other programs, at the addresses that were made for them; and these addresses.

use super::act::Answered;
use crate::api::body::{Json, MOST_BYTES, Sent, bad_field};
use crate::api::callers::Caller;
use crate::api::desk::{Desk, Shared};
use crate::api::hooks::plan::Wanted;
use crate::api::hooks::seen::{Seen, about};
use crate::api::hooks::signal::{Odd, Signal};
use crate::api::hooks::{Hook, Hooks, Network, Source, Terms, bodies};
use crate::api::once::{Answer, ShownOnce, Turn};
use crate::api::problem::Problem;
use crate::api::rate::{Class, too_often};
use crate::api::wire::Done;
use crate::service::wall;
use crate::socket::protocol::Ask;
use axum::Extension;
use axum::body::to_bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use highmark_engine::Command;
use highmark_play::failure::{Code, Failure};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use utoipa::ToSchema;

/// The longest signal.
const MOST_ALERT: usize = 16 << 10;
/// Senders wait for three seconds; whoever has not been answered by then would send again.
const PATIENCE: Duration = Duration::from_millis(2_000);

/// From where a request comes: the other end of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) struct Peer(pub IpAddr);

/// What a signal came to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Heard {
    /// `done`; or `taken`, when it is still being done.
    status: String,
    /// The turn in which the last of it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    turn: Option<u64>,
    /// One for each symbol.
    wishes: Vec<Outcome>,
}

/// What one symbol of a signal came to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Outcome {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    symbol: Option<String>,
    /// What was done, in sentences.
    told: Vec<String>,
    /// Why nothing was, or not all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    refused: Option<crate::socket::protocol::Problem>,
}

/// Send a signal. Who knows the address may.
#[utoipa::path(
    post,
    path = "/hooks/{address}",
    params(("address" = String, Path, description = "As it was shown when the hook was made")),
    request_body(content = String, description = "As the hook's source sends it: JSON, text or a form", content_type = "text/plain"),
    responses((status = 200, body = Heard), (status = 202, body = Heard))
)]
pub(super) async fn signal(
    State(desk): State<Shared>,
    Path(address): Path<String>,
    peer: Extension<Peer>,
    request: Request,
) -> Result<Response, Problem> {
    hear(desk, &address, peer.0, request).await
}

/// Send a signal by GET, for a program of this machine that knows nothing else.
#[utoipa::path(
    get,
    path = "/hooks/{address}",
    params(("address" = String, Path, description = "As it was shown when the hook was made")),
    responses((status = 200, body = Heard), (status = 202, body = Heard))
)]
pub(super) async fn signal_by_get(
    State(desk): State<Shared>,
    Path(address): Path<String>,
    peer: Extension<Peer>,
    request: Request,
) -> Result<Response, Problem> {
    hear(desk, &address, peer.0, request).await
}

async fn hear(
    desk: Shared,
    address: &str,
    peer: Peer,
    request: Request,
) -> Result<Response, Problem> {
    let hook = desk.hooks.now(|hooks| hooks.at(address).cloned()).ok_or_else(nowhere)?;
    let from = from(peer.0, request.headers());
    if !hook.terms.from.is_empty() && !hook.terms.from.iter().any(|one: &Network| one.has(from)) {
        let detail = "this hook is not used from where you are";
        let hint = "its owner names addresses and networks with `from`";
        let problem = Problem::new(StatusCode::FORBIDDEN, "BAD_SOURCE", detail, hint);
        // Whoever may not use it neither keeps others out nor fills the record.
        let is_rare = desk.rates.take(&hook.actor(), Class::HookOutsiders, Instant::now()).is_ok();
        return Err(if is_rare { recorded(&desk, &hook, problem).await } else { problem });
    }
    let sender = format!("{} {from}", hook.actor());
    charge(&desk, &hook, (&sender, Class::HookSender)).await?;
    let by_get = *request.method() == Method::GET;
    let is_here = from.to_canonical().is_loopback();
    if by_get && (hook.terms.source != Source::Amibroker || !is_here) {
        let detail = "a signal is sent by POST";
        let hint = "GET is for Amibroker on this machine";
        return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "NO_METHOD", detail, hint));
    }
    let (parts, body) = request.into_parts();
    let text = if by_get {
        parts.uri.query().unwrap_or("").to_owned()
    } else {
        match text_of(&parts.headers, body).await {
            Ok(text) => text,
            Err(problem) => return Err(no_signal(&desk, &hook, problem).await),
        }
    };
    // Who writes the address into a signal does not get it into the record.
    let text = text.replace(address, "***");
    let signal = match read(&hook.terms, &parts.headers, by_get, &text) {
        Ok(signal) => signal,
        Err(odd) => return Err(no_signal(&desk, &hook, odd_problem(odd)).await),
    };
    let class = if signal.exits(&hook.terms) { Class::HookExits } else { Class::Hook };
    charge(&desk, &hook, (&hook.actor(), class)).await?;
    once(desk, hook, signal, &text).await
}

/// Counts what is asked. What is too much stands in the record once, until as much as may be can be asked again.
async fn charge(desk: &Desk, hook: &Hook, (name, class): (&str, Class)) -> Result<(), Problem> {
    let Err(wait) = desk.rates.take(name, class, Instant::now()) else { return Ok(()) };
    let problem = too_often(wait);
    Err(if wait.is_first { recorded(desk, hook, problem).await } else { problem })
}

/// What is no signal is counted with those that enter: each stands in the record.
async fn no_signal(desk: &Desk, hook: &Hook, problem: Problem) -> Problem {
    match charge(desk, hook, (&hook.actor(), Class::Hook)).await {
        Ok(()) => recorded(desk, hook, problem).await,
        Err(too_often) => too_often,
    }
}

/// Does what the signal asks for, if it does not come again.
async fn once(desk: Shared, hook: Hook, signal: Signal, text: &str) -> Result<Response, Problem> {
    let about = about(&signal.wishes, &hook.terms);
    let (name, text) = match &signal.id {
        Some(id) => (format!("id {id}{about}"), None),
        None => {
            let text = blake3::hash(text.as_bytes());
            let now = wall().0;
            let first = desk.seen.first((&hook.name, text), &about, hook.terms.repeat_s, now);
            (Seen::name(first, text, &about), Some(text))
        }
    };
    let name = (hook.actor(), name);
    // The same id, word and symbol are the same signal, whatever else it says: a price in it may have moved.
    let hash = blake3::hash(name.1.as_bytes());
    if signal.may_be_done_again(&hook.terms) {
        desk.heard.take_up(&name);
    }
    let answer = match desk.heard.turn(name.clone(), hash)? {
        Turn::Again(answer) => answer,
        Turn::First(tell, answer) => {
            desk.seen.done(&hook.name, text, &about);
            let desk = desk.clone();
            tokio::spawn(async move {
                desk.heard.begin(&name, hash, true).await;
                let said = act(&desk, &hook, signal).await.into_response();
                let (answer, begun) = Answer::of(said).await;
                match begun {
                    true => desk.heard.end(&name, hash, &answer),
                    false => desk.heard.forget(&name, hash),
                }
                let _ = tell.send(Some(answer));
            });
            answer
        }
    };
    let mut answer = answer;
    let said = timeout(PATIENCE, answer.wait_for(Option::is_some)).await;
    let said = said.ok().and_then(Result::ok).and_then(|answer| answer.clone());
    Ok(said.map_or_else(taken, Answer::response))
}

async fn act(desk: &Desk, hook: &Hook, signal: Signal) -> Result<Json<Heard>, Problem> {
    let symbols: Vec<Option<String>> =
        signal.wishes.iter().map(|wish| wish.symbol.clone()).collect();
    let wanted =
        Wanted { hook: hook.name.clone(), terms: hook.terms.clone(), wishes: signal.wishes };
    let ask = Ask::Signal { by: hook.actor(), signal: Box::new(wanted) };
    let said = desk.ask(ask).await?;
    let turn = said["turn"].as_u64();
    let mut outcomes: Vec<Outcome> =
        serde_json::from_value(said["wishes"].clone()).map_err(Problem::ours)?;
    for (outcome, symbol) in outcomes.iter_mut().zip(symbols) {
        outcome.symbol = symbol;
    }
    // When nothing at all was done, the sender is told so by the status.
    if let [Outcome { refused: Some(_), told, .. }, rest @ ..] = outcomes.as_slice()
        && told.is_empty()
        && rest.iter().all(|other| other.refused.is_some() && other.told.is_empty())
        && let Some(refused) = outcomes.swap_remove(0).refused
    {
        return Err(Problem::from(refused));
    }
    Ok(Json(Heard { status: "done".into(), turn, wishes: outcomes }))
}

fn taken() -> Response {
    let heard = Heard { status: "taken".into(), turn: None, wishes: Vec::new() };
    (StatusCode::ACCEPTED, Json(heard)).into_response()
}

/// A refusal stands in the record too: what was wrong, and never what was sent.
async fn recorded(desk: &Desk, hook: &Hook, problem: Problem) -> Problem {
    let text = format!("a signal was refused: {} {}", problem.code, problem.told());
    let command = Box::new(Command::Note { text });
    let ask = Ask::Command { by: hook.actor(), command };
    // Without the record it is refused all the same, and the log has it.
    if !matches!(timeout(PATIENCE, desk.ask(ask)).await, Ok(Ok(_))) {
        tracing::warn!(hook = %hook.name, code = %problem.code, "a refused signal is not in the record");
    }
    problem
}

/// From where it really comes: a proxy of this machine says for whom it asks, last in its list.
fn from(peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    if !peer.to_canonical().is_loopback() {
        return peer;
    }
    let last = headers.get_all("x-forwarded-for").iter().next_back();
    let last = last.and_then(|line| line.to_str().ok());
    let last = last.and_then(|line| line.rsplit(',').next());
    match last {
        None => peer,
        // Something is in front of us, and says nothing that can be read: it is not this machine.
        Some(text) => text.trim().parse().unwrap_or(IpAddr::from([0, 0, 0, 0])),
    }
}

async fn text_of(headers: &HeaderMap, body: axum::body::Body) -> Result<String, Problem> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        let hint = "send it as it is";
        let kind = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Problem::new(kind, "NOT_JSON", "a signal is not compressed", hint)
            .on("Content-Encoding"));
    }
    const { assert!(MOST_ALERT <= MOST_BYTES) };
    let bytes = to_bytes(body, MOST_ALERT).await.map_err(|_| {
        let detail = format!("a signal has at most {MOST_ALERT} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "TOO_LONG", detail, "say less")
    })?;
    String::from_utf8(bytes.into())
        .map_err(|_| odd_problem(Odd { field: "", why: "it is no UTF-8".into() }))
}

fn read(terms: &Terms, headers: &HeaderMap, by_get: bool, text: &str) -> Result<Signal, Odd> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    let is_form = by_get || kind.to_ascii_lowercase().starts_with("application/x-www-form");
    match terms.source {
        Source::Chartink => bodies::scan(text, terms),
        Source::Tradingview | Source::Amibroker if is_form => bodies::form(text, terms),
        Source::Tradingview | Source::Amibroker => bodies::message(text, terms),
    }
}

fn odd_problem(odd: Odd) -> Problem {
    let hint = "docs/webhooks.md shows what each source sends";
    let detail = format!("this is no signal: {}", odd.why);
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "BAD_SIGNAL", detail, hint).on(odd.field)
}

/// As anything that is not there: who guesses learns nothing.
fn nowhere() -> Problem {
    let hint = "/api/v1/openapi.json describes all that there is";
    Problem::new(StatusCode::NOT_FOUND, "NO_ROUTE", "there is nothing at this address", hint)
}

/// A hook as it is shown: without its address.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Shown {
    name: String,
    by: String,
    made_ns: i64,
    /// How its address begins.
    begins: String,
    terms: Terms,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AllHooks {
    hooks: Vec<Shown>,
}

/// A hook to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Making {
    /// How it stands in the record.
    name: String,
    terms: Terms,
}

/// Nothing has to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoTerms {}

/// A hook's address, this once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Made {
    name: String,
    /// What follows the name of this service.
    path: String,
}

/// All hooks, without their addresses.
#[utoipa::path(get, path = "/api/v1/hooks", responses((status = 200, body = AllHooks)))]
pub(super) async fn hooks(State(desk): State<Shared>) -> Json<AllHooks> {
    let hooks = desk.hooks.now(|hooks| hooks.iter().map(shown).collect());
    Json(AllHooks { hooks })
}

fn shown(hook: &Hook) -> Shown {
    let Hook { name, by, made, begins, terms, .. } = hook.clone();
    Shown { name, by, made_ns: made, begins, terms }
}

/// Make a hook; its address is told now and never again.
#[utoipa::path(
    post,
    path = "/api/v1/hooks",
    request_body = Making,
    responses((status = 200, body = Made))
)]
pub(super) async fn make(
    State(desk): State<Shared>,
    Extension(caller): Extension<Caller>,
    Sent(Making { name, terms }): Sent<Making>,
) -> Result<Response, Problem> {
    let by = caller.by();
    let made = Hooks::add(&desk.state, (&name, &by), terms, wall()).map_err(refused)?;
    noted(&desk, &caller, format!("the hook {name} was made")).await?;
    Ok(once_only(Made { name, path: made }))
}

/// Another address for a hook; the old one is nothing any more.
#[utoipa::path(
    post,
    path = "/api/v1/hooks/{name}/rotate",
    params(("name" = String, Path)),
    request_body = NoTerms,
    responses((status = 200, body = Made))
)]
pub(super) async fn rotate(
    State(desk): State<Shared>,
    Path(name): Path<String>,
    Extension(caller): Extension<Caller>,
    Sent(NoTerms {}): Sent<NoTerms>,
) -> Result<Response, Problem> {
    let path = Hooks::rotate(&desk.state, &name, wall()).map_err(refused)?;
    noted(&desk, &caller, format!("the hook {name} has another address")).await?;
    Ok(once_only(Made { name, path }))
}

/// An address is in no file.
fn once_only(made: Made) -> Response {
    let mut response = Json(made).into_response();
    response.extensions_mut().insert(ShownOnce);
    response
}

/// Refuse whoever uses a hook from now on.
#[utoipa::path(
    post,
    path = "/api/v1/hooks/{name}/remove",
    params(("name" = String, Path)),
    request_body = NoTerms,
    responses((status = 200, body = Done))
)]
pub(super) async fn remove(
    State(desk): State<Shared>,
    Path(name): Path<String>,
    Extension(caller): Extension<Caller>,
    Sent(NoTerms {}): Sent<NoTerms>,
) -> Answered {
    Hooks::remove(&desk.state, &name).map_err(refused)?;
    noted(&desk, &caller, format!("the hook {name} was removed")).await
}

async fn noted(desk: &Desk, caller: &Caller, text: String) -> Answered {
    super::act::order(desk, caller, Command::Note { text }).await
}

fn refused(failure: Failure) -> Problem {
    let Failure { code, message, hint, field, .. } = failure;
    match code {
        Code::Usage => Problem::hinted(bad_field(field, &message), hint),
        Code::NotFound => Problem::not_found(message).on("name"),
        Code::Refused => {
            Problem::new(StatusCode::CONFLICT, "DUPLICATE_NAME", message, hint).on("name")
        }
        _ => Problem::ours(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_of_this_machine_says_for_whom_it_asks_and_nobody_else_does() {
        let mut headers = HeaderMap::new();
        let (here, there): (IpAddr, IpAddr) =
            ("127.0.0.1".parse().unwrap(), "192.0.2.7".parse().unwrap());
        assert_eq!((from(here, &headers), from(there, &headers)), (here, there));
        headers.insert("x-forwarded-for", "127.0.0.1, 52.89.214.238".parse().unwrap());
        assert_eq!(from(here, &headers).to_string(), "52.89.214.238");
        assert_eq!(from(there, &headers), there, "somebody else says what he likes");
        headers.insert("x-forwarded-for", "unknown".parse().unwrap());
        assert!(!from(here, &headers).is_loopback());
    }
}
