//! `highmark config`: what is in force and where it comes from, one key changed, everything wrong told.

mod set;
mod show;

use super::args::{Cli, ConfigVerb};
use super::book;
use super::terminal;
use crate::failure::Failure;
use highmark_server::config::keys::KEYS;
use highmark_server::config::layers::{FileText, read_file};
use highmark_server::config::{
    Assignment, Layers, Loaded, Surroundings, load as of_layers, page, schema,
};
use highmark_server::socket::protocol::Ask;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(super) fn run(verb: &ConfigVerb, cli: &Cli) -> Result<ExitCode, Failure> {
    match verb {
        ConfigVerb::Show { key, origin } => show::run(key.as_deref(), *origin, cli)?,
        ConfigVerb::Set { key, value, user: _, project, file } => {
            let target = target(*project, file.as_deref(), cli)?;
            set::run(key, value, &target, cli)?;
        }
        ConfigVerb::Check { files } if files.is_empty() => check_layers(cli)?,
        ConfigVerb::Check { files } => check_files(files, cli)?,
        ConfigVerb::Schema { page: true } => terminal::out(&page::page()),
        ConfigVerb::Schema { page: false } => terminal::out(&format!("{:#}\n", schema())),
        ConfigVerb::Path => show::paths(cli),
        ConfigVerb::Reload => reload(cli)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What this process is configured by.
pub(super) fn layers(cli: &Cli) -> Layers {
    layers_with(cli, Vec::new())
}

/// The same with flags of a command's own, which are weaker than `--option`.
pub(super) fn layers_with(cli: &Cli, mut flags: Vec<Assignment>) -> Layers {
    let state = cli.state.as_deref().map(|dir| dir.display().to_string());
    flags.extend(state.and_then(|dir| flag("--state", "state.dir", dir)));
    flags.extend(cli.options.iter().map(|option| Assignment::option(option)));
    Layers::read(Surroundings::of_process(), cli.config.as_deref(), flags)
}

/// A flag that stands for a key.
pub(super) fn flag(name: &str, key: &str, value: String) -> Option<Assignment> {
    let key = KEYS.iter().find(|one| one.path == key)?;
    Some(Assignment::flag(name, key, value))
}

/// The configuration of this process, for every command that needs one.
pub(super) fn load(cli: &Cli) -> Result<Loaded, Failure> {
    Ok(of_layers(&layers(cli))?)
}

/// Asks the service to read its configuration again, and tells what came into force.
fn reload(cli: &Cli) -> Result<(), Failure> {
    let changes = book::service(cli)?.ask(Ask::Reload)?;
    if cli.json {
        terminal::out(&format!("{changes}\n"));
        return Ok(());
    }
    let told = |key: &str| {
        let all = changes[key].as_array().into_iter().flatten();
        all.filter_map(Value::as_str).map(|change| format!("{change}\n")).collect::<String>()
    };
    let text = told("in_force") + &told("at_next_start");
    terminal::out(if text.is_empty() { "nothing has changed\n" } else { &text });
    Ok(())
}

fn check_layers(cli: &Cli) -> Result<(), Failure> {
    let layers = layers(cli);
    of_layers(&layers)?;
    let files: Vec<String> =
        layers.files.iter().map(|file| file.path.display().to_string()).collect();
    if cli.json {
        terminal::out(&format!("{}\n", json!({ "ok": true, "files": files })));
    } else if files.is_empty() {
        terminal::out(
            "good: no file, so all keys have their defaults or come from the environment\n",
        );
    } else {
        terminal::out(&format!("good: {}\n", files.join(", ")));
    }
    Ok(())
}

fn check_files(files: &[PathBuf], cli: &Cli) -> Result<(), Failure> {
    let mut failure: Option<Failure> = None;
    for file in files {
        let around = Surroundings::of_process();
        let path = around.here.join(file);
        let read = read_file(&path);
        let text = read.unwrap_or_else(|error| FileText::of(path, Err(error.to_string())));
        match of_layers(&Layers::alone(around, text)) {
            Ok(_) if cli.json => {}
            Ok(_) => terminal::out(&format!("{}: good\n", file.display())),
            Err(unusable) => {
                let one = Failure::from(unusable);
                failure = Some(match failure {
                    Some(mut all) => {
                        all.detail.push_str(&format!("\n{}", one.detail));
                        all.problems.extend(one.problems);
                        all
                    }
                    None => one,
                });
            }
        }
    }
    match failure {
        Some(failure) => Err(failure),
        None if cli.json => {
            let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            terminal::out(&format!("{}\n", json!({ "ok": true, "files": files })));
            Ok(())
        }
        None => Ok(()),
    }
}

/// The file that `set` changes: the one that was named, or the user's.
fn target(project: bool, file: Option<&Path>, cli: &Cli) -> Result<PathBuf, Failure> {
    let around = Surroundings::of_process();
    if let Some(file) = file.or(cli.config.as_deref()) {
        return Ok(around.here.join(file));
    }
    if project {
        return Ok(around.project_file());
    }
    around.user_file().ok_or_else(|| {
        let message = "there is no home folder to find the user's file in";
        Failure::new(crate::failure::Code::Failure, message, "name a file with --file")
    })
}
