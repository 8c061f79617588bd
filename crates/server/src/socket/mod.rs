//! The local socket: how commands of this machine's owner reach a running service.

pub mod client;
pub mod listen;
pub mod protocol;

use std::path::{Path, PathBuf};

/// Where the service of a state folder listens. The folder is its owner's alone, and so is the socket.
pub fn path(state: &Path) -> PathBuf {
    state.join("socket")
}
