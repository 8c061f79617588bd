//! The disk under a folder: its free room, what kind of file system it is, and how fast it makes writes
//! durable.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How much of a file system is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// All that this user can have, filled or free: blocks that are kept for root are nobody's, as `df` counts.
    pub total_bytes: u64,
    /// What this user may still fill.
    pub free_bytes: u64,
}

impl Room {
    /// Of the file system that holds `path`, which must be there. `None` where nobody says.
    #[cfg(unix)]
    pub fn of(path: &Path) -> io::Result<Option<Room>> {
        let stat = rustix::fs::statvfs(path)?;
        let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
        let used = stat.f_blocks.saturating_sub(stat.f_bfree);
        Ok(Some(Room {
            total_bytes: bytes(used.saturating_add(stat.f_bavail)),
            free_bytes: bytes(stat.f_bavail),
        }))
    }

    #[cfg(not(unix))]
    pub fn of(_: &Path) -> io::Result<Option<Room>> {
        Ok(None)
    }

    /// Rounded down: never more than there is.
    pub fn free_pct(self) -> u32 {
        let share = u128::from(self.free_bytes) * 100 / u128::from(self.total_bytes.max(1));
        u32::try_from(share).unwrap_or(100)
    }
}

/// What kind of file system something lies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Local,
    /// Locks and syncs may not mean what they say.
    Network,
    /// It is gone with the power.
    Memory,
}

/// A file system that is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mounted {
    pub name: String,
    pub kind: Kind,
}

impl Mounted {
    /// The one that holds `path`. `None` where the system does not say.
    pub fn of(path: &Path) -> Option<Mounted> {
        let path = fs::canonicalize(path).ok()?;
        mounted(&fs::read_to_string("/proc/self/mountinfo").ok()?, &path)
    }
}

/// The mount of `path` in a table of mounts: the deepest, and of those the last, which covers the others.
fn mounted(table: &str, path: &Path) -> Option<Mounted> {
    let mut best: Option<(usize, &str)> = None;
    for line in table.lines() {
        let Some((left, right)) = line.split_once(" - ") else { continue };
        let Some(place) = left.split(' ').nth(4) else { continue };
        let place = PathBuf::from(place.replace("\\040", " ").replace("\\134", "\\"));
        let Some(name) = right.split(' ').next() else { continue };
        let depth = place.components().count();
        if path.starts_with(&place) && best.is_none_or(|(deepest, _)| depth >= deepest) {
            best = Some((depth, name));
        }
    }
    let name = best?.1;
    Some(Mounted { name: name.to_owned(), kind: kind(name) })
}

fn kind(name: &str) -> Kind {
    const NETWORK: &[&str] = &[
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "gpfs",
        "ncpfs",
        "ocfs2",
        "gfs2",
        "davfs",
        "virtiofs",
        "fuse.sshfs",
        "fuse.s3fs",
        "fuse.rclone",
        "fuse.glusterfs",
        "fuse.davfs2",
        "fuse.gcsfuse",
    ];
    match name {
        "tmpfs" | "ramfs" => Kind::Memory,
        name if NETWORK.contains(&name) => Kind::Network,
        _ => Kind::Local,
    }
}

/// How long each of many small writes took until it was durable, the shortest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncTimes(Vec<Duration>);

/// The upper ends of the rows of a histogram, in microseconds; what is longer has a row of its own.
pub const ROWS_US: [u64; 7] = [100, 300, 1_000, 3_000, 10_000, 30_000, 100_000];

impl SyncTimes {
    /// Writes and syncs small blocks in `dir`, at most `count` and for at most `time`, and removes them.
    pub fn measure(dir: &Path, count: usize, time: Duration) -> io::Result<SyncTimes> {
        let path = dir.join(format!(".highmark-doctor.{}", std::process::id()));
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        let measured = (|| {
            let began = Instant::now();
            let mut times = Vec::with_capacity(count);
            while times.len() < count && (times.is_empty() || began.elapsed() < time) {
                let start = Instant::now();
                file.write_all(&[0x5a; 4096])?;
                file.sync_data()?;
                times.push(start.elapsed());
            }
            times.sort_unstable();
            Ok(SyncTimes(times))
        })();
        fs::remove_file(&path).and(measured)
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The time within which so many in a hundred were done.
    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0.get(rank).copied().unwrap_or_default()
    }

    /// How many fell into each row of [`ROWS_US`], and how many beyond.
    pub fn histogram(&self) -> [usize; ROWS_US.len() + 1] {
        let mut rows = [0; ROWS_US.len() + 1];
        for time in &self.0 {
            let row = ROWS_US.iter().position(|end| time.as_micros() <= u128::from(*end));
            rows[row.unwrap_or(ROWS_US.len())] += 1;
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:26 / /tmp rw - tmpfs tmpfs rw
31 22 0:44 / /mnt/the\\040desk rw - nfs4 server:/desk rw
32 31 0:45 / /mnt/the\\040desk/fast rw - xfs /dev/sdb rw
33 32 0:46 / /mnt/the\\040desk/fast rw - fuse.sshfs me@host: rw
";

    #[test]
    fn the_deepest_and_last_mount_counts() {
        let kind =
            |path: &str| mounted(TABLE, Path::new(path)).map(|mount| (mount.kind, mount.name));
        assert_eq!(kind("/var/lib"), Some((Kind::Local, "ext4".into())));
        assert_eq!(kind("/tmp/x"), Some((Kind::Memory, "tmpfs".into())));
        assert_eq!(kind("/mnt/the desk/x"), Some((Kind::Network, "nfs4".into())));
        assert_eq!(kind("/mnt/the desk/fast/x"), Some((Kind::Network, "fuse.sshfs".into())));
        assert_eq!(kind("/tmpfile"), Some((Kind::Local, "ext4".into())));
    }

    #[test]
    fn room_is_rounded_down() {
        let room = |free_bytes, total_bytes| Room { total_bytes, free_bytes }.free_pct();
        assert_eq!((room(999, 10_000), room(0, 0), room(u64::MAX, u64::MAX)), (9, 0, 100));
    }

    #[test]
    fn percentiles_and_rows() {
        let times = SyncTimes((1..=200).map(|n| Duration::from_micros(n * 10)).collect());
        assert_eq!(times.percentile(50), Duration::from_micros(1_000));
        assert_eq!(times.percentile(99), Duration::from_micros(1_980));
        assert_eq!(times.histogram(), [10, 20, 70, 100, 0, 0, 0, 0]);
        assert_eq!(SyncTimes(Vec::new()).percentile(99), Duration::ZERO);
    }
}
