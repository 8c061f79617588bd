//! The engine's own transcripts, tables of cases and properties.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod adopted;
mod bad_input;
mod explain;
mod garbage;
mod life;
mod mirrors;
mod operator;
mod operators;
mod prices;
mod properties;
mod requirements;
mod scopes;
mod script;
mod tell;
mod time_and_bars;
mod words;
