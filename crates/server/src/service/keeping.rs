//! What is done beside the day's work: backups, a look at the disk, copies of checkpoints.

use super::feed::Ending;
use super::health::{Alarm, Health};
use super::intake::Intake;
use super::policy::{InForce, Policy};
use super::time::wall;
use super::turns::Asked;
use crate::disk::Room;
use highmark_engine::{Body, Command, Input, Scope};
use highmark_journal::{Checkpoint, JournalError, backup, verify};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
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
}

const LOOK: Duration = Duration::from_secs(5);

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
        loop {
            let policy = self.policy.now();
            self.look_at_disk(&policy, &mut blocked);
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
        self.raise("JOURNAL_DAMAGED", format!("{damage}: entries are refused"), &damage.hint());
        self.halt("the journal is damaged".to_owned());
    }

    fn halt(&self, reason: String) {
        let command = Command::Halt { scope: Scope::System, reason };
        let body = Body::Command { by: "highmark".into(), command };
        self.intake.tell(Input { at: wall(), body });
    }

    /// Entries end before the disk does, so that exits can still be recorded.
    fn look_at_disk(&self, policy: &Policy, blocked: &mut bool) {
        let Ok(Some(room)) = Room::of(&self.state) else { return };
        let free = room.free_pct();
        if free < policy.warn_free_pct {
            self.raise(
                "DISK_LOW",
                format!("{free} % of the disk is free"),
                "make room: at the lower limit entries are refused",
            );
        } else {
            self.health.clear("DISK_LOW");
        }
        if free < policy.block_free_pct && !*blocked {
            *blocked = true;
            self.raise(
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

    fn save(&self, backups: &Backups) {
        let to = backups.dir.join(format!("backup-{}", wall().0 / 1_000_000_000));
        match backup(&self.state.join("journal"), &to, wall()) {
            Ok(made) => {
                tracing::info!(bytes = made.bytes, to = %to.display(), "the journal was backed up");
                self.health.clear("BACKUP_FAILED");
                forget_old(&backups.dir, backups.keep);
            }
            Err(error) => self.raise("BACKUP_FAILED", error.to_string(), &error.hint()),
        }
    }

    fn raise(&self, code: &str, message: String, hint: &str) {
        let alarm = Alarm {
            code: code.to_owned(),
            message: message.clone(),
            hint: hint.to_owned(),
            since: wall().0,
        };
        if self.health.raise(alarm) {
            tracing::warn!(code, "{message}");
        }
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

/// Gives a checkpoint to a command of the owner's, which copies it off this host. Not waited for: a slow network
/// must not hold the journal up.
pub(super) fn tell(command: String, checkpoint: &Checkpoint) {
    let Ok(mut line) = serde_json::to_vec(checkpoint) else { return };
    line.push(b'\n');
    std::thread::spawn(move || match give(&command, &line) {
        Ok(true) => {}
        Ok(false) => tracing::warn!(%command, "the checkpoint hook failed"),
        Err(error) => tracing::warn!(%command, %error, "the checkpoint hook cannot be run"),
    });
}

fn give(command: &str, line: &[u8]) -> std::io::Result<bool> {
    let mut child = Process::new("sh")
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(line)?;
    }
    Ok(child.wait()?.success())
}
