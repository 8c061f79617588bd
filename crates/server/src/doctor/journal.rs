//! The journal: whether there is one, where it ends, and who is writing it.

use super::Finding;
use crate::config::Config;
use crate::lease;
use highmark_journal::{JournalError, Reader};
use highmark_play::text::count;
use serde_json::json;
use std::path::Path;

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = vec![journal(&config.state.dir.join("journal")), library()];
    findings.extend(service(&config.state.dir));
    findings
}

fn journal(dir: &Path) -> Finding {
    const ABOUT: &str = "journal";
    let stats = Reader::open(dir).and_then(|reader| reader.stats());
    let stats = match stats {
        Ok(stats) => stats,
        Err(JournalError::NotFound { .. }) => {
            return Finding::good(ABOUT, "none yet: it is made with the first start");
        }
        Err(error) => return Finding::bad(ABOUT, error.to_string(), error.hint()),
    };
    let (head, segments) = (&stats.head, stats.segments.len());
    let message = format!(
        "{} turns in {}, up to {:.12}; the last segment is sound",
        head.turns,
        count(segments, "segment"),
        head.hash
    );
    let mut finding = Finding::good(ABOUT, message);
    finding.measured = json!({ "turns": head.turns, "events": head.events, "segments": segments, "bytes": stats.bytes, "head": head.hash.to_string() });
    finding
}

/// What keeps the segments; a version that could lose a commit does not start.
fn library() -> Finding {
    let version = highmark_journal::sqlite_version();
    let mut finding = Finding::good("SQLite", format!("{version}, built in"));
    finding.measured = json!({ "version": version });
    finding
}

/// Who runs on the state folder, when somebody does.
fn service(state: &Path) -> Option<Finding> {
    let holder = lease::holder(state)?;
    let (pid, host, version) = (holder.pid, &holder.host, &holder.version);
    let message = format!("process {pid} on {host} runs here, version {version}");
    let mut finding = Finding::good("service", message);
    finding.measured =
        json!({ "pid": pid, "host": host, "version": version, "starts": holder.starts });
    Some(finding)
}
