//! What the operator's commands speak to: the running service, or the journal when none runs.

pub(super) mod consent;
pub(super) mod list;
pub(super) mod names;
pub(super) mod order;
pub(super) mod person;

use super::args::Cli;
use super::config;
use super::terminal;
use crate::failure::{Code, Failure};
use crate::record;
use highmark_engine::{Engine, State, TradeId};
use highmark_server::look;
use highmark_server::socket::client::Client;
use highmark_server::socket::protocol::{Ask, Look};
use names::Names;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Everything that is open, as it is now or as it was left.
pub(super) struct Book {
    source: Source,
    names: Option<Names>,
}

/// Trades that are asked for at once.
const PAGE: u32 = 500;

/// Trades as they are given, and after which there are more.
#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub trades: Vec<T>,
    pub next: Option<TradeId>,
}

enum Source {
    Service(Client),
    Journal(Box<Engine>),
}

/// The state folder: by `--state`, or as it is configured.
pub(super) fn state_folder(cli: &Cli) -> Result<PathBuf, Failure> {
    Ok(config::load(cli)?.config.state.dir)
}

/// Where the journal of a state folder lies.
pub(super) fn journal_in(state: &Path) -> PathBuf {
    state.join("journal")
}

/// A connection to the running service, for what cannot be done without one.
pub(super) fn service(cli: &Cli) -> Result<Client, Failure> {
    let state = state_folder(cli)?;
    Client::connect(&state)?.ok_or_else(|| {
        let message = format!("no service runs on {}", state.display());
        Failure::new(Code::Unreachable, message, "start it with `highmark run`")
    })
}

impl Book {
    /// For commands that change something: there has to be a service.
    pub(super) fn to_change(cli: &Cli) -> Result<Book, Failure> {
        Ok(Book { source: Source::Service(service(cli)?), names: None })
    }

    /// For commands that look: of the service, or of the journal, which is told.
    pub(super) fn to_look(cli: &Cli) -> Result<Book, Failure> {
        let state = state_folder(cli)?;
        if let Some(client) = Client::connect(&state)? {
            return Ok(Book { source: Source::Service(client), names: None });
        }
        let engine = record::open(&journal_in(&state))?.now()?;
        terminal::say(cli.quiet, "no service runs; this is where its journal ends");
        Ok(Book { source: Source::Journal(Box::new(engine)), names: None })
    }

    /// Part of the state, as it is sent.
    pub(super) fn look(&mut self, what: Look) -> Result<Value, Failure> {
        match &mut self.source {
            Source::Service(client) => client.ask(Ask::Look(what)),
            Source::Journal(engine) => seen_in(engine.state(), what),
        }
    }

    /// The same, understood.
    pub(super) fn see<T: DeserializeOwned>(&mut self, what: Look) -> Result<T, Failure> {
        understood(self.look(what)?)
    }

    /// All trades ever, in pieces: a day may have tens of thousands, and others look too.
    pub(super) fn all_trades<T: DeserializeOwned>(&mut self) -> Result<Vec<T>, Failure> {
        let (mut trades, mut after) = (Vec::new(), None);
        loop {
            let page: Page<T> = self.see(Look::Page { all: true, after, limit: PAGE })?;
            trades.extend(page.trades);
            after = page.next;
            if after.is_none() {
                return Ok(trades);
            }
        }
    }

    /// The status, of which a journal knows all but the service.
    pub(super) fn status(&mut self) -> Result<look::Status, Failure> {
        match &mut self.source {
            Source::Service(client) => understood(client.ask(Ask::Status)?),
            Source::Journal(engine) => Ok(look::status_of(engine.state(), None)),
        }
    }

    /// Names and ids as they are; asked for once.
    pub(super) fn names(&mut self) -> Result<&Names, Failure> {
        if self.names.is_none() {
            self.names = Some(self.see(Look::Names)?);
        }
        self.names.as_ref().ok_or_else(|| not_understood("there are no names"))
    }

    /// For what cannot wait long.
    pub(super) fn wait_at_most(&self, patience: Duration) -> Result<(), Failure> {
        match &self.source {
            Source::Service(client) => client.wait_at_most(patience),
            Source::Journal(_) => Ok(()),
        }
    }

    pub(super) fn ask(&mut self, what: Ask) -> Result<Value, Failure> {
        match &mut self.source {
            Source::Service(client) => client.ask(what),
            Source::Journal(_) => Err(Failure::new(
                Code::Unreachable,
                "no service runs",
                "start it with `highmark run`",
            )),
        }
    }
}

/// Part of a state, as a service would send it.
pub(super) fn seen_in(state: &State, what: Look) -> Result<Value, Failure> {
    look::look(state, what)
        .map_err(|problem| Failure::new(Code::NotFound, problem.message, problem.hint))
}

pub(super) fn understood<T: DeserializeOwned>(value: Value) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(|error| not_understood(&error.to_string()))
}

fn not_understood(what: &str) -> Failure {
    let hint = "use the version of Highmark that runs there";
    Failure::new(Code::Failure, format!("the answer is not understood: {what}"), hint)
}
