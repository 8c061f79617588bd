//! Copies of checkpoints off this host: a command of the owner's gets each on its standard input, one after the
//! other in their order, beside the journal: a slow network must not hold it up.

use super::health::Health;
use highmark_journal::Checkpoint;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Builder;
use std::time::Duration;

/// Checkpoints that wait for a command that is slow; more are not copied, and the alarm sounds.
const WAITING: usize = 64;
/// How long the last copies are waited for when the service stops.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way to the command.
pub(super) struct Hook {
    to_copy: SyncSender<(String, Checkpoint)>,
    /// Ends when everything was copied.
    copied: Receiver<()>,
    health: Arc<Health>,
}

impl Hook {
    pub(super) fn new(health: &Arc<Health>) -> std::io::Result<Hook> {
        let (to_copy, waiting) = sync_channel::<(String, Checkpoint)>(WAITING);
        let (done, copied) = sync_channel(0);
        let heard = Arc::clone(health);
        Builder::new().name("checkpoints".to_owned()).spawn(move || {
            for (command, checkpoint) in waiting {
                match give(&command, &checkpoint) {
                    Ok(()) => heard.clear(CODE),
                    Err(why) => tell(&heard, &why),
                }
            }
            drop(done);
        })?;
        Ok(Hook { to_copy, copied, health: Arc::clone(health) })
    }

    pub(super) fn copy(&self, command: String, checkpoint: Checkpoint) {
        if self.to_copy.try_send((command, checkpoint)).is_err() {
            tell(&self.health, "it is slower than checkpoints are made");
        }
    }

    /// Waits for what is on its way, but not for ever.
    pub(super) fn end(self) {
        drop(self.to_copy);
        if let Err(std::sync::mpsc::RecvTimeoutError::Timeout) = self.copied.recv_timeout(PATIENCE)
        {
            tracing::warn!("the last checkpoints are not copied yet: the command goes on alone");
        }
    }
}

const CODE: &str = "CHECKPOINT_NOT_COPIED";

fn tell(health: &Health, why: &str) {
    health.sound(
        CODE,
        format!("the command of journal.checkpoint_hook did not take a checkpoint: {why}"),
        "run it by hand with a line of checkpoints.ndjson on its standard input",
    );
}

fn give(command: &str, checkpoint: &Checkpoint) -> Result<(), String> {
    let mut line = serde_json::to_vec(checkpoint).map_err(|error| error.to_string())?;
    line.push(b'\n');
    let told = |error: std::io::Error| error.to_string();
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(told)?;
    // A command that ends well without reading has what it wants.
    let _ = child.stdin.take().map(|mut input| input.write_all(&line));
    let status = child.wait().map_err(told)?;
    if status.success() { Ok(()) } else { Err(format!("it ended with {status}")) }
}
