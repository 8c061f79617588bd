//! What is done beside the day's work: backups, a look at the disk and at the clocks.

use super::feed::Ending;
use super::health::Health;
use super::intake::Intake;
use super::policy::{InForce, Policy};
use super::time::wall;
use super::turns::Asked;
use crate::api::tls::Tls;
use crate::disk::Room;
use highmark_engine::{Body, Command, Input, SECOND, Scope, Timestamp};
use highmark_journal::{JournalError, backup, verify};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::Builder;
use std::time::{Duration, Instant};

/// Backups of the journal while it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backups {
    pub every: Duration,
    /// The newest of them that are kept.
    pub keep: usize,
    pub dir: PathBuf,
}

/// What the keeping thread works with.
#[derive(Clone)]
pub(super) struct Keeping {
    pub state: PathBuf,
    pub policy: Arc<InForce>,
    pub health: Arc<Health>,
    pub intake: Arc<Intake<Asked>>,
    pub ending: Arc<Ending>,
    /// The certificate of the API, if it has one.
    pub tls: Option<Arc<Tls>>,
}

const LOOK: Duration = Duration::from_secs(5);
/// Nanoseconds.
const DAY: i64 = 86_400_000_000_000;
/// A certificate that holds for fewer days is told of: renewals come earlier.
const CERTIFICATE_DAYS: i64 = 14;

impl Keeping {
    pub(super) fn run(self) {
        // A thread of its own that nobody waits for: a long journal takes long, and a stop does not wait for it.
        let beside = self.clone();
        if let Err(error) = Builder::new().name("verify".to_owned()).spawn(move || beside.verify())
        {
            tracing::warn!(%error, "the journal is not verified beside the service");
        }
        let mut saved = Instant::now();
        let mut blocked = false;
        let mut clocks = Clocks::now();
        loop {
            self.look_at_clocks(&mut clocks);
            let policy = self.policy.now();
            self.look_at_disk(&policy, &mut blocked);
            self.look_at_certificate(wall());
            if let Some(backups) = &policy.backups
                && saved.elapsed() >= backups.every
            {
                saved = Instant::now();
                self.save(backups);
            }
            if self.ending.wait(LOOK) {
                return;
            }
        }
    }

    /// Folds the whole journal once more: the start has only followed its links and folded the newest segment.
    fn verify(&self) {
        let damage = match verify(&self.state.join("journal"), &mut |_| {}) {
            Ok(verdict) => match verdict.damages.into_iter().next() {
                None => return tracing::info!(turns = verdict.turns, "the journal is sound"),
                Some(damage) => JournalError::Damaged(damage),
            },
            Err(error) => error,
        };
        self.health.sound(
            "JOURNAL_DAMAGED",
            format!("{damage}: entries are refused"),
            &damage.hint(),
        );
        self.halt("the journal is damaged".to_owned());
    }

    fn halt(&self, reason: String) {
        let command = Command::Halt { scope: Scope::System, reason };
        let body = Body::Command { by: "highmark".into(), command };
        self.intake.tell(Input { at: wall(), body });
    }

    /// A clock that was set, or a machine that slept, is told of until the two have gone on alike for a while.
    fn look_at_clocks(&self, clocks: &mut Clocks) {
        match clocks.look(wall(), Instant::now()) {
            Some(jump) if jump != 0 => self.health.sound(
                "CLOCK_JUMPED",
                format!("the wall clock went {jump} s ahead of the steady one: it was set, or the machine slept"),
                "compare open trades with the broker, and have the clock slewed, not stepped; \
                 rules on time wait until a clock that was set back has caught up",
            ),
            Some(_) => self.health.clear("CLOCK_JUMPED"),
            None => {}
        }
    }

    /// Entries end before the disk does, so that exits can still be recorded.
    fn look_at_disk(&self, policy: &Policy, blocked: &mut bool) {
        let Ok(Some(room)) = Room::of(&self.state) else { return };
        let free = room.free_pct();
        if free < policy.warn_free_pct {
            self.health.sound(
                "DISK_LOW",
                format!("{free} % of the disk is free"),
                "make room: at the lower limit entries are refused",
            );
        } else {
            self.health.clear("DISK_LOW");
        }
        if free < policy.block_free_pct && !*blocked {
            *blocked = true;
            self.health.sound(
                "DISK_FULL",
                format!("only {free} % of the disk is free: entries are refused"),
                "make room, then `highmark strategy resume system`",
            );
            self.halt(format!("{free} % of the disk is free"));
        } else if free >= policy.block_free_pct && *blocked {
            *blocked = false;
            self.health.clear("DISK_FULL");
        }
    }

