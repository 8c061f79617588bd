//! `cargo xtask clients`: the API, driven by programs that others wrote.

use crate::Outcome;
use crate::command::{Workspace, answers, expect_only, show};
use crate::python::room;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const HELP: &str = "\
Usage: cargo xtask clients [day] [fuzz]

Builds `highmark` and drives services of its own with real clients, both unless one is named:
  day    a paper day by curl, a client generated from the description, a WebSocket client, alerts like TradingView's and Prometheus
  fuzz   10,000 cases of schemathesis: no undocumented answer, no 5xx, and what is refused changes nothing
Needs Python 3.10 or later with venv, curl, and the package indexes of Python and Debian the first time: Prometheus is
taken from the system, or else from Debian's package, unpacked under target/clients.";

const ROOM: &str = "target/clients";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    expect_only(arguments, &["day", "fuzz"])?;
    let is_wanted = |name| arguments.is_empty() || arguments.iter().any(|wanted| wanted == name);
    show(&mut workspace.cargo(&["build", "--quiet", "-p", "highmark"]))?;
    let python = room(workspace, "clients", "python/requirements-clients.txt")?;
    let script = |name: &str, folder: &str| {
        let folder = workspace.root.join(ROOM).join(folder);
        let _ = fs::remove_dir_all(&folder);
        let mut command = Command::new(&python);
        command.arg(workspace.root.join("python/clients").join(name)).arg(&folder);
        command.env("HIGHMARK", workspace.root.join("target/debug/highmark"));
        command
    };
    if is_wanted("day") {
        let programs = prometheus(workspace)?;
        show(script("day.py", "day").arg(programs))?;
    }
    if is_wanted("fuzz") {
        show(&mut script("fuzz.py", "fuzz"))?;
    }
    Ok(())
}

/// Debian's package; where its list is not there yet, or old, it is fetched first.
fn download(folder: &Path) -> Outcome {
    let apt = |words: &[&str]| show(Command::new("apt-get").args(words).current_dir(folder));
    let package = ["--quiet", "download", "prometheus"];
    apt(&package).or_else(|_| apt(&["--quiet", "update"]).and_then(|()| apt(&package)))
}

/// The folder that holds `prometheus` and `promtool`.
fn prometheus(workspace: &Workspace) -> Result<PathBuf, String> {
    let has = |folder: &Path| {
        let answers = |name: &str| answers(Command::new(folder.join(name)).arg("--version"));
        answers("prometheus") && answers("promtool")
    };
    let places = std::env::var_os("PATH").unwrap_or_default();
    if let Some(found) = std::env::split_paths(&places).find(|folder| has(folder)) {
        return Ok(found);
    }
    let folder = workspace.root.join(ROOM).join("prometheus");
    let programs = folder.join("usr/bin");
    if has(&programs) {
        return Ok(programs);
    }
    let missing = |why: String| format!("{why}\nhint: on Debian: apt install prometheus");
    fs::create_dir_all(&folder).map_err(|error| missing(format!("{ROOM}: {error}")))?;
    download(&folder).map_err(missing)?;
    let files = fs::read_dir(&folder).map_err(|error| missing(error.to_string()))?;
    let mut files = files.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let package = files.find(|path| path.extension().is_some_and(|extension| extension == "deb"));
    let package = package.ok_or_else(|| missing("apt-get left no package".to_owned()))?;
    show(Command::new("dpkg").arg("-x").arg(&package).arg(&folder)).map_err(missing)?;
    if has(&programs) { Ok(programs) } else { Err(missing("Prometheus does not start".to_owned())) }
}
