//! The real service, killed at random and at every named point: what was acknowledged is there, what was
//! shown is there, the state is the fold, and no level moves back.
//!
//! `HIGHMARK_KILLS=1000 cargo test --release -p highmark --test crash` does more of it.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod checkpoints;
mod client;
mod emergency;
mod host;
mod kill_paths;
mod kills;
mod life;
mod long_day;
mod piped;
mod points;
mod press;
mod soak;
mod stops;
mod trouble;
mod upgrade;
mod watched;
