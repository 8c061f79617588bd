//! What may be changed while the service runs: how the journal is kept, and what is done when it is lost.

use super::keeping::Backups;
use super::stopping::OnStop;
use highmark_journal::Retention;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// What to do with what is open when the journal is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnLoss {
    /// Entries are refused; rules go on deciding exits.
    Hold,
    /// Everything is exited.
    ExitAll,
}

/// The settings that a reload replaces, all of them at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub checkpoint_every: Duration,
    /// A command for the shell that gets each checkpoint on its standard input.
    pub checkpoint_hook: Option<String>,
    pub retention: Retention,
    pub on_loss: OnLoss,
    pub on_stop: OnStop,
    pub backups: Option<Backups>,
    /// Percent of the disk that has to be free, to be told and to take entries.
    pub warn_free_pct: u32,
    pub block_free_pct: u32,
}

/// The policy in force, for the threads that follow it.
#[derive(Debug)]
pub(super) struct InForce(RwLock<Policy>);

impl InForce {
    pub(super) fn new(policy: Policy) -> InForce {
        InForce(RwLock::new(policy))
    }

    pub(super) fn now(&self) -> Policy {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn replace(&self, policy: Policy) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = policy;
    }
}
