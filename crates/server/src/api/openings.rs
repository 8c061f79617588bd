//! Links for whoever owns this machine: each opens the dashboard once, without a password. They are made for the
//! terminal of the owner and asked for over the local socket, which nobody else can reach.

use super::kept;
use highmark_play::failure::Failure;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const PREFIX: &str = "hmo_";
const RANDOM: usize = 32;
/// A link that is not followed for so long opens nothing.
const LONGEST: Duration = Duration::from_secs(60 * 60);
/// Links at once; the oldest go first.
const MOST: usize = 16;

/// Links that were made and not followed, by the hash of their text.
#[derive(Debug)]
pub struct Openings {
    /// Where the dashboard is: `http://127.0.0.1:8420`.
    page: String,
    links: Mutex<Vec<([u8; 32], Instant)>>,
}

impl Openings {
    pub(crate) fn of(page: String) -> Openings {
        Openings { page, links: Mutex::default() }
    }

    /// Makes a link. What opens the dashboard stands in the fragment, which a browser sends nowhere.
    pub fn link(&self) -> Result<String, Failure> {
        Ok(format!("{}/#open={}", self.page, self.made(Instant::now())?))
    }

    fn made(&self, now: Instant) -> Result<String, Failure> {
        let text = format!("{PREFIX}{}", kept::random(RANDOM)?);
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        if links.len() >= MOST {
            links.remove(0);
        }
        links.push((hash(&text), now));
        Ok(text)
    }

    /// Whether it opens; from now on it does not.
    pub(super) fn take(&self, text: &str, now: Instant) -> bool {
        let hash = hash(text);
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.retain(|(_, made)| now.saturating_duration_since(*made) <= LONGEST);
        let found = links.iter().position(|(one, _)| *one == hash);
        found.map(|at| links.remove(at)).is_some()
    }
}

/// Hashes are compared, so that time tells nothing of the text.
fn hash(text: &str) -> [u8; 32] {
    blake3::hash(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_once_and_not_after_an_hour() {
        let (openings, start) = (Openings::of("http://localhost".into()), Instant::now());
        let link = openings.made(start).unwrap();
        assert!(!openings.take("", start) && !openings.take(&link.to_uppercase(), start));
        assert!(openings.take(&link, start));
        assert!(!openings.take(&link, start));
        let old = openings.made(start).unwrap();
        assert!(!openings.take(&old, start + LONGEST + Duration::from_secs(1)));
        let first = openings.made(start).unwrap();
        for _ in 0..MOST {
            openings.made(start).unwrap();
        }
        assert!(!openings.take(&first, start));
    }
}
