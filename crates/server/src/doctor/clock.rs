//! The clocks: whether wall and monotonic time go on alike, and what is now.

use super::Finding;
use crate::service::wall;
use highmark_engine::{SECOND, Timestamp};
use highmark_play::clock::stamp;
use serde_json::json;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// How long is looked, and how far the two may be apart then.
const LOOK: Duration = Duration::from_millis(200);
const APART: Duration = Duration::from_millis(5);

/// This was written later than 2026 began; a clock that says earlier was never set.
const BUILT: i64 = 1_767_225_600;

/// Where services that keep the clock right leave word of it.
const SYNCHRONISED: &[&str] = &["/run/systemd/timesync/synchronized", "/run/chrony"];

pub(super) fn examine() -> Vec<Finding> {
    vec![steady()]
}

fn steady() -> Finding {
    const ABOUT: &str = "clock";
    let now = wall();
    if now < Timestamp(BUILT * SECOND) {
        let message = format!("the clock says {}, which is past", stamp(now));
        return Finding::bad(ABOUT, message, "set it: timedatectl set-ntp true");
    }
    let (wall, steady) = (SystemTime::now(), Instant::now());
    thread::sleep(LOOK);
    let (wall, steady) = (wall.elapsed().ok(), steady.elapsed());
    let apart = wall.map(|wall| wall.abs_diff(steady));
    let kept = SYNCHRONISED.iter().any(|path| Path::new(path).exists());
    let mut finding = match apart {
        Some(apart) if apart <= APART => {
            let by =
                if kept { "kept right by this machine" } else { "no word of who keeps it right" };
            let shown = stamp(now);
            Finding::good(ABOUT, format!("{shown}; wall and monotonic time go on alike; {by}"))
        }
        Some(apart) => {
            let message = format!("wall and monotonic time came {} ms apart", apart.as_millis());
            Finding::warn(ABOUT, message, "somebody sets the clock: let it be slewed, not stepped")
        }
        None => Finding::warn(ABOUT, "the wall clock went back", "let it be slewed, not stepped"),
    };
    let apart = apart.and_then(|apart| u64::try_from(apart.as_micros()).ok());
    finding.measured = json!({ "apart_us": apart, "kept": kept });
    finding
}
