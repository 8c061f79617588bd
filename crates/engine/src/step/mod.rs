//! Deciding: what follows from each input, in the order that the rules state.

mod commands;
mod exits;
mod orders;
mod rule_checks;
pub(crate) mod scopes;
mod ticks;
mod time;
mod trades;
mod undo;

use crate::event::{Refusal, RefusalCode};
use alloc::string::String;

/// A refusal in the making.
pub(crate) fn refuse(
    code: RefusalCode,
    field: &str,
    message: impl Into<String>,
    hint: impl Into<String>,
) -> Refusal {
    Refusal {
        code,
        field: String::from(field),
        message: message.into(),
        hint: hint.into(),
        by: String::new(),
        what: None,
    }
}
