//! The state folder: whose it is, who may enter it, and the disk under it.

use super::Finding;
use crate::config::Config;
use crate::disk::{Kind, Mounted, ROWS_US, Room, SyncTimes};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Beyond this, one write in a hundred holds the service up for longer than it promises.
const SLOW: Duration = Duration::from_millis(10);

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let dir = &config.state.dir;
    // A folder that is yet to be made lies where its nearest parent does.
    let Some(there) = dir.ancestors().find(|path| path.is_dir()) else {
        let message = format!("nothing of {} is there", dir.display());
        return vec![Finding::bad("state folder", message, "name another with state.dir")];
    };
    let mut findings = vec![rights(dir, there), file_system(there), room(config, there)];
    findings.extend(backup(config, there));
    findings.push(sync(there));
    findings
}

fn rights(dir: &Path, there: &Path) -> Finding {
    const ABOUT: &str = "state folder";
    let shown = dir.display();
    if dir != there {
        if dir.symlink_metadata().is_ok() {
            let message = format!("{shown} is no folder");
            return Finding::bad(ABOUT, message, "move it away, or name another with state.dir");
        }
        let is_readonly = fs::metadata(there).is_ok_and(|meta| meta.permissions().readonly());
        if is_readonly {
            let message = format!("{shown} cannot be made: {} is read-only", there.display());
            return Finding::bad(ABOUT, message, "name another with state.dir");
        }
        return Finding::good(ABOUT, format!("{shown} is made with the first start"));
    }
    match fs::metadata(dir) {
        Ok(meta) => owner(dir, &meta),
        Err(error) => Finding::bad(ABOUT, format!("{shown}: {error}"), "check its rights"),
    }
}

#[cfg(unix)]
fn owner(dir: &Path, meta: &fs::Metadata) -> Finding {
    use std::os::unix::fs::MetadataExt;
    const ABOUT: &str = "state folder";
    let (shown, mode) = (dir.display(), meta.mode() & 0o777);
    let mine = rustix::process::geteuid().as_raw();
    let mut finding = if meta.uid() != mine {
        let message = format!("{shown} belongs to user {}, and this is user {mine}", meta.uid());
        Finding::bad(ABOUT, message, format!("run as its owner, or: chown -R {mine} {shown}"))
    } else if mode & 0o700 != 0o700 {
        let message = format!("{shown} cannot be written by its owner (mode {mode:o})");
        Finding::bad(ABOUT, message, format!("chmod 700 {shown}"))
    } else if mode & 0o077 != 0 {
        let message = format!("others may enter {shown} (mode {mode:o})");
        Finding::warn(ABOUT, message, format!("chmod 700 {shown}"))
    } else {
        Finding::good(ABOUT, format!("{shown}, for its owner alone"))
    };
    finding.measured = json!({ "mode": format!("{mode:o}"), "owner": meta.uid() });
    finding
}

#[cfg(not(unix))]
fn owner(dir: &Path, _: &fs::Metadata) -> Finding {
    Finding::good("state folder", dir.display().to_string())
}

fn file_system(there: &Path) -> Finding {
    const ABOUT: &str = "file system";
    let Some(mounted) = Mounted::of(there) else {
        return Finding::good(ABOUT, "this system does not say what it is");
    };
    let name = &mounted.name;
    let mut finding = match mounted.kind {
        Kind::Local => Finding::good(ABOUT, format!("{name}, on this machine")),
        Kind::Network => Finding::warn(
            ABOUT,
            format!("{name} is on the network: locks and syncs may not hold there"),
            "name a folder on a disk of this machine with state.dir, and copy to the network with journal.backup",
        ),
        Kind::Memory => Finding::warn(
            ABOUT,
            format!("{name} is in memory: the journal is gone with the power"),
            "name a folder on a disk with state.dir",
        ),
    };
    finding.measured = json!({ "kind": name });
    finding
}

