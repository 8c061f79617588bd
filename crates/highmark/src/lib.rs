//! The command line of Highmark, as a library so that tests can call its parts.

pub mod cli;
pub mod demo;
pub mod explain;
pub mod folder;
pub mod past;
pub mod record;
pub mod report;
pub mod summary;

pub use highmark_play::{clock, failure, names, run, scenario, sessions, story, text};
