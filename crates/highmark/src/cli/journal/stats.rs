//! What a journal holds, segment by segment.

use crate::cli::args::Cli;
use crate::cli::book::list::List;
use crate::cli::terminal;
use crate::failure::Failure;
use crate::{clock, text};
use serde_json::json;
use std::process::ExitCode;

pub(super) fn run(cli: &Cli) -> Result<ExitCode, Failure> {
    let stats = super::here(cli)?.stats()?;
    let mut list = List::new(
        &["SEGMENT", "BEGUN", "FIRST TURN", "LAST TURN", "EVENTS", "BYTES", "EPOCH", "STATE"],
        &[2, 3, 4, 5, 6],
    );
    for one in &stats.segments {
        let begun = clock::stamp(one.created_at);
        list.row(vec![
            one.segment.to_string().into(),
            begun.get(..19).unwrap_or("").replace('T', " ").into(),
            text::whole(one.first_turn).into(),
            text::whole(one.last_turn).into(),
            text::whole(one.events).into(),
            text::whole(one.bytes).into(),
            one.epoch.to_string().into(),
            if one.is_active { "active" } else { "sealed" }.into(),
        ]);
    }
    list.print(&json!(stats), "it holds nothing", cli);
    if !cli.json && !cli.plain {
        let head = &stats.head;
        terminal::out(&format!(
            "{} turns, {} events, {} bytes; ends with {:.16}\n",
            text::whole(head.turns),
            text::whole(head.events),
            text::whole(stats.bytes),
            head.hash
        ));
    }
    Ok(ExitCode::SUCCESS)
}
