//! Bodies: JSON of a limited size and depth, without a field that nobody knows; what is wrong is named.

use super::problem::Problem;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
use std::fmt::Display;
use std::str::FromStr;

/// The largest body that is read.
pub(super) const MOST_BYTES: usize = 64 << 10;
/// Lists and objects within each other.
const DEEPEST: usize = 32;

/// What is answered.
#[derive(Debug)]
pub(super) struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(text) => {
                let json = HeaderValue::from_static("application/json");
                ([(header::CONTENT_TYPE, json)], text).into_response()
            }
            Err(error) => Problem::ours(error).into_response(),
        }
    }
}

/// What was sent, as its route expects it.
#[derive(Debug)]
pub(super) struct Sent<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Sent<T>, Problem> {
        // What cannot be read was never begun: once it is put right it may come under the same key.
        let parsed = parse(&whole(request.into_body()).await?);
        parsed.map(Sent).map_err(Problem::not_begun)
    }
}

/// All of a body, if it is not too long.
pub(super) async fn whole(body: Body) -> Result<Bytes, Problem> {
    to_bytes(body, MOST_BYTES).await.map_err(|error| {
        let is_long = std::error::Error::source(&error)
            .is_some_and(|source| source.to_string().contains("length limit"));
        if is_long {
            let detail = format!("a body has at most {MOST_BYTES} bytes");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "TOO_LONG", detail, "send less at once")
        } else {
            Problem::new(StatusCode::BAD_REQUEST, "BAD_BODY", error.to_string(), "send it again")
        }
    })
}

/// A body that claims to be plain JSON, and not too long.
pub(super) fn check_headers(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    let (kind, rest) = kind.split_once(';').unwrap_or((kind, ""));
    let rest = rest.trim().to_ascii_lowercase();
    let is_json = kind.trim().eq_ignore_ascii_case("application/json")
        && ["", "charset=utf-8"].contains(&rest.as_str());
    if !is_json || headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "NOT_JSON",
            "a body is JSON in UTF-8, and not compressed",
            "send it with `Content-Type: application/json`",
        )
        .on("Content-Type"));
    }
    Ok(())
}

pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        bad_json(format!("the body is not UTF-8 at byte {at}"))
    })?;
    if let Some(at) = too_deep(text) {
        return Err(bad_json(format!("more than {DEEPEST} lists and objects deep at byte {at}")));
    }
    // First the form of all of it, so that what is no JSON is never told as a wrong field.
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| bad_json(error.to_string()))?;
    // Fields are known by their names and never by their places.
    if !text.trim_start().starts_with('{') {
        return Err(bad_field("", "a body is an object"));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let message = error.into_inner().to_string();
        let place = message.rfind(" at line ").unwrap_or(message.len());
        bad_field(field(&path, &message), &without_value(&message[..place]))
    })
}

/// What is wrong, without what was sent: that may be a secret in the wrong place.
fn without_value(message: &str) -> String {
    let told = ["invalid type: ", "invalid value: "].iter().find_map(|start| {
        let (sent, wanted) = message.strip_prefix(start)?.rsplit_once(", expected ")?;
        let kind = sent.split(['"', '`']).next()?.trim_end();
        Some(format!("{start}{kind}, expected {wanted}"))
    });
    told.unwrap_or_else(|| message.to_owned())
}

/// The byte at which it becomes too deep. Brackets in texts do not count.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match (in_text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_text = !in_text,
            (false, b'[' | b'{') => depth += 1,
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Some(at);
        }
    }
    None
}

/// A number as text in digits: no exponent, no digits of another script, and no JSON number, which may be a float.
pub(super) fn plain<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(
    from: D,
) -> Result<T, D::Error> {
    digits(&String::deserialize(from)?)
}

/// As [`plain`], where it may be absent.
pub(super) fn plain_if<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    Option::<String>::deserialize(from)?.map(|text| digits(&text)).transpose()
}

/// Bytes of a reason, and of a name.
const LONGEST_REASON: usize = 1_000;
const LONGEST_NAME: usize = 256;

/// Why, in a person's words: something, on one line, without what cannot be seen.
pub(super) fn reason<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = line(&String::deserialize(from)?, LONGEST_REASON)?;
    if text.is_empty() {
        return Err(serde::de::Error::custom("say why"));
    }
    Ok(text)
}

/// As [`reason`], of what must not fail for want of a better one: it is put right.
pub(super) fn reason_at_all<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?.replace(char::is_control, " ");
    let mut text = text.trim().to_owned();
    while text.len() > LONGEST_REASON {
        text.pop();
    }
    Ok(text)
}

/// A name that somebody gives; it may be empty.
pub(super) fn name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    line(&String::deserialize(from)?, LONGEST_NAME)
}

/// As [`name`], where it may be absent.
pub(super) fn name_if<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(from)?.map(|text| line(&text, LONGEST_NAME)).transpose()
}

fn line<E: serde::de::Error>(text: &str, longest: usize) -> Result<String, E> {
    let text = text.trim();
    if text.len() > longest {
        return Err(E::custom(format!("it has at most {longest} bytes")));
    }
    if text.chars().any(char::is_control) {
        return Err(E::custom("write it on one line, without control characters"));
    }
    Ok(text.to_owned())
}

fn digits<T: FromStr<Err: Display>, E: serde::de::Error>(text: &str) -> Result<T, E> {
    if !text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte)) {
        return Err(E::custom("write the number in digits"));
    }
    text.parse().map_err(E::custom)
}

/// The path of what is wrong; a field that is missing or unknown is named in the message only.
fn field(path: &str, message: &str) -> String {
    let path = if path == "." { "" } else { path };
    let named = ["missing field `", "unknown field `", "duplicate field `"];
    let name = named.iter().find_map(|start| message.strip_prefix(start)?.split('`').next());
    match (path, name) {
        (path, None) => path.to_owned(),
        ("", Some(name)) => name.to_owned(),
        (path, Some(name)) if path == name || path.ends_with(&format!(".{name}")) => {
            path.to_owned()
        }
        (path, Some(name)) => format!("{path}.{name}"),
    }
}

fn bad_json(detail: String) -> Problem {
    let hint = "send one JSON object";
    Problem::new(StatusCode::BAD_REQUEST, "BAD_JSON", detail, hint)
}

pub(super) fn bad_field(field: impl Into<String>, detail: &str) -> Problem {
    let hint = "see /api/v1/openapi.json for what the route takes";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "BAD_FIELD", detail, hint).on(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_the_wrong_field_is_not_told_again() {
        #[derive(Debug, Deserialize)]
        struct Sent {
            #[expect(dead_code, reason = "it is never read whole")]
            code: u32,
        }
        let sent = |text: &str| {
            let problem = parse::<Sent>(text.as_bytes()).unwrap_err();
            serde_json::to_value(problem).unwrap()["detail"].as_str().unwrap().to_owned()
        };
        assert_eq!(sent(r#"{"code":"canary"}"#), "invalid type: string, expected u32");
        let odd = r#"{"code":"a\" at line 1, expected canary"}"#;
        assert_eq!(sent(odd), "invalid type: string, expected u32");
        assert_eq!(sent(r#"{"code":-7123}"#), "invalid value: integer, expected u32");
        assert_eq!(sent(r#"{"code":[7123]}"#), "invalid type: sequence, expected u32");
    }
}
