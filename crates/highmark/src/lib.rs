//! The command line of Highmark, as a library so that tests can call its parts.

pub mod cli;
pub mod clock;
pub mod demo;
pub mod explain;
pub mod failure;
pub mod folder;
pub mod names;
pub mod report;
pub mod run;
pub mod scenario;
pub mod sessions;
pub mod story;
pub mod summary;
pub mod text;
