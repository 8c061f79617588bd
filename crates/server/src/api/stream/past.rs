//! What happened earlier than is remembered: read from the journal beside its writer, a stretch at a time, and once for
//! all who ask for the same. Whoever is given a stretch holds no reader of the journal while it is passed on, however
//! slowly that goes.

use super::news::News;
use crate::api::problem::Problem;
use highmark_journal::{JournalError, Reader, Turns};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::{Semaphore, oneshot};

/// Turns that one resumption reads back at most; whoever is further behind looks anew.
pub(super) const MOST_TURNS: u64 = 5_000_000;
/// Those who read the journal at once.
const MOST_READERS: usize = 2;
/// Bytes of news, or a little more, and turns of one stretch.
const STRETCH: usize = 256 << 10;
const STRETCH_TURNS: u64 = 262_144;
/// Bytes of news that are kept for others who ask, and places in the journal from which it can be read on.
const KEPT: usize = 16 << 20;
const KEPT_PLACES: usize = 4;

/// The past, for all who look back.
#[derive(Debug)]
pub(super) struct Past {
    journal: PathBuf,
    /// Alive as long as somebody looks back.
    record: Mutex<Weak<Record>>,
    readers: Arc<Semaphore>,
}

impl Past {
    pub(super) fn new(journal: PathBuf) -> Past {
        let readers = Arc::new(Semaphore::new(MOST_READERS));
        Past { journal, record: Mutex::default(), readers }
    }

    /// Looks back: what is read is shared with all who do so at the same time.
    pub(super) fn look_back(&self) -> Arc<Record> {
        let mut record = locked(&self.record);
        record.upgrade().unwrap_or_else(|| {
            let (journal, readers) = (self.journal.clone(), Arc::clone(&self.readers));
            let new = Arc::new(Record { journal, readers, kept: Mutex::default() });
            *record = Arc::downgrade(&new);
            new
        })
    }

    #[cfg(test)]
    pub(super) fn is_looked_at(&self) -> bool {
        locked(&self.record).strong_count() > 0
    }
}

/// What has been read of the journal, as long as somebody looks back.
#[derive(Debug)]
pub(super) struct Record {
    journal: PathBuf,
    readers: Arc<Semaphore>,
    kept: Mutex<Kept>,
}

/// All news of some turns that follow one another.
#[derive(Debug)]
pub(super) struct Stretch {
    after: u64,
    pub until: u64,
    pub news: Vec<News>,
    bytes: usize,
}

/// `None` when the journal does not go back so far.
pub(super) type Answer = Result<Option<Arc<Stretch>>, Problem>;

#[derive(Default)]
struct Kept {
    /// The latest that was asked for stands last.
    stretches: VecDeque<Arc<Stretch>>,
    bytes: usize,
    /// Where the journal can be read on, after these turns.
    places: VecDeque<(u64, Turns)>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Kept").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Record {
    /// Asks for a stretch in which the turn after `after` is, and which goes up to turn `to` at most. Nothing is read
    /// when nobody waits for the answer any more.
    pub(super) fn ask(self: &Arc<Record>, after: u64, to: u64) -> oneshot::Receiver<Answer> {
        let (mut tell, told) = oneshot::channel();
        let record = Arc::clone(self);
        tokio::spawn(async move {
            let answer = tokio::select! {
                answer = record.answer(after, to) => answer,
                () = tell.closed() => return,
            };
            let _ = tell.send(answer);
        });
        told
    }

    async fn answer(self: &Arc<Record>, after: u64, to: u64) -> Answer {
        let permit = self.readers.clone().acquire_owned().await.map_err(Problem::ours)?;
        // Somebody else may have asked for it.
        if let Some(stretch) = locked(&self.kept).find(after) {
            return Ok(Some(stretch));
        }
        let record = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            record.read(after, to)
        });
        read.await.map_err(Problem::ours)?.map_err(Problem::ours)
    }

    fn read(&self, after: u64, to: u64) -> Result<Option<Arc<Stretch>>, JournalError> {
        let place = locked(&self.kept).place(after);
        let mut turns = match place {
            Some(turns) => turns,
            None if goes_back(&self.journal, after)? => {
                Reader::open(&self.journal)?.turns_from(after + 1)?
            }
            None => return Ok(None),
        };
        let (mut stretch, mut ended) =
            (Stretch { after, until: after, news: Vec::new(), bytes: 0 }, false);
        let last = to.min(after.saturating_add(STRETCH_TURNS));
        while stretch.until < last && stretch.bytes < STRETCH {
            let Some(turn) = turns.next() else {
                (stretch.until, ended) = (last, true);
                break;
            };
            let turn = turn?;
            stretch.until = turn.number().unwrap_or(stretch.until);
            if let Some(news) = News::of(&turn) {
                stretch.bytes += news.text.len();
                stretch.news.push(news);
            }
        }
        let stretch = Arc::new(stretch);
        let mut kept = locked(&self.kept);
        kept.add(Arc::clone(&stretch));
        if !ended {
            kept.mark(stretch.until, turns);
        }
        Ok(Some(stretch))
    }
}

impl Kept {
    /// What was read with the turn after `after` in it.
    fn find(&mut self, after: u64) -> Option<Arc<Stretch>> {
        let holds = |one: &Arc<Stretch>| one.after <= after && after < one.until;
        let place = self.stretches.iter().position(holds)?;
        let stretch = self.stretches.remove(place)?;
        self.stretches.push_back(Arc::clone(&stretch));
        Some(stretch)
    }

    fn add(&mut self, stretch: Arc<Stretch>) {
        self.bytes += stretch.bytes;
        self.stretches.push_back(stretch);
        while self.bytes > KEPT
            && let Some(oldest) = self.stretches.pop_front()
        {
            self.bytes -= oldest.bytes;
        }
    }

    /// Where the journal can be read on after this turn.
    fn place(&mut self, after: u64) -> Option<Turns> {
        let place = self.places.iter().position(|(at, _)| *at == after)?;
        self.places.remove(place).map(|(_, turns)| turns)
    }

    fn mark(&mut self, after: u64, turns: Turns) {
        self.places.push_back((after, turns));
        if self.places.len() > KEPT_PLACES {
            self.places.pop_front();
        }
    }
}

/// Whether the journal still holds all that happened after this turn.
fn goes_back(journal: &Path, after: u64) -> Result<bool, JournalError> {
    let heads = Reader::open(journal)?.heads()?;
    Ok(heads.first().is_some_and(|oldest| oldest.turns_before() <= after))
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
