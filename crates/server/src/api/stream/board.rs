//! What all who watch look at: the latest picture and the latest news. It is made once, however many they are.

use super::frames;
use super::locked;
use super::news::{Follows, News, Ring};
use super::picture::Picture;
use crate::look::Facts;
use axum::body::Bytes;
use highmark_engine::State;
use highmark_journal::Turn;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// The board.
#[derive(Debug)]
pub(crate) struct Board {
    /// The latest, and the latest that all are shown.
    picture: watch::Sender<Arc<Picture>>,
    shown: watch::Sender<Arc<Picture>>,
    /// Somebody who came waits for a picture of this turn.
    awaited: AtomicU64,
    /// Bytes of deltas that were sent since all were shown a picture.
    pub(super) sent: AtomicU64,
    ring: Mutex<Ring>,
    /// What was told lately, and what is told next.
    batches: Mutex<Batches>,
    next: Mutex<Next>,
    /// The turn up to which all news are told.
    told: watch::Sender<u64>,
    watching: AtomicUsize,
    /// Clients that were let go because they did not read.
    pub slow: AtomicU64,
}

impl Board {
    /// A board on which nothing stands; what happened up to `turn` is in the journal.
    pub(crate) fn new(turn: u64) -> Board {
        Board {
            picture: watch::channel(Arc::default()).0,
            shown: watch::channel(Arc::default()).0,
            awaited: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            batches: Mutex::default(),
            next: Mutex::new(Next { heard: turn, ..Next::default() }),
            ring: Mutex::new(Ring::new(turn)),
            told: watch::channel(turn).0,
            watching: AtomicUsize::new(0),
            slow: AtomicU64::new(0),
        }
    }

    pub(crate) fn is_watched(&self) -> bool {
        self.watching.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn watching(&self) -> usize {
        self.watching.load(Ordering::Relaxed)
    }

    /// Counts somebody who watches, until it is dropped.
    pub(super) fn watched(self: &Arc<Board>) -> Watched {
        self.watching.fetch_add(1, Ordering::Relaxed);
        Watched(Arc::clone(self))
    }

    /// A turn was folded. All are told of it at the next [`Board::tell`].
    pub(crate) fn hear(&self, turn: &Turn) {
        let Some(news) = News::of(turn) else { return };
        let is_full = locked(&self.next).add(&news, self.is_watched());
        locked(&self.ring).push(news);
        if is_full {
            self.tell();
        }
    }

    /// Tells all who watch what was heard.
    pub(crate) fn tell(&self) {
        let (batch, heard) = locked(&self.next).take();
        locked(&self.batches).add(batch);
        self.told.send_if_modified(|told| std::mem::replace(told, heard) != heard);
    }

    /// Whether there is something to tell.
    pub(crate) fn has_news(&self) -> bool {
        *self.told.borrow() != locked(&self.next).heard
    }

    /// What happened up to this turn was not told here.
    pub(crate) fn skip_to(&self, turn: u64) {
        locked(&self.ring).skip_to(turn);
        *locked(&self.next) = Next { heard: turn, ..Next::default() };
        self.tell();
    }

    /// The state as it is now; all who watch are shown it, or only those who have come.
    pub(crate) fn show(&self, state: &State, facts: &Facts, to_all: bool) {
        let last = Arc::clone(&self.picture.borrow());
        let picture = Arc::new(Picture::of(state, facts, &last));
        if to_all {
            self.sent.store(0, Ordering::Relaxed);
            self.shown.send_replace(Arc::clone(&picture));
        }
        self.picture.send_replace(picture);
    }

    /// Somebody who came waits for a picture with all in it up to this turn.
    pub(super) fn awaits(&self, turn: u64) {
        self.awaited.fetch_max(turn, Ordering::Relaxed);
    }

    /// Whether somebody who came waits for a picture.
    pub(crate) fn is_awaited(&self) -> bool {
        let picture = self.picture.borrow();
        picture.is_blank() || picture.turn < self.awaited.load(Ordering::Relaxed)
    }

    /// Bytes of deltas that were sent since all were shown a picture.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub(super) fn pictures(&self) -> watch::Receiver<Arc<Picture>> {
        self.picture.subscribe()
    }

    pub(super) fn shown(&self) -> watch::Receiver<Arc<Picture>> {
        self.shown.subscribe()
    }

