//! A WebSocket: what one client is sent, and when it is let go.

use super::follow::{Follower, Step};
use super::frames;
use super::line::{Line, Next};
use super::liveness::{BEAT, Due, Liveness};
use super::picture::Picture;
use super::topics::{Choice, FASTEST, Topic, Topics, pace};
use super::{Streams, stopped};
use crate::api::body;
use crate::api::callers::{Caller, Callers};
use crate::api::problem::Problem;
use hyper::upgrade::Upgraded;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tungstenite::Error;
use tungstenite::error::ProtocolError;
use tungstenite::protocol::Message;

/// A client that takes nothing for so long is let go.
const SLOW: Duration = Duration::from_secs(5);
/// How long a client is given to hear why it is let go.
const FAREWELL: Duration = Duration::from_secs(5);

/// Somebody who comes to watch.
pub(in crate::api) struct Coming {
    pub caller: Caller,
    pub callers: Arc<Callers>,
    pub topics: Topics,
    pub hz: u32,
    /// The last `seq` that was heard before.
    pub since: Option<u64>,
    /// All that was durable when the client came.
    pub durable: u64,
    /// Held as long as the client is served.
    pub _place: OwnedSemaphorePermit,
}

/// Why a client is let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It has gone by itself.
    Gone,
    Because(u16, &'static str),
}

const STOPPING: End = End::Because(1001, "the service is stopping");
const BROKEN: End = End::Because(1002, "this is not how it is said");
const BINARY: End = End::Because(1003, "messages are text");
const FLOOD: End = End::Because(1008, "too many messages");
const TOO_LONG: End = End::Because(1009, "a message has at most 64 KiB");
const FAULT: End = End::Because(1011, "the journal could not be read: come back");
const TOO_SLOW: End = End::Because(1013, "too slow: come back with the last seq");
const NO_KEY: End = End::Because(4401, "the key is not there any more");
const SILENT: End = End::Because(4408, "nothing was heard for too long");
const FUTURE: End = End::Because(4409, "this seq has not been yet");

struct Client {
    line: Line,
    streams: Streams,
    coming: Coming,
    alive: Liveness,
    follower: Follower,
    /// All news up to this turn are to be told.
    goal: u64,
    /// What is shown once they are.
    next: Option<Shown>,
    /// The picture that was sent last.
    sent: Arc<Picture>,
}

/// How a picture is shown.
enum Shown {
    Whole(Arc<Picture>),
    Changes(Arc<Picture>),
}

/// Serves a client until one of both has enough.
pub(in crate::api) async fn serve(upgraded: Upgraded, streams: Streams, coming: Coming) {
    let Ok(line) = Line::of(upgraded) else { return };
    let _watched = streams.board.watched();
    streams.board.awaits(coming.durable);
    streams.inbox.wake();
    let at = coming.since.unwrap_or(coming.durable);
    let client = Client {
        line,
        alive: Liveness::new(std::time::Instant::now()),
        follower: Follower::new(streams.clone(), at),
        goal: at,
        next: None,
        sent: Arc::default(),
        streams,
        coming,
    };
    client.run().await;
}

impl Client {
    async fn run(mut self) {
        let end = match self.begin().await {
            Ok(()) => self.go_on().await,
            Err(end) => end,
        };
        if end == TOO_SLOW {
            self.streams.board.slow.fetch_add(1, Ordering::Relaxed);
        }
        let last = match end {
            End::Gone => None,
            End::Because(code, reason) => Some(frames::close(code, reason)),
        };
        let _ = timeout(FAREWELL, self.line.end(last)).await;
    }

    /// The first picture, and what was missed before it.
    async fn begin(&mut self) -> Result<(), End> {
        let durable = self.coming.durable;
        if self.coming.since.is_some_and(|since| since > durable) {
            return Err(FUTURE);
        }
        let mut pictures = self.streams.board.pictures();
        let mut closed = self.streams.closed.clone();
        let made = async {
            let picture = pictures.wait_for(|picture| picture.turn >= durable).await;
            picture.map(|picture| Arc::clone(&picture)).map_err(|_| STOPPING)
        };
        let picture = tokio::select! {
            picture = made => picture?,
            () = stopped(&mut closed) => return Err(STOPPING),
        };
        self.show(Shown::Whole(picture));
        Ok(())
    }

    async fn go_on(&mut self) -> End {
        let mut pictures = self.streams.board.shown();
        let mut news = self.streams.board.news();
        let mut closed = self.streams.closed.clone();
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut due = Instant::now();
        // Both may have gone on since the snapshot was taken.
        let mut is_behind = true;
        news.mark_changed();
        loop {
            // Nothing is made for whoever has not taken what was.
            if self.line.is_idle()
                && let Err(end) = self.go_further().await
            {
                return end;
            }
            // Nor is anything else shown or told while the past is read.
            let is_ready = self.line.is_idle() && !self.follower.awaits();
            let ended = tokio::select! {
                biased;
                () = stopped(&mut closed) => Err(STOPPING),
                next = self.line.next() => self.hear(next),
                _ = beat.tick() => self.beat(),
                () = self.follower.arrives(), if self.follower.awaits() => Ok(()),
                changed = news.changed(), if is_ready => match changed {
                    Ok(()) => {
                        self.goal = self.goal.max(*news.borrow_and_update());
                        Ok(())
                    }
                    Err(_) => Err(STOPPING),
                },
                changed = pictures.changed(), if is_ready && !is_behind => {
                    is_behind = true;
                    changed.map_err(|_| STOPPING)
                }
                () = sleep_until(due), if is_ready && is_behind => {
                    is_behind = false;
                    due = Instant::now() + Duration::from_secs(1) / self.coming.hz;
                    let picture = Arc::clone(&pictures.borrow_and_update());
                    if picture.turn >= self.sent.turn && !Arc::ptr_eq(&picture, &self.sent) {
                        self.show(Shown::Changes(picture));
                    }
                    Ok(())
                }
            };
            if let Err(end) = ended {
                return end;
            }
        }
    }

