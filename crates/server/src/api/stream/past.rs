//! What happened earlier than is remembered: read from the journal beside its writer, a passage at a time, and once for
//! all who ask for the same. Whoever is given a passage holds no reader of the journal while it is passed on, however
//! slowly that goes.

use super::locked;
use super::news::News;
use crate::api::problem::Problem;
use highmark_journal::{JournalError, Reader, Turns};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};
use tokio::sync::{Semaphore, oneshot};

/// Turns that one resumption reads back at most; whoever is further behind looks anew.
pub(super) const MOST_TURNS: u64 = 5_000_000;
/// Those who read the journal at once.
const MOST_READERS: usize = 2;
/// Bytes of news, or a little more, and turns of one passage.
const PASSAGE: usize = 256 << 10;
const PASSAGE_TURNS: u64 = 262_144;
/// Bytes of news that are kept for others who ask, and places in the journal from which it can be read on.
const KEPT: usize = 16 << 20;
const KEPT_PLACES: usize = 4;

/// The past, for all who look back.
#[derive(Debug)]
pub(super) struct Past {
    journal: PathBuf,
    /// Alive as long as somebody looks back.
    recall: Mutex<Weak<Recall>>,
    readers: Arc<Semaphore>,
}

impl Past {
    pub(super) fn new(journal: PathBuf) -> Past {
        let readers = Arc::new(Semaphore::new(MOST_READERS));
        Past { journal, recall: Mutex::default(), readers }
    }

    /// Looks back: what is read is shared with all who do so at the same time.
    pub(super) fn look_back(&self) -> Arc<Recall> {
        let mut recall = locked(&self.recall);
        recall.upgrade().unwrap_or_else(|| {
            let (journal, readers) = (self.journal.clone(), Arc::clone(&self.readers));
            let new = Arc::new(Recall { journal, readers, kept: Mutex::default() });
            *recall = Arc::downgrade(&new);
            new
        })
    }

    #[cfg(test)]
    pub(super) fn is_looked_at(&self) -> bool {
        locked(&self.recall).strong_count() > 0
    }
}

/// What has been read of the journal, as long as somebody looks back.
#[derive(Debug)]
pub(super) struct Recall {
    journal: PathBuf,
    readers: Arc<Semaphore>,
    kept: Mutex<Kept>,
}

/// All news of some turns that follow one another.
#[derive(Debug)]
pub(super) struct Passage {
    after: u64,
    pub until: u64,
    pub news: Vec<News>,
    bytes: usize,
}

/// `None` when the journal does not go back so far.
pub(super) type Answer = Result<Option<Arc<Passage>>, Problem>;

#[derive(Default)]
struct Kept {
    /// The latest that was asked for stands last.
    passages: VecDeque<Arc<Passage>>,
    bytes: usize,
    /// Where the journal can be read on, after these turns.
    places: VecDeque<(u64, Turns)>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Kept").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Recall {
    /// Asks for a passage in which the turn after `after` is, and which goes up to turn `to` at most. Nothing is read
    /// when nobody waits for the answer any more.
    pub(super) fn ask(self: &Arc<Recall>, after: u64, to: u64) -> oneshot::Receiver<Answer> {
        let (mut tell, told) = oneshot::channel();
        let recall = Arc::clone(self);
        tokio::spawn(async move {
            let answer = tokio::select! {
                answer = recall.answer(after, to) => answer,
                () = tell.closed() => return,
            };
            let _ = tell.send(answer);
        });
        told
    }

    async fn answer(self: &Arc<Recall>, after: u64, to: u64) -> Answer {
        let permit = self.readers.clone().acquire_owned().await.map_err(Problem::ours)?;
        // Somebody else may have asked for it.
        if let Some(passage) = locked(&self.kept).find(after) {
            return Ok(Some(passage));
        }
        let recall = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            recall.read(after, to)
        });
        read.await.map_err(Problem::ours)?.map_err(Problem::ours)
    }

    fn read(&self, after: u64, to: u64) -> Result<Option<Arc<Passage>>, JournalError> {
        let place = locked(&self.kept).place(after);
        let mut turns = match place {
            Some(turns) => turns,
            None if goes_back(&self.journal, after)? => {
                Reader::open(&self.journal)?.turns_from(after + 1)?
            }
            None => return Ok(None),
        };
        let (mut passage, mut ended) =
            (Passage { after, until: after, news: Vec::new(), bytes: 0 }, false);
        let last = to.min(after.saturating_add(PASSAGE_TURNS));
        while passage.until < last && passage.bytes < PASSAGE {
            let Some(turn) = turns.next() else {
                (passage.until, ended) = (last, true);
                break;
            };
            let turn = turn?;
            passage.until = turn.number().unwrap_or(passage.until);
            if let Some(news) = News::of(&turn) {
                passage.bytes += news.text.len();
                passage.news.push(news);
            }
        }
        let passage = Arc::new(passage);
        let mut kept = locked(&self.kept);
        kept.add(Arc::clone(&passage));
        if !ended {
            kept.mark(passage.until, turns);
        }
        Ok(Some(passage))
    }
}

impl Kept {
    /// What was read with the turn after `after` in it.
    fn find(&mut self, after: u64) -> Option<Arc<Passage>> {
        let holds = |one: &Arc<Passage>| one.after <= after && after < one.until;
        let place = self.passages.iter().position(holds)?;
        let passage = self.passages.remove(place)?;
        self.passages.push_back(Arc::clone(&passage));
        Some(passage)
    }

    fn add(&mut self, passage: Arc<Passage>) {
        self.bytes += passage.bytes;
        self.passages.push_back(passage);
        while self.bytes > KEPT
            && let Some(oldest) = self.passages.pop_front()
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
