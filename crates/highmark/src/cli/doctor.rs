//! `highmark doctor`: whether all is well, and what to do where it is not.

use super::args::Cli;
use super::config;
use super::terminal::{self, Ink, Look};
use crate::failure::{Code, Failure};
use highmark_server::doctor::{Finding, Level, examine};
use serde_json::json;
use std::process::ExitCode;

pub(super) fn run(cli: &Cli) -> Result<ExitCode, Failure> {
    let findings = examine(&config::layers(cli))?;
    let worst = findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Good);
    if cli.json {
        let told = json!({ "worst": worst.name(), "findings": findings });
        terminal::out(&format!("{told:#}\n"));
    } else {
        let look = Look::of_stdout(cli.no_color);
        let wanted = findings.iter().filter(|one| !cli.quiet || one.level > Level::Good);
        let text: String = wanted.map(|finding| shown(finding, look)).collect();
        terminal::out(&text);
    }
    Ok(match worst {
        Level::Good => ExitCode::SUCCESS,
        Level::Warn => ExitCode::from(Code::Near.exit()),
        Level::Bad => ExitCode::from(Code::Breached.exit()),
    })
}

fn shown(finding: &Finding, look: Look) -> String {
    let ink = match finding.level {
        Level::Good => Ink::Good,
        Level::Warn => Ink::Warn,
        Level::Bad => Ink::Bad,
    };
    let level = look.paint(&format!("{:<4}", finding.level.name()), ink);
    let mut text = format!("{level}  {:<15} {}\n", finding.about, finding.message);
    for line in &finding.lines {
        text.push_str(&format!("{:22}{}\n", "", look.paint(line, Ink::Faint)));
    }
    if !finding.hint.is_empty() {
        text.push_str(&format!("{:22}help: {}\n", "", finding.hint));
    }
    text
}
