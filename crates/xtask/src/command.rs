//! Runs other programs from the root of the workspace, and reads its files.

use crate::Outcome;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The checked-out tree that the chores work on.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
}

impl Workspace {
    /// The workspace around the current folder.
    pub(crate) fn find() -> Result<Workspace, String> {
        let here =
            std::env::current_dir().map_err(|error| format!("no current folder: {error}"))?;
        here.ancestors()
            .find(|folder| is_root(folder))
            .map(|root| Workspace { root: root.to_owned() })
            .ok_or_else(|| {
                "no workspace around this folder\nhint: run it inside the clone".to_owned()
            })
    }

    pub(crate) fn has_crate(&self, name: &str) -> bool {
        self.root.join("crates").join(name).join("Cargo.toml").is_file()
    }

    pub(crate) fn read(&self, path: &str) -> Result<String, String> {
        let full = self.root.join(path);
        std::fs::read_to_string(full).map_err(|error| format!("cannot read {path}: {error}"))
    }

    /// The same cargo that runs this program, from the root, without standard input.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = Command::new(cargo);
        // What `cargo run` says about this package must not reach the build of others.
        for (name, _) in std::env::vars_os() {
            let name_text = name.to_string_lossy();
            if name_text.starts_with("CARGO_PKG_") || name_text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        command.args(arguments).current_dir(&self.root).stdin(Stdio::null());
        command
    }
}

fn is_root(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join("Cargo.toml"))
        .is_ok_and(|manifest| manifest.lines().any(|line| line.trim() == "[workspace]"))
}

/// Runs it with its output on the screen; an error when it fails.
pub(crate) fn show(command: &mut Command) -> Outcome {
    let line = line_of(command);
    let status = command.status().map_err(|error| format!("cannot start `{line}`: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{line}` failed: {status}")) }
}

/// Whether the program starts and ends well; its output is dropped.
pub(crate) fn answers(command: &mut Command) -> bool {
    let silent = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    silent.status().is_ok_and(|status| status.success())
}

/// The command as a person would type it.
pub(crate) fn line_of(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(name).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// The value of `--name value` or `--name=value`; an error when it stands without one.
pub(crate) fn option(arguments: &[String], name: &str) -> Result<Option<String>, String> {
    for (index, argument) in arguments.iter().enumerate() {
        if argument == name {
            let value = arguments.get(index + 1).cloned();
            return value.map(Some).ok_or_else(|| format!("{name} needs a value"));
        }
        if let Some(value) = argument.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
            return Ok(Some(value.to_owned()));
        }
    }
    Ok(None)
}

/// Refuses what a chore does not know. Names that end in `=` take a value.
pub(crate) fn expect_only(arguments: &[String], known: &[&str]) -> Outcome {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let name = argument.split('=').next().unwrap_or(argument);
        let takes_value = known.iter().any(|known| known.strip_suffix('=') == Some(name));
        if takes_value {
            if !argument.contains('=') {
                rest.next();
            }
        } else if !known.contains(&argument.as_str()) {
            return Err(format!("unknown argument `{argument}`\nhint: --help lists them"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn options_are_read_in_both_forms_and_the_rest_is_refused() {
        let typed = words("--ticks 500 --seed=7");
        assert_eq!(option(&typed, "--ticks"), Ok(Some("500".to_owned())));
        assert_eq!(option(&typed, "--seed"), Ok(Some("7".to_owned())));
        assert_eq!(option(&typed, "--check"), Ok(None));
        assert!(option(&words("--ticks"), "--ticks").is_err());
        assert!(expect_only(&typed, &["--ticks=", "--seed="]).is_ok());
        assert!(expect_only(&typed, &["--ticks="]).is_err());
        assert!(expect_only(&words("--check"), &["--check"]).is_ok());
        assert!(expect_only(&words("--ckeck"), &["--check"]).is_err());
    }
}
