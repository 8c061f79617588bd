//! `highmark key`: who may use the API, and for what.

use super::args::Cli;
use super::book::list::List;
use super::config::load;
use super::terminal;
use crate::clock;
use crate::failure::{Code, Failure};
use clap::{Subcommand, ValueEnum};
use highmark_engine::Timestamp;
use highmark_server::api::keys::{Grant, Keys, Role};
use highmark_server::service::wall;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum KeyVerb {
    /// Make a key; it is shown now and never again
    #[command(
        after_help = "A running service knows it at once.\n\nExamples:\n  highmark key add grafana --role viewer\n  highmark key add desk --role trader > ~/.highmark-key\n  highmark key add asha --role trader --account asha"
    )]
    Add {
        /// How it stands in the record
        #[arg(value_name = "NAME")]
        name: String,
        /// What it may do
        #[arg(long, value_enum)]
        role: May,
        /// An account that it is bound to: it sees and touches what is of these alone; may be given more than once
        #[arg(long = "account", value_name = "NAME")]
        accounts: Vec<String>,
    },
    /// All keys: names and roles
    #[command(after_help = "Example:\n  highmark key list")]
    List,
    /// Refuse whoever has this key from now on
    #[command(
        after_help = "A running service refuses it with its next request.\n\nExample:\n  highmark key remove grafana"
    )]
    Remove {
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// Each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum May {
    /// Look
    Viewer,
    /// Push prices, enter, exit, set rules, halt, kill
    Trader,
    /// Change rules, resume, undo, release what was killed
    Risk,
    /// All that there is
    Admin,
}

pub(super) fn run(verb: &KeyVerb, cli: &Cli) -> Result<ExitCode, Failure> {
    let state = load(cli)?.config.state.dir;
    match verb {
        KeyVerb::Add { name, role, accounts } => {
            let grant = Grant { role: (*role).into(), accounts: accounts.clone() };
            add(&there(state)?, name, grant, cli)
        }
        KeyVerb::List => {
            list(&Keys::read(&state)?, cli);
            Ok(ExitCode::SUCCESS)
        }
        KeyVerb::Remove { name } => {
            Keys::remove(&there(state)?, name)?;
            if cli.json {
                terminal::out(&format!("{}\n", json!({ "removed": name })));
            } else {
                terminal::say(cli.quiet, &format!("{name} is refused from now on"));
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

impl From<May> for Role {
    fn from(may: May) -> Role {
        match may {
            May::Viewer => Role::Viewer,
            May::Trader => Role::Trader,
            May::Risk => Role::Risk,
            May::Admin => Role::Admin,
        }
    }
}

/// The state folder, which the service makes.
pub(super) fn there(state: PathBuf) -> Result<PathBuf, Failure> {
    if state.is_dir() {
        return Ok(state);
    }
    let message = format!("there is no {}", state.display());
    Err(Failure::new(Code::NotFound, message, "start the service once: `highmark run`"))
}

fn add(state: &Path, name: &str, grant: Grant, cli: &Cli) -> Result<ExitCode, Failure> {
    let key = Keys::add(state, name, grant.clone(), wall())?;
    if cli.json {
        let (role, accounts) = (grant.role.name(), grant.accounts);
        let made = json!({ "name": name, "role": role, "accounts": accounts, "key": key });
        terminal::out(&format!("{made}\n"));
    } else {
        terminal::out(&format!("{key}\n"));
        terminal::say(cli.quiet, "keep it now: it is shown this once");
    }
    Ok(ExitCode::SUCCESS)
}

/// The accounts that somebody is bound to, for a person.
pub(super) fn bound(accounts: &[String]) -> String {
    if accounts.is_empty() { "all".to_owned() } else { accounts.join(", ") }
}

fn list(keys: &Keys, cli: &Cli) {
    let mut list = List::new(&["name", "role", "accounts", "made"], &[]);
    let mut whole = Vec::new();
    for key in keys.iter() {
        let made = clock::stamp(Timestamp(key.made));
        let (name, role, accounts) = (key.name.clone(), key.role.name(), &key.accounts);
        let bound = bound(accounts).into();
        list.row(vec![name.clone().into(), role.into(), bound, made.clone().into()]);
        whole.push(json!({ "name": name, "role": role, "accounts": accounts, "made": made }));
    }
    list.print(&json!(whole), "there is no key yet: highmark key add NAME --role viewer", cli);
}
