//! The names of a journal's files.

use std::path::{Path, PathBuf};

/// Held by the one who writes.
pub(crate) const LOCK: &str = "writer.lock";
/// The signing key, unless it is kept elsewhere.
pub(crate) const KEY: &str = "signing.key";
/// The end of the journal, after each commit.
pub(super) const HEAD: &str = "head";
/// All checkpoints, one a line, to be copied to another machine.
pub(crate) const CHECKPOINTS: &str = "checkpoints.ndjson";
/// Stands in a folder as long as a restore into it has not ended.
pub(crate) const RESTORING: &str = "restoring";
/// What is being written and is no segment yet.
pub(super) const UNFINISHED: &str = ".new";

const ENDING: &str = ".journal";

pub(crate) fn segment_file(dir: &Path, segment: u64) -> PathBuf {
    dir.join(format!("{segment:06}{ENDING}"))
}

/// The number of the segment that a file of this name holds.
pub(crate) fn segment_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(ENDING)?;
    let is_number = digits.len() >= 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| is_number && *number > 0)
}

/// Whether a file of this name was being written when a process ended.
pub(super) fn is_unfinished(name: &str) -> bool {
    name.split_once(UNFINISHED).is_some_and(|(start, _)| segment_of(start).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_are_segments() {
        assert_eq!(segment_of("000012.journal"), Some(12));
        assert_eq!(segment_of("1234567.journal"), Some(1_234_567));
        for name in ["12.journal", "000012.journal.new", "000000.journal", "00001x.journal", "head"]
        {
            assert_eq!(segment_of(name), None, "{name}");
        }
        assert!(is_unfinished("000012.journal.new-wal"));
        assert!(!is_unfinished("000012.journal-wal"));
    }
}
