//! `cargo xtask ci`: everything that CI checks, in one command, stopping at the first failure.

use crate::command::{Workspace, answers, expect_only, show};
use crate::{Outcome, clients, manual, purity, tidy};
use std::process::Command;
use std::time::{Duration, Instant};

pub(crate) const HELP: &str = "\
Usage: cargo xtask ci [STEP...]

Runs every check of this tree in turn, or the steps that are named, and stops at the first that fails:
  tools    git, a C compiler, rustfmt and clippy are there
  fmt      the sources are formatted
  tidy     the rules of the house (cargo xtask tidy)
  clippy   no warnings, tests included
  tests    all of them; by nextest when it is installed
  examples the examples in the documentation
  docs     the documentation builds without a warning
  manual   the manual and the schemas are what the sources say (cargo xtask docs --check)
  purity   the engine refuses what it must (cargo xtask purity)
  sim      a slice of the random differential test, and 1000 seeds played twice (all of it: cargo xtask sim)
  demo     the demo on a terminal, at full speed
  web      the dashboard is what its sources make, and works in a browser (cargo xtask web --check --browser)
  python   the wheel is built, installed and tested (cargo xtask python)
  clients  the API by curl, a generated client, a WebSocket client, alerts, Prometheus and schemathesis (cargo xtask clients)
Nothing is built for release. Steps whose crate is not in the tree yet say so.";

/// How a step ended, when it did not fail.
enum Step {
    Passed,
    /// What it would check is not in this tree.
    Absent(&'static str),
}

type StepResult = Result<Step, String>;

type Run = fn(&Workspace) -> StepResult;

const STEPS: &[(&str, Run)] = &[
    ("tools", tools),
    ("fmt", |workspace| cargo(workspace, &["fmt", "--all", "--check"])),
    ("tidy", |workspace| passed(tidy::run(workspace, &[]))),
    ("clippy", |workspace| {
        cargo(workspace, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
    }),
    ("tests", tests),
    ("examples", |workspace| cargo(workspace, &["test", "--workspace", "--doc", "--quiet"])),
    ("docs", docs),
    ("manual", |workspace| passed(manual::run(workspace, &["--check".to_owned()]))),
    ("purity", |workspace| passed(purity::run(workspace, &[]))),
    ("sim", sim),
    ("demo", demo),
    ("web", web),
    ("python", python),
    ("clients", clients),
];

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let names: Vec<&str> = STEPS.iter().map(|(name, _)| *name).collect();
    expect_only(arguments, &names)?;
    let mut summary = Vec::new();
    let mut failure = None;
    let is_wanted =
        |name: &str| arguments.is_empty() || arguments.iter().any(|wanted| wanted == name);
    for (name, step) in STEPS.iter().filter(|(name, _)| is_wanted(name)) {
        println!("\n== {name}");
        let started = Instant::now();
        let result = step(workspace);
        let time = started.elapsed();
        let word = match &result {
            Ok(Step::Passed) => "passed",
            Ok(Step::Absent(what)) => what,
            Err(_) => "FAILED",
        };
        println!("-- {name}: {word} in {}", seconds(time));
        summary.push((*name, word, time));
        if let Err(message) = result {
            failure = Some(format!("ci stopped at {name}: {message}"));
            break;
        }
    }
    println!("\n{}", table(&summary));
    failure.map_or(Ok(()), Err)
}

/// What the machine must have before anything is built.
fn tools(workspace: &Workspace) -> StepResult {
    let needs: [(&str, Command, &str); 4] = [
        ("git", version_of(Command::new("git")), "install git (on Debian: apt install git)"),
        ("a C compiler", version_of(c_compiler()), "install one (on Debian: apt install gcc)"),
        ("rustfmt", workspace.cargo(&["fmt", "--version"]), "rustup component add rustfmt"),
        ("clippy", workspace.cargo(&["clippy", "--version"]), "rustup component add clippy"),
    ];
    let missing: Vec<String> = needs
        .into_iter()
        .filter_map(|(name, mut command, hint)| {
            (!answers(&mut command)).then(|| format!("{name} is missing\nhint: {hint}"))
        })
        .collect();
    if missing.is_empty() { Ok(Step::Passed) } else { Err(missing.join("\n")) }
}

fn c_compiler() -> Command {
    Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()))
}

fn version_of(mut command: Command) -> Command {
    command.arg("--version");
    command
}

