//! Scenarios: accounts, strategies, rules and trades in one file, the runner that plays a feed through them, and what
//! came of it, told. The command line replays with it, the service starts from it, and both explain with it.

pub mod clock;
pub mod csv;
pub mod curves;
pub mod difference;
pub mod explain;
pub mod failure;
pub mod market;
pub mod names;
pub mod refusals;
pub mod room;
pub mod run;
pub mod scenario;
pub mod sessions;
pub mod story;
pub mod summary;
pub mod text;
pub mod words;
