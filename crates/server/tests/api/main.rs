//! The API as programs meet it: a service of each test's own, and plain HTTP over loopback.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]
#![cfg(unix)]

mod cases;
mod crowd;
mod dashboard;
mod day;
mod edits;
mod hooks;
mod limits;
mod own;
mod past;
mod raises;
mod roles;
mod service;
mod sessions;
mod signals;
mod stream;
mod tls;
mod viewer;
mod watcher;
mod wedged;
