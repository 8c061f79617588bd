//! The record decided again as it was: whether it comes to the same.

use super::record::{Record, failed};
use highmark_journal::rerun::{Rerun, rerun};
use highmark_play::failure::Failure;

/// All that is still there, decided again.
pub fn decided(record: &Record) -> Result<Rerun, Failure> {
    let rerun = rerun(record.beginning()?, record.waited(0)?);
    record.wanted()?;
    rerun.map_err(|error| failed(&error))
}
