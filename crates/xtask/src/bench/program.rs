//! The program of the tapes: built once for this machine, then run again and again.

use super::record::Record;
use crate::command::{Workspace, line_of};
use std::path::PathBuf;
use std::process::{Command, Stdio};

pub(super) struct Program {
    path: PathBuf,
    pub(super) is_vectorised: bool,
}

/// Which instructions the compiler may use where the machine has them.
pub(super) const VECTORS: &str = "-C target-cpu=x86-64-v3";

impl Program {
    /// All sides of a comparison are in the one program, so they are built alike.
    pub(super) fn build(workspace: &Workspace) -> Result<Program, String> {
        let is_vectorised = has_vectors();
        let folder = if is_vectorised { "speed-v3" } else { "speed" };
        let folder = workspace.root.join("target").join(folder);
        let mut command = workspace.cargo(&["bench", "-p", "highmark-engine", "--bench", "tapes"]);
        command.args(["--no-run", "--message-format=json-render-diagnostics", "--target-dir"]);
        command.arg(folder).stderr(Stdio::inherit());
        if is_vectorised {
            let given = std::env::var("RUSTFLAGS").unwrap_or_default();
            command.env("RUSTFLAGS", format!("{given} {VECTORS}").trim());
        }
        let said = output(&mut command)?;
        let path = said.lines().filter_map(executable).next_back();
        let path = path.ok_or("cargo built no program of the tapes")?;
        Ok(Program { path: path.into(), is_vectorised })
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

fn output(command: &mut Command) -> Result<String, String> {
    let line = line_of(command);
    let output = command.output().map_err(|error| format!("cannot start `{line}`: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{line}` failed: {}", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The path in cargo's message about the finished program.
fn executable(message: &str) -> Option<&str> {
    let is_ours =
        message.contains("\"kind\":[\"bench\"]") && message.contains("\"name\":\"tapes\"");
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
        assert_eq!(executable(said), Some("target/deps/tapes-1"));
        assert_eq!(executable(&said.replace("bench", "lib")), None);
        assert_eq!(executable(r#"{"reason":"build-finished"}"#), None);
    }
}
