//! The raises that wait, in a file for its owner alone.

use super::{Asking, KEPT, Kept, Raise};
use crate::api::kept;
use crate::config::save;
use crate::socket::protocol::Given;
use highmark_engine::{Command, RuleId, Scope, Timestamp};
use highmark_play::failure::Failure;
use highmark_play::names::Subject;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::{Duration, Instant};

#[derive(Debug, Default, Serialize, Deserialize)]
struct Written {
    /// The last number that was given.
    last: u32,
    raises: Vec<Line>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    id: u32,
    at: Timestamp,
    by: String,
    command: Command,
    given: Option<Given>,
    of: Of,
    what: String,
    reason: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Of {
    Scope(Scope),
    Rule(RuleId),
}

/// Those that stand there; how long they have waited is counted by the clock of the day.
pub(super) fn read(path: &Path, (now, instant): (Timestamp, Instant)) -> Result<Kept, Failure> {
    let Written { last, raises } = kept::read::<Written>(path)?;
    let raises = raises.into_iter().filter_map(|line| {
        let Line { id, at, by, command, given, of, what, reason } = line;
        let waited = u64::try_from(now.0.saturating_sub(at.0)).unwrap_or(0);
        let waited = Duration::from_nanos(waited);
        let subject = match of {
            Of::Scope(scope) => Subject::Scope(scope),
            Of::Rule(rule) => Subject::Rule(rule),
        };
        let asking = Asking { by, command, given, subject, what, reason };
        // A machine that has not been up for so long counts from now.
        let begun = instant.checked_sub(waited).unwrap_or(instant);
        (waited < KEPT).then_some((id, Raise { id, asking, at, begun }))
    });
    Ok(Kept { last, raises: raises.collect() })
}

/// Puts them there, whole or not at all.
pub(super) fn write(path: &Path, kept: &Kept) -> std::io::Result<()> {
    let raises = kept.raises.values().cloned().map(|Raise { id, asking, at, .. }| {
        let Asking { by, command, given, subject, what, reason } = asking;
        let of = match subject {
            Subject::Scope(scope) => Of::Scope(scope),
            Subject::Rule(rule) => Of::Rule(rule),
        };
        Line { id, at, by, command, given, of, what, reason }
    });
    let written = Written { last: kept.last, raises: raises.collect() };
    save(path, &serde_json::to_string_pretty(&written)?)
}
