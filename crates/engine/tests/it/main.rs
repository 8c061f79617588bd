//! The engine's own transcripts.

mod adopted;
mod prices;
mod script;
