//! What happened: in a run that left a folder, or in a service that keeps a journal.

use crate::clock;
use crate::explain::{About, Explanation, Told, explain};
use crate::failure::Failure;
use crate::folder::Run;
use crate::record::Record;
use crate::summary::Collector;
use highmark_engine::Timestamp;

/// Turns that can be folded again, whoever kept them.
pub enum Past {
    Run(Box<Run>),
    Journal(Record),
}

impl Past {
    /// When it ended, or how far it has come.
    pub fn ends(&self) -> Result<Option<Timestamp>, Failure> {
        match self {
            Past::Run(run) => Ok(run.inputs.to.as_deref().and_then(clock::read_stamp)),
            Past::Journal(record) => Ok(Some(record.now()?.state().now())),
        }
    }

    /// Why something fired, or why not, as of `until` or the end.
    pub fn explain(&self, name: &str, until: Option<Timestamp>) -> Result<Explanation, Failure> {
        let run = match self {
            Past::Run(run) => run,
            Past::Journal(record) => {
                return record.explain(About::Called(name), None, until, |_, _| {});
            }
        };
        let mut collector = Collector::default();
        let engine = run.fold(until, |events, state| collector.take(events, state))?;
        let notes = run.summary.get("notes").cloned().unwrap_or_default();
        let notes = serde_json::from_value(notes).unwrap_or_default();
        explain(Told { state: engine.state(), lines: &collector.lines, notes }, About::Called(name))
    }
}
