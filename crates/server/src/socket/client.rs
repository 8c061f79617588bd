//! The other end: one connection to the service of a state folder.

use super::protocol::*;
use highmark_play::failure::{Code, Failure};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A connection to a running service.
#[derive(Debug)]
pub struct Client {
    reader: BufReader<UnixStream>,
    next: u64,
}

/// The longest that an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

impl Client {
    /// Connects; `None` when no service runs on this state folder.
    pub fn connect(state: &Path) -> Result<Option<Client>, Failure> {
        let path = super::path(state);
        let stream = match UnixStream::connect(&path) {
            Ok(stream) => stream,
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::ConnectionRefused
                ) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(Failure::file(&path, &error)),
        };
        stream.set_read_timeout(Some(PATIENCE)).map_err(broken)?;
        Ok(Some(Client { reader: BufReader::new(stream), next: 1 }))
    }

    /// Asks, and waits for the answer.
    pub fn ask(&mut self, what: Ask) -> Result<Value, Failure> {
        let changes = matches!(
            what,
            Ask::Command { .. } | Ask::Given { .. } | Ask::Release { .. } | Ask::Push(_)
        );
        let id = match self.send(what) {
            Ok(id) => id,
            // A service that takes no more connections has said so before it closed this one.
            Err(failure) => return Err(self.last_words().unwrap_or(failure)),
        };
        loop {
            // Once it was sent, nobody here can know whether it was done.
            let response = match self.hear() {
                Ok(Some(response)) => response,
                Ok(None) => return Err(gone(changes)),
                Err(failure) if failure.code == Code::Unreachable => return Err(gone(changes)),
                Err(failure) => return Err(failure),
            };
            match response.what {
                Said::Ok(value) if response.id == id => return Ok(value),
                // An error without a number is about the connection.
                Said::Error(problem) if response.id == id || response.id == 0 => {
                    return Err(failure(problem));
                }
                Said::Ok(_) | Said::Done(_) | Said::Error(_) | Said::Turn(_) => {}
            }
        }
    }

    /// Why the service has closed the connection, if it said so.
    fn last_words(&mut self) -> Option<Failure> {
        match self.hear().ok()??.what {
            Said::Error(problem) => Some(failure(problem)),
            Said::Ok(_) | Said::Done(_) | Said::Turn(_) => None,
        }
    }

    /// Sends a request without waiting; gives its number.
    pub fn send(&mut self, what: Ask) -> Result<u64, Failure> {
        let id = self.next;
        self.next += 1;
        let mut text = serde_json::to_vec(&Request { id, what })
            .map_err(|error| Failure::new(Code::Failure, format!("the request: {error}"), ""))?;
        text.push(b'\n');
        self.reader.get_mut().write_all(&text).map_err(broken)?;
        Ok(id)
    }

    /// The next that the service says; `None` when it has ended the connection.
    pub fn hear(&mut self) -> Result<Option<Response>, Failure> {
        let mut text = String::new();
        if self.reader.read_line(&mut text).map_err(broken)? == 0 || !text.ends_with('\n') {
            return Ok(None);
        }
        let response = serde_json::from_str(&text);
        response.map(Some).map_err(|error| {
            Failure::new(
                Code::Failure,
                format!("the service said what this version does not know: {error}"),
                "use the version that runs there",
            )
        })
    }

    /// Answers are waited for so long.
    pub fn wait_at_most(&self, patience: Duration) -> Result<(), Failure> {
        self.reader.get_ref().set_read_timeout(Some(patience)).map_err(broken)
    }

    /// Waits for what it hears without end, for a watch.
    pub fn be_patient(&self) -> Result<(), Failure> {
        self.reader.get_ref().set_read_timeout(None).map_err(broken)
    }
}

fn broken(error: std::io::Error) -> Failure {
    Failure::new(
        Code::Unreachable,
        format!("the connection to the service: {error}"),
        "look whether it runs: `highmark status`",
    )
}

fn gone(changes: bool) -> Failure {
    let (message, hint) = if changes {
        (
            "the service did not answer: what was asked may have been done, or not",
            "look before you ask again: `highmark status`, `highmark trade list`, `highmark journal export`",
        )
    } else {
        ("the service did not answer", "look whether it runs: `highmark status`")
    };
    Failure::new(Code::Unreachable, message, hint)
}

/// A problem as the command line ends with it.
fn failure(problem: Problem) -> Failure {
    let code = match problem.code.as_str() {
        "NOT_FOUND" => Code::NotFound,
        "NOT_DURABLE" | "FAILURE" => Code::Failure,
        "CONFIG_INVALID" => Code::Configuration,
        _ => Code::Refused,
    };
    let mut failure = Failure::new(code, problem.message, problem.hint);
    failure.field = problem.field;
    failure
}
