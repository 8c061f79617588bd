//! The heartbeat: a small file in the state folder that says how far the engine has come, for a watch that runs beside
//! the service. Only a turn of the engine's own thread moves it, so that it stands when that thread does.

use crate::lease;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often it is written while the engine goes on.
pub const EVERY: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    pub pid: u32,
    /// Rounds of the engine's thread since it started, at least ten a second.
    pub beats: u64,
    /// The last turn that is durable.
    pub durable_turn: u64,
    /// When it was written, in nanoseconds since 1970.
    pub at: i64,
}

/// What a look at a state folder from outside finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A service holds the folder; what it wrote last, if it wrote anything that can be read.
    Runs(Option<Heartbeat>),
    /// The last service stopped in good order, or none has ever run.
    Stopped,
    /// The last service ended without saying so.
    Gone,
}

impl Heartbeat {
    /// Writes it whole or not at all.
    pub(crate) fn write(&self, state: &Path) -> io::Result<()> {
        let beside = state.join("heartbeat.new");
        fs::write(&beside, serde_json::to_vec(self)?)?;
        fs::rename(beside, file_of(state))
    }

    /// Looks at a state folder from outside.
    pub fn look(state: &Path) -> Seen {
        if let Some(holder) = lease::holder(state) {
            let written = fs::read(file_of(state)).ok();
            let read = written.and_then(|text| serde_json::from_slice::<Heartbeat>(&text).ok());
            return Seen::Runs(read.filter(|beat| beat.pid == holder.pid));
        }
        match lease::last(state) {
            Some(holder) if holder.ended.is_none() => Seen::Gone,
            Some(_) | None => Seen::Stopped,
        }
    }
}

fn file_of(state: &Path) -> PathBuf {
    state.join("heartbeat")
}
