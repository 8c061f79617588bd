//! The API: HTTP for programs of this machine, on a thread of its own. It asks as the socket does, through the
//! bounded queue, and hears as the socket does, once it is durable: no client can hold the engine up. Whoever looks or
//! watches looks at a second engine that folds what is durable (`crate::mirror`, `stream`).
//!
//! A request passes, in this order: the limits of connections and TLS (`greet`, `tls`), the time for its head (`serve`), host and origin
//! and the time for its answer (`door`), the key or session and its role (`callers`), the form of its body (`body`),
//! whether it was asked before (`once`), and then its route (`routes`). What is refused is a `problem`. What is no
//! route may be a file of the dashboard (`pages`).

mod answers;
mod body;
mod callers;
mod desk;
mod door;
mod greet;
pub mod hooks;
mod hosts;
mod jobs;
mod kept;
pub mod keys;
mod once;
pub mod openings;
mod own;
mod pages;
mod past;
mod patient;
pub mod people;
mod problem;
mod raises;
mod rate;
mod routes;
pub mod second;
mod serve;
mod sessions;
mod stream;
pub mod tls;
mod told;
mod totp;
mod wire;

pub use serve::{Api, Configuration, Door, Listen, Ways, bind};
pub(crate) use stream::board::Board;
pub(crate) use stream::pace::Pace;

use std::path::{Path, PathBuf};

/// Where the address of a running service's API stands.
pub fn address_file(state: &Path) -> PathBuf {
    state.join("api.address")
}
