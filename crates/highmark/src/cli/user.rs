//! `highmark user`: who may log in to the API, and with what.

use super::args::Cli;
use super::book::list::List;
use super::config::load;
use super::key::{May, bound, there};
use super::terminal;
use crate::clock;
use crate::failure::{Code, Failure};
use clap::Subcommand;
use highmark_engine::Timestamp;
use highmark_server::api::keys::Grant;
use highmark_server::api::people::People;
use highmark_server::service::wall;
use serde_json::json;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum UserVerb {
    /// Add somebody; their password is shown now and never again
    #[command(
        after_help = "Examples:\n  highmark user add asha --role risk\n  highmark user add dev --role viewer --password-stdin < password.txt"
    )]
    Add {
        /// How they stand in the record
        #[arg(value_name = "NAME")]
        name: String,
        /// What they may do
        #[arg(long, value_enum)]
        role: May,
        /// An account that they are bound to: they see and touch what is of these alone; may be given more than once
        #[arg(long = "account", value_name = "NAME")]
        accounts: Vec<String>,
        /// Take the first line of the standard input as the password, at least 12 letters
        #[arg(long)]
        password_stdin: bool,
    },
    /// All users: names, roles, second factors
    #[command(after_help = "Example:\n  highmark user list")]
    List,
    /// Let somebody in no more, also where they are logged in
    #[command(after_help = "Example:\n  highmark user remove dev")]
    Remove {
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Give somebody a second factor; its address is shown now and never again
    #[command(
        after_help = "From then on they log in with a code. Once somebody of the role risk or admin has one, whatever was killed is released with a code only, whichever way it is asked.\n\nExamples:\n  highmark user totp asha\n  highmark user totp asha --off"
    )]
    Totp {
        #[arg(value_name = "NAME")]
        name: String,
        /// Take it away
        #[arg(long)]
        off: bool,
    },
}

pub(super) fn run(verb: &UserVerb, cli: &Cli) -> Result<ExitCode, Failure> {
    let state = load(cli)?.config.state.dir;
    match verb {
        UserVerb::Add { name, role, accounts, password_stdin } => {
            let typed = if *password_stdin { Some(line()?) } else { None };
            let grant = Grant { role: (*role).into(), accounts: accounts.clone() };
            let who = (name.as_str(), grant);
            let password = People::add(&there(state)?, who, typed.as_deref(), wall())?;
            match typed {
                Some(_) => told(&json!({ "added": name }), &format!("{name} can log in"), cli),
                None => once(("password", &password), cli),
            }
        }
        UserVerb::List => list(&People::read(&state)?, cli),
        UserVerb::Remove { name } => {
            People::remove(&there(state)?, name)?;
            told(&json!({ "removed": name }), &format!("{name} is refused from now on"), cli);
        }
        UserVerb::Totp { name, off: true } => {
            People::withdraw(&there(state)?, name)?;
            told(&json!({ "off": name }), &format!("{name} has no second factor any more"), cli);
        }
        UserVerb::Totp { name, off: false } => {
            once(("address", &People::enrol(&there(state)?, name)?), cli);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn line() -> Result<String, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().read_line(&mut text);
    read.map_err(|error| Failure::new(Code::Failure, format!("the password: {error}"), ""))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Something that is shown this once.
fn once((what, text): (&str, &str), cli: &Cli) {
    if cli.json {
        terminal::out(&format!("{}\n", json!({ what: text })));
    } else {
        terminal::out(&format!("{text}\n"));
        terminal::say(cli.quiet, "keep it now: it is shown this once");
    }
}

fn told(whole: &serde_json::Value, text: &str, cli: &Cli) {
    if cli.json {
        terminal::out(&format!("{whole}\n"));
    } else {
        terminal::say(cli.quiet, text);
    }
}

fn list(people: &People, cli: &Cli) {
    let mut list = List::new(&["name", "role", "accounts", "second factor", "made"], &[]);
    let mut whole = Vec::new();
    for person in people.iter() {
        let made = clock::stamp(Timestamp(person.made));
        let second = person.has_second_factor();
        let word = if second { "yes" } else { "no" };
        let (name, role) = (person.name.clone(), person.role.name());
        let accounts = &person.accounts;
        let bound = bound(accounts).into();
        list.row(vec![name.clone().into(), role.into(), bound, word.into(), made.clone().into()]);
        whole.push(json!({
            "name": name, "role": role, "accounts": accounts, "second_factor": second, "made": made,
        }));
    }
    list.print(&json!(whole), "there is no user yet: highmark user add NAME --role viewer", cli);
}
