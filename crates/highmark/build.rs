//! Puts the commit into the version where git knows it.

use std::process::Command;

fn main() {
    // The log of HEAD grows with every commit and every switch; without git there is nothing to watch.
    println!("cargo:rerun-if-changed=build.rs");
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo:rerun-if-changed={log}");
    }
    println!("cargo:rerun-if-env-changed=HIGHMARK_COMMIT");
    let version = env!("CARGO_PKG_VERSION");
    let commit = std::env::var("HIGHMARK_COMMIT").ok().or_else(git_commit);
    let shown = match commit {
        Some(commit) => format!("{version} ({commit})"),
        None => version.to_owned(),
    };
    println!("cargo:rustc-env=HIGHMARK_VERSION={shown}");
}

fn git_commit() -> Option<String> {
    git(&["rev-parse", "--short=10", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.trim();
    (output.status.success() && !line.is_empty()).then(|| line.to_owned())
}
