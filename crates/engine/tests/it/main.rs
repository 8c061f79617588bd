//! The engine's own transcripts.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod prices;
mod script;
