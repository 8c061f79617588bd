//! Documents that the program prints of itself: schemas, and the page of the configuration.

use crate::Outcome;
use crate::command::Workspace;
use std::fs;

/// A document, and the command of `highmark` that prints it.
const PRINTED: &[(&str, &[&str])] = &[
    ("docs/config.schema.json", &["config", "schema"]),
    ("docs/configuration.md", &["config", "schema", "--page"]),
    ("docs/scenario.schema.json", &["scenario", "schema"]),
];

/// Writes them, or fails when one is not what would be written.
pub(crate) fn run(workspace: &Workspace, only_check: bool) -> Outcome {
    for (path, command) in PRINTED {
        let text = print(workspace, command)?;
        if workspace.read(path).unwrap_or_default() == text {
            println!("{path} is up to date");
        } else if only_check {
            return Err(format!(
                "{path} is not what `highmark {}` prints\nhint: run `cargo xtask docs` and commit it",
                command.join(" ")
            ));
        } else {
            fs::write(workspace.root.join(path), text)
                .map_err(|error| format!("cannot write {path}: {error}"))?;
            println!("wrote {path}");
        }
    }
    Ok(())
}

fn print(workspace: &Workspace, arguments: &[&str]) -> Result<String, String> {
    let mut all = vec!["run", "--quiet", "-p", "highmark", "--"];
    all.extend(arguments);
    let command = format!("highmark {}", arguments.join(" "));
    let output = workspace
        .cargo(&all)
        .output()
        .map_err(|error| format!("cannot start `{command}`: {error}"))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("`{command}` failed: {}\n{complaint}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("`{command}` printed what is no text"))
}
