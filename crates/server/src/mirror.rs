//! A second engine that is given what is durable, event by event, on a thread of its own: whoever looks, by the API or
//! by the socket, looks at it, and however many look at how much, the engine that decides is asked nothing.

use crate::api::{Board, Pace};
use crate::behind::Spell;
use crate::look::Facts;
use crate::service::intake::NotTaken;
use highmark_engine::{Engine, State};
use highmark_journal::{Reader, Turn};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What is asked of the state as it is once all that is durable has been folded.
pub(crate) type Sight = Box<dyn FnOnce(&State) + Send>;

/// Turns that may wait for the mirror. When it has fallen further behind, it reads the journal instead.
const MOST_TURNS: usize = 65_536;
/// Turns that are folded before it is looked whether others are to have the processor.
const CHUNK: usize = 8;
/// Looks that may wait.
const MOST_SIGHTS: usize = 256;
/// How long nothing may come in.
const PATIENCE: Duration = Duration::from_secs(1);

/// What waits for the mirror. Whoever puts something there never waits.
#[derive(Default)]
pub(crate) struct Inbox {
    waiting: Mutex<Waiting>,
    news: Condvar,
}

#[derive(Default)]
struct Waiting {
    groups: VecDeque<Arc<Vec<Turn>>>,
    turns: usize,
    /// Turns were left out.
    missed: bool,
    sights: VecDeque<Sight>,
    closed: bool,
}

/// What was taken from the inbox.
struct Taken {
    groups: VecDeque<Arc<Vec<Turn>>>,
    missed: bool,
    sights: VecDeque<Sight>,
}

impl Inbox {
    /// These turns are durable.
    pub(crate) fn turns(&self, group: &Arc<Vec<Turn>>) {
        let mut waiting = self.waiting();
        if waiting.missed || waiting.turns + group.len() > MOST_TURNS {
            waiting.missed = true;
            waiting.groups.clear();
            waiting.turns = 0;
        } else {
            waiting.turns += group.len();
            waiting.groups.push_back(Arc::clone(group));
        }
        self.news.notify_one();
    }

    /// Looks at the state with all in it that was durable before.
    pub(crate) fn see(&self, sight: Sight) -> Result<(), NotTaken> {
        let mut waiting = self.waiting();
        if waiting.closed {
            return Err(NotTaken::Closed);
        }
        if waiting.sights.len() >= MOST_SIGHTS {
            return Err(NotTaken::Full);
        }
        waiting.sights.push_back(sight);
        self.news.notify_one();
        Ok(())
    }

    /// Somebody watches from now on.
    pub(crate) fn wake(&self) {
        self.news.notify_one();
    }

    pub(crate) fn close(&self) {
        self.waiting().closed = true;
        self.news.notify_one();
    }

