//! Logging in and out.

use crate::api::body::{Json, Sent};
use crate::api::callers::{Caller, Callers, Who};
use crate::api::desk::{Desk, Shared};
use crate::api::people::{Password, Person};
use crate::api::problem::Problem;
use crate::api::rate::{Class, too_often};
use crate::api::sessions::LONGEST;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::time::Instant;
use utoipa::ToSchema;

/// Who logs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    name: String,
    password: String,
    /// Of the second factor, by those who have enrolled.
    code: Option<String>,
}

/// A link that the service has made for whoever owns its machine.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Opening {
    /// What stands in the link after `#open=`.
    token: String,
}

/// Whoever asks.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Me {
    /// As the record names them.
    by: String,
    role: String,
    /// The accounts that they are bound to; the whole book, when empty.
    accounts: Vec<String>,
}

/// Log in: the answer sets a cookie that no script can read.
#[utoipa::path(
    post,
    path = "/api/v1/login",
    request_body = Login,
    responses((status = 200, body = Me))
)]
pub(super) async fn login(
    State(desk): State<Shared>,
    Sent(login): Sent<Login>,
) -> Result<Response, Problem> {
    let person = prove(&desk, login).await?;
    begin(&desk, Who::Person(person))
}

/// Follow a link that the service made for its owner: the answer sets a cookie, and the link opens nothing more.
#[utoipa::path(
    post,
    path = "/api/v1/open",
    request_body = Opening,
    responses((status = 200, body = Me))
)]
pub(super) async fn open(
    State(desk): State<Shared>,
    Sent(opening): Sent<Opening>,
) -> Result<Response, Problem> {
    desk.rates.take("open", Class::Logins, Instant::now()).map_err(too_often)?;
    if !desk.ways.openings.take(&opening.token, Instant::now()) {
        let hint = "`highmark dashboard` makes a new one";
        let detail = "the link was followed already, or is older than an hour";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "BAD_LINK", detail, hint).on("token"));
    }
    begin(&desk, Who::Owner)
}

fn begin(desk: &Desk, who: Who) -> Result<Response, Problem> {
    let (by, role) = (who.by(), who.role().name().to_owned());
    let me = Me { by, role, accounts: who.accounts().to_vec() };
    let session = desk.callers.sessions.begin(who, Instant::now()).map_err(Problem::ours)?;
    Ok((set(&desk.callers, &session, LONGEST.as_secs())?, Json(me)).into_response())
}

/// Log out.
#[utoipa::path(post, path = "/api/v1/logout", responses((status = 204)))]
pub(super) async fn logout(
    State(desk): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(session) = desk.callers.session(&headers) {
        desk.callers.sessions.end(session);
    }
    Ok((StatusCode::NO_CONTENT, set(&desk.callers, "", 0)?).into_response())
}

/// Who asks, and what they may do.
#[utoipa::path(get, path = "/api/v1/me", responses((status = 200, body = Me)))]
pub(super) async fn me(Extension(caller): Extension<Caller>) -> Json<Me> {
    let accounts = caller.bound().map_or_else(Vec::new, |names| names.to_vec());
    Json(Me { by: caller.by(), role: caller.role().name().to_owned(), accounts })
}

/// Whose name and password these are. It takes as long when there is nobody of that name.
async fn prove(desk: &Desk, login: Login) -> Result<Person, Problem> {
    let name: String = login.name.chars().take(64).collect();
    // Whoever guesses at one name, or at many.
    for name in [format!("login {name}"), "login".to_owned()] {
        let class = if name == "login" { Class::Logins } else { Class::Login };
        desk.rates.take(&name, class, Instant::now()).map_err(too_often)?;
    }
    let people = desk.callers.second.people();
    let found = people.now(|people| people.named(&login.name).cloned());
    let kept = found.as_ref().map_or_else(Password::of_nobody, |person| person.password().clone());
    let permit = desk.hashing.acquire().await.map_err(Problem::ours)?;
    let is_right = tokio::task::spawn_blocking(move || kept.is(&login.password)).await;
    drop(permit);
    let person = found.filter(|_| is_right.unwrap_or(false)).ok_or_else(wrong)?;
    if person.has_second_factor() {
        let enrolled = std::slice::from_ref(&person);
        desk.callers.second.check(enrolled, login.code.as_deref())?;
    }
    Ok(person)
}

fn wrong() -> Problem {
    let hint = "look at name and password; `highmark user list` names who there is";
    let detail = "nobody has this name and this password";
    Problem::new(StatusCode::UNAUTHORIZED, "BAD_LOGIN", detail, hint)
}

/// Only for this service, only over HTTP, only from its own pages, and under TLS only by TLS.
fn set(
    callers: &Callers,
    session: &str,
    seconds: u64,
) -> Result<[(header::HeaderName, HeaderValue); 1], Problem> {
    let (name, secure) = (callers.cookie, if callers.is_secret() { "; Secure" } else { "" });
    let text =
        format!("{name}={session}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    Ok([(header::SET_COOKIE, HeaderValue::from_str(&text).map_err(Problem::ours)?)])
}