fn room(config: &Config, there: &Path) -> Finding {
    const ABOUT: &str = "free room";
    let room = match Room::of(there) {
        Ok(Some(room)) => room,
        Ok(None) => return Finding::good(ABOUT, "this system does not say"),
        Err(error) => {
            let message = format!("{}: {error}", there.display());
            return Finding::warn(ABOUT, message, "check the folder");
        }
    };
    let (percent, disk) = (room.free_pct(), config.disk);
    let free = format!("{percent} % free, {}", size(room.free_bytes));
    let mut finding = if percent < disk.block_free_pct {
        let message = format!("{free}: below {} % no trade is entered", disk.block_free_pct);
        Finding::bad(ABOUT, message, "make room, or keep fewer days: journal.keep_days")
    } else if percent < disk.warn_free_pct {
        let message = format!("{free}: below {} %", disk.warn_free_pct);
        Finding::warn(ABOUT, message, "make room, or keep fewer days: journal.keep_days")
    } else {
        Finding::good(ABOUT, free)
    };
    finding.measured = json!({ "free_bytes": room.free_bytes, "total_bytes": room.total_bytes, "free_pct": percent });
    finding
}

fn backup(config: &Config, state: &Path) -> Option<Finding> {
    const ABOUT: &str = "backup";
    let hint = "name a folder on another disk: highmark config set journal.backup.dir DIR";
    let Some(backup) = &config.journal.backup else {
        return Some(Finding::warn(ABOUT, "the journal is copied nowhere", hint));
    };
    let shown = backup.dir.display();
    if !backup.dir.is_dir() {
        let message = format!("{shown} is not there");
        return Some(Finding::warn(ABOUT, message, format!("mkdir -p {shown}, or mount it")));
    }
    if is_same_disk(&backup.dir, state) {
        let message = format!("{shown} is on the disk of the state folder");
        return Some(Finding::warn(ABOUT, message, hint));
    }
    Some(Finding::good(ABOUT, format!("{shown}, on another disk")))
}

#[cfg(unix)]
fn is_same_disk(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| fs::metadata(path).map(|meta| meta.dev()).ok();
    device(a).is_some() && device(a) == device(b)
}

#[cfg(not(unix))]
fn is_same_disk(_: &Path, _: &Path) -> bool {
    false
}

fn sync(there: &Path) -> Finding {
    const ABOUT: &str = "durable writes";
    let times = match SyncTimes::measure(there, 200, Duration::from_secs(2)) {
        Ok(times) => times,
        Err(error) => {
            let message = format!("nothing can be written in {}: {error}", there.display());
            return Finding::bad(
                ABOUT,
                message,
                "check its rights, or name another with state.dir",
            );
        }
    };
    let (half, most) = (times.percentile(50), times.percentile(99));
    let (count, p50, p99) = (times.count(), millis(half), millis(most));
    let said = format!("{count} blocks of 4 KiB: p50 {p50} ms, p99 {p99} ms");
    let mut finding = if most > SLOW {
        let hint = "a disk with power-loss protection is faster; nothing is lost on a slow one, it only waits";
        Finding::warn(ABOUT, format!("{said}: slower than {} ms", SLOW.as_millis()), hint)
    } else {
        Finding::good(ABOUT, said)
    };
    let rows = times.histogram();
    let name = |row: usize| match ROWS_US.get(row) {
        Some(end) => format!("to {:>5} ms", millis(Duration::from_micros(*end))),
        None => "    longer".to_owned() + "  ",
    };
    for (row, count) in rows.iter().enumerate().filter(|(_, count)| **count > 0) {
        let bar = "#".repeat((count * 40).div_ceil(times.count()));
        finding.lines.push(format!("{} {count:>4} {bar}", name(row)));
    }
    finding.measured = json!({
        "writes": count,
        "p50_us": u64::try_from(half.as_micros()).unwrap_or(u64::MAX),
        "p99_us": u64::try_from(most.as_micros()).unwrap_or(u64::MAX),
        "rows_to_us": ROWS_US,
        "rows": rows,
    });
    finding
}

/// With the digits that matter: `0.08`, `1.3`, `25`.
fn millis(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1_000.0;
    match ms {
        ms if ms < 1.0 => format!("{ms:.2}"),
        ms if ms < 10.0 => format!("{ms:.1}"),
        ms => format!("{ms:.0}"),
    }
}

fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20)];
    let unit = UNITS.iter().find(|(_, unit)| bytes >= *unit);
    unit.map_or(format!("{bytes} bytes"), |(name, unit)| format!("{} {name}", bytes / unit))
}
