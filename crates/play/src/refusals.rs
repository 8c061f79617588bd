//! What could not be done, read from the facts of a turn.

use crate::clock;
use crate::summary::NoteRow;
use highmark_engine::{Command, Event, Refusal, State};

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
        command: refusal.what.clone(),
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
