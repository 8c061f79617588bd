//! `cargo xtask bench`: runs the benchmarks of every crate that has any.

use crate::Outcome;
use crate::command::{Workspace, expect_only, line_of, show};

pub(crate) const HELP: &str = "\
Usage: cargo xtask bench

Runs `cargo bench` for each crate with a benches folder, and prints what it ran.
Times are looked at by people; no test asserts one.";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    expect_only(arguments, &[])?;
    let folders = std::fs::read_dir(workspace.root.join("crates"))
        .map_err(|error| format!("cannot list crates: {error}"))?;
    let mut manifests: Vec<_> = folders
        .filter_map(Result::ok)
        .filter(|folder| folder.path().join("benches").is_dir())
        .map(|folder| folder.path().join("Cargo.toml").to_string_lossy().into_owned())
        .collect();
    manifests.sort();
    for manifest in &manifests {
        let mut command = workspace.cargo(&["bench", "--manifest-path", manifest]);
        println!("{}", line_of(&command));
        show(&mut command)?;
    }
    println!("{} crates have benchmarks", manifests.len());
    Ok(())
}
