//! The commands, what they take, and how each ends.

mod account;
mod args;
mod book;
mod certificate;
mod compare;
mod config;
mod dashboard;
mod demo;
mod doctor;
mod explain;
mod export;
mod hook;
mod import;
mod init;
mod instrument;
mod journal;
mod key;
mod kill;
mod market;
mod market_import;
mod play;
mod price;
mod replay;
mod report;
mod rule;
mod run;
mod scenario;
mod service;
mod status;
mod strategy;
pub mod terminal;
mod top;
mod trade;
mod undo;
mod user;
mod values;
mod watch;
mod watchdog;

use crate::failure::{Code, Failure};
use args::{Cli, Verb};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use std::io::Write;
use std::process::ExitCode;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return misused(&error, json),
    };
    match dispatch(&cli) {
        Ok(code) => code,
        Err(failure) => {
            if cli.json {
                terminal::out(&format!("{}\n", failure.json()));
            } else {
                let _ = writeln!(std::io::stderr(), "{failure}");
            }
            ExitCode::from(failure.code.exit())
        }
    }
}

/// Help and version are no errors; a misuse is told to programs as they expect it.
fn misused(error: &clap::Error, json: bool) -> ExitCode {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand && !json {
        terminal::out(&error.to_string());
        return ExitCode::SUCCESS;
    }
    if error.use_stderr() && json {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or("").trim_start_matches("error: ");
        let failure = Failure::new(Code::Usage, first, "highmark --help");
        terminal::out(&format!("{}\n", failure.json()));
    } else {
        let _ = error.print();
    }
    ExitCode::from(if error.use_stderr() { Code::Usage.exit() } else { 0 })
}

fn dispatch(cli: &Cli) -> Result<ExitCode, Failure> {
    let configures = cli.config.is_some() || cli.state.is_some() || !cli.options.is_empty();
    if configures && !cli.verb.reads_configuration() {
        let message = "this command reads no configuration";
        return Err(Failure::new(Code::Usage, message, "leave --config, --option and --state out"));
    }
    match &cli.verb {
        Verb::Demo(demo) => demo::run(demo, cli),
        Verb::Run(args) => run::run(args, cli),
        Verb::Dashboard => dashboard::run(cli),
        Verb::Status(status) => status::run(status, cli),
        Verb::Replay(replay) => replay::run(replay, cli),
        Verb::Report(report) => report::run(report, cli),
        Verb::Explain(explain) => explain::run(explain, cli),
        Verb::Watch(args) => watch::run(args, cli),
        Verb::Strategy(verb) => strategy::run(verb, cli),
        Verb::Trade(verb) => trade::run(verb, cli),
        Verb::Rule(verb) => rule::run(verb, cli),
        Verb::Account(verb) => account::run(verb, cli),
        Verb::Instrument(verb) => instrument::run(verb, cli),
        Verb::Price(verb) => price::run(verb, cli),
        Verb::Kill(verb) => kill::run(verb, cli),
        Verb::Key(verb) => key::run(verb, cli),
        Verb::User(verb) => user::run(verb, cli),
        Verb::Hook(verb) => hook::run(verb, cli),
        Verb::Certificate(verb) => certificate::run(verb, cli),
        Verb::Service(verb) => service::run(verb, cli),
        Verb::Top => top::run(cli),
        Verb::Watchdog(args) => watchdog::run(args, cli),
        Verb::Undo(args) => undo::undo(args, cli),
        Verb::Redo => undo::redo(cli),
        Verb::Journal(verb) => journal::run(verb, cli),
        Verb::Export(args) => export::run(args, cli),
        Verb::Import(verb) => import::run(verb, cli),
        Verb::Scenario(verb) => scenario::run(verb, cli),
        Verb::Init(init) => init::run(init, cli),
        Verb::Config(verb) => config::run(verb, cli),
        Verb::Doctor => doctor::run(cli),
        Verb::Market(verb) => market::run(verb, cli),
        Verb::Completions { shell } => {
            let mut out = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "highmark", &mut out);
            terminal::out(&String::from_utf8_lossy(&out));
            Ok(ExitCode::SUCCESS)
        }
        Verb::Man { dir } => man(dir.as_deref()),
    }
}

fn man(dir: Option<&std::path::Path>) -> Result<ExitCode, Failure> {
    let command = Cli::command();
    match dir {
        Some(dir) => {
            std::fs::create_dir_all(dir).map_err(|error| Failure::file(dir, &error))?;
            clap_mangen::generate_to(command, dir).map_err(|error| Failure::file(dir, &error))?;
        }
        None => {
            let mut page = Vec::new();
            let rendered = clap_mangen::Man::new(command).render(&mut page);
            rendered.map_err(|error| Failure::new(Code::Failure, error.to_string(), ""))?;
            terminal::out(&String::from_utf8_lossy(&page));
        }
    }
    Ok(ExitCode::SUCCESS)
}
