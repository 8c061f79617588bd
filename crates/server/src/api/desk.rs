//! What every request works with, and how the engine is asked.

use super::answers;
use super::callers::Callers;
use super::hooks::seen::Seen;
use super::hooks::{self, Hooks};
use super::hosts::Hosts;
use super::jobs::Jobs;
use super::kept::Kept;
use super::once::Once;
use super::own::{Part, not_there};
use super::past::MOST_READERS;
use super::problem::Problem;
use super::raises::Raises;
use super::rate::Rates;
use super::routes::{Found, Made};
use super::serve::Ways;
use super::stream::Streams;
use crate::look;
use crate::service::{Asked, ReplyTo, wall};
use crate::socket::protocol::{self, Ask, Outcome, Said};
use highmark_engine::State;
use highmark_play::names::Subject;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use tokio::sync::{Semaphore, mpsc::channel};

pub(super) type Shared = Arc<Desk>;

pub(super) struct Desk {
    pub ways: Ways,
    pub streams: Streams,
    pub callers: Arc<Callers>,
    pub hosts: Hosts,
    once: Once,
    /// Of prices that are pushed: they come often, and need not be known after a restart.
    priced: Once,
    /// Of signals: however many come, the answers to people and programs are kept.
    pub heard: Once,
    pub hooks: Kept<Hooks>,
    pub seen: Seen,
    pub raises: Raises,
    /// The state folder.
    pub state: PathBuf,
    pub rates: Rates,
    /// Passwords are hashed by two at once: each takes its memory.
    pub hashing: Semaphore,
    /// The past is read by few at once.
    pub reading: Arc<Semaphore>,
    pub jobs: Jobs<Found>,
    pub curves: Made,
    /// The description of all routes.
    pub description: OnceLock<Value>,
}

impl Desk {
    pub(super) fn new(
        state: &Path,
        (callers, hosts): (Arc<Callers>, Hosts),
        ways: Ways,
        streams: Streams,
    ) -> Desk {
        let heard = Once::over_restarts(answers::file(state, "signals"));
        for (hook, signal) in heard.cut_off() {
            let signal = signal.replace('\t', ", ");
            tracing::warn!(%hook, %signal, "a signal was cut off before it was answered: it may have been done, or not");
        }
        Desk {
            ways,
            streams,
            callers,
            hosts,
            once: Once::over_restarts(answers::file(state, "answers")),
            seen: Seen::among(heard.names().iter()),
            priced: Once::default(),
            heard,
            hooks: Kept::new(hooks::file(state)),
            raises: Raises::of(state.join("api-raises.json"), (wall(), Instant::now())),
            state: state.to_owned(),
            rates: Rates::default(),
            hashing: Semaphore::new(2),
            reading: Arc::new(Semaphore::new(MOST_READERS)),
            jobs: Jobs::default(),
            curves: Made::default(),
            description: OnceLock::new(),
        }
    }

    /// The last turn that is durable.
    pub(super) fn durable(&self) -> u64 {
        self.ways.facts.health.durable_turn.load(Ordering::Acquire)
    }

    /// Where the answers to what changes something are kept: those to prices, and all others.
    pub(super) fn answers(&self, is_price: bool) -> &Once {
        if is_price { &self.priced } else { &self.once }
    }

    /// Looks at the state with all in it that is durable now. The engine that decides is not asked.
    pub(super) async fn see<T: Send + 'static>(
        &self,
        look: impl FnOnce(&State) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.streams.see(look).await
    }

    /// Whether they have it; what they have not is not there. `None`: all is theirs.
    pub(super) async fn must_have(
        &self,
        part: &Part,
        subject: Subject,
        field: &str,
    ) -> Result<(), Problem> {
        let Some(theirs) = part.clone() else { return Ok(()) };
        match self.see(move |state| theirs.subject(state, subject)).await? {
            true => Ok(()),
            false => Err(not_there(field)),
        }
    }

    /// Looks as the socket does. When the journal is lost, what is only decided is seen too: it may have to be known.
    pub(super) async fn look(&self, ask: Ask) -> Result<Value, Problem> {
        if self.ways.facts.health.has_lost_its_journal() {
            return self.ask(ask).await;
        }
        let facts = Arc::clone(&self.ways.facts);
        let seen = self.see(move |state| match ask {
            Ask::Look(what) => look::look(state, what),
            _ => Ok(look::status(state, &facts)),
        });
        Ok(seen.await??)
    }

    /// Has something done; the answer comes once it is durable.
    pub(super) async fn done(&self, ask: Ask) -> Result<Outcome, Problem> {
        match self.answer(ask).await? {
            Said::Done(outcome) => Ok(outcome),
            _ => Err(Problem::ours("what was done is not told")),
        }
    }

    /// Asks the engine; the answer comes once what it was made from is durable.
    pub(super) async fn ask(&self, ask: Ask) -> Result<Value, Problem> {
        match self.answer(ask).await? {
            Said::Ok(value) => Ok(value),
            _ => Err(Problem::ours("what was asked is not told")),
        }
    }

    async fn answer(&self, ask: Ask) -> Result<Said, Problem> {
        let (to, mut answer) = channel(1);
        let asked = Asked::new(ask, ReplyTo::Task(to));
        self.ways.intake.ask(asked).map_err(protocol::not_taken)?;
        match answer.recv().await {
            Some(said @ (Said::Ok(_) | Said::Done(_))) => Ok(said),
            Some(Said::Error(problem)) => Err(problem.into()),
            // The service has ended before it answered.
            Some(Said::Turn(_)) | None => Err(protocol::Problem::new(
                "NOT_DURABLE",
                "the service ended before it answered: what was asked may have been done, or not",
                "look before you ask again",
            )
            .into()),
        }
    }
}
