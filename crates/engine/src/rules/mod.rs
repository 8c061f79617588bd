//! The rules, one file each; a rule's `//!` text is its page in the manual.

pub(crate) mod bars;
pub(crate) mod break_even;
pub(crate) mod daily;
pub(crate) mod drawdown;
pub(crate) mod gap;
pub(crate) mod give_back;
pub(crate) mod keep;
pub(crate) mod ladder;
pub(crate) mod level;
pub(crate) mod lock;
pub(crate) mod lock_and_trail;
pub(crate) mod max_loss;
pub(crate) mod mtm_target;
pub mod spec;
pub(crate) mod step;
pub(crate) mod stop_loss;
pub(crate) mod target;
pub(crate) mod time;
pub(crate) mod trail;
pub(crate) mod trail_loss;
pub(crate) mod waits;
