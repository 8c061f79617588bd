//! `highmark rule test`: the recorded marks decided again, with one more rule.

use super::{draft, on_trade};
use crate::cli::args::Cli;
use crate::cli::book::{journal_in, names::Names, state_folder, understood};
use crate::cli::{compare, terminal};
use crate::explain::{RuleAnswer, rule_answer, rule_words};
use crate::failure::{Code, Failure};
use crate::record;
use crate::summary::{Collector, Frame, summarise};
use highmark_engine::*;
use highmark_journal::what_if::what_if;
use highmark_journal::{JournalError, Turn, Turns};
use highmark_server::look;
use highmark_server::socket::protocol::{Look, Said};
use serde_json::json;
use std::process::ExitCode;

/// Who sets the rule that is tested.
const TESTER: &str = "what if";

pub(super) fn run(scope: &str, words: &[String], cli: &Cli) -> Result<ExitCode, Failure> {
    let record = record::open(&journal_in(&state_folder(cli)?))?;
    let now = record.now()?;
    let names: Names = match look::look(now.state(), Look::Names) {
        Said::Ok(value) => understood(value)?,
        Said::Error(_) | Said::Turn(_) => {
            return Err(Failure::new(Code::Failure, "the journal has no names", ""));
        }
    };
    let scope = names.scope(scope)?;
    let draft = draft(words, on_trade(scope))?;
    let rule_words = rule_words(&draft);
    let turns = WithRule {
        turns: record.turns()?,
        seen: record.beginning()?,
        scope,
        draft: Some(draft),
        due: None,
    };
    let answer = what_if(record.beginning()?, turns, &mut |_| false);
    let answer = answer.map_err(|error| record::failed(&error))?;
    let Some(rule) = tested(&answer.engine) else {
        let message = format!("{rule_words} could not be set on {}", names.shown(scope));
        let hint = "`highmark rule add` says why";
        return Err(Failure::new(Code::Refused, message, hint));
    };
    let summary =
        |engine: &Engine| summarise(engine.state(), &Collector::default(), Frame::default());
    let label = format!("{} with {rule_words}", names.shown(scope));
    let difference =
        compare::difference(&summary(&answer.recorded), &summary(&answer.engine), &[label]);
    if cli.json {
        let whole = json!({ "rule": rule, "turns": answer.turns, "difference": difference.json() });
        terminal::out(&format!("{whole:#}\n"));
    } else {
        terminal::out(&format!("{rule_words} on {}: {}\n", names.shown(scope), rule.sentence));
        terminal::out(&difference.text());
    }
    Ok(ExitCode::SUCCESS)
}

/// The rule that was set for the test.
fn tested(engine: &Engine) -> Option<RuleAnswer> {
    let state = engine.state();
    let mut views = (0..state.rule_count()).rev().filter_map(|id| state.rule_view(RuleId(id)));
    let view = views.find(|view| view.provenance.by == TESTER)?;
    rule_answer(state, view.rule.rule)
}

/// The recorded turns, and once the scope is there the command that sets the rule.
struct WithRule {
    turns: Turns,
    /// What was there by then, in fact.
    seen: Engine,
    scope: Scope,
    draft: Option<RuleDraft>,
    due: Option<Turn>,
}

impl Iterator for WithRule {
    type Item = Result<Turn, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(due) = self.due.take() {
            return Some(Ok(due));
        }
        let turn = match self.turns.next()? {
            Ok(turn) => turn,
            Err(error) => return Some(Err(error)),
        };
        if self.draft.is_some() {
            turn.events.iter().for_each(|event| self.seen.apply(event));
            if self.seen.state().exists(self.scope)
                && let Some(draft) = self.draft.take()
            {
                let provenance = Provenance { by: TESTER.into(), reason: String::new() };
                let command = Command::SetRule { scope: self.scope, draft, provenance };
                let body = Body::Command { by: TESTER.into(), command };
                self.due = Some(Turn::new(Input { at: turn.at(), body }, Vec::new()));
            }
        }
        Some(Ok(turn))
    }
}