    /// What all were told lately, if it is what follows for somebody who has heard all up to turn `at`.
    pub(super) fn batch(&self, at: u64) -> Option<Batch> {
        locked(&self.batches).after(at)
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
        locked(&self.ring).latest(limit, wanted)
    }

    pub(super) fn follows(&self, after: u64, until: u64, limit: usize) -> Follows {
        locked(&self.ring).follows(after, until, limit)
    }
}

/// News in one piece, made once for all who have heard what was before.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    /// The turns of the news before it, of its first and of its last.
    after: u64,
    first: u64,
    pub until: u64,
    pub frames: Bytes,
}

/// Bytes of one batch, or a little more, and of those that are kept for whoever does not take each at once.
const MOST_BATCH: usize = 1 << 20;
const KEPT: usize = 16 << 20;

/// The latest batches, the last one last. Each follows the one before, but where nobody watched.
#[derive(Debug, Default)]
struct Batches {
    all: VecDeque<Batch>,
    bytes: usize,
}

impl Batches {
    fn add(&mut self, batch: Batch) {
        // Nobody watched: whoever comes now comes later than all of these.
        if batch.frames.is_empty() {
            *self = Batches::default();
            return;
        }
        self.bytes += batch.frames.len();
        self.all.push_back(batch);
        while self.bytes > KEPT
            && let Some(oldest) = self.all.pop_front()
        {
            self.bytes -= oldest.frames.len();
        }
    }

    fn after(&self, at: u64) -> Option<Batch> {
        let place = self.all.partition_point(|batch| batch.first <= at);
        self.all.get(place).filter(|batch| batch.after <= at).cloned()
    }
}

/// The next batch, while it is made.
#[derive(Debug, Default)]
struct Next {
    /// The turn of the last news.
    heard: u64,
    after: u64,
    first: u64,
    frames: Vec<u8>,
}

impl Next {
    /// Whether it is full with this. Nothing is made when nobody watches.
    fn add(&mut self, news: &News, is_watched: bool) -> bool {
        let before = std::mem::replace(&mut self.heard, news.seq);
        if !is_watched {
            self.frames.clear();
            return false;
        }
        if self.frames.is_empty() {
            (self.after, self.first) = (before, news.seq);
        }
        frames::add(&mut self.frames, &news.text);
        self.frames.len() >= MOST_BATCH
    }

    /// The batch, and the turn of the last news.
    fn take(&mut self) -> (Batch, u64) {
        let frames = std::mem::take(&mut self.frames);
        let batch = match frames.is_empty() {
            true => Batch::default(),
            false => Batch {
                after: self.after,
                first: self.first,
                until: self.heard,
                frames: frames.into(),
            },
        };
        (batch, self.heard)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn news(seq: u64) -> News {
        News { seq, text: format!("{seq}").into(), is_asked: false, is_alert: false }
    }

    #[test]
    fn a_batch_is_for_those_who_have_heard_what_was_before_it() {
        let board = Board::new(10);
        let told = |seqs: &[u64], is_watched| {
            for seq in seqs {
                locked(&board.next).add(&news(*seq), is_watched);
            }
            assert!(board.has_news());
            board.tell();
            *board.told.borrow()
        };
        assert_eq!(told(&[12, 15], true), 15);
        let frames = board.batch(10).unwrap().frames;
        assert_eq!(&frames[..], b"\x81\x0212\x81\x0215");
        // Before 10 nothing is known here; after 12 the first of it was heard already.
        assert_eq!(
            [9, 11, 12, 15].map(|at| board.batch(at).is_some()),
            [false, true, false, false]
        );
        // Whoever did not take it at once finds it after the next.
        assert_eq!(told(&[16], true), 16);
        assert_eq!(
            [9, 10, 15].map(|at| board.batch(at).map(|one| one.until)),
            [None, Some(15), Some(16)]
        );
        // What was heard while nobody watched is in no batch.
        locked(&board.next).add(&news(17), true);
        assert_eq!(told(&[20], false), 20);
        assert_eq!([15, 17, 20].map(|at| board.batch(at).is_some()), [false; 3]);
        assert_eq!(told(&[23], true), 23);
        assert_eq!(
            [19, 20, 22, 23].map(|at| board.batch(at).is_some()),
            [false, true, true, false]
        );
    }
}
