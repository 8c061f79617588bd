//! The engine's own transcripts, tables of cases and properties.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod adopted;
mod garbage;
mod prices;
mod properties;
mod script;
