//! Raises: what loosens a limit or a stop is asked for, and done once it is confirmed: by somebody else at once, by
//! whoever asked not before a minute has passed. What tightens is done when it is asked for.
//!
//! Those that wait stand in a file of the state folder, so that a restart gives none up.

mod ahead;
mod file;
mod tighter;

pub(super) use ahead::{Ahead, look_ahead};

use super::problem::Problem;
use crate::socket::protocol::Given;
use axum::http::StatusCode;
use highmark_engine::{Command, Timestamp};
use highmark_play::names::Subject;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long whoever asked waits before they may confirm it themselves.
const WAITS: Duration = Duration::from_secs(60);
/// How long it can be confirmed.
const KEPT: Duration = Duration::from_secs(15 * 60);
/// Those that may wait at once.
const MOST: usize = 64;

/// What was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asking {
    /// As the record names them.
    pub by: String,
    pub command: Command,
    /// What was looked at, and must still stand.
    pub given: Option<Given>,
    /// Whose it is.
    pub subject: Subject,
    /// Old and new, in words.
    pub what: String,
    pub reason: String,
}

/// A raise that waits.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Raise {
    pub id: u32,
    pub asking: Asking,
    pub at: Timestamp,
    pub begun: Instant,
}

/// All raises that wait.
#[derive(Debug, Default)]
pub(super) struct Raises {
    kept: Mutex<Kept>,
    /// Where they stand.
    file: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Kept {
    last: u32,
    raises: BTreeMap<u32, Raise>,
}

impl Raise {
    /// From when on whoever asked may confirm it.
    pub(super) fn own_from(&self) -> Timestamp {
        later(self.at, WAITS)
    }

    pub(super) fn until(&self) -> Timestamp {
        later(self.at, KEPT)
    }
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    Timestamp(at.0.saturating_add(i64::try_from(by.as_nanos()).unwrap_or(i64::MAX)))
}

impl Raises {
    /// Those that stand in the file. One that cannot be read loosens nothing: what was asked for is asked for again.
    pub(super) fn of(file: PathBuf, now: (Timestamp, Instant)) -> Raises {
        let kept = file::read(&file, now).unwrap_or_else(|failure| {
            tracing::warn!(%failure, "raises that waited are given up");
            Kept::default()
        });
        Raises { kept: Mutex::new(kept), file: Some(file) }
    }

    pub(super) fn ask(
        &self,
        asking: Asking,
        (at, begun): (Timestamp, Instant),
    ) -> Result<u32, Problem> {
        let mut kept = self.kept(begun);
        if kept.raises.len() >= MOST {
            let hint = "confirm or cancel some: GET /api/v1/raises";
            let status = StatusCode::SERVICE_UNAVAILABLE;
            return Err(Problem::new(status, "BUSY", "too many raises wait", hint).not_begun());
        }
        let id = kept.last + 1;
        self.change(&mut kept, |kept| {
            kept.last = id;
            kept.raises.insert(id, Raise { id, asking, at, begun });
        })?;
        Ok(id)
    }

    pub(super) fn all(&self, now: Instant) -> Vec<Raise> {
        self.kept(now).raises.values().cloned().collect()
    }

    pub(super) fn find(&self, id: u32, now: Instant) -> Result<Raise, Problem> {
        self.kept(now).raises.get(&id).cloned().ok_or_else(missing)
    }

    /// Whether this person may confirm it now.
    pub(super) fn may_confirm(&self, id: u32, by: &str, now: Instant) -> Result<(), Problem> {
        let raise = self.find(id, now)?;
        let waited = now.saturating_duration_since(raise.begun);
        if raise.asking.by != by || waited >= WAITS {
            return Ok(());
        }
        let left = WAITS.saturating_sub(waited).as_secs().max(1);
        let hint = format!("wait {left} seconds, or let somebody else confirm it");
        let detail = "whoever asked for it may not confirm it yet";
        Err(Problem::new(StatusCode::CONFLICT, "TOO_SOON", detail, hint).on("id"))
    }

    /// It waits no longer: it is confirmed, or given up. Of two who come at once one has it.
    pub(super) fn take(&self, id: u32, now: Instant) -> Result<Raise, Problem> {
        let mut kept = self.kept(now);
        let raise = kept.raises.get(&id).cloned().ok_or_else(missing)?;
        self.change(&mut kept, |kept| drop(kept.raises.remove(&id)))?;
        Ok(raise)
    }

    /// On the disk first: what was taken does not come back.
    fn change(&self, kept: &mut Kept, with: impl FnOnce(&mut Kept)) -> Result<(), Problem> {
        let mut changed = kept.clone();
        with(&mut changed);
        if let Some(file) = &self.file {
            file::write(file, &changed).map_err(Problem::ours)?;
        }
        *kept = changed;
        Ok(())
    }

