//! The recorded marks decided again: with other parameters, or with one more rule.

use super::record::{Record, failed};
use highmark_engine::*;
use highmark_journal::what_if::{Change, Changes, WhatIf, what_if};
use highmark_journal::{JournalError, Turn};
use highmark_play::difference::{Difference, difference};
use highmark_play::explain::{RuleAnswer, rule_answer};
use highmark_play::failure::{Code, Failure};
use highmark_play::summary::{Collector, Frame, summarise};

/// Who sets the rule that is tried.
const TESTER: &str = "what if";

/// What would have happened.
pub struct Trial {
    /// The rule that was tried, if one was.
    pub rule: Option<RuleAnswer>,
    pub difference: Difference,
    pub answer: WhatIf,
}

/// With what recorded commands set changed: `trail.by.points=15`, `profile.order`. `seen` hears of every turn.
pub fn with_changes(
    record: &Record,
    sets: &[String],
    mut seen: impl FnMut(),
) -> Result<Trial, Failure> {
    let hint = "`highmark journal export` shows the commands with their paths";
    let read =
        |set: &String| set.parse().map_err(|wrong: String| Failure::new(Code::Usage, wrong, hint));
    let changes: Vec<Change> = sets.iter().map(read).collect::<Result<_, Failure>>()?;
    let mut changes = Changes::new(changes);
    let turns = record.waited(0)?.inspect(|_| seen());
    let answer = what_if(record.beginning()?, turns, &mut |input| changes.alter(input));
    record.wanted()?;
    let answer = answer.map_err(|error| failed(&error))?;
    if let Some(why) = changes.refused().first() {
        return Err(Failure::new(Code::Usage, why.clone(), "write it as the journal has it"));
    }
    if let Some((change, _)) = changes.made().find(|(_, times)| *times == 0) {
        return Err(Failure::new(
            Code::NotFound,
            format!("no recorded command sets {change}"),
            hint,
        ));
    }
    Ok(Trial { rule: None, difference: differs(&answer, sets), answer })
}

/// With one more rule, set as soon as its scope is there; `None` when it could not be set.
pub fn with_rule(
    record: &Record,
    (scope, draft): (Scope, RuleDraft),
    label: String,
) -> Result<Option<Trial>, Failure> {
    let turns = WithRule {
        turns: record.waited(0)?,
        seen: record.beginning()?,
        scope,
        draft: Some(draft),
        due: None,
    };
    let answer = what_if(record.beginning()?, turns, &mut |_| false);
    record.wanted()?;
    let answer = answer.map_err(|error| failed(&error))?;
    let rule = tested(&answer.engine);
    let difference = differs(&answer, &[label]);
    Ok(rule.map(|rule| Trial { rule: Some(rule), difference, answer }))
}

fn differs(answer: &WhatIf, sets: &[String]) -> Difference {
    let summary =
        |engine: &Engine| summarise(engine.state(), &Collector::default(), Frame::default());
    let recorded = (0..answer.recorded.state().trade_count()).map(TradeId);
    let pair = |id: TradeId| Some((id.to_string(), answer.trade(id)?.to_string()));
    let pairs = recorded.filter_map(pair).collect();
    difference(&summary(&answer.recorded), &summary(&answer.engine), sets, &pairs)
}

/// The rule that was set for the test.
fn tested(engine: &Engine) -> Option<RuleAnswer> {
    let state = engine.state();
    let mut views = (0..state.rule_count()).rev().filter_map(|id| state.rule_view(RuleId(id)));
    let view = views.find(|view| view.provenance.by == TESTER)?;
    rule_answer(state, view.rule.rule)
}

/// The recorded turns, and once the scope is there the command that sets the rule.
struct WithRule<T> {
    turns: T,
    /// What was there by then, in fact.
    seen: Engine,
    scope: Scope,
    draft: Option<RuleDraft>,
    due: Option<Turn>,
}

impl<T: Iterator<Item = Result<Turn, JournalError>>> Iterator for WithRule<T> {
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
