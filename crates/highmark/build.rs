//! Puts the commit into the version where git knows it.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=../../.git/HEAD");
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
    let output = Command::new("git").args(["rev-parse", "--short=10", "HEAD"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let commit = text.trim();
    (output.status.success() && !commit.is_empty()).then(|| commit.to_owned())
}
