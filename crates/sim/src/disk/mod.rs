//! A simulated disk under SQLite and the journal, and what is shown on it.
//!
//! [`Drive`] keeps files in memory and knows which of their bytes, and which names in their folder, would
//! survive a loss of power. It takes the power away at the n-th call, by seed: what was not synced is then
//! dropped, kept, reordered or torn at 512 bytes. It can also fail the n-th call.

mod beside;
mod contents;
mod drive;
mod names;
mod system;

pub use contents::{Loss, SECTOR};
pub use drive::{Drive, Failure, Trouble};
