//! What the service says on standard error: text for people, JSON lines for programs, and how much of it.

use crate::cli::args::Cli;
use highmark_server::config::{Log, LogFormat, LogLevel};
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use tracing::Level;
use tracing_subscriber::fmt::writer::MakeWriterExt;

/// How much is said; a reload changes it.
pub(super) struct Loudness {
    now: Arc<AtomicU8>,
    /// Beside the screen, and where nobody wants to hear, only what is wrong.
    is_low: bool,
}

impl Loudness {
    pub(super) fn set(&self, level: LogLevel) {
        let level = if self.is_low { level.min(LogLevel::Warn) } else { level };
        self.now.store(level as u8, Ordering::Relaxed);
    }
}

pub(super) fn start(log: &Log, live: bool, cli: &Cli) -> Loudness {
    let now = Arc::new(AtomicU8::new(0));
    let loudness = Loudness { now: Arc::clone(&now), is_low: live || cli.quiet };
    loudness.set(log.level);
    let person = std::io::stderr().is_terminal();
    let json = match log.format {
        LogFormat::Auto => !person,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let heard = move |event: &tracing::Metadata<'_>| {
        level_of(*event.level()) as u8 <= now.load(Ordering::Relaxed)
    };
    // What cannot be written is let be: to tell of it is another line that cannot be written, and that ends the process.
    let builder = tracing_subscriber::fmt()
        .log_internal_errors(false)
        .with_writer(std::io::stderr.with_filter(heard))
        .with_max_level(Level::DEBUG)
        .with_target(false)
        .with_ansi(person && !cli.no_color);
    // A second start in one process, as tests do, keeps the first log.
    let _ = if json { builder.json().try_init() } else { builder.compact().try_init() };
    loudness
}

fn level_of(level: Level) -> LogLevel {
    match level {
        Level::ERROR => LogLevel::Error,
        Level::WARN => LogLevel::Warn,
        Level::INFO => LogLevel::Info,
        Level::DEBUG | Level::TRACE => LogLevel::Debug,
    }
}
