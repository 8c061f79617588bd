//! Backup and restore, with the scenario that the journal was set up with.

use crate::cli::args::{Cli, VERSION};
use crate::cli::book::{journal_in, state_folder, understood};
use crate::cli::terminal;
use crate::failure::{Code, Failure};
use crate::record;
use crate::text;
use highmark_journal::{About, Backup, backup as copy, restore as put_back};
use highmark_server::service::wall;
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::Ask;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

/// Beside a journal, and in its backups.
const SCENARIO: &str = "scenario.toml";

pub(super) fn backup(to: &Path, cli: &Cli) -> Result<ExitCode, Failure> {
    let state = state_folder(cli)?;
    let to = std::path::absolute(to).map_err(|error| Failure::file(to, &error))?;
    let made: Backup = match Client::connect(&state)? {
        // The one who writes makes the copy, so that one lock is enough.
        Some(mut client) => {
            client.be_patient()?;
            understood(client.ask(Ask::Backup { to: to.display().to_string() })?)?
        }
        None => copy(&journal_in(&state), &to, wall()).map_err(|error| record::failed(&error))?,
    };
    let scenario = state.join(SCENARIO);
    if scenario.exists() {
        let there = to.join(SCENARIO);
        std::fs::copy(&scenario, &there).map_err(|error| Failure::file(&there, &error))?;
    }
    if cli.json {
        terminal::out(&format!("{:#}\n", json!({ "to": to, "backup": made })));
    } else {
        let turns = text::whole(made.head.turns);
        let bytes = text::whole(made.bytes);
        terminal::out(&format!("{turns} turns, {bytes} bytes in {}\n", to.display()));
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn restore(from: &Path, cli: &Cli) -> Result<ExitCode, Failure> {
    let state = state_folder(cli)?;
    if Client::connect(&state)?.is_some() {
        let message = format!("a service runs on {}", state.display());
        let hint = "stop it, or restore into another folder with --state DIR";
        return Err(Failure::new(Code::Refused, message, hint));
    }
    let to = journal_in(&state);
    let about = About::new(VERSION);
    std::fs::create_dir_all(&state).map_err(|error| Failure::file(&state, &error))?;
    let made = put_back(from, &to, &about, wall()).map_err(|error| record::failed(&error))?;
    let (kept, scenario) = (from.join(SCENARIO), state.join(SCENARIO));
    if kept.exists() && !scenario.exists() {
        std::fs::copy(&kept, &scenario).map_err(|error| Failure::file(&scenario, &error))?;
    }
    if cli.json {
        terminal::out(&format!("{:#}\n", json!({ "state": state, "restored": made })));
    } else {
        let turns = text::whole(made.head.turns);
        terminal::out(&format!("{turns} turns in {}, epoch {}\n", to.display(), made.head.epoch));
        if !scenario.exists() {
            terminal::say(
                false,
                "the backup has no scenario.toml: put it into the state folder before `highmark run`",
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}
