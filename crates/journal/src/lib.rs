//! Durable, ordered, tamper-evident facts: what was decided, and from what.
//!
//! [`Journal`] is the one writer of a folder of segments, [`Reader`] looks at it from beside. What each
//! guarantees, and what is outside, is told in `docs/journal.md`.

mod about;
mod backup;
mod carry;
mod chain;
mod checkpoint;
pub mod codec;
mod disk;
mod emergency;
mod error;
pub mod fault;
mod hash;
mod head;
mod journal;
mod reader;
mod record;
mod recover;
pub mod replay;
pub mod rerun;
mod retire;
mod rolling;
mod segment;
mod store;
mod turn;
mod verify;
pub mod what_if;

pub use about::About;
pub use backup::{Backup, Restored, backup, backup_on, restore};
pub use carry::Carry;
pub use checkpoint::{Checkpoint, PublicKey};
pub use disk::{Disk, Files, Held, LocalFiles};
pub use emergency::{Emergency, Urgent, UrgentFact};
pub use error::{Damage, JournalError};
pub use hash::Hash;
pub use head::Head;
pub use journal::{Committed, Journal, Recovered};
pub use reader::{Reader, SegmentSummary, Stats, Turns};
pub use record::{MOST_BYTES, MOST_TURNS, Record};
pub use retire::{Retention, Retired};
pub use rolling::{Aside, Rolling};
pub use segment::{Carried, FORMAT, Sealed, SegmentHead};
pub use store::{Loss, Memory, Store};
pub use turn::Turn;
pub use verify::{Progress, Trusted, Verdict, verify, verify_against, verify_all, verify_links};

/// The version of the library that keeps the segments.
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}
