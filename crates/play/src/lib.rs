//! Scenarios: accounts, strategies, rules and trades in one file, and the runner that plays a feed through
//! them. The command line replays with it, the service starts from it.

pub mod clock;
pub mod failure;
pub mod market;
pub mod names;
pub mod run;
pub mod scenario;
pub mod sessions;
pub mod story;
pub mod text;
pub mod words;
