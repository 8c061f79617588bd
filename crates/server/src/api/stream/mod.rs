//! Watching: a picture and what changes in it, and everything that happens, over a WebSocket or as server-sent events.
//!
//! The mirror makes one picture and one ring of news for all (`board`), the more seldom the more they are (`pace`). Each
//! client is a task that holds the picture that it was sent last and the turn up to which it has heard the news
//! (`follow`), and what it was not yet able to take (`line`), whose bytes are shared with all who are sent the same
//! (`frames`). Whoever reads slowly is sent fewer and larger deltas, and never misses news; whoever does not read is not
//! looked after until it is let go. What the ring no longer holds is read from the journal (`past`). No task of a client
//! runs on the thread that answers requests.

pub(in crate::api) mod board;
mod client;
mod follow;
mod frames;
mod line;
mod liveness;
pub(in crate::api) mod news;
pub(in crate::api) mod pace;
mod past;
mod patch;
mod picture;
mod sse;
pub(super) mod topics;

pub(super) use client::{Coming, serve};
pub(super) use sse::body;

use super::own::Placed;
use super::problem::Problem;
use crate::mirror::Inbox;
use crate::socket::protocol;
use axum::http::StatusCode;
use board::Board;
use follow::{Follower, Step};
use highmark_engine::State;
use news::News;
use past::Past;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot, watch};

/// WebSockets at once, where there are files for so many.
pub(super) const MOST_SOCKETS: usize = 1_024;
/// The longest message of a client.
pub(super) const MOST_MESSAGE: usize = 64 << 10;
/// Clients of server-sent events at once: each holds one of the connections for requests.
const MOST_SSE: usize = 64;

/// Waits until the service stops.
pub(super) async fn stopped(closed: &mut watch::Receiver<bool>) {
    let _ = closed.wait_for(|closed| *closed).await.map(drop);
}

/// What every client that watches works with.
#[derive(Clone)]
pub(super) struct Streams {
    pub board: Arc<Board>,
    pub inbox: Arc<Inbox>,
    pub journal: PathBuf,
    past: Arc<Past>,
    /// For those who are bound to accounts.
    pub placed: Arc<Mutex<Placed>>,
    pub closed: watch::Receiver<bool>,
    /// Where the tasks of clients run.
    pub runtime: Handle,
    pub sockets: Arc<Semaphore>,
    pub sse: Arc<Semaphore>,
}

impl Streams {
    pub(super) fn new(
        board: Arc<Board>,
        inbox: Arc<Inbox>,
        journal: PathBuf,
        closed: watch::Receiver<bool>,
        (runtime, sockets): (Handle, usize),
    ) -> Streams {
        Streams {
            board,
            inbox,
            past: Arc::new(Past::new(journal.clone())),
            journal,
            placed: Arc::default(),
            closed,
            runtime,
            sockets: Arc::new(Semaphore::new(sockets)),
            sse: Arc::new(Semaphore::new(MOST_SSE)),
        }
    }

    /// Looks at the state with all in it that is durable now. The engine that decides is not asked.
    pub(super) async fn see<T: Send + 'static>(
        &self,
        look: impl FnOnce(&State) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (to, seen) = oneshot::channel();
        let sight = Box::new(move |state: &State| {
            let _ = to.send(look(state));
        });
        self.inbox.see(sight).map_err(protocol::not_taken)?;
        seen.await.map_err(|_| protocol::stopping().into())
    }

    /// At most `limit` of the news after turn `after`, up to turn `until`, that are wanted.
    pub(super) async fn page(
        &self,
        after: u64,
        until: u64,
        (limit, wanted): (usize, fn(&News) -> bool),
    ) -> Result<Page, Problem> {
        // What is durable may still be on its way here; a page that left it out would never be asked for again.
        self.see(|_| ()).await?;
        let mut follower = Follower::new(self.clone(), after);
        let mut news = Vec::new();
        loop {
            match follower.step(until).await? {
                Step::UpToDate => return Ok(Page { news, next: until }),
                Step::Awaited => {}
                Step::Lost(_) => return Err(gone()),
                Step::News(more) => {
                    let more = more.into_iter().filter(wanted);
                    news.extend(more.take(limit - news.len()));
                    if let Some(last) = news.last()
                        && news.len() == limit
                    {
                        let next = last.seq;
                        return Ok(Page { news, next });
                    }
                }
            }
        }
    }
}

/// Some news.
pub(super) struct Page {
    pub news: Vec<News>,
    /// All that was wanted up to this turn was given.
    pub next: u64,
}

/// What these tasks share is whole after each change, also where one of them panicked.
fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn gone() -> Problem {
    Problem::new(
        StatusCode::GONE,
        "EVENTS_GONE",
        "what happened then is no longer in the journal, or too far back to be read at once",
        "look at what there is now; `highmark journal export` reads all that is kept",
    )
    .on("after")
}
