//! Commands on their way to the service, and what came of them.

use super::person::login_name;
use super::{Book, understood};
use crate::cli::args::Cli;
use crate::cli::terminal;
use crate::failure::{Code, Failure};
use highmark_engine::{Command, Event, Provenance};
use highmark_server::socket::protocol::Ask;
use serde::Deserialize;
use serde_json::{Value, json};
use std::process::ExitCode;

/// What the service answers to a command that it has taken.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    pub turn: u64,
    pub events: Vec<Event>,
    #[serde(default)]
    pub told: Vec<String>,
    /// The answer as it came, for programs.
    #[serde(skip)]
    pub whole: Value,
}

impl Answer {
    /// Prints what was done; on the side, how it is taken back.
    pub(crate) fn print(&self, cli: &Cli) {
        if cli.json {
            terminal::out(&format!("{:#}\n", self.whole));
            return;
        }
        for line in &self.told {
            terminal::out(&format!("{line}\n"));
        }
        terminal::say(cli.quiet, &self.note());
    }

    fn note(&self) -> String {
        let accepted = self.events.iter().find_map(|event| match event {
            Event::Accepted { command, what, .. } => Some((command, what)),
            _ => None,
        });
        match accepted {
            Some((id, what)) if may_be_taken_back(what) => {
                format!("turn {}; to take it back: highmark undo {id}", self.turn)
            }
            Some((id, _)) => format!("turn {}, command {id}", self.turn),
            None => format!("turn {}", self.turn),
        }
    }
}

/// What sends orders is no promise: once they are filled, nobody takes them back.
fn may_be_taken_back(command: &Command) -> bool {
    !matches!(
        command,
        Command::ExitTrade { .. }
            | Command::Roll { .. }
            | Command::Settle { .. }
            | Command::Kill { .. }
    )
}

impl Book {
    /// Has one command done.
    pub(crate) fn order(&mut self, command: Command) -> Result<Answer, Failure> {
        self.have(Ask::Command { by: login_name(), command: Box::new(command) })
    }

    /// Has what was killed released.
    pub(crate) fn release(&mut self, reason: &str, code: Option<&str>) -> Result<Answer, Failure> {
        let (reason, code) = (reason.to_owned(), code.map(str::to_owned));
        self.have(Ask::Release { by: login_name(), reason, code })
    }

    fn have(&mut self, ask: Ask) -> Result<Answer, Failure> {
        let whole = self.ask(ask)?;
        let mut answer: Answer = understood(whole.clone())?;
        answer.whole = whole;
        Ok(answer)
    }

    /// Has it done and prints what came of it.
    pub(crate) fn order_and_tell(
        &mut self,
        command: Command,
        cli: &Cli,
    ) -> Result<ExitCode, Failure> {
        self.order(command)?.print(cli);
        Ok(ExitCode::SUCCESS)
    }

    /// Has all of them done, each for itself; what is refused does not stop the rest. `about` names each.
    pub(crate) fn order_all(
        &mut self,
        commands: Vec<(String, Command)>,
        cli: &Cli,
    ) -> Result<ExitCode, Failure> {
        let asked = commands.len();
        let (mut done, mut refused) = (Vec::new(), Vec::new());
        for (about, command) in commands {
            match self.order(command) {
                Ok(answer) => {
                    if !cli.json {
                        answer.print(cli);
                    }
                    done.push(answer.whole);
                }
                // Without the service nothing more can be asked, and what was asked last is not known.
                Err(failure) if failure.code == Code::Unreachable => {
                    let told = format!("{about}: {}", failure.message);
                    let message = format!("{told}; {} of {asked} were done before", done.len());
                    return Err(Failure::new(Code::Unreachable, message, failure.hint));
                }
                Err(failure) => {
                    if !cli.json {
                        terminal::say(false, &format!("{about}: {failure}"));
                    }
                    refused.push((about, failure));
                }
            }
        }
        if cli.json {
            let refused: Vec<Value> = refused.iter().map(refused_json).collect();
            terminal::out(&format!("{:#}\n", json!({ "answers": done, "refused": refused })));
        }
        Ok(match (done.is_empty(), refused.first()) {
            (_, None) => ExitCode::SUCCESS,
            (true, Some((_, failure))) => ExitCode::from(failure.code.exit()),
            (false, Some(_)) => ExitCode::from(Code::Partial.exit()),
        })
    }
}

fn refused_json((about, failure): &(String, Failure)) -> Value {
    let mut value = failure.json()["error"].take();
    value["about"] = about.clone().into();
    value
}

/// Who did it, and why.
pub(crate) fn provenance(reason: Option<&str>) -> Provenance {
    Provenance { by: login_name(), reason: reason.unwrap_or_default().to_owned() }
}

/// The reason that was given, or what was done.
pub(crate) fn reason(given: Option<&str>, otherwise: &str) -> String {
    given.filter(|text| !text.trim().is_empty()).unwrap_or(otherwise).to_owned()
}
