//! One reader of the news: from the ring, or from the journal when the ring has gone on without it.

use super::Streams;
use super::news::{Follows, News};
use super::past::{Answer, MOST_TURNS, Passage, Recall};
use crate::api::problem::Problem;
use axum::body::Bytes;
use std::sync::Arc;
use tokio::sync::oneshot::Receiver;

/// Where a reader is.
pub(super) struct Follower {
    streams: Streams,
    /// All news up to this turn were given.
    at: u64,
    back: Back,
}

/// What a reader that looks back holds.
#[derive(Default)]
struct Back {
    recall: Option<Arc<Recall>>,
    asked: Option<Receiver<Answer>>,
    answer: Option<Answer>,
    passage: Option<Arc<Passage>>,
}

/// What comes next.
pub(super) enum Step {
    News(Vec<News>),
    /// There is nothing further up to the turn that was asked for.
    UpToDate,
    /// It is being read from the journal.
    Awaited,
    /// What follows this turn is no longer there, or too much of it: look anew.
    Lost(u64),
}

/// News that are taken at once.
const CHUNK: usize = 64;

impl Follower {
    pub(super) fn new(streams: Streams, at: u64) -> Follower {
        Follower { streams, at, back: Back::default() }
    }

    /// The turn up to which all news were given.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// News up to this turn are not wanted.
    pub(super) fn skip_to(&mut self, turn: u64) {
        (self.at, self.back) = (self.at.max(turn), Back::default());
    }

    /// What was told to all last, if that is what follows here.
    pub(super) fn batch(&mut self, until: u64) -> Option<Bytes> {
        let batch = self.streams.board.batch(self.at).filter(|batch| batch.until <= until)?;
        (self.at, self.back) = (batch.until, Back::default());
        Some(batch.frames)
    }

    /// What follows, up to turn `until`; waits for what has to be read.
    pub(super) async fn step(&mut self, until: u64) -> Result<Step, Problem> {
        loop {
            match self.look(until)? {
                Step::Awaited => self.arrives().await,
                step => return Ok(step),
            }
        }
    }

    /// Whether something is being read from the journal.
    pub(super) fn awaits(&self) -> bool {
        self.back.asked.is_some()
    }

    /// Waits for what is being read. It may be asked again when it was not waited for to the end.
    pub(super) async fn arrives(&mut self) {
        if let Some(asked) = &mut self.back.asked {
            let answer = asked.await;
            self.back.answer = Some(answer.unwrap_or_else(|error| Err(Problem::ours(error))));
            self.back.asked = None;
        }
    }

    /// What follows, up to turn `until`, as far as it is here.
    pub(super) fn look(&mut self, until: u64) -> Result<Step, Problem> {
        if self.awaits() {
            return Ok(Step::Awaited);
        }
        match self.back.answer.take().transpose()? {
            None => {}
            Some(Some(passage)) => self.back.passage = Some(passage),
            Some(None) => return Ok(self.lost(until)),
        }
        loop {
            if self.at >= until {
                return Ok(Step::UpToDate);
            }
            if let Some(news) = self.of_passage(until) {
                if news.is_empty() {
                    continue;
                }
                return Ok(Step::News(news));
            }
            match self.streams.board.follows(self.at, until, CHUNK) {
                Follows::Here(news) => {
                    self.back = Back::default();
                    self.at = news.last().map_or(until, |last| last.seq);
                    return Ok(if news.is_empty() { Step::UpToDate } else { Step::News(news) });
                }
                Follows::From(later) if later.min(until) - self.at > MOST_TURNS => {
                    return Ok(self.lost(until));
                }
                Follows::From(later) => {
                    let recall =
                        self.back.recall.get_or_insert_with(|| self.streams.past.look_back());
                    self.back.asked = Some(recall.ask(self.at, later));
                    return Ok(Step::Awaited);
                }
            }
        }
    }

    /// What follows of the passage that was read; `None` when it ends here.
    fn of_passage(&mut self, until: u64) -> Option<Vec<News>> {
        let passage = self.back.passage.as_ref().filter(|passage| self.at < passage.until)?;
        let first = passage.news.partition_point(|news| news.seq <= self.at);
        let wanted = passage.news[first..].iter().take_while(|news| news.seq <= until);
        let news: Vec<News> = wanted.take(CHUNK).cloned().collect();
        self.at = news.last().map_or(passage.until.min(until), |last| last.seq);
        Some(news)
    }

