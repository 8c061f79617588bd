//! The binary as a person and as a script meet it.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

#[cfg(unix)]
mod canary;
mod charges;
#[cfg(unix)]
mod config;
mod demo;
#[cfg(unix)]
mod desk;
#[cfg(unix)]
mod doctor;
mod explain;
mod import;
#[cfg(unix)]
mod imports;
#[cfg(unix)]
mod keys;
mod manners;
mod market;
#[cfg(unix)]
mod operate;
mod oracle;
mod published;
mod real_day;
#[cfg(unix)]
mod record;
mod replay;
mod report;
mod scenario;
#[cfg(unix)]
mod unit;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of a test's own, empty at the start.
pub(crate) fn folder(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What came of a command.
pub(crate) struct Ran {
    pub out: String,
    pub err: String,
    pub code: i32,
}

/// The binary in the root of the repository, with `state` as its state folder.
pub(crate) fn command(state: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_highmark"));
    command.current_dir(root()).env("XDG_STATE_HOME", state).env("COLUMNS", "100");
    // What the person who runs the tests has of their own must not decide them.
    command.env("XDG_CONFIG_HOME", state.join("config"));
    // Many services run beside each other here; those that are asked over HTTP name an address of their own.
    command.env("HIGHMARK__API__LISTEN", "off");
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "TERM"] {
        command.env_remove(name);
    }
    command
}

pub(crate) fn highmark(state: &Path, arguments: &[&str]) -> Ran {
    ran(command(state).args(arguments).output().unwrap())
}

pub(crate) fn ran(output: Output) -> Ran {
    Ran {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap_or(-1),
    }
}

pub(crate) fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The committed sample, played into `dir`.
pub(crate) fn sample(state: &Path, dir: &Path, more: &[&str]) -> Ran {
    let dir = dir.to_str().unwrap();
    let mut arguments =
        vec!["replay", "samples/day.csv", "--scenario", "scenarios/sample-day.toml", "--out", dir];
    arguments.extend(more);
    highmark(state, &arguments)
}
