//! `highmark dashboard`: a link that opens the dashboard of the running service once.

use super::args::Cli;
use super::{book, terminal};
use crate::failure::{Code, Failure};
use highmark_server::socket::protocol::Ask;
use std::process::ExitCode;

pub(super) fn run(cli: &Cli) -> Result<ExitCode, Failure> {
    let answer = book::service(cli)?.ask(Ask::Open)?;
    let Some(link) = answer["link"].as_str() else {
        return Err(Failure::new(Code::Failure, "the service gave no link", "try again"));
    };
    if cli.json {
        terminal::out(&format!("{answer}\n"));
    } else {
        terminal::out(&format!("{link}\n"));
        terminal::say(cli.quiet, "it opens once, within an hour, and whoever opens it may do all");
    }
    Ok(ExitCode::SUCCESS)
}
