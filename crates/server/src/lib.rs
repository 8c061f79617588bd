//! The service that runs through a trading day: feed, engine, journal, paper account.

pub mod config;
pub mod disk;
pub mod doctor;