/// The Python package has its tests in Python, and its macros' features would build everything else a second time.
fn tests(workspace: &Workspace) -> StepResult {
    let rust = ["--workspace", "--exclude", "highmark-python", "--no-fail-fast"];
    if answers(&mut workspace.cargo(&["nextest", "--version"])) {
        return cargo(workspace, &[&["nextest", "run"][..], &rust].concat());
    }
    println!("nextest is not installed: cargo test runs the same tests");
    cargo(workspace, &[&["test", "--all-targets"][..], &rust].concat())
}

fn docs(workspace: &Workspace) -> StepResult {
    let mut command = workspace.cargo(&["doc", "--workspace", "--no-deps"]);
    passed(show(command.env("RUSTDOCFLAGS", "-D warnings")))
}

fn sim(workspace: &Workspace) -> StepResult {
    if !workspace.has_crate("sim") {
        return Ok(Step::Absent("waits for crates/sim"));
    }
    // Built as for the tests, so that what it stands on is not built again.
    let build = ["build", "--quiet", "--workspace", "--exclude", "highmark-python"];
    cargo(workspace, &[&build[..], &["--bin", "highmark-sim"]].concat())?;
    let name = format!("highmark-sim{}", std::env::consts::EXE_SUFFIX);
    let program = workspace.root.join("target/debug").join(name);
    show(Command::new(&program).args(["--ticks", "200000"]))?;
    passed(show(Command::new(&program).args(["twice", "--seeds", "1000"])))
}

/// The README's demo for a terminal; at full speed, because a person would watch it and CI does not.
fn demo(workspace: &Workspace) -> StepResult {
    if !workspace.has_crate("highmark") {
        return Ok(Step::Absent("waits for crates/highmark"));
    }
    let mut command =
        workspace.cargo(&["run", "--quiet", "-p", "highmark", "--", "demo", "--speed", "max"]);
    let output = command.output().map_err(|error| format!("cannot start the demo: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("the demo failed: {}\n{complaint}", output.status));
    }
    if said.trim().is_empty() {
        return Err("the demo said nothing".to_owned());
    }
    println!("the demo said {} lines; the last: {}", said.lines().count(), last_line(&said));
    Ok(Step::Passed)
}

fn web(workspace: &Workspace) -> StepResult {
    let arguments = ["--check", "--browser"].map(str::to_owned);
    passed(crate::web::web(workspace, &arguments))
}

fn python(workspace: &Workspace) -> StepResult {
    if !workspace.has_crate("python") {
        return Ok(Step::Absent("waits for crates/python"));
    }
    passed(crate::python::python(workspace, &[]))
}

fn clients(workspace: &Workspace) -> StepResult {
    if !workspace.has_crate("server") {
        return Ok(Step::Absent("waits for crates/server"));
    }
    passed(clients::run(workspace, &[]))
}

fn last_line(text: &str) -> &str {
    text.trim_end().lines().next_back().unwrap_or_default()
}

fn cargo(workspace: &Workspace, arguments: &[&str]) -> StepResult {
    passed(show(&mut workspace.cargo(arguments)))
}

fn passed(outcome: Outcome) -> StepResult {
    outcome.map(|()| Step::Passed)
}

/// Each step with its time, then the counts; an absent step is neither passed nor failed.
fn table(summary: &[(&str, &str, Duration)]) -> String {
    let lines =
        summary.iter().map(|(name, word, time)| format!("{name:<9}{:>8}  {word}", seconds(*time)));
    let count = |wanted: &str| summary.iter().filter(|(_, word, _)| *word == wanted).count();
    let total = summary.iter().map(|(_, _, time)| *time).sum();
    let last = format!("{:<9}{:>8}", "all", seconds(total));
    let counts = format!("{} passed, {} failed", count("passed"), count("FAILED"));
    lines.chain([last, counts]).collect::<Vec<_>>().join("\n")
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f32())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_what_ran() {
        let time = Duration::from_millis(1500);
        let summary = [
            ("fmt", "passed", time),
            ("sim", "waits for crates/sim", time),
            ("docs", "FAILED", time),
        ];
        let table = table(&summary);
        assert!(table.contains("fmt         1.5 s  passed\n"), "{table}");
        assert!(table.contains("all         4.5 s\n"), "{table}");
        assert!(table.ends_with("1 passed, 1 failed"), "{table}");
    }

    #[test]
    fn the_help_names_every_step_in_order() {
        let told: Vec<&str> =
            HELP.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
        let steps: Vec<&str> = STEPS.iter().map(|(name, _)| *name).collect();
        assert_eq!(told, steps);
    }
}
