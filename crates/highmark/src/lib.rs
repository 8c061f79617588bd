//! The command line of Highmark, as a library so that tests can call its parts.

pub mod clock;
pub mod failure;
pub mod run;
pub mod scenario;
pub mod sessions;