    /// A certificate that is over is shown all the same: whoever does not mind can still kill by it.
    fn look_at_certificate(&self, now: Timestamp) {
        let Some(until) = self.tls.as_ref().map(|tls| tls.now(|identity| identity.until)) else {
            return;
        };
        let days = until.0.saturating_sub(now.0) / DAY;
        let hint = "put the new one in its place, then `highmark config reload`";
        if until <= now {
            self.health.clear("CERTIFICATE_ENDS");
            let message = "the certificate of the API is over: clients refuse it".to_owned();
            self.health.sound("CERTIFICATE_OVER", message, hint);
        } else if days < CERTIFICATE_DAYS {
            self.health.clear("CERTIFICATE_OVER");
            let message = format!("the certificate of the API is over in {days} days");
            self.health.sound("CERTIFICATE_ENDS", message, hint);
        } else {
            self.health.clear("CERTIFICATE_ENDS");
            self.health.clear("CERTIFICATE_OVER");
        }
    }

    fn save(&self, backups: &Backups) {
        let to = backups.dir.join(format!("backup-{}", wall().0 / 1_000_000_000));
        match backup(&self.state.join("journal"), &to, wall()) {
            Ok(made) => {
                tracing::info!(bytes = made.bytes, to = %to.display(), "the journal was backed up");
                self.health.clear("BACKUP_FAILED");
                forget_old(&backups.dir, backups.keep);
            }
            Err(error) => self.health.sound("BACKUP_FAILED", error.to_string(), &error.hint()),
        }
    }
}

/// The two clocks at the last look.
struct Clocks {
    wall: Timestamp,
    steady: Instant,
    /// Looks since they came apart.
    alike: Option<u32>,
}

/// Further apart between two looks, the wall clock has jumped.
const JUMP: i64 = 1;
/// So many looks later it is forgotten.
const FORGOTTEN: u32 = 12;

impl Clocks {
    fn now() -> Clocks {
        Clocks { wall: wall(), steady: Instant::now(), alike: None }
    }

    /// The whole seconds by which the wall went ahead of the steady clock since the last look when it jumped, 0 when
    /// a jump is long ago, nothing when there is nothing to say.
    fn look(&mut self, wall: Timestamp, steady: Instant) -> Option<i64> {
        let passed =
            i64::try_from(steady.duration_since(self.steady).as_nanos()).unwrap_or(i64::MAX);
        let apart = wall.since(self.wall).0.saturating_sub(passed) / SECOND;
        (self.wall, self.steady) = (wall, steady);
        if apart.abs() >= JUMP {
            self.alike = Some(0);
            return Some(apart);
        }
        self.alike = self.alike.map(|looks| looks + 1);
        if self.alike.is_some_and(|looks| looks >= FORGOTTEN) {
            self.alike = None;
            return Some(0);
        }
        None
    }
}

/// Keeps the newest backups; their names sort by time.
fn forget_old(dir: &Path, keep: usize) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    let is_backup = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("backup-"))
    };
    let mut all: Vec<PathBuf> =
        entries.filter_map(Result::ok).map(|entry| entry.path()).filter(is_backup).collect();
    all.sort();
    for old in all.iter().rev().skip(keep.max(1)) {
        if let Err(error) = std::fs::remove_dir_all(old) {
            tracing::warn!(%error, backup = %old.display(), "an old backup could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_or_slept_is_told_of_and_forgotten() {
        let begun = Instant::now();
        let mut clocks = Clocks { wall: Timestamp::seconds(1_000), steady: begun, alike: None };
        let mut look = |wall: i64, steady: u64| {
            clocks.look(Timestamp::seconds(wall), begun + Duration::from_secs(steady))
        };
        assert_eq!(look(1_005, 5), None);
        // Ten minutes of sleep, in which the steady clock stood.
        assert_eq!(look(1_610, 10), Some(600));
        assert_eq!(look(1_615, 15), None);
        // An hour back.
        assert_eq!(look(1_615 - 3_595, 20), Some(-3_600));
        let told: Vec<Option<i64>> = (1..=13)
            .map(|number| look(1_615 - 3_595 + 5 * number, 20 + 5 * number as u64))
            .collect();
        assert_eq!(told[..11], [None; 11]);
        assert_eq!(told[11..], [Some(0), None]);
    }
}
