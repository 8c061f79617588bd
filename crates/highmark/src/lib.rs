//! The command line of Highmark, as a library so that tests can call its parts.

pub mod cli;
pub mod demo;
pub mod folder;
pub mod past;
pub mod report;

pub use highmark_play::{
    clock, curves, difference, explain, failure, names, run, scenario, sessions, story, summary,
    text,
};
pub use highmark_server::past::record;
