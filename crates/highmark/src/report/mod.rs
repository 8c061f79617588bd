//! What a run came to: for a terminal, a program, a spreadsheet, a browser.

mod html;
mod svg;
mod table;
mod text;

pub use highmark_play::csv::{csv, quoted};
pub use html::html;
pub use svg::COLUMNS;
pub use table::{Cell, Table};
pub use text::{scopes, text};

use crate::run::Effort;
use serde_json::{Value, json};

/// How fast a run was and where its time went.
pub fn effort_json(effort: &Effort) -> Value {
    let seconds = |part: std::time::Duration| (part.as_secs_f64() * 1e6).round() / 1e6;
    let total = effort.total.as_secs_f64().max(1e-9);
    json!({
        "ticks": effort.ticks,
        "turns": effort.turns,
        "events": effort.events,
        "ticks_per_second": (effort.ticks as f64 / total).round(),
        "seconds": {
            "total": seconds(effort.total),
            "feed": seconds(effort.feed),
            "engine": seconds(effort.engine),
            "witnesses": seconds(effort.witnesses),
        },
    })
}
