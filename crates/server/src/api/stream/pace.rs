//! How often those who watch are shown and told something: the more they are, and the more each is sent, the less
//! often, so that all of them together cost no more than so much.

use std::time::{Duration, Instant};

/// Pictures are not made more often than this, nor do they take more than a tenth of the time.
const PICTURE: Duration = Duration::from_millis(200);
const SHARE: u32 = 10;
/// Bytes of deltas that all together are sent in a second, and the longest that anybody waits for one because of it.
const BUDGET: u64 = 32 << 20;
const LONGEST: Duration = Duration::from_secs(5);
/// All together are told something so often in a second, and the longest that anybody waits for it.
const TELLINGS: u32 = 2_000;
const PATIENCE: Duration = Duration::from_millis(250);

/// When what is next is due.
#[derive(Debug)]
pub(crate) struct Pace {
    /// No picture is made before.
    picture: Instant,
    /// When all were shown one, and were told something.
    shown: Instant,
    told: Instant,
}

impl Pace {
    pub(crate) fn new(now: Instant) -> Pace {
        Pace { picture: now, shown: now, told: now }
    }

    /// When news are told, `clients` of them watching.
    pub(crate) fn tells(&self, clients: usize) -> Instant {
        let clients = u32::try_from(clients).unwrap_or(u32::MAX);
        self.told + (Duration::from_secs(1) / TELLINGS).saturating_mul(clients).min(PATIENCE)
    }

    /// When all are shown a picture, after deltas of so many bytes to the last one.
    pub(crate) fn shows(&self, sent: u64) -> Instant {
        let paid = Duration::from_micros(sent.saturating_mul(1_000_000) / BUDGET);
        self.picture.max(self.shown + paid.min(LONGEST))
    }

    /// When somebody who came may be shown one.
    pub(crate) fn welcomes(&self) -> Instant {
        self.picture
    }

    pub(crate) fn has_told(&mut self, now: Instant) {
        self.told = now;
    }

    /// A picture was made, which took so long.
    pub(crate) fn has_made(&mut self, now: Instant, took: Duration) {
        self.picture = now + PICTURE.max(took * SHARE);
    }

    pub(crate) fn has_shown(&mut self, now: Instant) {
        self.shown = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_told_at_once_and_many_together() {
        let (start, mut pace) = (Instant::now(), Pace::new(Instant::now()));
        pace.has_told(start);
        let after = |clients| pace.tells(clients) - start;
        assert_eq!(after(0), Duration::ZERO);
        assert_eq!(after(2), Duration::from_millis(1));
        assert_eq!(after(500), Duration::from_millis(250));
        assert_eq!(after(usize::MAX), PATIENCE);
    }

    #[test]
    fn what_was_sent_is_paid_for_before_more_is() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        pace.has_shown(start);
        pace.has_made(start, Duration::from_millis(1));
        assert_eq!(pace.shows(0) - start, PICTURE);
        assert_eq!(pace.shows(BUDGET) - start, Duration::from_secs(1));
        assert_eq!(pace.shows(u64::MAX) - start, LONGEST);
        // Whoever comes does not wait for that.
        assert_eq!(pace.welcomes() - start, PICTURE);
        pace.has_made(start, Duration::from_millis(90));
        assert_eq!(pace.shows(0) - start, Duration::from_millis(900));
    }
}
