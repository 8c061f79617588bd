//! What was asked once is done once: answers are kept under the name of whoever asked and the key that they sent, so
//! that a request that is sent again gets the answer of the first and has no effect.

use super::answers::Answers;
use super::problem::{NotBegun, Problem};
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
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

/// The answers that were given.
#[derive(Debug, Default)]
pub(super) struct Once {
    kept: Mutex<Kept>,
    /// Where they are kept over a restart.
    answers: Option<Answers>,
}

/// Marks an answer that is shown once and kept nowhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShownOnce;

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
    /// It was begun before the last restart, and nobody knows if it was done.
    is_cut_off: bool,
}

/// An answer as it was given.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    shown_once: bool,
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
    let is_plain = |key: &&str| key.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let size = 1..=LONGEST;
    let plain = given.to_str().ok().filter(|key| size.contains(&key.len())).filter(is_plain);
    plain.map(str::to_owned).ok_or_else(|| {
        let detail = format!("a key has 1 to {LONGEST} plain characters");
        let hint = "a random UUID is a good one";
        Problem::new(StatusCode::BAD_REQUEST, "IDEMPOTENCY_KEY_BAD", detail, hint)
            .on("Idempotency-Key")
    })
}

impl Once {
    /// With the answers that were given before the last restart.
    pub(super) fn over_restarts(path: PathBuf) -> Once {
        let (answers, known) = Answers::open(path, MOST);
        let mut kept = Kept::default();
        for known in known {
            let Some(hash) = known.hash() else { continue };
            let answer = watch::channel(Some(known.answer())).1;
            let is_cut_off = known.is_cut_off();
            kept.asked.insert(known.name(), Entry { hash, answer, is_cut_off });
            kept.order.push_back(known.name());
        }
        Once { kept: Mutex::new(kept), answers: Some(answers) }
    }

    /// The names of all requests that are known.
    pub(super) fn names(&self) -> Vec<Name> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.order.iter().cloned().collect()
    }

    /// The names of those that were cut off.
    pub(super) fn cut_off(&self) -> Vec<Name> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_cut_off = |name: &&Name| kept.asked.get(*name).is_some_and(|one| one.is_cut_off);
        kept.order.iter().filter(is_cut_off).cloned().collect()
    }

    /// When it was cut off, it may be done after all: by its nature it does no harm a second time.
    pub(super) fn take_up(&self, name: &Name) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.asked.get(name).is_some_and(|entry| entry.is_cut_off) {
            kept.asked.remove(name);
            kept.order.retain(|one| one != name);
        }
    }

    /// It is about to begin; `waits` for the disk when it must be known after a loss of power too.
    pub(super) async fn begin(&self, name: &Name, hash: blake3::Hash, waits: bool) {
        if let Some(answers) = &self.answers {
            answers.begin(name, hash, waits).await;
        }
    }

    /// It was done, and answered so.
    pub(super) fn end(&self, name: &Name, hash: blake3::Hash, answer: &Answer) {
        if let Some(answers) = &self.answers {
            answers.end(name, hash, answer);
        }
    }

    /// Whether it was asked before; another request under the same key is refused.
    pub(super) fn turn(&self, name: Name, hash: blake3::Hash) -> Result<Turn, Problem> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
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
        if kept.order.len() >= MOST {
            kept.forget_oldest();
        }
        let (tell, answer) = watch::channel(None);
        let entry = Entry { hash, answer: answer.clone(), is_cut_off: false };
        kept.asked.insert(name.clone(), entry);
        kept.order.push_back(name);
        Ok(Turn::First(tell, answer))
    }

    /// The request was never begun, and may be asked again under its key.
    pub(super) fn forget(&self, name: &Name, hash: blake3::Hash) {
        if let Some(answers) = &self.answers {
            answers.forget(name, hash);
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.asked.remove(name);
        kept.order.retain(|one| one != name);
    }
}

impl Kept {
    /// What is still being done stays: asked again it would be done again.
    fn forget_oldest(&mut self) {
        let is_over =
            |name: &Name| self.asked.get(name).is_none_or(|entry| entry.answer.borrow().is_some());
        let oldest = self.order.iter().position(is_over).unwrap_or_default();
        if let Some(oldest) = self.order.remove(oldest) {
            self.asked.remove(&oldest);
        }
    }
}

impl Answer {
    /// Takes an answer apart; also says whether what was asked had begun at all.
    pub(super) async fn of(response: Response) -> (Answer, bool) {
        let (parts, body) = response.into_parts();
        let begun = parts.extensions.get::<NotBegun>().is_none();
        let shown_once = parts.extensions.get::<ShownOnce>().is_some();
        let body = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
        (Answer { status: parts.status, headers: parts.headers, body, shown_once }, begun)
    }

    /// One that was kept.
    pub(super) fn kept(status: u16, kind: &str, body: Bytes) -> Answer {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        let mut headers = HeaderMap::new();
        if let Ok(kind) = HeaderValue::from_str(kind) {
            headers.insert(header::CONTENT_TYPE, kind);
        }
        Answer { status, headers, body, shown_once: false }
    }

    /// Status, kind and text, of what may be kept.
    pub(super) fn text(&self) -> Option<(u16, &str, &str)> {
        let kind = self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let body = std::str::from_utf8(&self.body).ok().filter(|_| !self.shown_once)?;
        Some((self.status.as_u16(), kind.unwrap_or(""), body))
    }

    pub(super) fn response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(once: &Once, key: usize) -> Option<watch::Sender<Option<Answer>>> {
        let name = ("api:desk".to_owned(), key.to_string());
        match once.turn(name, blake3::hash(b"POST /api/v1/trades")).ok()? {
            Turn::First(tell, _) => Some(tell),
            Turn::Again(_) => None,
        }
    }

    /// It was forgotten like any other, and asked again it was done again.
    #[test]
    fn what_is_still_being_done_is_not_forgotten_for_others() {
        let once = Once::default();
        let slow = asked(&once, 0).unwrap();
        let done = || Some(Answer::kept(200, "application/json", Bytes::new()));
        for key in 1..MOST + 10 {
            asked(&once, key).unwrap().send(done()).unwrap();
        }
        assert!(asked(&once, 0).is_none());
        assert!(asked(&once, 1).is_some(), "the oldest that was answered went");
        slow.send(done()).unwrap();
        assert_eq!(once.names().len(), MOST);
    }
}
