//! `cargo xtask wheel` and `cargo xtask python`: the Python package, built, installed and tested.

use crate::Outcome;
use crate::command::{Workspace, answers, expect_only, line_of, show};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const WHEEL_HELP: &str = "\
Usage: cargo xtask wheel [--release]

Builds the wheel of the Python package, with the command `highmark` in it, into target/wheels, with maturin
in a virtual environment of its own under target/python. Needs Python 3.10 or later with venv, and the package index the first time.
  --release   optimised, as it is given to people; otherwise with the profile of the tests";

pub(crate) const PYTHON_HELP: &str = "\
Usage: cargo xtask python [TESTS...]

Builds the wheel, installs it into an empty virtual environment and runs the first demo and `highmark` there,
then installs it beside the tools of the tests and runs mypy, pyright and python/tests, those of the tables
also with pandas 2, and tells what an update costs in this build. TESTS goes to pytest in place of all tests (`-k undo`, a file's name). PYTHON names the
interpreter, python3 otherwise.";

/// Where everything of this chore stands, under `target`.
const ROOMS: &str = "target/python";
const WHEELS: &str = "target/wheels";

pub(crate) fn wheel(workspace: &Workspace, arguments: &[String]) -> Outcome {
    expect_only(arguments, &["--release"])?;
    let (program, module) =
        if arguments.is_empty() { ("dev", "dev") } else { ("release", "wheel") };
    let wheel = build(workspace, program, module)?;
    let path = wheel.strip_prefix(&workspace.root).unwrap_or(&wheel);
    println!("{} ({} bytes)", path.display(), fs::metadata(&wheel).map_or(0, |file| file.len()));
    Ok(())
}

pub(crate) fn python(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let wheel = build(workspace, "dev", "dev")?;
    in_an_empty_room(workspace, &wheel)?;
    let tools = room(workspace, "tests", "python/requirements-tests.txt")?;
    install(&tools, &[&wheel.to_string_lossy()], true)?;
    let packages = ["python/highmark", "python/mtm_trailing_system", "python/network_test"];
    let types = [
        "-m",
        "mypy",
        "--strict",
        "--config-file",
        "python/pyproject.toml",
        "--cache-dir",
        "target/mypy",
    ];
    show(Command::new(&tools).args(types).args(packages).current_dir(&workspace.root))?;
    let types = ["-m", "basedpyright", "--project", "python/pyproject.toml"];
    show(Command::new(&tools).args(types).current_dir(&workspace.root))?;
    let tests = ["-I", "-m", "pytest", "-q", "-c", "python/pyproject.toml", "--rootdir", "python"];
    let chosen =
        if arguments.is_empty() { vec!["python/tests".to_owned()] } else { arguments.to_vec() };
    show(Command::new(&tools).args(tests).args(chosen).current_dir(&workspace.root))?;
    if arguments.is_empty() {
        // The tables once more, for those who have not moved to the newer pandas.
        let older = room(workspace, "pandas2", "python/requirements-pandas2.txt")?;
        install(&older, &[&wheel.to_string_lossy()], true)?;
        let tables = "python/tests/test_tables.py";
        show(Command::new(&older).args(tests).arg(tables).current_dir(&workspace.root))?;
    }
    let costs = ["-I", "python/benches/update.py", "500"];
    show(Command::new(&tools).args(costs).current_dir(&workspace.root))
}

/// What a person does first: an empty environment, the wheel, the first demo.
fn in_an_empty_room(workspace: &Workspace, wheel: &Path) -> Outcome {
    let folder = workspace.root.join(ROOMS).join("empty");
    show(Command::new(interpreter()?).args(["-m", "venv", "--clear"]).arg(&folder))?;
    let python = python_of(&folder);
    install(&python, &["--no-index", "--no-deps", &wheel.to_string_lossy()], false)?;
    let mut demo = Command::new(&python);
    demo.args(["-I", "-W", "ignore", "-m", "mtm_trailing_system"]);
    let told = demo.output().map_err(|error| format!("cannot start the demo: {error}"))?;
    let lines = String::from_utf8_lossy(&told.stdout).lines().count();
    if !told.status.success() || lines == 0 {
        let complaint = String::from_utf8_lossy(&told.stderr).into_owned();
        return Err(format!("the wheel's demo failed: {}\n{complaint}", told.status));
    }
    println!("in an empty environment the wheel's first demo said {lines} lines");
    let program = python.with_file_name(if cfg!(windows) { "highmark.exe" } else { "highmark" });
    let home = folder.join("home");
    for (words, wanted) in
        [(&["--version"][..], "highmark "), (&["demo", "--speed", "max"], "trails: best")]
    {
        let mut command = Command::new(&program);
        command.args(words).env_clear().env("HOME", &home).env("XDG_STATE_HOME", &home);
        let told = command.output().map_err(|error| format!("{}: {error}", program.display()))?;
        let said = String::from_utf8_lossy(&told.stdout).into_owned();
        if !told.status.success() || !said.contains(wanted) {
            let complaint = String::from_utf8_lossy(&told.stderr).into_owned();
            let line = words.join(" ");
            return Err(format!(
                "the wheel's `highmark {line}` failed: {}\n{said}{complaint}",
                told.status
            ));
        }
        println!("its `highmark {}` said {} lines", words.join(" "), said.lines().count());
    }
    Ok(())
}

/// Where maturin looks for what a wheel brings beside its modules; what is in `scripts` becomes a command.
const BESIDE: &str = "python/highmark.data/scripts";

/// Builds `highmark` and puts it, without what only debuggers read, where it becomes a part of the wheel.
fn put_the_program_beside(workspace: &Workspace, profile: &str) -> Outcome {
    let name = if cfg!(windows) { "highmark.exe" } else { "highmark" };
    show(&mut workspace.cargo(&["build", "--quiet", "-p", "highmark", "--profile", profile]))?;
    let built = workspace.root.join("target");
    let built = built.join(if profile == "dev" { "debug" } else { profile }).join(name);
    let folder = workspace.root.join(BESIDE);
    fs::create_dir_all(&folder).map_err(|error| format!("{BESIDE}: {error}"))?;
    let copy = folder.join(name);
    let mut strip = Command::new("strip");
    if answers(strip.arg("-o").arg(&copy).arg(&built)) {
        return Ok(());
    }
    // A machine without `strip` gets a larger wheel.
    fs::copy(&built, &copy).map(|_| ()).map_err(|error| format!("{}: {error}", built.display()))
}

/// The wheel, alone in its folder, of the program and the module by their profiles.
fn build(workspace: &Workspace, program: &str, module: &str) -> Result<PathBuf, String> {
    let tools = room(workspace, "build", "python/requirements-build.txt")?;
    let folder = workspace.root.join(WHEELS);
    let _ = fs::remove_dir_all(&folder);
    put_the_program_beside(workspace, program)?;
    let mut maturin = Command::new(&tools);
    maturin.args(["-m", "maturin", "build", "--quiet", "--profile", module, "--out"]).arg(&folder);
    // As for cargo itself: nothing that this program's own build says may reach another's.
    for (name, _) in workspace.cargo(&[]).get_envs().filter(|(_, value)| value.is_none()) {
        maturin.env_remove(name);
    }
    maturin.args(["--interpreter"]).arg(&tools).current_dir(workspace.root.join("python"));
    show(&mut maturin)?;
    let wheels = fs::read_dir(&folder).map_err(|error| format!("no {WHEELS}: {error}"))?;
    let is_wheel = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "whl");
    let mut found =
        wheels.filter_map(|entry| entry.ok().map(|entry| entry.path())).filter(is_wheel);
    found.next().ok_or_else(|| format!("maturin left no wheel in {WHEELS}"))
}

