//! The journal's thread, and the only gate to the outside: turns and answers come in the order in which the
//! engine made them, are made durable in groups, and only then is anything let out.

use super::health::{Alarm, Health};
use super::outside::Outside;
use super::turns::{Answer, Made};
use highmark_engine::State;
use highmark_journal::{Emergency, Journal, JournalError, Turn};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Something for the journal's thread, in the engine's order.
#[derive(Debug)]
pub enum Work {
    Made(Made),
    Answer(Answer),
    /// A day has begun: the journal goes on in a new segment.
    Roll(Box<State>),
    Checkpoint(Option<Answer>),
    Stop,
}
