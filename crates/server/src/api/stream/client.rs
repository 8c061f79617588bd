//! A WebSocket: what one client is sent, and when it is let go.

use super::follow::{Follower, Step};
use super::liveness::{BEAT, Due, Liveness};
use super::picture::Picture;
use super::topics::{Choice, FASTEST, Topic, Topics, pace};
use super::{Streams, stopped};
use crate::api::body;
use crate::api::callers::{Caller, Callers};
use crate::api::problem::Problem;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

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
    socket: WebSocket,
    streams: Streams,
    coming: Coming,
    alive: Liveness,
    follower: Follower,
    /// The picture that was sent last.
    sent: Arc<Picture>,
}

/// Serves a client until one of both has enough.
pub(in crate::api) async fn serve(socket: WebSocket, streams: Streams, coming: Coming) {
    let _watched = streams.board.watched();
    streams.inbox.wake();
    let at = coming.since.unwrap_or(coming.durable);
    let client = Client {
        socket,
        alive: Liveness::new(std::time::Instant::now()),
        follower: Follower::new(streams.clone(), at),
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
        if let End::Because(code, reason) = end {
            let frame = CloseFrame { code, reason: reason.into() };
            let _ = timeout(FAREWELL, self.socket.send(Message::Close(Some(frame)))).await;
        }
    }

    /// What was missed, and then the picture.
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
        self.snapshot(picture).await
    }

    async fn go_on(&mut self) -> End {
        let mut pictures = self.streams.board.pictures();
        let mut news = self.streams.board.news();
        let mut closed = self.streams.closed.clone();
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut due = Instant::now();
        // Both may have gone on since the snapshot was taken.
        let mut is_behind = true;
        news.mark_changed();
        loop {
            let ended = tokio::select! {
                heard = self.socket.recv() => self.hear(heard).await,
                () = stopped(&mut closed) => Err(STOPPING),
                _ = beat.tick() => self.beat().await,
                changed = news.changed() => match changed {
                    Ok(()) => {
                        let until = *news.borrow_and_update();
                        self.tell(until).await
                    }
                    Err(_) => Err(STOPPING),
                },
                changed = pictures.changed(), if !is_behind => {
                    is_behind = true;
                    changed.map_err(|_| STOPPING)
                }
                () = sleep_until(due), if is_behind => {
                    is_behind = false;
                    due = Instant::now() + Duration::from_secs(1) / self.coming.hz;
                    let picture = Arc::clone(&pictures.borrow_and_update());
                    self.delta(picture).await
                }
            };
            if let Err(end) = ended {
                return end;
            }
        }
    }

    /// Everything that happened up to `until` and was not sent yet.
    async fn tell(&mut self, until: u64) -> Result<(), End> {
        let wanted = self.coming.topics.show(Topic::Events);
        loop {
            match self.follower.step(until).await {
                Ok(Step::News(news)) => {
                    if !wanted {
                        continue;
                    }
                    let bound = self.coming.topics.bound();
                    let news = self.streams.told_to(bound, news).await.map_err(|_| FAULT)?;
                    for one in news {
                        self.send(&one.text).await?;
                    }
                }
                Ok(Step::UpToDate) => return Ok(()),
                Ok(Step::Lost(since)) => {
                    let lost = json!({ "type": "resync", "seq": until, "since": since });
                    self.send(&lost.to_string()).await?;
                }
                Err(_) => return Err(FAULT),
            }
        }
    }

    async fn snapshot(&mut self, picture: Arc<Picture>) -> Result<(), End> {
        // Whoever has heard of a turn has heard all that happened before it.
        self.tell(picture.turn).await?;
        let text = picture.snapshot(&self.coming.topics);
        self.sent = picture;
        self.send(&text).await
    }

    async fn delta(&mut self, picture: Arc<Picture>) -> Result<(), End> {
        if Arc::ptr_eq(&picture, &self.sent) || picture.turn < self.sent.turn {
            return Ok(());
        }
        self.tell(picture.turn).await?;
        let text = picture.delta(&self.sent, &self.coming.topics);
        self.sent = picture;
        match text {
            Some(text) => self.send(&text).await,
            None => Ok(()),
        }
    }

    async fn beat(&mut self) -> Result<(), End> {
        if !self.coming.callers.has(&self.coming.caller) {
            return Err(NO_KEY);
        }
        match self.alive.due(std::time::Instant::now()) {
            Due::Nothing => Ok(()),
            Due::Gone => Err(SILENT),
            Due::Heartbeat => {
                let shown = self.sent.turn;
                let seq = self.follower.at().max(shown);
                let beat = json!({ "type": "heartbeat", "seq": seq, "shown": shown });
                self.send(&beat.to_string()).await?;
                self.give(Message::Ping(axum::body::Bytes::new())).await
            }
        }
    }

    async fn hear(&mut self, heard: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let message = match heard {
            None => return Err(End::Gone),
            Some(Err(error)) if error.to_string().contains("too long") => return Err(TOO_LONG),
            Some(Err(error)) if error.to_string().contains("protocol") => return Err(BROKEN),
            Some(Err(_)) => return Err(End::Gone),
            Some(Ok(message)) => message,
        };
        if !self.alive.hear(std::time::Instant::now()) {
            return Err(FLOOD);
        }
        match message {
            Message::Text(text) => match self.choose(text.as_str()) {
                Ok(()) => {
                    let picture = Arc::clone(&self.streams.board.pictures().borrow());
                    self.snapshot(if picture.turn < self.sent.turn {
                        self.sent.clone()
                    } else {
                        picture
                    })
                    .await
                }
                Err(problem) => {
                    let mut said = serde_json::to_value(&problem).unwrap_or_default();
                    said["type"] = Value::from("problem");
                    self.send(&said.to_string()).await
                }
            },
            Message::Binary(_) => Err(BINARY),
            Message::Ping(_) | Message::Pong(_) => Ok(()),
            Message::Close(_) => Err(End::Gone),
        }
    }

    fn choose(&mut self, text: &str) -> Result<(), Problem> {
        let Choice { sub, hz } = body::parse(text.as_bytes())?;
        let topics = Topics::read(sub.iter().map(String::as_str))?;
        self.coming.hz = pace(hz.unwrap_or(FASTEST))?;
        self.coming.topics = topics.of(self.coming.caller.bound());
        Ok(())
    }

    async fn send(&mut self, text: &str) -> Result<(), End> {
        self.give(Message::Text(text.into())).await
    }

    async fn give(&mut self, message: Message) -> Result<(), End> {
        match timeout(SLOW, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(TOO_SLOW),
        }
    }
}
