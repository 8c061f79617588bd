//! The service that runs through a trading day: feed, engine, journal, paper account.

#[cfg(unix)]
pub mod api;
mod behind;
pub mod config;
pub mod disk;
pub mod doctor;
pub mod heartbeat;
pub mod kill_file;
pub mod lease;
mod leaving;
pub mod look;
#[cfg(unix)]
mod mirror;
pub mod past;
#[cfg(test)]
mod scratch;
pub mod service;
#[cfg(unix)]
pub mod socket;
