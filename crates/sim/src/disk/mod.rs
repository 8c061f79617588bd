//! A simulated disk under SQLite and the journal, and what is shown on it.
//!
//! [`Drive`] keeps files in memory and knows which of their bytes, and which names in their folder, would
//! survive a loss of power. It takes the power away at the n-th call, by seed: what was not synced is then
//! dropped, kept, reordered or torn at 512 bytes. It can also fail the n-th call.
//!
//! On it: [`power`] takes the power away from a desk and its journal, [`storage`] fails every call in turn,
//! [`damage`] changes real
//! journals on the real file system, [`visible`] has a client that must never see a level move back, [`twice`] plays a seed again.

mod beside;
mod contents;
pub mod damage;
pub mod desk;
mod drive;
mod names;
pub mod power;
pub mod storage;
mod system;
pub mod twice;
pub mod visible;

pub use contents::{Loss, SECTOR};
pub use drive::{Drive, Failure, Trouble};

/// A deliberate mistake, to see that it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// The drive says that it synced and did not: as `synchronous=OFF` would.
    DriveLies,
    /// Turns count as acknowledged before they are given to the journal.
    AcknowledgesFirst,
    /// The client is shown what is not durable yet.
    ShowsFirst,
    /// After a crash the client is shown levels as they were some turns ago.
    LevelsSlip,
}

/// How a seed is played.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// At most so many inputs: what is wrong is looked for again with few.
    pub most: usize,
    pub mistake: Option<Mistake>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { most: usize::MAX, mistake: None }
    }
}

/// A hash of numbers and text (FNV-1a), for traces.
#[derive(Clone, Copy, Debug)]
pub struct Fnv(pub u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    pub fn add(&mut self, number: u64) -> &mut Fnv {
        for byte in number.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        self
    }
}

impl std::fmt::Write for Fnv {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Ok(())
    }
}
