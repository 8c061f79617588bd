//! `highmark rule test`: the recorded marks decided again, with one more rule.

use super::{draft, on_trade};
use crate::cli::args::Cli;
use crate::cli::book::{journal_in, names::Names, seen_in, state_folder, understood};
use crate::cli::{compare, terminal};
use crate::explain::rule_words;
use crate::failure::{Code, Failure};
use crate::record;
use highmark_server::past::trial::{Trial, with_rule};
use highmark_server::socket::protocol::Look;
use serde_json::json;
use std::process::ExitCode;

pub(super) fn run(scope: &str, words: &[String], cli: &Cli) -> Result<ExitCode, Failure> {
    let record = record::open(&journal_in(&state_folder(cli)?))?;
    let now = record.now()?;
    let names: Names = understood(seen_in(now.state(), Look::Names)?)?;
    let scope = names.scope(scope)?;
    let draft = draft(words, on_trade(scope))?;
    let rule_words = rule_words(&draft);
    let label = format!("{} with {rule_words}", names.shown(scope));
    let Some(Trial { rule: Some(rule), difference, answer }) =
        with_rule(&record, (scope, draft), label)?
    else {
        let message = format!("{rule_words} could not be set on {}", names.shown(scope));
        let hint = "`highmark rule add` says why";
        return Err(Failure::new(Code::Refused, message, hint));
    };
    if cli.json {
        let whole = json!({ "rule": rule, "turns": answer.turns, "difference": difference.json() });
        terminal::out(&format!("{whole:#}\n"));
    } else {
        terminal::out(&format!("{rule_words} on {}: {}\n", names.shown(scope), rule.sentence));
        terminal::out(&compare::text(&difference));
    }
    Ok(ExitCode::SUCCESS)
}