    /// What waits; waits for something until `patience` is over. `None` once it is closed.
    fn take(&self, patience: Duration) -> Option<Taken> {
        let waiting = self.waiting();
        let waiting = match waiting.is_empty() {
            false => waiting,
            true => {
                let waited = self.news.wait_timeout(waiting, patience);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        let mut waiting = waiting;
        if waiting.closed {
            return None;
        }
        waiting.turns = 0;
        Some(Taken {
            groups: std::mem::take(&mut waiting.groups),
            missed: std::mem::take(&mut waiting.missed),
            sights: std::mem::take(&mut waiting.sights),
        })
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.sights.is_empty() && !self.missed && !self.closed
    }
}

/// The mirror's thread.
pub(crate) struct Mirror {
    pub inbox: Arc<Inbox>,
    pub engine: Engine,
    pub facts: Arc<Facts>,
    /// Where those who watch by the API are told and shown what happens.
    pub board: Option<Arc<Board>>,
    /// The folder of the journal.
    pub journal: PathBuf,
}

impl Mirror {
    pub(crate) fn run(mut self) {
        let (mut pace, mut spell) = (Pace::new(Instant::now()), Spell::begin());
        loop {
            let patience = match self.due(&pace) {
                Some(due) => due.saturating_duration_since(Instant::now()).min(PATIENCE),
                None => PATIENCE,
            };
            let Some(taken) = self.inbox.take(patience) else { return };
            if taken.missed {
                self.read_again();
            }
            for turns in taken.groups.iter().flat_map(|group| group.chunks(CHUNK)) {
                turns.iter().for_each(|turn| self.fold(turn));
                spell.rest();
            }
            for sight in taken.sights {
                sight(self.engine.state());
            }
            self.tell(&mut pace);
        }
    }

    /// When something is to be told or shown; `None` when nothing is.
    fn due(&self, pace: &Pace) -> Option<Instant> {
        let board = self.board.as_ref()?;
        let tells = board.has_news().then(|| pace.tells(board.watching()));
        let shows = board.is_watched().then(|| {
            let all = pace.shows(board.sent());
            if board.is_awaited() { all.min(pace.welcomes()) } else { all }
        });
        tells.into_iter().chain(shows).min()
    }

    /// Tells and shows what is due.
    fn tell(&self, pace: &mut Pace) {
        let (Some(board), now) = (&self.board, Instant::now()) else { return };
        let to_all = now >= pace.shows(board.sent());
        let shows = board.is_watched() && (to_all || board.is_awaited() && now >= pace.welcomes());
        // Whoever is shown a turn was told all that happened up to it.
        if board.has_news() && (shows && to_all || now >= pace.tells(board.watching())) {
            board.tell();
            pace.has_told(now);
        }
        if shows {
            board.show(self.engine.state(), &self.facts, to_all);
            let made = Instant::now();
            pace.has_made(made, made - now);
            if to_all {
                pace.has_shown(made);
            }
        }
    }

    fn fold(&mut self, turn: &Turn) {
        let (stands, number) = (self.engine.state().turn(), turn.number().unwrap_or(0));
        if number <= stands {
            return;
        }
        if number > stands + 1 {
            self.read_again();
            return;
        }
        turn.events.iter().for_each(|event| self.engine.apply(event));
        self.board.iter().for_each(|board| board.hear(turn));
    }

    /// Too much was left out: the state is folded from the journal, and what happened since is told from there.
    fn read_again(&mut self) {
        let read = Reader::open(&self.journal).and_then(|reader| reader.engine_before(u64::MAX));
        match read {
            Ok(engine) => {
                tracing::info!(turn = engine.state().turn(), "what is shown was read again");
                self.board.iter().for_each(|board| board.skip_to(engine.state().turn()));
                self.engine = engine;
            }
            // The next turn does not follow, so it is tried again.
            Err(error) => tracing::error!(%error, "what is shown stands still"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use highmark_engine::{Body, Input, Timestamp};

    fn group(turns: usize) -> Arc<Vec<Turn>> {
        let input = Input { at: Timestamp(1), body: Body::Clock };
        Arc::new(vec![Turn { input, events: Vec::new() }; turns])
    }

    #[test]
    fn what_waits_is_bounded_and_what_was_left_out_is_said() {
        let inbox = Inbox::default();
        inbox.turns(&group(MOST_TURNS));
        assert!(!inbox.take(Duration::ZERO).unwrap().missed);
        inbox.turns(&group(MOST_TURNS));
        inbox.turns(&group(1));
        inbox.turns(&group(1));
        let taken = inbox.take(Duration::ZERO).unwrap();
        assert!(taken.missed && taken.groups.is_empty());
        inbox.turns(&group(1));
        assert_eq!(inbox.take(Duration::ZERO).unwrap().groups.len(), 1);
        let looked = (0..MOST_SIGHTS + 7).filter(|_| inbox.see(Box::new(|_| {})).is_ok()).count();
        assert_eq!(looked, MOST_SIGHTS);
        inbox.close();
        assert!(inbox.take(Duration::ZERO).is_none());
        assert_eq!(inbox.see(Box::new(|_| {})), Err(NotTaken::Closed));
    }
}