/// The interpreter of an environment that holds what a list of requirements says; made once for each list.
pub(crate) fn room(
    workspace: &Workspace,
    name: &str,
    requirements: &str,
) -> Result<PathBuf, String> {
    let folder = workspace.root.join(ROOMS).join(name);
    let (python, stamp) = (python_of(&folder), folder.join("requirements.txt"));
    let wanted = workspace.read(requirements)?;
    let has = fs::read_to_string(&stamp).is_ok_and(|has| has == wanted);
    if has && answers(Command::new(&python).arg("--version")) {
        return Ok(python);
    }
    show(Command::new(interpreter()?).args(["-m", "venv", "--clear"]).arg(&folder))?;
    install(
        &python,
        &["--requirement", &workspace.root.join(requirements).to_string_lossy()],
        false,
    )?;
    fs::write(&stamp, wanted)
        .map_err(|error| format!("cannot write {}: {error}", stamp.display()))?;
    Ok(python)
}

fn install(python: &Path, what: &[&str], again: bool) -> Outcome {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    if again {
        pip.args(["--force-reinstall", "--no-deps"]);
    }
    show(pip.args(what))
        .map_err(|message| format!("{message}\nhint: the package index has to be reachable"))
}

/// The machine's Python, if it is recent enough and can make environments.
fn interpreter() -> Result<String, String> {
    let name = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut check = Command::new(&name);
    check.args(["-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))"]);
    if answers(&mut check) {
        return Ok(name);
    }
    let line = line_of(Command::new(&name).arg("--version"));
    let hint = "install Python 3.10 or later (on Debian: apt install python3 python3-venv), or name one in PYTHON";
    Err(format!("`{line}` is no Python 3.10 with venv\nhint: {hint}"))
}

fn python_of(folder: &Path) -> PathBuf {
    folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}
