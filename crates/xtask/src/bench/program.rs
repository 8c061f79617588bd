//! The engine's benchmark programs: each is built once, then run again and again.

use super::record::Record;
use crate::command::{Workspace, line_of};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(super) struct Program {
    path: PathBuf,
    pub(super) is_vectorised: bool,
}

/// Which instructions the compiler may use where the machine has them.
pub(super) const VECTORS: &str = "-C target-cpu=x86-64-v3";

impl Program {
    /// The tapes. All sides of a comparison are in the one program, so they are built alike: for this machine.
    pub(super) fn build(workspace: &Workspace) -> Result<Program, String> {
        let is_vectorised = has_vectors();
        let folder = if is_vectorised { "speed-v3" } else { "speed" };
        let mut command = build(workspace, "tapes", folder);
        if is_vectorised {
            let given = std::env::var("RUSTFLAGS").unwrap_or_default();
            command.env("RUSTFLAGS", format!("{given} {VECTORS}").trim());
        }
        let path = built(&mut command, "tapes")?;
        Ok(Program { path, is_vectorised })
    }

    /// The hot paths, built the same on every machine of a target.
    pub(super) fn build_counts(workspace: &Workspace) -> Result<Program, String> {
        let mut command = build(workspace, "counts", "counts");
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        let path = built(&mut command, "counts")?;
        Ok(Program { path, is_vectorised: false })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn measure(&self, arguments: &[&str]) -> Result<Record, String> {
        Record::read(&self.say(arguments)?)
    }

    pub(super) fn say(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(&self.path);
        command.args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit());
        Ok(output(&mut command)?.trim_end().to_owned())
    }
}

/// The command that builds a benchmark of the engine into a folder of its own.
fn build(workspace: &Workspace, name: &str, folder: &str) -> Command {
    let folder = workspace.root.join("target").join(folder);
    let mut command = workspace.cargo(&["bench", "-p", "highmark-engine", "--bench", name]);
    command.args(["--no-run", "--message-format=json-render-diagnostics", "--target-dir"]);
    command.arg(folder).stderr(Stdio::inherit());
    command
}

fn built(command: &mut Command, name: &str) -> Result<PathBuf, String> {
    let said = output(command)?;
    let path = said.lines().filter_map(|message| executable(message, name)).next_back();
    Ok(path.ok_or_else(|| format!("cargo built no program {name}"))?.into())
}

pub(super) fn output(command: &mut Command) -> Result<String, String> {
    let line = line_of(command);
    let output = command.output().map_err(|error| format!("cannot start `{line}`: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{line}` failed: {}", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The path in cargo's message about the finished program.
fn executable<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    let is_ours = message.contains("\"kind\":[\"bench\"]")
        && message.contains(&format!("\"name\":\"{name}\""));
    let (_, rest) = message.split_once("\"executable\":\"").filter(|_| is_ours)?;
    rest.split('"').next()
}

#[cfg(target_arch = "x86_64")]
fn has_vectors() -> bool {
    use std::arch::is_x86_feature_detected as has;
    has!("avx2")
        && has!("bmi1")
        && has!("bmi2")
        && has!("f16c")
        && has!("fma")
        && has!("lzcnt")
        && has!("movbe")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_vectors() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_in_what_cargo_says() {
        let said =
            r#"{"target":{"kind":["bench"],"name":"tapes"},"executable":"target/deps/tapes-1"}"#;
        assert_eq!(executable(said, "tapes"), Some("target/deps/tapes-1"));
        assert_eq!(executable(said, "counts"), None);
        assert_eq!(executable(&said.replace("bench", "lib"), "tapes"), None);
        assert_eq!(executable(r#"{"reason":"build-finished"}"#, "tapes"), None);
    }
}
