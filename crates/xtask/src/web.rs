//! `cargo xtask web`: the dashboard, built from its sources, compared with what is committed, and tried in a browser.

use crate::Outcome;
use crate::command::{Workspace, answers, expect_only, show};
use std::fs;
use std::path::Path;
use std::process::Command;

pub(crate) const HELP: &str = "\
Usage: cargo xtask web [--check] [--browser] [--bench]

Builds the dashboard into web/dist, which is committed so that nobody needs Node to run it. Needs Node 20.19 or later
with npm, and the package index the first time.
  --check     builds it elsewhere and fails when web/dist is something else, or is too large
  --browser   also runs the tests in Chromium, against a service of their own (apt install chromium)
  --bench     prints what a page costs in Chromium: first paint, frames with 1,000 trades, memory";

const BROWSER: &str = "/usr/bin/chromium";

pub(crate) fn web(workspace: &Workspace, arguments: &[String]) -> Outcome {
    expect_only(arguments, &["--check", "--browser", "--bench"])?;
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    packages(workspace)?;
    npm(workspace, &["run", "--silent", "types"])?;
    npm(workspace, &["run", "--silent", "test"])?;
    npm(workspace, &["run", "--silent", if has("--check") { "check" } else { "build" }])?;
    if has("--browser") || has("--bench") {
        browser()?;
        show(&mut workspace.cargo(&["build", "--quiet", "-p", "highmark"]))?;
    }
    if has("--browser") {
        npm(workspace, &["run", "--silent", "e2e"])?;
    }
    if has("--bench") { npm(workspace, &["run", "--silent", "bench"]) } else { Ok(()) }
}

/// What the lock file names, installed once for each lock file.
fn packages(workspace: &Workspace) -> Outcome {
    let check = "const [a,b]=process.versions.node.split('.').map(Number);\
                 process.exit(a>20||(a===20&&b>=19)?0:1)";
    if !answers(Command::new("node").args(["-e", check]))
        || !answers(Command::new("npm").arg("--version"))
    {
        let hint = "install them: https://nodejs.org (only who builds the dashboard needs them)";
        return Err(format!("Node 20.19 or later with npm is missing\nhint: {hint}"));
    }
    let wanted = workspace.read("web/package-lock.json")?;
    let stamp = workspace.root.join("web/node_modules/.installed");
    if fs::read_to_string(&stamp).is_ok_and(|has| has == wanted) {
        return Ok(());
    }
    npm(workspace, &["ci", "--loglevel=error"])?;
    fs::write(&stamp, wanted).map_err(|error| format!("cannot write {}: {error}", stamp.display()))
}

fn npm(workspace: &Workspace, arguments: &[&str]) -> Outcome {
    show(Command::new("npm").args(arguments).current_dir(workspace.root.join("web")))
}

/// Debian's Chromium; who may install it gets it.
fn browser() -> Outcome {
    if Path::new(BROWSER).exists() {
        return Ok(());
    }
    println!("{BROWSER} is missing: it is installed");
    let _ = show(Command::new("apt-get").args(["update", "-qq"]));
    let mut install = Command::new("apt-get");
    install.args(["install", "-y", "-qq", "--no-install-recommends", "chromium"]);
    show(install.env("DEBIAN_FRONTEND", "noninteractive"))
        .map_err(|message| format!("{message}\nhint: on Debian, as root: apt install chromium"))
}
