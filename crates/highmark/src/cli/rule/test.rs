//! `highmark rule test`: the recorded marks decided again, with one more rule.

use super::{draft, on_trade};
use crate::cli::args::Cli;
use crate::cli::book::{journal_in, names::Names, state_folder, understood};
use crate::cli::{compare, terminal};
use crate::explain::rule_words;
use crate::failure::{Code, Failure};
use crate::record;
use highmark_server::look;
use highmark_server::past::trial::{Trial, with_rule};
use highmark_server::socket::protocol::{Look, Said};
use serde_json::json;
use std::process::ExitCode;

pub(super) fn run(scope: &str, words: &[String], cli: &Cli) -> Result<ExitCode, Failure> {
    let record = record::open(&journal_in(&state_folder(cli)?))?;
    let now = record.now()?;
    let names: Names = match look::look(now.state(), Look::Names) {
        Said::Ok(value) => understood(value)?,
        Said::Done(_) | Said::Error(_) | Said::Turn(_) => {
            return Err(Failure::new(Code::Failure, "the journal has no names", ""));
        }
    };
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
