//! Sessions of people who have logged in. They end with the service, and when they are left alone.

use super::callers::Who;
use super::kept;
use highmark_play::failure::Failure;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How a session's text begins.
const PREFIX: &str = "hms_";
const RANDOM: usize = 32;
/// A session that is not used for so long has ended.
const IDLE: Duration = Duration::from_secs(30 * 60);
/// However much it is used.
pub(super) const LONGEST: Duration = Duration::from_secs(12 * 3_600);
/// Sessions at once; the one that was used longest ago ends.
const MOST: usize = 256;

/// All sessions, by the hash of their text.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<BTreeMap<[u8; 32], Session>>);

#[derive(Clone, Debug)]
struct Session {
    who: Who,
    begun: Instant,
    used: Instant,
}

impl Session {
    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.used) > IDLE
            || now.saturating_duration_since(self.begun) > LONGEST
    }
}

impl Sessions {
    /// Begins one, and gives the text that is shown for it.
    pub(super) fn begin(&self, who: Who, now: Instant) -> Result<String, Failure> {
        let text = format!("{PREFIX}{}", kept::random(RANDOM)?);
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| !session.is_over(now));
        if sessions.len() >= MOST {
            let oldest = sessions.iter().min_by_key(|(_, session)| session.used);
            if let Some(oldest) = oldest.map(|(hash, _)| *hash) {
                sessions.remove(&oldest);
            }
        }
        sessions.insert(hash(&text), Session { who, begun: now, used: now });
        Ok(text)
    }

    /// Whose session this is, and that it is used now.
    pub(super) fn holder(&self, text: &str, now: Instant) -> Option<Who> {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get_mut(&hash(text)).filter(|session| !session.is_over(now))?;
        session.used = now;
        Some(session.who.clone())
    }

    /// Whether it still goes on; looking does not use it.
    pub(super) fn is_open(&self, text: &str, now: Instant) -> bool {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.get(&hash(text)).is_some_and(|session| !session.is_over(now))
    }

    pub(super) fn end(&self, text: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&hash(text));
    }
}

fn hash(text: &str) -> [u8; 32] {
    blake3::hash(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::keys::Role;
    use crate::api::people::People;
    use highmark_engine::Timestamp;

    #[test]
    fn a_session_ends_when_it_is_left_alone_and_after_a_day_of_work() {
        let state = std::env::temp_dir().join(format!("hm-sessions-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&state);
        std::fs::create_dir_all(&state).unwrap();
        People::add(&state, ("asha", Role::Risk), None, Timestamp(1)).unwrap();
        let asha = People::read(&state).unwrap().named("asha").unwrap().clone();
        let person = Who::Person(asha);
        std::fs::remove_dir_all(&state).unwrap();
        let (sessions, start) = (Sessions::default(), Instant::now());
        let minutes = |minutes: u64| start + Duration::from_secs(minutes * 60);
        let text = sessions.begin(person.clone(), start).unwrap();
        assert_eq!((text.len(), sessions.holder("hms_", start)), (68, None));
        for minute in (0..720).step_by(29) {
            assert!(sessions.holder(&text, minutes(minute)).is_some(), "{minute}");
        }
        assert_eq!(sessions.holder(&text, minutes(721)), None);
        let text = sessions.begin(person.clone(), start).unwrap();
        assert_eq!(sessions.holder(&text, minutes(31)), None);
        let text = sessions.begin(person.clone(), start).unwrap();
        sessions.end(&text);
        assert_eq!(sessions.holder(&text, start), None);
        let first = sessions.begin(person.clone(), start).unwrap();
        for _ in 0..MOST {
            sessions.begin(person.clone(), minutes(1)).unwrap();
        }
        assert_eq!(sessions.holder(&first, minutes(1)), None);
        assert_eq!(sessions.0.lock().unwrap().len(), MOST);
    }
}
