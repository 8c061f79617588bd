//! Jobs: the record decided again, on threads that leave the processor to the others. They are few, can be cancelled,
//! and what they found is forgotten after an hour.

use super::past::told;
use super::problem::Problem;
use crate::behind::behind;
use crate::past::patience::Patience;
use crate::past::record::{self, Record};
use axum::http::StatusCode;
use highmark_engine::Timestamp;
use highmark_play::failure::Failure;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Jobs that run at once, and that are kept with those that have ended.
const MOST_RUNNING: usize = 2;
const MOST_KEPT: usize = 32;
/// The longest that one runs, and how long is kept what it found.
const RUNS: Duration = Duration::from_secs(15 * 60);
const KEPT: Duration = Duration::from_secs(60 * 60);

/// What a job does: it reads the record and finds something.
pub(super) type Work<F> = Box<dyn FnOnce(&Record) -> Result<F, Failure> + Send>;

/// All jobs; `F` is what they find.
#[derive(Debug)]
pub(super) struct Jobs<F> {
    kept: Arc<Mutex<Kept<F>>>,
}

#[derive(Debug)]
struct Kept<F> {
    next: u32,
    jobs: BTreeMap<u32, Job<F>>,
}

#[derive(Debug)]
struct Job<F> {
    about: About,
    patience: Arc<Patience>,
    ended: Option<(Instant, End<F>)>,
}

/// What was asked, and by whom.
#[derive(Clone, Debug)]
pub(super) struct About {
    pub by: String,
    pub what: String,
    pub begun: Timestamp,
    /// Turns that the record had.
    pub turns: u64,
}

/// How a job ended.
#[derive(Clone, Debug)]
pub(super) enum End<F> {
    Found(Arc<F>),
    Failed(Problem),
    Cancelled,
}

/// A job as it stands.
#[derive(Clone, Debug)]
pub(super) struct Standing<F> {
    pub id: u32,
    pub about: About,
    /// Turns that were read.
    pub read: u64,
    /// `None` while it runs.
    pub end: Option<End<F>>,
}

impl<F> Default for Jobs<F> {
    fn default() -> Jobs<F> {
        let kept = Kept { next: 1, jobs: BTreeMap::new() };
        Jobs { kept: Arc::new(Mutex::new(kept)) }
    }
}

impl<F: Send + Sync + 'static> Jobs<F> {
    /// Starts one on the journal in this folder.
    pub(super) fn start(
        &self,
        about: About,
        journal: PathBuf,
        work: Work<F>,
    ) -> Result<Standing<F>, Problem> {
        let patience = Arc::new(Patience::of(RUNS));
        let id = self.place(about, &patience)?;
        let (kept, waited) = (Arc::clone(&self.kept), Arc::clone(&patience));
        let begun = behind("job", move || {
            let record = record::open(&journal).map(|record| record.as_long_as(&waited));
            let end = match record.and_then(|record| work(&record)) {
                Ok(found) => End::Found(Arc::new(found)),
                Err(failure) => End::Failed(told(failure)),
            };
            if let Some(job) = lock(&kept).jobs.get_mut(&id)
                && job.ended.is_none()
            {
                job.ended = Some((Instant::now(), end));
            }
        });
        if let Err(error) = begun {
            lock(&self.kept).jobs.remove(&id);
            return Err(Problem::ours(error));
        }
        self.find(id)
    }

    /// A place for one more; what has ended makes way, the oldest first.
    fn place(&self, about: About, patience: &Arc<Patience>) -> Result<u32, Problem> {
        let mut kept = lock(&self.kept);
        kept.forget();
        if kept.jobs.values().filter(|job| job.ended.is_none()).count() >= MOST_RUNNING {
            let detail = format!("{MOST_RUNNING} jobs run already");
            let hint = "wait for one to end, or cancel it: POST /api/v1/jobs/{id}/cancel";
            let status = StatusCode::SERVICE_UNAVAILABLE;
            return Err(Problem::new(status, "BUSY", detail, hint).not_begun());
        }
        let id = kept.next;
        kept.next += 1;
        let patience = Arc::clone(patience);
        kept.jobs.insert(id, Job { about, patience, ended: None });
        Ok(id)
    }

    pub(super) fn all(&self) -> Vec<Standing<F>> {
        let mut kept = lock(&self.kept);
        kept.forget();
        kept.jobs.iter().map(|(id, job)| job.standing(*id)).collect()
    }

    pub(super) fn find(&self, id: u32) -> Result<Standing<F>, Problem> {
        let mut kept = lock(&self.kept);
        kept.forget();
        kept.jobs.get(&id).map(|job| job.standing(id)).ok_or_else(|| missing(id))
    }

    /// Ends one; one that has ended stays as it is.
    pub(super) fn cancel(&self, id: u32) -> Result<Standing<F>, Problem> {
        let mut kept = lock(&self.kept);
        let job = kept.jobs.get_mut(&id).ok_or_else(|| missing(id))?;
        if job.ended.is_none() {
            job.patience.give_up();
            job.ended = Some((Instant::now(), End::Cancelled));
        }
        Ok(job.standing(id))
    }
}

impl<F> Drop for Jobs<F> {
    fn drop(&mut self) {
        lock(&self.kept).jobs.values().for_each(|job| job.patience.give_up());
    }
}

impl<F> Kept<F> {
    fn forget(&mut self) {
        let is_old = |job: &Job<F>| job.ended.as_ref().is_some_and(|(at, _)| at.elapsed() > KEPT);
        self.jobs.retain(|_, job| !is_old(job));
        while self.jobs.len() >= MOST_KEPT {
            let oldest = self.jobs.iter().find(|(_, job)| job.ended.is_some());
            let Some(id) = oldest.map(|(id, _)| *id) else { break };
            self.jobs.remove(&id);
        }
    }
}

impl<F> Job<F> {
    fn standing(&self, id: u32) -> Standing<F> {
        let end = self.ended.as_ref().map(|(_, end)| match end {
            End::Found(found) => End::Found(Arc::clone(found)),
            End::Failed(problem) => End::Failed(problem.clone()),
            End::Cancelled => End::Cancelled,
        });
        Standing { id, about: self.about.clone(), read: self.patience.turns(), end }
    }
}

fn missing(id: u32) -> Problem {
    let what = format!("there is no job {id}, or it ended more than an hour ago");
    Problem::not_found(what).on("id")
}

fn lock<F>(kept: &Mutex<Kept<F>>) -> MutexGuard<'_, Kept<F>> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
