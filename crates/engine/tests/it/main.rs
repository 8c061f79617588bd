//! The engine's own transcripts, tables of cases and properties.

mod garbage;
mod prices;
mod properties;
mod script;
