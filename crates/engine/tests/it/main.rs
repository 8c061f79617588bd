//! The engine's own transcripts.

mod prices;
mod script;
