//! What the system's own supervisor is told: that the service is up, goes on and stops. Without one, nobody is told.

use highmark_server::service::health::Health;
use sd_notify::NotifyState;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Tells systemd, where it has asked to be told (`Type=notify`, `WatchdogSec=`).
pub(super) struct Notice {
    /// A sign of life is wanted so often.
    every: Option<Duration>,
    last: Instant,
    beats: u64,
}

impl Notice {
    pub(super) fn ready() -> Notice {
        tell(&[NotifyState::Ready, NotifyState::Status("running on paper")]);
        // Three in the time that it waits for one.
        let every = sd_notify::watchdog_enabled().map(|patience| patience / 3);
        Notice { every, last: Instant::now(), beats: 0 }
    }

    /// A sign of life, if one is due and the engine itself has gone on since the last.
    pub(super) fn goes_on(&mut self, health: &Health) {
        let Some(every) = self.every else { return };
        let beats = health.beats.load(Ordering::Relaxed);
        if self.last.elapsed() >= every && beats != self.beats {
            tell(&[NotifyState::Watchdog]);
            (self.last, self.beats) = (Instant::now(), beats);
        }
    }

    pub(super) fn stopping() {
        tell(&[NotifyState::Stopping, NotifyState::Status("exits on their way are waited for")]);
    }
}

fn tell(news: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(news) {
        tracing::warn!(%error, "the supervisor does not hear");
    }
}
