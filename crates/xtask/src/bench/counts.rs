//! `cargo xtask bench counts`: how many instructions each hot path of the engine takes, and what they were before.
//!
//! Instructions don't depend on what else the machine does, so one run is enough, and a change of a percent shows.

use super::kept::{Conditions, Kept};
use super::program::{Program, output};
use crate::Outcome;
use crate::command::{Workspace, answers, expect_only, line_of, option};
use std::path::Path;
use std::process::{Command, Stdio};

/// The function of the program inside which instructions count.
const COUNTED: &str = "*::meter::counted*";
const PAGE: &str = "docs/counts.toml";

/// A path as the program tells of it.
struct HotPath {
    name: String,
    operations: f64,
    what: String,
}

pub(super) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    expect_only(arguments, &["--only=", "--write"])?;
    let only = option(arguments, "--only")?.unwrap_or_default();
    let only: Vec<&str> = only.split(',').filter(|name| !name.is_empty()).collect();
    let writes = arguments.iter().any(|word| word == "--write");
    if writes && !only.is_empty() {
        return Err("--write is for all of it\nhint: leave --only out".to_owned());
    }
    if !answers(Command::new("valgrind").arg("--version")) {
        return Err(
            "valgrind is missing\nhint: install it (on Debian: apt install valgrind)".into()
        );
    }
    let program = Program::build_counts(workspace)?;
    let paths = paths(&program, &only)?;
    let now = conditions(&program)?;
    let before = workspace.read(PAGE).ok().map(|text| Kept::read(&text)).transpose()?;
    let folder = workspace.root.join("target/counts");

    println!("{:<18}{:>14}{:>14}{:>10}  one operation", "path", "instructions", "kept", "change");
    let mut counts = Vec::new();
    for path in &paths {
        let count = count(&program, path, &folder)?;
        println!("{}", row(path, count, before.as_ref().and_then(|kept| kept.count(&path.name))));
        counts.push((path.name.clone(), count, path.what.clone()));
    }
    if let Some(kept) = &before {
        now.differences(&kept.conditions).iter().for_each(|line| println!("{line}"));
    }
    println!("callgrind_annotate target/counts/PATH.out tells where they are");
    if writes {
        let text = Kept { conditions: now, counts }.told();
        std::fs::write(workspace.root.join(PAGE), text)
            .map_err(|error| format!("cannot write {PAGE}: {error}"))?;
        println!("wrote {PAGE}");
    }
    Ok(())
}

fn paths(program: &Program, only: &[&str]) -> Result<Vec<HotPath>, String> {
    let said = program.say(&["list"])?;
    let all: Vec<HotPath> =
        said.lines().map(HotPath::read).collect::<Option<_>>().ok_or("no list of paths")?;
    if let Some(name) = only.iter().find(|name| all.iter().all(|path| path.name != **name)) {
        let names: Vec<&str> = all.iter().map(|path| path.name.as_str()).collect();
        return Err(format!("no path is called `{name}`\nhint: {}", names.join(", ")));
    }
    let is_wanted = |path: &HotPath| only.is_empty() || only.contains(&path.name.as_str());
    Ok(all.into_iter().filter(is_wanted).collect())
}

fn conditions(program: &Program) -> Result<Conditions, String> {
    let said = |name: &str, argument: &str| {
        let mut command = Command::new(name);
        output(command.arg(argument).stderr(Stdio::null())).map(|text| text.trim().to_owned())
    };
    let compiler = said("rustc", "-vV")?;
    let of_compiler = |start: &str| {
        let line = compiler.lines().find_map(|line| line.strip_prefix(start));
        line.unwrap_or("unknown").to_owned()
    };
    let libc = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok();
    let libc = libc.filter(|output| output.status.success());
    let libc = libc.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    Ok(Conditions {
        compiler: of_compiler("rustc "),
        target: of_compiler("host: "),
        overflow_checks: program.say(&["checks"])?,
        libc: libc.unwrap_or_else(|| "unknown".to_owned()),
        valgrind: said("valgrind", "--version")?,
    })
}

/// Instructions of one operation, on average over all.
fn count(program: &Program, path: &HotPath, folder: &Path) -> Result<f64, String> {
    let mut command = counting(program.path(), path, &folder.join(format!("{}.out", path.name)))?;
    let line = line_of(&command);
    let output = command.output().map_err(|error| format!("cannot start `{line}`: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(format!("{} failed: {}\n{said}", path.name, output.status));
    }
    let count = collected(&said).filter(|count| *count > 0.0);
    Ok(count.ok_or_else(|| format!("{}: nothing was counted\n{said}", path.name))?
        / path.operations)
}

/// The program is called by a name of the same length everywhere and without an environment: how memory is copied depends
/// on where the stack begins.
fn counting(program: &Path, path: &HotPath, file: &Path) -> Result<Command, String> {
    let (Some(folder), Some(name)) = (program.parent(), program.file_name()) else {
        return Err("the program has no place".to_owned());
    };
    let mut command = Command::new("valgrind");
    command.env_clear();
    for kept in ["PATH", "VALGRIND_LIB"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    command.args(["--tool=callgrind", &format!("--toggle-collect={COUNTED}")]);
    command.arg(format!("--callgrind-out-file={}", file.display()));
    command.arg(Path::new(".").join(name)).args(["run", &path.name]);
    command.current_dir(folder).stdin(Stdio::null());
    Ok(command)
}

/// The sum that callgrind tells at its end.
fn collected(said: &str) -> Option<f64> {
    let line = said.lines().find_map(|line| line.split_once("Collected :"));
    line?.1.split_whitespace().next()?.parse().ok()
}

fn row(path: &HotPath, count: f64, kept: Option<f64>) -> String {
    let told = |number: f64| format!("{number:.1}");
    let change = kept.map_or("new".to_owned(), |kept| change(kept, count));
    let kept = kept.map_or("-".to_owned(), told);
    format!("{:<18}{:>14}{kept:>14}{change:>10}  {}", path.name, told(count), path.what)
}

fn change(before: f64, now: f64) -> String {
    let percent = (now / before - 1.0) * 100.0;
    // Kept figures have one decimal.
    if (now - before).abs() < 0.051 { "same".to_owned() } else { format!("{percent:+.1} %") }
}

impl HotPath {
    fn read(line: &str) -> Option<HotPath> {
        let mut cells = line.splitn(3, '\t').map(str::to_owned);
        let (name, operations) = (cells.next()?, cells.next()?.parse().ok()?);
        Some(HotPath { name, operations, what: cells.next()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_collected_is_read() {
        let said = "==7== Events    : Ir\n==7== Collected : 8790700\n==7== \n";
        assert_eq!(collected(said), Some(8_790_700.0));
        assert_eq!(collected("==7== Collected : \n"), None);
    }

    #[test]
    fn a_change_is_told_in_percent() {
        let told = [(200.0, 100.0), (100.0, 100.04), (100.0, 101.0)].map(|(a, b)| change(a, b));
        assert_eq!(told, ["-50.0 %", "same", "+1.0 %"]);
    }
}