    fn kept(&self, now: Instant) -> MutexGuard<'_, Kept> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.raises.retain(|_, raise| now.saturating_duration_since(raise.begun) < KEPT);
        kept
    }
}

fn missing() -> Problem {
    super::own::not_there("id")
}

/// It loosens: nothing was done, and it waits to be confirmed.
pub(super) fn confirm_it(id: u32, what: &str) -> Problem {
    let detail = format!("{what}: this loosens, so it was only asked for, as raise {id}");
    let hint = format!(
        "let somebody else confirm it, or do so yourself after {} seconds: POST /api/v1/raises/{id}/confirm",
        WAITS.as_secs()
    );
    Problem::new(StatusCode::CONFLICT, "CONFIRM", detail, hint).raised(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use highmark_engine::{Scope, StrategyId};

    fn asking(by: &str) -> Asking {
        let strategy = StrategyId(0);
        Asking {
            by: by.into(),
            command: Command::ResetStrategy { strategy, reason: "so".into() },
            given: None,
            subject: Subject::Scope(Scope::Strategy(strategy)),
            what: "it trades again".into(),
            reason: "so".into(),
        }
    }

    #[test]
    fn another_confirms_at_once_and_whoever_asked_after_a_minute() {
        let (raises, start) = (Raises::default(), Instant::now());
        let id = raises.ask(asking("user:asha"), (Timestamp(7), start)).unwrap();
        let may = |by: &str, seconds: u64| {
            let refused = raises.may_confirm(id, by, start + Duration::from_secs(seconds)).err();
            refused.map(|problem| problem.code)
        };
        assert_eq!(may("user:dev", 0), None);
        assert_eq!(may("user:asha", 0).as_deref(), Some("TOO_SOON"));
        assert_eq!(may("user:asha", 59).as_deref(), Some("TOO_SOON"));
        assert_eq!(may("user:asha", 60), None);
        assert_eq!(may("user:dev", 899), None);
        assert_eq!(may("user:dev", 900).as_deref(), Some("NOT_FOUND"));
    }

    #[test]
    fn a_raise_is_taken_once_and_those_that_wait_are_few() {
        let (raises, start) = (Raises::default(), Instant::now());
        for id in 1..=MOST as u32 {
            assert_eq!(raises.ask(asking("a"), (Timestamp(7), start)).unwrap(), id);
        }
        assert_eq!(raises.ask(asking("a"), (Timestamp(7), start)).unwrap_err().code, "BUSY");
        assert_eq!(raises.take(3, start).unwrap().id, 3);
        assert_eq!(raises.take(3, start).unwrap_err().code, "NOT_FOUND");
        let later = start + KEPT;
        assert!(raises.all(later).is_empty());
        assert_eq!(raises.ask(asking("a"), (Timestamp(7), later)).unwrap(), MOST as u32 + 1);
    }

    #[test]
    fn what_waits_is_there_after_a_restart_for_as_long_as_it_had_left() {
        let folder = crate::scratch::folder("raises");
        let (path, start) = (folder.join("api-raises.json"), Instant::now());
        let second = |seconds: i64| Timestamp(seconds * 1_000_000_000);
        let raises = Raises::of(path.clone(), (second(100), start));
        let first = raises.ask(asking("user:asha"), (second(100), start)).unwrap();
        let other = raises.ask(asking("user:asha"), (second(110), start)).unwrap();
        raises.take(first, start).unwrap();
        // The clock of the next life is another; that of the day goes on.
        let later = start + Duration::from_secs(7_000);
        let again = |at| Raises::of(path.clone(), (second(at), later));
        let raises = again(140);
        assert_eq!(raises.find(first, later).unwrap_err().code, "NOT_FOUND");
        let found = raises.find(other, later).unwrap();
        assert_eq!((found.asking, found.at), (asking("user:asha"), second(110)));
        let own =
            |seconds| raises.may_confirm(other, "user:asha", later + Duration::from_secs(seconds));
        assert_eq!(own(29).unwrap_err().code, "TOO_SOON");
        assert!(own(30).is_ok());
        assert_eq!(raises.ask(asking("a"), (second(140), later)).unwrap(), other + 1);
        assert!(again(110 + 900).find(other, later).is_err());
        // A clock that was set back lets nobody wait less.
        assert_eq!(again(0).may_confirm(other, "user:asha", later).unwrap_err().code, "TOO_SOON");
        std::fs::write(&path, "{").unwrap();
        assert!(again(140).all(later).is_empty());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