    fn lost(&mut self, until: u64) -> Step {
        Step::Lost(std::mem::replace(&mut self.at, until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::stream::board::Board;
    use crate::scratch;
    use highmark_engine::{Body, Command, Engine, Input, Scope, Timestamp};
    use highmark_journal::{About, Journal, Turn};
    use tokio::runtime::{Builder, Handle};
    use tokio::sync::watch;

    const TURNS: u64 = 300;

    /// Calls with a past of news in the journal, of which the ring knows nothing.
    fn with_past(name: &str, test: impl AsyncFnOnce(&Streams)) {
        let folder = scratch::folder(name);
        let mut journal = Journal::create(&folder, &About::new("test"), Timestamp(1)).unwrap();
        let mut engine = Engine::new();
        let halt = |turn| {
            let command = Command::Halt {
                scope: Scope::Account(highmark_engine::AccountId(0)),
                reason: "x".repeat(2_000),
            };
            let body = Body::Command { by: format!("{turn}"), command };
            Input { at: Timestamp(turn), body }
        };
        let inputs = (1..=TURNS).map(|turn| halt(i64::try_from(turn).unwrap()));
        let turns: Vec<Turn> =
            inputs.map(|input| Turn::new(input.clone(), engine.step(input))).collect();
        journal.append(&turns).unwrap();
        let runtime = Builder::new_current_thread().max_blocking_threads(4).build().unwrap();
        runtime.block_on(async {
            let closed = watch::channel(false).1;
            let board = Arc::new(Board::new(TURNS));
            let on = (Handle::current(), 1);
            test(&Streams::new(board, Arc::default(), folder.clone(), closed, on)).await;
        });
        std::fs::remove_dir_all(folder).unwrap();
    }

    /// All that the reader is given to the end.
    async fn rest(follower: &mut Follower) -> Vec<u64> {
        let mut heard = Vec::new();
        while let Step::News(news) = follower.step(TURNS).await.unwrap() {
            heard.extend(news.iter().map(|one| one.seq));
        }
        heard
    }

    #[test]
    fn whoever_stalls_in_the_past_keeps_nobody_else_from_it() {
        with_past("past-stalled", async |streams| {
            let mut stalled: Vec<Follower> =
                (0..9).map(|_| Follower::new(streams.clone(), 0)).collect();
            for one in &mut stalled {
                let Step::News(news) = one.step(TURNS).await.unwrap() else { panic!() };
                assert_eq!(news.len(), CHUNK);
            }
            let mut other = Follower::new(streams.clone(), 40);
            assert_eq!(rest(&mut other).await, (41..=TURNS).collect::<Vec<_>>());
            for one in &mut stalled {
                assert_eq!(rest(one).await, (CHUNK as u64 + 1..=TURNS).collect::<Vec<_>>());
            }
        });
    }

    #[test]
    fn what_all_who_look_back_ask_for_is_read_once() {
        with_past("past-shared", async |streams| {
            let mut all = [0, 1, 7].map(|at| Follower::new(streams.clone(), at));
            let mut passages = Vec::new();
            for one in &mut all {
                one.step(TURNS).await.unwrap();
                passages.push(one.back.passage.clone().unwrap());
            }
            assert!(passages.iter().all(|one| Arc::ptr_eq(one, &passages[0])));
            assert!(!passages[0].news.is_empty() && passages[0].until < TURNS);
            for one in &mut all {
                rest(one).await;
            }
            // With the last who looks back it is forgotten.
            assert!(streams.past.is_looked_at());
            drop(all);
            assert!(!streams.past.is_looked_at());
        });
    }

    #[test]
    fn nothing_is_read_for_whoever_has_gone() {
        with_past("past-gone", async |streams| {
            let mut gone: Vec<Follower> =
                (0..9).map(|_| Follower::new(streams.clone(), 0)).collect();
            for one in &mut gone {
                assert!(matches!(one.look(TURNS).unwrap(), Step::Awaited));
                // It is asked for twice, and read once.
                assert!(matches!(one.look(TURNS).unwrap(), Step::Awaited));
            }
            drop(gone);
            let mut other = Follower::new(streams.clone(), 0);
            assert_eq!(rest(&mut other).await.len() as u64, TURNS);
        });
    }
}
