//! What all who watch look at: the latest picture and the latest news. It is made once, however many they are.

use super::news::{Follows, News, Ring};
use super::picture::Picture;
use crate::look::Facts;
use highmark_engine::State;
use highmark_journal::Turn;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// The board.
#[derive(Debug)]
pub(in crate::api) struct Board {
    picture: watch::Sender<Arc<Picture>>,
    ring: Mutex<Ring>,
    /// The turn up to which all news are known here.
    told: watch::Sender<u64>,
    watching: AtomicUsize,
    /// Clients that were let go because they did not read.
    pub slow: AtomicU64,
}

impl Board {
    /// A board on which nothing stands; what happened up to `turn` is in the journal.
    pub(in crate::api) fn new(turn: u64) -> Board {
        Board {
            picture: watch::channel(Arc::default()).0,
            ring: Mutex::new(Ring::new(turn)),
            told: watch::channel(turn).0,
            watching: AtomicUsize::new(0),
            slow: AtomicU64::new(0),
        }
    }

    pub(in crate::api) fn is_watched(&self) -> bool {
        self.watching.load(Ordering::Relaxed) > 0
    }

    pub(in crate::api) fn watching(&self) -> usize {
        self.watching.load(Ordering::Relaxed)
    }

    /// Counts somebody who watches, until it is dropped.
    pub(super) fn watched(self: &Arc<Board>) -> Watched {
        self.watching.fetch_add(1, Ordering::Relaxed);
        Watched(Arc::clone(self))
    }

    /// A turn was folded.
    pub(in crate::api) fn tell(&self, turn: &Turn) {
        if let Some(news) = News::of(turn) {
            let seq = news.seq;
            self.ring.lock().unwrap_or_else(PoisonError::into_inner).push(news);
            self.told.send_replace(seq);
        }
    }

    /// What happened up to this turn was not told here.
    pub(in crate::api) fn skip_to(&self, turn: u64) {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).skip_to(turn);
        self.told.send_replace(turn);
    }

    /// The state as it is now.
    pub(in crate::api) fn show(&self, state: &State, facts: &Facts) {
        let last = Arc::clone(&self.picture.borrow());
        self.picture.send_replace(Arc::new(Picture::of(state, facts, &last)));
    }

    pub(super) fn pictures(&self) -> watch::Receiver<Arc<Picture>> {
        self.picture.subscribe()
    }

    pub(super) fn news(&self) -> watch::Receiver<u64> {
        self.told.subscribe()
    }

    /// The latest news that are wanted and remembered, in order; and the turn up to which they are.
    pub(in crate::api) fn latest(
        &self,
        limit: usize,
        wanted: fn(&News) -> bool,
    ) -> (Vec<News>, u64) {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).latest(limit, wanted)
    }

    pub(super) fn follows(&self, after: u64, until: u64, limit: usize) -> Follows {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).follows(after, until, limit)
    }
}

/// Somebody watches.
#[derive(Debug)]
pub(super) struct Watched(Arc<Board>);

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.watching.fetch_sub(1, Ordering::Relaxed);
    }
}
