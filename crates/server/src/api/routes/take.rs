//! What is taken out of an address: ids, and what follows the question mark.

use crate::api::body::bad_field;
use crate::api::problem::Problem;
use crate::api::stream::topics::{FASTEST, Topics, pace};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use highmark_engine::{SECOND, Timestamp};
use highmark_play::clock;
use highmark_play::scenario::{clock_text, day_text};
use std::str::FromStr;

/// The id in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(pub u32);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Id, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        let digits = text.ok().filter(|Path(text)| text.bytes().all(|byte| byte.is_ascii_digit()));
        let id = digits.and_then(|Path(text)| text.parse().ok());
        id.map(Id).ok_or_else(|| Problem::not_found("there is nothing with this id").on("id"))
    }
}

/// The tag of `If-Match`: what was looked at, and must still stand. `*` asks for nothing that the id does not.
pub(super) fn given(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(tag) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let tag = tag.to_str().unwrap_or("").trim();
    if tag == "*" {
        return Ok(None);
    }
    let inner = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    let inner = inner.filter(|tag| !tag.is_empty() && !tag.contains(['"', ',']));
    let inner = inner.ok_or_else(|| bad_field("If-Match", "send one tag as `ETag` gave it"));
    inner.map(|tag| Some(tag.to_owned()))
}

/// Which trades, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// Closed ones too.
    pub all: bool,
    /// Those after this id.
    pub after: Option<u32>,
    pub limit: u32,
}

/// Trades of a page, and the most that may be asked for.
const USUAL: u32 = 100;
const MOST: u32 = 500;

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Page, Problem> {
        read(parts.uri.query().unwrap_or(""))
    }
}

/// What follows the question mark, each name once.
fn pairs(query: &str) -> Result<Vec<(&str, &str)>, Problem> {
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if pairs.iter().any(|(seen, _)| *seen == name) {
            return Err(bad_field(name, "it stands twice"));
        }
        pairs.push((name, value));
    }
    Ok(pairs)
}

/// What follows the question mark, decoded, each name once and none but these.
pub(super) fn query(raw: Option<&str>, known: &[&str]) -> Result<Vec<(String, String)>, Problem> {
    let uri = format!("/?{}", raw.unwrap_or(""));
    let uri: Uri = uri.parse().map_err(|_| bad_field("", "what follows the ? cannot be read"))?;
    let found = Query::<Vec<(String, String)>>::try_from_uri(&uri);
    let Query(found) = found.map_err(|_| bad_field("", "what follows the ? cannot be read"))?;
    for (at, (name, _)) in found.iter().enumerate() {
        if !known.contains(&&**name) {
            return Err(unknown(name));
        }
        if found[..at].iter().any(|(seen, _)| seen == name) {
            return Err(bad_field(name.as_str(), "it stands twice"));
        }
    }
    Ok(found)
}

/// A time of day, or a whole date and time; the end of that minute or second.
pub(super) fn moment(text: &str, now: Timestamp) -> Result<Timestamp, Problem> {
    let wrong = || bad_field("at", "write 13:42, 13:42:10 or 2026-11-20T13:42:10+05:30");
    let (day, time) = match text.split_once('T') {
        Some((day, time)) => (day_text(day).ok_or_else(wrong)?, time),
        None => (clock::day_of(now), text),
    };
    // In an address `+` may stand for a blank.
    let time = time.trim_end_matches("+05:30").trim_end_matches(" 05:30");
    let start = clock::instant(day, clock_text(time).ok_or_else(wrong)?);
    let stretch = if time.len() > 5 { SECOND } else { 60 * SECOND };
    Ok(Timestamp(start.0 + stretch - 1))
}

/// The number of a turn in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn(pub u64);

impl<S: Send + Sync> FromRequestParts<S> for Turn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Turn, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        let digits = text.ok().filter(|Path(text)| text.bytes().all(|byte| byte.is_ascii_digit()));
        let turn = digits.and_then(|Path(text)| text.parse().ok());
        turn.map(Turn).ok_or_else(|| Problem::not_found("there is no such turn").on("seq"))
    }
}

fn unknown(name: &str) -> Problem {
    bad_field(name, "there is no such parameter")
}

fn read(query: &str) -> Result<Page, Problem> {
    let mut page = Page { all: false, after: None, limit: USUAL };
    for (name, value) in pairs(query)? {
        match name {
            "all" => {
                page.all = value.parse().map_err(|_| bad_field("all", "write true or false"))?;
            }
            "after" => page.after = Some(number("after", value)?),
            "limit" => page.limit = limit(value)?,
            _ => return Err(unknown(name)),
        }
    }
    Ok(page)
}

fn limit(value: &str) -> Result<u32, Problem> {
    let limit = number("limit", value)?;
    match (1..=MOST).contains(&limit) {
        true => Ok(limit),
        false => Err(bad_field("limit", &format!("a page has 1 to {MOST}"))),
    }
}

/// Where to go on with what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Since {
    pub after: Option<u64>,
    pub limit: u32,
}

impl<S: Send + Sync> FromRequestParts<S> for Since {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Since, Problem> {
        let mut since = Since { after: None, limit: USUAL };
        for (name, value) in pairs(parts.uri.query().unwrap_or(""))? {
            match name {
                "after" => since.after = Some(number("after", value)?),
                "limit" => since.limit = limit(value)?,
                _ => return Err(unknown(name)),
            }
        }
        Ok(since)
    }
}

impl Since {
    /// What a client of server-sent events heard last, which its header tells when it comes back.
    pub(super) fn last(self, headers: &HeaderMap) -> Result<Option<u64>, Problem> {
        let Some(last) = headers.get("last-event-id") else { return Ok(self.after) };
        number("Last-Event-ID", last.to_str().unwrap_or("?")).map(Some)
    }
}

/// How to watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Watching {
    pub topics: Topics,
    pub hz: u32,
    pub since: Option<u64>,
}

impl<S: Send + Sync> FromRequestParts<S> for Watching {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Watching, Problem> {
        let mut watching = Watching { topics: Topics::all(), hz: FASTEST, since: None };
        for (name, value) in pairs(parts.uri.query().unwrap_or(""))? {
            match name {
                "sub" => watching.topics = Topics::read(value.split(','))?,
                "hz" => watching.hz = pace(number("hz", value)?)?,
                "since" => watching.since = Some(number("since", value)?),
                _ => return Err(unknown(name)),
            }
        }
        Ok(watching)
    }
}

fn number<N: FromStr>(field: &str, value: &str) -> Result<N, Problem> {
    let digits = Some(value).filter(|value| value.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.and_then(|value| value.parse().ok());
    number.ok_or_else(|| bad_field(field, "write a whole number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_exactly_or_not_at_all() {
        let page = |query| read(query).ok();
        assert_eq!(page(""), Some(Page { all: false, after: None, limit: 100 }));
        let third = Page { all: true, after: Some(7), limit: 3 };
        assert_eq!(page("all=true&after=7&limit=3"), Some(third));
        for wrong in ["limit=0", "limit=501", "limit=1000000000", "after=-1", "after=+1", "all=yes"]
        {
            assert_eq!(page(wrong), None, "{wrong}");
        }
        for wrong in ["all=true&all=true", "key=hmk_1", "limit", "after=%31"] {
            assert_eq!(page(wrong), None, "{wrong}");
        }
    }
}
