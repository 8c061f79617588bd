//! What was asked once is done once: answers are kept under the name of whoever asked and the key that they sent, so
//! that a request that is sent again gets the answer of the first and has no effect.

use super::problem::{NotBegun, Problem};
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

/// The header that names a request.
pub(super) const HEADER: &str = "idempotency-key";
/// Answers that are kept; the oldest go first.
const MOST: usize = 4_096;
/// The longest key.
pub(super) const LONGEST: usize = 128;
/// Answers are short: what was done, in a few sentences.
const MOST_BYTES: usize = 1 << 20;

/// Who asked, and the key that they sent.
pub(super) type Name = (String, String);

/// The answers of this service since it started.
#[derive(Debug, Default)]
pub(super) struct Once(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    asked: HashMap<Name, Entry>,
    order: VecDeque<Name>,
}

#[derive(Debug)]
struct Entry {
    /// Of route and body.
    hash: blake3::Hash,
    answer: watch::Receiver<Option<Answer>>,
}

/// An answer as it was given.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// What to do with a request.
pub(super) enum Turn {
    /// It is the first: do it, and tell the answer here.
    First(watch::Sender<Option<Answer>>, watch::Receiver<Option<Answer>>),
    /// It is being done, or was: this is its answer.
    Again(watch::Receiver<Option<Answer>>),
}

/// The key of a request, which has to have one.
pub(super) fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let Some(given) = headers.get(HEADER) else {
        return Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "IDEMPOTENCY_KEY_MISSING",
            "whatever changes something names its request, so that it is done once",
            "send `Idempotency-Key:` with a text that you use for this request and for its repetitions only",
        )
        .on("Idempotency-Key"));
    };
    let plain = given.to_str().ok().filter(|key| !key.is_empty() && key.len() <= LONGEST);
    plain.map(str::to_owned).ok_or_else(|| {
        let detail = format!("a key has 1 to {LONGEST} plain characters");
        let hint = "a random UUID is a good one";
        Problem::new(StatusCode::BAD_REQUEST, "IDEMPOTENCY_KEY_BAD", detail, hint)
            .on("Idempotency-Key")
    })
}

impl Once {
    /// Whether it was asked before; another request under the same key is refused.
    pub(super) fn turn(&self, name: Name, hash: blake3::Hash) -> Result<Turn, Problem> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = kept.asked.get(&name) {
            return match entry.hash == hash {
                true => Ok(Turn::Again(entry.answer.clone())),
                false => Err(Problem::new(
                    StatusCode::CONFLICT,
                    "IDEMPOTENCY_MISMATCH",
                    "another request was sent with this key",
                    "use a new key for a new request",
                )
                .on("Idempotency-Key")),
            };
        }
        while kept.order.len() >= MOST {
            let Some(oldest) = kept.order.pop_front() else { break };
            kept.asked.remove(&oldest);
        }
        let (tell, answer) = watch::channel(None);
        kept.asked.insert(name.clone(), Entry { hash, answer: answer.clone() });
        kept.order.push_back(name);
        Ok(Turn::First(tell, answer))
    }

    /// The request was never begun, and may be asked again under its key.
    pub(super) fn forget(&self, name: &Name) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.asked.remove(name);
        kept.order.retain(|one| one != name);
    }
}

impl Answer {
    /// Takes an answer apart; also says whether what was asked had begun at all.
    pub(super) async fn of(response: Response) -> (Answer, bool) {
        let (parts, body) = response.into_parts();
        let begun = parts.extensions.get::<NotBegun>().is_none();
        let body = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
        (Answer { status: parts.status, headers: parts.headers, body }, begun)
    }

    pub(super) fn response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}
