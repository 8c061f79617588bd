//! What is answered instead of what was asked for: a problem document (RFC 9457) with a stable code, the field, and
//! what to do.

use crate::socket::protocol;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Problem {
    /// Always `about:blank`: the code says what it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    status: u16,
    /// Never re-meant: programs may rely on it.
    pub code: String,
    /// What happened, for a person.
    detail: String,
    /// What to do.
    hint: String,
    /// What of the request it is about; empty when it is about all of it.
    field: String,
    /// The number of the raise that was asked for instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    raise: Option<u32>,
    /// Nothing was done, nor will be: the same may be asked again.
    #[serde(skip)]
    not_begun: bool,
    /// In seconds: when to try again.
    #[serde(skip)]
    after: Option<u64>,
}

/// Marks an answer to something that was never begun: the same may be asked again.
#[derive(Clone, Copy, Debug)]
pub(super) struct NotBegun;

impl Problem {
    pub(super) fn new(
        status: StatusCode,
        code: &str,
        detail: impl Into<String>,
        hint: impl Into<String>,
    ) -> Problem {
        Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Refused"),
            status: status.as_u16(),
            code: code.to_owned(),
            detail: without_keys(&detail.into()),
            hint: hint.into(),
            field: String::new(),
            raise: None,
            not_begun: false,
            after: None,
        }
    }

    pub(super) fn on(self, field: impl Into<String>) -> Problem {
        Problem { field: field.into(), ..self }
    }

    pub(super) fn hinted(self, hint: String) -> Problem {
        Problem { hint, ..self }
    }

    /// It was only asked for, under this number.
    pub(super) fn raised(self, raise: u32) -> Problem {
        Problem { raise: Some(raise), ..self }
    }

    /// Nothing was done; try again after so many seconds.
    pub(super) fn after(self, seconds: u64) -> Problem {
        Problem { after: Some(seconds), not_begun: true, ..self }
    }

    pub(super) fn not_begun(self) -> Problem {
        Problem { not_begun: true, ..self }
    }

    /// In a sentence, for the record.
    pub(super) fn told(&self) -> String {
        let Problem { detail, field, .. } = self;
        if field.is_empty() { detail.clone() } else { format!("({field}) {detail}") }
    }

    pub(super) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(super) fn not_found(what: impl Into<String>) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", what, "look at what there is first")
    }

    /// Something that is ours, and should not be.
    pub(super) fn ours(detail: impl std::fmt::Display) -> Problem {
        let hint = "nothing was changed by looking; tell whoever keeps this service";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "FAILURE", detail.to_string(), hint)
    }
}

/// Letters of a key that are told; of what is shorter, all are.
const TOLD: usize = 8;

/// A text without keys: one that came in a wrong place is not told again. They all begin with `hm`, a letter and `_`.
fn without_keys(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    let mut left = text;
    while let Some(at) = left.find("hm") {
        let (before, rest) = left.split_at(at);
        told.push_str(before);
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        let is_key = word.len() > 2 * TOLD && word.as_bytes()[3] == b'_';
        told.push_str(if is_key { &word[..TOLD] } else { word });
        told.push_str(if is_key { "..." } else { "" });
        left = after;
    }
    told.push_str(left);
    told
}

/// What the engine and the service say, with the status that fits it.
impl From<protocol::Problem> for Problem {
    fn from(said: protocol::Problem) -> Problem {
        let status = match said.code.as_str() {
            "NOT_FOUND" => StatusCode::NOT_FOUND,
            "SECOND_FACTOR" => StatusCode::FORBIDDEN,
            "TOO_OFTEN" => StatusCode::TOO_MANY_REQUESTS,
            "CHANGED" => StatusCode::PRECONDITION_FAILED,
            "BAD_FIELD" | "BAD_QUANTITY" | "BAD_PRICE" => StatusCode::UNPROCESSABLE_ENTITY,
            "NOT_DURABLE" | "BUSY" | "STOPPING" => StatusCode::SERVICE_UNAVAILABLE,
            "FAILURE" => StatusCode::INTERNAL_SERVER_ERROR,
            "HOOK_FORBIDS" => StatusCode::FORBIDDEN,
            _ => StatusCode::CONFLICT,
        };
        let hint = match said.hint.is_empty() {
            true => "look at what there is, and how it stands, before you ask again".to_owned(),
            false => said.hint,
        };
        let problem = Problem::new(status, &said.code, said.message, hint).on(said.field);
        // The queue has not taken it.
        let not_begun = ["BUSY", "STOPPING"].contains(&said.code.as_str());
        Problem { not_begun, ..problem }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let text = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = self.status();
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        if self.status == StatusCode::UNAUTHORIZED.as_u16() {
            let bearer = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
        }
        if let Some(seconds) = self.after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.not_begun {
            response.extensions_mut().insert(NotBegun);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_a_wrong_place_is_not_told_again() {
        let key = format!("hmk_{}", "0a".repeat(32));
        let text = format!("nothing is called {key}, hm, or {key}/hmk_rupees");
        let told = "nothing is called hmk_0a0a..., hm, or hmk_0a0a.../hmk_rupees";
        assert_eq!(without_keys(&text), told);
        assert_eq!(without_keys("rhythm and ₹hm"), "rhythm and ₹hm");
    }
}
