//! How often somebody may ask: a bucket for each name, and one of its own for what leaves the market, so that whoever
//! has asked too much can still exit and kill.

use super::problem::Problem;
use axum::http::StatusCode;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Usual,
    /// It closes something, or refuses entries.
    Urgent,
    /// Signals of one hook by which something is entered, and what is no signal.
    Hook,
    /// Signals of one hook by which something leaves.
    HookExits,
    /// Everything that one sender sends to a hook.
    HookSender,
    /// What others send to a hook than those who may, as far as it is recorded.
    HookOutsiders,
    /// Somebody logs in under one name.
    Login,
    /// Everybody who logs in.
    Logins,
}

impl Class {
    /// Requests at once, and in each second after.
    fn size(self) -> (u32, u32) {
        match self {
            Class::Usual => (500, 100),
            Class::Urgent => (100, 20),
            Class::Hook | Class::HookOutsiders => (60, 2),
            Class::HookExits => (100, 20),
            Class::HookSender => (600, 100),
            Class::Login => (5, 1),
            Class::Logins => (20, 2),
        }
    }
}

/// So much is not asked at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    /// Until the next is taken.
    pub time: Duration,
    /// Nobody was refused before since as much as may be could be asked at once.
    pub is_first: bool,
}

/// Names that are known at once. Buckets that are full again are forgotten.
const MOST: usize = 4_096;

/// All buckets.
#[derive(Debug, Default)]
pub(super) struct Rates(Mutex<BTreeMap<(String, Class), Bucket>>);

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Thousandths of a request.
    left: u64,
    counted: Instant,
    /// Somebody was refused since it was full.
    has_refused: bool,
}

impl Bucket {
    fn full(class: Class, now: Instant) -> Bucket {
        let left = u64::from(class.size().0) * 1_000;
        Bucket { left, counted: now, has_refused: false }
    }

    fn fill(&mut self, class: Class, now: Instant) {
        let (most, per_second) = class.size();
        let passed = now.saturating_duration_since(self.counted).as_millis();
        let more = u64::try_from(passed).unwrap_or(u64::MAX).saturating_mul(per_second.into());
        let full = u64::from(most) * 1_000;
        self.left = self.left.saturating_add(more).min(full);
        self.has_refused &= self.left < full;
        self.counted = now;
    }
}

impl Rates {
    /// Whether `name` may ask now; else how long to wait.
    pub(super) fn take(&self, name: &str, class: Class, now: Instant) -> Result<(), Wait> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST {
            buckets.retain(|(_, class), bucket| {
                bucket.fill(*class, now);
                bucket.left < u64::from(class.size().0) * 1_000
            });
        }
        let bucket = buckets.entry((name.to_owned(), class));
        let bucket = bucket.or_insert_with(|| Bucket::full(class, now));
        bucket.fill(class, now);
        if bucket.left < 1_000 {
            let missing = 1_000 - bucket.left;
            let time = Duration::from_millis(missing.div_ceil(u64::from(class.size().1)));
            let is_first = !bucket.has_refused;
            bucket.has_refused = true;
            return Err(Wait { time, is_first });
        }
        bucket.left -= 1_000;
        Ok(())
    }
}

pub(super) fn too_often(wait: Wait) -> Problem {
    let detail = "so much is not asked at once";
    let hint = "wait as long as Retry-After says; exits, halts and kills are counted apart";
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "TOO_OFTEN", detail, hint);
    problem.after(u64::try_from(wait.time.as_millis().div_ceil(1_000)).unwrap_or(1).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_its_share_and_what_is_urgent_another() {
        let (rates, start) = (Rates::default(), Instant::now());
        let taken = |name, class, at: Instant| {
            (0..1_000).filter(|_| rates.take(name, class, at).is_ok()).count()
        };
        assert_eq!(taken("desk", Class::Usual, start), 500);
        let wait = Wait { time: Duration::from_millis(10), is_first: false };
        assert_eq!(rates.take("desk", Class::Usual, start), Err(wait));
        assert_eq!(taken("desk", Class::Urgent, start), 100);
        assert_eq!(taken("other", Class::Usual, start), 500);
        let later = start + Duration::from_millis(1_015);
        assert_eq!(taken("desk", Class::Usual, later), 101);
        assert_eq!(taken("desk", Class::Usual, start + Duration::from_secs(3_600)), 500);
    }

    #[test]
    fn the_first_refusal_is_told_from_those_that_follow_until_all_may_be_asked_again() {
        let (rates, start) = (Rates::default(), Instant::now());
        let firsts = |times: u32, at: u64| {
            let at = start + Duration::from_secs(at);
            let refused = (0..times).filter_map(|_| rates.take("tv", Class::Hook, at).err());
            refused.filter(|wait| wait.is_first).count()
        };
        assert_eq!((firsts(60, 0), firsts(20, 0), firsts(20, 5)), (0, 1, 0));
        assert_eq!((firsts(70, 60), firsts(9, 60)), (1, 0));
        assert!(rates.take("tv", Class::HookExits, start).is_ok(), "exits are counted apart");
    }

    #[test]
    fn names_that_ask_no_more_are_forgotten() {
        let (rates, start) = (Rates::default(), Instant::now());
        for name in 0..MOST {
            rates.take(&name.to_string(), Class::Usual, start).unwrap();
        }
        rates.take("one more", Class::Usual, start + Duration::from_secs(60)).unwrap();
        assert_eq!(rates.0.lock().unwrap().len(), 1);
    }
}
