//! The past, read for one answer: on a thread of its own that steps back for the others, as long as somebody waits.

use super::desk::Desk;
use super::problem::Problem;
use crate::behind::behind;
use crate::past::patience::Patience;
use crate::past::record::{self, Record};
use crate::socket::protocol;
use axum::http::StatusCode;
use highmark_play::failure::{Code, Failure};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Those who read at once.
pub(super) const MOST_READERS: usize = 2;
/// The longest that is read for one answer, and that is waited for a place to read.
const READS: Duration = Duration::from_secs(8);
const WAITS: Duration = Duration::from_secs(1);

impl Desk {
    /// Reads the journal; what is asked ends with whoever asks.
    pub(super) async fn past<T: Send + 'static>(
        &self,
        read: impl FnOnce(Record) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Problem> {
        let place = timeout(WAITS, Arc::clone(&self.reading).acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            let hint = "try again in a moment";
            return Err(protocol::Problem::new("BUSY", "others read the past", hint).into());
        };
        let patience = Arc::new(Patience::of(READS));
        let _asked = Asked(Arc::clone(&patience));
        let (to, answer) = oneshot::channel();
        let journal = self.streams.journal.clone();
        behind("past", move || {
            let record = record::open(&journal);
            let _ = to.send(record.and_then(|record| read(record.as_long_as(&patience))));
            drop(place);
        })
        .map_err(Problem::ours)?;
        let answer = answer.await.map_err(Problem::ours)?;
        answer.map_err(told)
    }
}

/// Somebody waits, until it is dropped.
struct Asked(Arc<Patience>);

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

/// What went wrong, with the status that fits it.
pub(super) fn told(failure: Failure) -> Problem {
    let (status, code) = match failure.code {
        Code::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
        Code::Usage | Code::Scenario => (StatusCode::UNPROCESSABLE_ENTITY, "BAD_FIELD"),
        Code::Refused => (StatusCode::CONFLICT, "REFUSED"),
        Code::Interrupted => (StatusCode::SERVICE_UNAVAILABLE, "TOO_MUCH"),
        Code::Failure
        | Code::Configuration
        | Code::Unreachable
        | Code::Partial
        | Code::Market
        | Code::Breached
        | Code::Near => return Problem::ours(failure.message),
    };
    let problem = Problem::new(status, code, failure.message, failure.hint);
    // Nothing is done by reading: it may be asked again.
    if code == "TOO_MUCH" { problem.not_begun() } else { problem }
}
