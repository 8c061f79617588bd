//! What happened earlier than is remembered: read from the journal, beside its writer.

use super::news::News;
use highmark_journal::{JournalError, Reader};
use std::path::Path;

/// Turns that one resumption reads back at most; whoever is further behind looks anew.
pub(in crate::api) const MOST_TURNS: u64 = 5_000_000;

/// Whether the journal still holds all that happened after this turn.
pub(in crate::api) fn holds(journal: &Path, after: u64) -> Result<bool, JournalError> {
    let heads = Reader::open(journal)?.heads()?;
    Ok(heads.first().is_some_and(|oldest| oldest.turns_before() <= after))
}

/// The news after turn `after` up to turn `until`, in order, as long as `hear` wants more.
pub(in crate::api) fn read(
    journal: &Path,
    after: u64,
    until: u64,
    mut hear: impl FnMut(News) -> bool,
) -> Result<(), JournalError> {
    for turn in Reader::open(journal)?.turns_from(after + 1)? {
        let turn = turn?;
        if turn.number().is_some_and(|number| number > until) {
            break;
        }
        if let Some(news) = News::of(&turn)
            && !hear(news)
        {
            break;
        }
    }
    Ok(())
}
