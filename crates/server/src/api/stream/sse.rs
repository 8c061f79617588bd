//! Server-sent events: the news alone, for programs without a WebSocket.

use super::Streams;
use super::board::Watched;
use super::follow::{Follower, Step};
use super::news::News;
use crate::api::callers::{Caller, Callers};
use axum::body::{Body, Bytes};
use futures_util::stream::unfold;
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::sleep;

/// A line is sent at least so often.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// A client that comes back waits for so many milliseconds.
const RETRY: u32 = 1_000;

struct Line {
    streams: Streams,
    follower: Follower,
    news: watch::Receiver<u64>,
    caller: Caller,
    callers: Arc<Callers>,
    begun: bool,
    _watched: Watched,
    _place: OwnedSemaphorePermit,
}

/// A body that goes on with everything that happens after turn `after`.
pub(in crate::api) fn body(
    streams: Streams,
    after: u64,
    (caller, callers): (Caller, Arc<Callers>),
    place: OwnedSemaphorePermit,
) -> Body {
    let line = Line {
        follower: Follower::new(streams.clone(), after),
        news: streams.board.news(),
        _watched: streams.board.watched(),
        streams,
        caller,
        callers,
        begun: false,
        _place: place,
    };
    Body::from_stream(unfold(line, |mut line| async move {
        let text = line.next().await?;
        Some((Ok::<Bytes, Infallible>(text.into()), line))
    }))
}

impl Line {
    /// What is said next; `None` at the end.
    async fn next(&mut self) -> Option<String> {
        if !std::mem::replace(&mut self.begun, true) {
            return Some(format!("retry: {RETRY}\n\n"));
        }
        loop {
            if *self.streams.closed.borrow() || !self.callers.has(&self.caller) {
                return None;
            }
            let until = *self.news.borrow_and_update();
            match self.follower.step(until).await.ok()? {
                Step::News(news) => {
                    let news = self.streams.told_to(&self.caller.bound(), news).await.ok()?;
                    if !news.is_empty() {
                        return Some(news.iter().map(said).collect());
                    }
                    continue;
                }
                Step::Lost(since) => {
                    let lost = json!({ "type": "resync", "seq": until, "since": since });
                    return Some(format!("id: {until}\nevent: resync\ndata: {lost}\n\n"));
                }
                Step::UpToDate | Step::Awaited => {}
            }
            tokio::select! {
                changed = self.news.changed() => changed.ok()?,
                _ = self.streams.closed.changed() => return None,
                () = sleep(HEARTBEAT) => return Some(": all is well\n\n".to_owned()),
            }
        }
    }
}

fn said(news: &News) -> String {
    // JSON in one line: it has no line break.
    format!("id: {}\nevent: happened\ndata: {}\n\n", news.seq, news.text)
}
