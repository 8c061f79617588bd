//! What has to work when nothing else does: the kill file, the heartbeat, and an eye on the engine's thread.
//!
//! A thread of its own that waits neither for the API, nor for the socket, nor for the journal.

use super::feed::Ending;
use super::health::Health;
use super::intake::Intake;
use super::time::wall;
use super::turns::{Asked, ReplyTo};
use crate::heartbeat::{self, Heartbeat};
use crate::kill_file;
use crate::socket::protocol::{Ask, Said};
use highmark_engine::Command;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

/// How often the kill file is looked for.
const LOOK: Duration = Duration::from_millis(50);
/// The engine's thread goes round at least ten times a second; when it has not for so long, the alarm sounds.
const STALLED: Duration = Duration::from_secs(15);

pub(super) struct Guard {
    state: PathBuf,
    health: Arc<Health>,
    intake: Arc<Intake<Asked>>,
    file: KillFile,
    pulse: Pulse,
    heard: Heard,
}

/// How far the kill file has come.
enum KillFile {
    Absent,
    /// The engine was told of it, and answers once the kill is durable.
    Told(Receiver<(u64, Said)>),
    /// It was taken, or cannot be, and lies there still.
    Stays,
}

/// The engine's rounds as they were seen last, and when they moved.
struct Pulse {
    beats: u64,
    moved: Instant,
}

/// What the heartbeat said last, and when.
struct Heard {
    beats: u64,
    at: Option<Instant>,
}

impl Guard {
    pub(super) fn new(state: PathBuf, health: Arc<Health>, intake: Arc<Intake<Asked>>) -> Guard {
        Guard {
            state,
            health,
            intake,
            file: KillFile::Absent,
            pulse: Pulse { beats: 0, moved: Instant::now() },
            heard: Heard { beats: 0, at: None },
        }
    }

    pub(super) fn run(mut self, ending: &Ending) {
        loop {
            self.look_for_kill();
            self.look_at_engine();
            if ending.wait(LOOK) {
                return;
            }
        }
    }

    /// Before there is any feed, the file that an earlier service did not take is taken.
    pub(super) fn look_for_kill(&mut self) {
        self.file = match std::mem::replace(&mut self.file, KillFile::Stays) {
            KillFile::Absent => match kill_file::reason(&self.state) {
                Some(reason) => self.tell(reason),
                None => KillFile::Absent,
            },
            KillFile::Told(answer) => match answer.try_recv() {
                Err(TryRecvError::Empty) => KillFile::Told(answer),
                Ok((_, Said::Ok(_) | Said::Done(_))) => self.taken(),
                Ok((_, Said::Error(problem))) => self.stays(&problem.message),
                // A service that stops without having answered leaves it to the next.
                Ok((_, Said::Turn(_))) | Err(TryRecvError::Disconnected) => KillFile::Stays,
            },
            KillFile::Stays if kill_file::reason(&self.state).is_none() => {
                self.health.clear(STAYS);
                KillFile::Absent
            }
            KillFile::Stays => KillFile::Stays,
        };
    }

    fn tell(&self, reason: String) -> KillFile {
        tracing::warn!(reason, "the kill file was found");
        let (line, answer) = sync_channel(1);
        let command = Box::new(Command::Kill { reason });
        let ask = Ask::Command { by: "kill file".to_owned(), command };
        match self.intake.ask(Asked::new(ask, ReplyTo::Line { id: 0, line })) {
            Ok(()) => KillFile::Told(answer),
            Err(_) => KillFile::Stays,
        }
    }

    fn taken(&self) -> KillFile {
        match kill_file::remove(&self.state) {
            Ok(()) => {
                tracing::warn!("the kill of the kill file is durable");
                KillFile::Absent
            }
            Err(error) => self.stays(&error.to_string()),
        }
    }

    fn stays(&self, why: &str) -> KillFile {
        self.health.sound(
            STAYS,
            format!("the kill file stays where it is: {why}"),
            "remove it by hand: while it is there, each start kills again",
        );
        KillFile::Stays
    }

    fn look_at_engine(&mut self) {
        let (beats, now) = (self.health.beats.load(Ordering::Relaxed), Instant::now());
        if beats != self.pulse.beats {
            self.pulse = Pulse { beats, moved: now };
            self.health.clear(ENGINE_STALLED);
        } else if now.duration_since(self.pulse.moved) >= STALLED {
            self.health.sound(
                ENGINE_STALLED,
                format!("the engine has done nothing for {} s", STALLED.as_secs()),
                "nothing is protected: look at the broker, and start the service again",
            );
        }
        let is_due = self.heard.at.is_none_or(|at| now.duration_since(at) >= heartbeat::EVERY);
        if is_due && beats != self.heard.beats {
            let durable_turn = self.health.durable_turn.load(Ordering::Relaxed);
            let beat = Heartbeat { pid: std::process::id(), beats, durable_turn, at: wall().0 };
            // A disk that is full says so elsewhere; a heartbeat that is missing sounds the alarm outside.
            let _ = beat.write(&self.state);
            self.heard = Heard { beats, at: Some(now) };
        }
    }
}

const STAYS: &str = "KILL_FILE_STAYS";
const ENGINE_STALLED: &str = "ENGINE_STALLED";
