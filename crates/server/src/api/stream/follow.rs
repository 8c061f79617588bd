//! One reader of the news: from the ring, or from the journal when the ring has gone on without it.

use super::Streams;
use super::news::{Follows, News};
use super::past;
use crate::api::problem::Problem;
use axum::body::Bytes;
use tokio::sync::mpsc::{Receiver, channel};

/// Where a reader is.
pub(super) struct Follower {
    streams: Streams,
    /// All news up to this turn were given.
    at: u64,
    /// News that are being read from the journal, and the turn up to which they are.
    past: Option<(Receiver<Result<News, Problem>>, u64)>,
}

/// What comes next.
pub(super) enum Step {
    News(Vec<News>),
    /// There is nothing further up to the turn that was asked for.
    UpToDate,
    /// What follows this turn is no longer there, or too much of it: look anew.
    Lost(u64),
}

/// News that are taken from the ring at once, and that wait on their way from the journal.
const CHUNK: usize = 64;

impl Follower {
    pub(super) fn new(streams: Streams, at: u64) -> Follower {
        Follower { streams, at, past: None }
    }

    /// The turn up to which all news were given.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// What was told to all last, if that is what follows here.
    pub(super) fn batch(&mut self, until: u64) -> Option<Bytes> {
        if self.past.is_some() {
            return None;
        }
        let batch = self.streams.board.batch(self.at).filter(|batch| batch.until <= until)?;
        self.at = batch.until;
        Some(batch.frames)
    }

    /// What follows, up to turn `until`.
    pub(super) async fn step(&mut self, until: u64) -> Result<Step, Problem> {
        loop {
            if let Some((past, to)) = &mut self.past {
                match past.recv().await {
                    Some(Ok(news)) => {
                        let mut all = vec![news];
                        while all.len() < CHUNK
                            && let Ok(Ok(news)) = past.try_recv()
                        {
                            all.push(news);
                        }
                        self.at = all.last().map_or(self.at, |last| last.seq);
                        return Ok(Step::News(all));
                    }
                    Some(Err(problem)) => return Err(problem),
                    None => {
                        self.at = *to;
                        self.past = None;
                    }
                }
            }
            if self.at >= until {
                return Ok(Step::UpToDate);
            }
            match self.streams.board.follows(self.at, until, CHUNK) {
                Follows::Here(news) => {
                    self.at = news.last().map_or(until, |last| last.seq);
                    return Ok(if news.is_empty() { Step::UpToDate } else { Step::News(news) });
                }
                Follows::From(later) => {
                    let to = later.min(until);
                    if to - self.at > past::MOST_TURNS || !self.read_back(to).await? {
                        let lost = std::mem::replace(&mut self.at, until);
                        return Ok(Step::Lost(lost));
                    }
                }
            }
        }
    }

    /// Begins to read the journal; false when it does not go back so far.
    async fn read_back(&mut self, to: u64) -> Result<bool, Problem> {
        let (journal, after) = (self.streams.journal.clone(), self.at);
        let permit = self.streams.readers.clone().acquire_owned().await.map_err(Problem::ours)?;
        let (tell, hear) = channel(CHUNK);
        let (first, holds) = tokio::sync::oneshot::channel();
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let holds = past::holds(&journal, after).map_err(Problem::ours);
            let goes_on = matches!(holds, Ok(true));
            if first.send(holds).is_err() || !goes_on {
                return;
            }
            let read = past::read(&journal, after, to, |news| tell.blocking_send(Ok(news)).is_ok());
            if let Err(error) = read {
                let _ = tell.blocking_send(Err(Problem::ours(error)));
            }
        });
        let holds = holds.await.map_err(Problem::ours)??;
        if holds {
            self.past = Some((hear, to));
        }
        Ok(holds)
    }
}
