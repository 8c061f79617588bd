//! The engine's own transcripts, tables of cases and properties.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod adopted;
mod averages;
mod bad_input;
mod carried;
mod explain;
mod garbage;
mod garbage_rules;
mod index;
mod late_entries;
mod life;
mod limits;
mod looks;
mod matrix;
mod mirrors;
mod operator;
mod operators;
mod prices;
mod properties;
mod refusals;
mod rejections;
mod requirements;
mod scopes;
mod script;
mod settlements;
mod staleness;
mod tell;
mod time_and_bars;
mod way_out;
mod words;
