//! Points between which a crash matters: named in an environment variable, they end the process there.
//!
//! `HIGHMARK_FAULT=commit.before:3` ends it at the third time it comes to that point, as `kill -9` would.
//! A release build has no such points.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

/// The environment variable that names a point, and after a colon the how-manieth hit counts.
pub const VARIABLE: &str = "HIGHMARK_FAULT";

/// All points of this crate, in the order in which a life of a journal comes to them.
pub const NAMES: &[&str] = &[
    "create.before_key",
    "create.after_key",
    "begin_segment.before",
    "begin_segment.made",
    "begin_segment.written",
    "begin_segment.closed",
    "begin_segment.renamed",
    "begin_segment.synced",
    "open.locked",
    "open.before_database",
    "open.after_database",
    "append.before",
    "append.began",
    "append.inserted",
    "append.committed",
    "append.head_written",
    "checkpoint.before",
    "checkpoint.inserted",
    "checkpoint.appended",
    "roll.before",
    "roll.begun",
    "roll.head_written",
    "carry.before",
    "carry.parted",
    "carry.noted",
    "retire.noted",
    "retire.removed",
    "backup.before",
    "backup.copied",
    "backup.listed",
    "restore.before",
    "restore.copied",
    "restore.begun",
    "migrate.before",
    "migrate.rehearsed",
    "migrate.backed_up",
    "migrate.stepped",
];

/// Ends the process here if that was asked for.
pub fn point(name: &'static str) {
    if cfg!(debug_assertions) {
        reach(name);
    }
}

fn reach(name: &'static str) {
    static ASKED: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static HITS: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());
    let asked = ASKED.get_or_init(|| std::env::var(VARIABLE).ok().map(|text| parse(&text)));
    let Some((wanted, hit)) = asked else { return };
    if wanted != name {
        return;
    }
    let mut hits = HITS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let count = hits.entry(name).or_default();
    *count += 1;
    if *count == *hit {
        std::process::abort();
    }
}

fn parse(text: &str) -> (String, u64) {
    match text.rsplit_once(':') {
        Some((name, hit)) => (name.to_owned(), hit.parse().unwrap_or(1)),
        None => (text.to_owned(), 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_asked_for_by_name_and_hit() {
        assert_eq!(parse("append.began:3"), ("append.began".to_owned(), 3));
        assert_eq!(parse("append.began"), ("append.began".to_owned(), 1));
    }
}
