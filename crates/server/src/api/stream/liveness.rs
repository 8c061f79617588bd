//! Whether a client is still there, and whether it says too much.

use std::time::{Duration, Instant};

/// How often it is looked at.
pub(super) const BEAT: Duration = Duration::from_secs(1);
/// How often the client is told that all is well, and asked whether it is there.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// A client of which nothing was heard for so long is gone.
const SILENCE: Duration = Duration::from_secs(30);
/// Messages that a client may send at once, and in a second.
const BURST: u32 = 50;
const PER_SECOND: u32 = 10;

/// What is known of a client.
#[derive(Debug)]
pub(super) struct Liveness {
    heard: Instant,
    beat: Instant,
    /// Messages that it may still send, and when that was counted.
    left: u32,
    counted: Instant,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Heartbeat,
    /// Nothing was heard for too long.
    Gone,
}

impl Liveness {
    pub(super) fn new(now: Instant) -> Liveness {
        Liveness { heard: now, beat: now, left: BURST, counted: now }
    }

    /// Something was heard; false when it was one thing too many.
    pub(super) fn hear(&mut self, now: Instant) -> bool {
        self.heard = now;
        let seconds = now.saturating_duration_since(self.counted).as_secs();
        if seconds > 0 {
            let more = u32::try_from(seconds).unwrap_or(u32::MAX).saturating_mul(PER_SECOND);
            self.left = self.left.saturating_add(more).min(BURST);
            self.counted = now;
        }
        let may = self.left > 0;
        self.left = self.left.saturating_sub(1);
        may
    }

    pub(super) fn due(&mut self, now: Instant) -> Due {
        if now.saturating_duration_since(self.heard) > SILENCE {
            return Due::Gone;
        }
        if now.saturating_duration_since(self.beat) < HEARTBEAT {
            return Due::Nothing;
        }
        self.beat = now;
        Due::Heartbeat
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_asked_whether_it_is_there_and_let_go_when_it_is_not() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut alive = Liveness::new(start);
        assert_eq!(alive.due(at(4)), Due::Nothing);
        assert_eq!(alive.due(at(5)), Due::Heartbeat);
        assert_eq!(alive.due(at(6)), Due::Nothing);
        assert_eq!(alive.due(at(30)), Due::Heartbeat);
        assert_eq!(alive.due(at(31)), Due::Gone);
        assert!(alive.hear(at(31)));
        assert_eq!(alive.due(at(61)), Due::Heartbeat);
    }

    #[test]
    fn a_client_that_says_too_much_is_known() {
        let start = Instant::now();
        let mut alive = Liveness::new(start);
        assert_eq!((0..99).filter(|_| alive.hear(start)).count(), BURST as usize);
        let later = start + Duration::from_secs(2);
        assert_eq!((0..99).filter(|_| alive.hear(later)).count(), 2 * PER_SECOND as usize);
        let much_later = start + Duration::from_secs(2_000);
        assert_eq!((0..99).filter(|_| alive.hear(much_later)).count(), BURST as usize);
    }
}
