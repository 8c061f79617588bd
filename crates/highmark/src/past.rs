//! What happened: in a run that left a folder, or in a service that keeps a journal.

use crate::clock;
use crate::failure::Failure;
use crate::folder::Run;
use crate::record::Record;
use crate::summary::NoteRow;
use highmark_engine::{Command, Engine, Event, Refusal, State, Timestamp};

/// Turns that can be folded again, whoever kept them.
pub enum Past {
    Run(Box<Run>),
    Journal(Record),
}

impl Past {
    /// Folds turn by turn, to the last one that is not after `until`.
    pub fn fold(
        &self,
        until: Option<Timestamp>,
        each: impl FnMut(&[Event], &State),
    ) -> Result<Engine, Failure> {
        match self {
            Past::Run(run) => run.fold(until, each),
            Past::Journal(record) => record.fold(until, each),
        }
    }

    /// When it ended, or how far it has come.
    pub fn ends(&self) -> Result<Option<Timestamp>, Failure> {
        match self {
            Past::Run(run) => Ok(run.inputs.to.as_deref().and_then(clock::read_stamp)),
            Past::Journal(record) => Ok(Some(record.now()?.state().now())),
        }
    }

    /// What a run could not do; of a journal nothing, which has [`refusals`] among its facts.
    pub fn notes(&self) -> Option<Vec<NoteRow>> {
        match self {
            Past::Run(run) => {
                let notes = run.summary.get("notes").cloned().unwrap_or_default();
                Some(serde_json::from_value(notes).unwrap_or_default())
            }
            Past::Journal(_) => None,
        }
    }
}

/// What could not be done in a turn.
pub fn refusals(events: &[Event], state: &State) -> Vec<NoteRow> {
    let refused = events.iter().filter_map(|event| match event {
        Event::Refused(refusal) => Some(refusal),
        _ => None,
    });
    let row = |refusal: &Refusal| NoteRow {
        at: clock::stamp(state.now()),
        about: match refusal.what.as_deref() {
            Some(Command::AddTrade(new)) if !new.name.is_empty() => new.name.clone(),
            Some(command) => word_of(command),
            None => "news of a broker".into(),
        },
        code: serde_json::to_value(refusal.code)
            .ok()
            .and_then(|code| code.as_str().map(str::to_owned))
            .unwrap_or_default(),
        message: refusal.message.clone(),
        hint: refusal.hint.clone(),
    };
    refused.map(row).collect()
}

/// A command by the name that it has in the journal.
fn word_of(command: &Command) -> String {
    match serde_json::to_value(command) {
        Ok(serde_json::Value::Object(fields)) => {
            fields.keys().next().map_or_else(String::new, |name| name.replace('_', " "))
        }
        Ok(serde_json::Value::String(name)) => name,
        Ok(_) | Err(_) => String::new(),
    }
}
