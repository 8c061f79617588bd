//! The project's chores, in one place: `cargo xtask <command>`.

mod bench;
mod ci;
mod clients;
mod command;
mod manual;
mod printed;
mod purity;
mod python;
mod sabotage;
mod sim;
mod tidy;
mod web;

use command::Workspace;
use std::process::ExitCode;

/// What went wrong, for a person, with what to do about it on a line that begins with `hint:`.
type Outcome = Result<(), String>;

/// One chore: its name, what it says of itself, and what it does with the rest of the line.
struct Chore {
    name: &'static str,
    line: &'static str,
    help: &'static str,
    run: fn(&Workspace, &[String]) -> Outcome,
}

const CHORES: &[Chore] = &[
    Chore { name: "ci", line: "everything that CI checks", help: ci::HELP, run: ci::run },
    Chore { name: "tidy", line: "the rules of the house", help: tidy::HELP, run: tidy::run },
    Chore {
        name: "purity",
        line: "the engine refuses clocks, files, threads, random maps and floats",
        help: purity::HELP,
        run: purity::run,
    },
    Chore {
        name: "docs",
        line: "the rule manual, the schemas, the page of the configuration",
        help: manual::HELP,
        run: manual::run,
    },
    Chore { name: "sim", line: "everything that is simulated", help: sim::HELP, run: sim::run },
    Chore {
        name: "wheel",
        line: "the wheel of the Python package",
        help: python::WHEEL_HELP,
        run: python::wheel,
    },
    Chore {
        name: "python",
        line: "the wheel, installed and tested",
        help: python::PYTHON_HELP,
        run: python::python,
    },
    Chore { name: "web", line: "the dashboard", help: web::HELP, run: web::web },
    Chore {
        name: "clients",
        line: "the API, driven by programs that others wrote",
        help: clients::HELP,
        run: clients::run,
    },
    Chore { name: "bench", line: "the benchmarks", help: bench::HELP, run: bench::run },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Outcome {
    let Some((name, rest)) = arguments.split_first() else {
        println!("{}", usage());
        return Ok(());
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        let help = rest.first().and_then(|name| chore(name)).map(|chore| chore.help.to_owned());
        println!("{}", help.unwrap_or_else(usage));
        return Ok(());
    }
    let chore = chore(name).ok_or_else(|| {
        format!("there is no command `{name}`\nhint: `cargo xtask help` lists them")
    })?;
    if rest.iter().any(|argument| matches!(argument.as_str(), "--help" | "-h")) {
        println!("{}", chore.help);
        return Ok(());
    }
    (chore.run)(&Workspace::find()?, rest)
}

fn chore(name: &str) -> Option<&'static Chore> {
    CHORES.iter().find(|chore| chore.name == name)
}

fn usage() -> String {
    let lines: Vec<String> =
        CHORES.iter().map(|chore| format!("  {:<8}{}", chore.name, chore.line)).collect();
    format!(
        "Usage: cargo xtask <command>\n\n{}\n\nEach command explains itself with --help.",
        lines.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chore_explains_itself() {
        for chore in CHORES {
            let first = format!("Usage: cargo xtask {}", chore.name);
            assert!(chore.help.starts_with(&first), "{}", chore.name);
        }
    }

    #[test]
    fn an_unknown_command_is_refused_with_a_hint() {
        let refusal = dispatch(&["tydy".to_owned()]).expect_err("there is no such command");
        assert!(refusal.contains("`tydy`") && refusal.contains("hint:"), "{refusal}");
    }
}
