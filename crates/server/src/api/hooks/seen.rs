//! Signals that have come: what comes again is known by its id, or, when it has none, by its text for a while.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Signals without an id that are known at once; the oldest go first.
const MOST: usize = 4_096;

/// Signals without ids, by hook and text: when each came first, in nanoseconds since 1970.
#[derive(Debug, Default)]
pub(in crate::api) struct Seen(Mutex<HashMap<(String, blake3::Hash), i64>>);

impl Seen {
    /// Those among the names of signals that are known: `hook:NAME`, and when its text came first.
    pub(in crate::api) fn among<'n>(known: impl Iterator<Item = &'n (String, String)>) -> Seen {
        let seen = known.filter_map(|(by, name)| {
            let (first, text) = name.strip_prefix("at ")?.split_once(' ')?;
            let text = blake3::Hash::from_hex(text).ok()?;
            Some(((by.strip_prefix("hook:")?.to_owned(), text), first.parse().ok()?))
        });
        Seen(Mutex::new(seen.collect()))
    }

    /// Under which name a text is known that came first then.
    pub(in crate::api) fn name(first: i64, text: blake3::Hash) -> String {
        format!("at {first} {}", text.to_hex())
    }

    /// When this text came first within the last `while_s` seconds; now, when it did not.
    pub(in crate::api) fn first(
        &self,
        hook: &str,
        text: blake3::Hash,
        while_s: u32,
        now: i64,
    ) -> i64 {
        let length = i64::from(while_s) * 1_000_000_000;
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST {
            let oldest = seen.iter().min_by_key(|(_, first)| **first);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                seen.remove(&oldest);
            }
        }
        let first = seen.entry((hook.to_owned(), text)).or_insert(now);
        // A clock that was set back makes it a new one, too.
        if !(0..length).contains(&now.saturating_sub(*first)) {
            *first = now;
        }
        *first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_the_same_for_a_while_and_then_a_new_one() {
        let (seen, second) = (Seen::default(), 1_000_000_000);
        let text = blake3::hash(b"buy NIFTY");
        let first = |hook: &str, at: i64| seen.first(hook, text, 30, at * second) / second;
        assert_eq!((first("tv", 100), first("tv", 129), first("tv", 130)), (100, 100, 130));
        assert_eq!((first("tv", 131), first("other", 131), first("tv", 90)), (130, 131, 90));
        for at in 0..2 * MOST as i64 {
            seen.first("tv", blake3::hash(&at.to_le_bytes()), 30, at);
        }
        assert!(seen.0.lock().unwrap().len() <= MOST);
        assert_eq!(seen.first("tv", text, 0, 7), 7, "without a while nothing comes again");
        let known = [
            ("hook:tv".to_owned(), Seen::name(100 * second, text)),
            ("hook:tv".to_owned(), "id 7".to_owned()),
        ];
        let again = Seen::among(known.iter());
        assert_eq!(again.first("tv", text, 30, 129 * second), 100 * second);
    }
}