    /// Shows a picture once everything was told that happened up to its turn.
    fn show(&mut self, shown: Shown) {
        let (Shown::Whole(picture) | Shown::Changes(picture)) = &shown;
        self.goal = self.goal.max(picture.turn);
        self.next = Some(shown);
    }

    /// Puts what comes next on the line: news that were not told yet, and then a picture.
    async fn go_further(&mut self) -> Result<(), End> {
        while self.line.is_idle() && self.follower.at() < self.goal {
            self.tell().await?;
            if self.follower.awaits() {
                return Ok(());
            }
        }
        if !self.line.is_idle() {
            return Ok(());
        }
        match self.next.take() {
            None => {}
            Some(Shown::Whole(picture)) => {
                self.line.put(picture.snapshot(&self.coming.topics));
                self.sent = picture;
            }
            Some(Shown::Changes(picture)) => {
                if let Some(delta) = picture.delta(&self.sent, &self.coming.topics) {
                    let bytes = delta.len() as u64;
                    self.streams.board.sent.fetch_add(bytes, Ordering::Relaxed);
                    self.line.put(delta);
                }
                self.sent = picture;
            }
        }
        Ok(())
    }

    /// Some of what happened and was not told yet.
    async fn tell(&mut self) -> Result<(), End> {
        let topics = &self.coming.topics;
        if !topics.show(Topic::Events) {
            self.follower.skip_to(self.goal);
            return Ok(());
        }
        let bound = topics.bound();
        if bound.is_none()
            && let Some(batch) = self.follower.batch(self.goal)
        {
            self.line.put(batch);
            return Ok(());
        }
        match self.follower.look(self.goal) {
            Ok(Step::News(news)) => {
                let news = self.streams.told_to(bound, news).await.map_err(|_| FAULT)?;
                let mut frames = Vec::new();
                news.iter().for_each(|one| frames::add(&mut frames, &one.text));
                if !frames.is_empty() {
                    self.line.put(frames.into());
                }
                Ok(())
            }
            Ok(Step::UpToDate | Step::Awaited) => Ok(()),
            Ok(Step::Lost(since)) => {
                let seq = self.goal;
                self.say(&json!({ "type": "resync", "seq": seq, "since": since }));
                Ok(())
            }
            Err(_) => Err(FAULT),
        }
    }

    fn beat(&mut self) -> Result<(), End> {
        if !self.coming.callers.has(&self.coming.caller) {
            return Err(NO_KEY);
        }
        if self.line.stalled() > SLOW {
            return Err(TOO_SLOW);
        }
        match self.alive.due(std::time::Instant::now()) {
            Due::Nothing => Ok(()),
            Due::Gone => Err(SILENT),
            Due::Heartbeat => {
                let shown = self.sent.turn;
                let seq = self.follower.at().max(shown);
                self.say(&json!({ "type": "heartbeat", "seq": seq, "shown": shown }));
                self.line.put(frames::ping());
                Ok(())
            }
        }
    }

    fn hear(&mut self, next: tungstenite::Result<Next>) -> Result<(), End> {
        let message = match next {
            Ok(Next::Idle) => return Ok(()),
            Ok(Next::Heard(message)) => message,
            Err(Error::Capacity(_)) => return Err(TOO_LONG),
            Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => {
                return Err(End::Gone);
            }
            Err(Error::Protocol(_) | Error::Utf8(_)) => return Err(BROKEN),
            Err(_) => return Err(End::Gone),
        };
        if !self.alive.hear(std::time::Instant::now()) {
            return Err(FLOOD);
        }
        match message {
            Message::Text(text) => match self.choose(text.as_str()) {
                Ok(()) => {
                    let latest = Arc::clone(&self.streams.board.pictures().borrow());
                    let is_newer = latest.turn >= self.sent.turn;
                    self.show(Shown::Whole(if is_newer { latest } else { self.sent.clone() }));
                }
                Err(problem) => {
                    let mut said = serde_json::to_value(&problem).unwrap_or_default();
                    said["type"] = Value::from("problem");
                    self.say(&said);
                }
            },
            Message::Binary(_) => return Err(BINARY),
            Message::Close(_) => return Err(End::Gone),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
        Ok(())
    }

    fn choose(&mut self, text: &str) -> Result<(), Problem> {
        let Choice { sub, hz } = body::parse(text.as_bytes())?;
        let topics = Topics::read(sub.iter().map(String::as_str))?;
        self.coming.hz = pace(hz.unwrap_or(FASTEST))?;
        self.coming.topics = topics.of(self.coming.caller.bound());
        Ok(())
    }

    fn say(&mut self, said: &Value) {
        self.line.put(frames::text(&said.to_string()));
    }
}
