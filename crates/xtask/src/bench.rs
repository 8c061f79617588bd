//! `cargo xtask bench`: benchmarks of parts, the standard tapes with everything that they are compared with, and counts.

mod chart;
mod counts;
mod kept;
mod page;
mod plan;
mod program;
mod record;
mod spread;
mod tables;
mod tapes;

use crate::Outcome;
use crate::command::{Workspace, expect_only, line_of, show};

pub(crate) const HELP: &str = "\
Usage: cargo xtask bench [tapes | peers | counts | web | tape-file NAME FILE]

Alone it runs `cargo bench` for each crate with a benches folder, and prints what it ran.

  tapes                the engine, two scans and the floor on the standard tapes, in turns; then the curves over
                       the size of the book, and latencies. They must close the same trades, or it fails
    --rounds N         how often each runs; 5 by default, the curves at most 3, and fewer where they are slow
    --only A,B         some of the tapes, or `scale`, `spread`, `latency`
    --write            writes docs/speed.md and docs/speed.svg
  peers                other software on the same tapes in the same run; installs it first, by
                       benches/peers/run.py, which gets all that follows (--help tells what)
  counts               instructions of each hot path of the engine, counted by valgrind; beside each the figure
                       that is kept in docs/counts.toml, and the change
    --only A,B         some of the paths
    --write            keeps the figures of all
  web                  the dashboard in Chromium: first paint, frames in which 200 of 1,000 trades change; binary,
                       idle memory
  tape-file NAME FILE  writes a standard tape as HMTAPE1, for others' drivers

The tapes are built for this machine's vector instructions, all sides alike.
Times are looked at by people; no test asserts one.";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    match arguments.split_first() {
        Some((what, rest)) if what == "tapes" => tapes::run(workspace, rest),
        Some((what, rest)) if what == "counts" => counts::run(workspace, rest),
        Some((what, rest)) if what == "peers" => peers(workspace, rest),
        Some((what, rest)) if what == "tape-file" => tape_file(workspace, rest),
        Some((what, rest)) if what == "web" => {
            expect_only(rest, &[])?;
            crate::web::web(workspace, &["--check".to_owned(), "--bench".to_owned()])
        }
        _ => parts(workspace, arguments),
    }
}

fn peers(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let mut command = std::process::Command::new("python3");
    command.current_dir(&workspace.root).arg("benches/peers/run.py").args(arguments);
    show(&mut command)
}

fn parts(workspace: &Workspace, arguments: &[String]) -> Outcome {
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

fn tape_file(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let [name, file] = arguments else {
        return Err(
            "a name and a file are needed\nhint: cargo xtask bench tape-file small small.tape"
                .to_owned(),
        );
    };
    let here = std::env::current_dir().map_err(|error| format!("no current folder: {error}"))?;
    let file = here.join(file).to_string_lossy().into_owned();
    println!("{}", program::Program::build(workspace)?.say(&["--tape", name, "--write", &file])?);
    Ok(())
}
