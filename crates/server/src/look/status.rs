//! The service at a glance: what is open, how near each limit is, and how the service itself is doing.

use crate::service::health::{Alarm, Health};
use crate::service::intake::Depth;
use hdrhistogram::Histogram;
use highmark_engine::*;
use highmark_play::room;
use serde::{Deserialize, Serialize};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

/// One look at everything; the engine's part is of one turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Absent when a journal is looked at and nothing runs.
    pub service: Option<ServiceStatus>,
    pub turn: u64,
    pub at: Timestamp,
    pub killed: bool,
    pub system: Row,
    pub accounts: Vec<Row>,
    /// Those with the least room first.
    pub strategies: Vec<Row>,
    pub alarms: Vec<Alarm>,
}

/// A scope in a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub scope: Scope,
    pub name: String,
    /// `active`, or why it takes no entries.
    pub state: String,
    pub mtm: Money,
    pub realised: Money,
    pub unrealised: Money,
    pub peak: Money,
    pub floor: Option<Money>,
    /// How far the value is above the nearest floor.
    pub room: Option<Money>,
    /// Room as a share of the way from the peak of the nearest rule to its floor, in parts per million.
    pub room_share: Option<i64>,
    /// A mark is missing or stale: the figures are not certain.
    pub uncertain: bool,
    pub open_trades: u32,
    pub total_trades: u32,
}

/// The process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceStatus {
    pub pid: u32,
    pub version: String,
    /// Starts on this state folder, this one included.
    pub starts: u64,
    pub started: Timestamp,
    /// What this start found; absent when nothing was there before.
    #[serde(default)]
    pub recovered: Option<Recovered>,
    pub stopping: bool,
    pub feed: FeedStatus,
    pub queue: Depth,
    pub journal: JournalStatus,
    /// From the tick that was heard to the exit that is decided, and not yet written.
    #[serde(default)]
    pub decision_latency: Latency,
    /// From the tick that was heard to the exit that is durable.
    pub exit_latency: Latency,
}

/// What a start found where another had ended.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recovered {
    /// The last service ended without saying so.
    pub after_crash: bool,
    /// The engine's clock when it stopped.
    pub stood_at: Timestamp,
    pub turn: u64,
    /// Mtm of everything as it stood.
    pub mtm: Money,
    pub open_trades: usize,
    /// Orders without an answer, placed again.
    pub orders_again: usize,
    /// Facts that an emergency had left.
    pub from_emergency: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeedStatus {
    pub kind: String,
    pub ticks: u64,
    pub last_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalStatus {
    pub durable_turn: u64,
    pub durable_events: u64,
    pub commits: u64,
    /// It stopped at a storage error: nothing is durable any more.
    pub lost: bool,
}

/// Microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    pub count: u64,
    pub p50: u64,
    pub p99: u64,
    pub p999: u64,
    pub max: u64,
}

/// How long exits have taken, in microseconds up to a minute, to three figures.
#[derive(Clone, Debug)]
pub struct Latencies {
    /// From the tick that was heard to the exit that is decided.
    pub decided: Histogram<u64>,
    /// From the tick that was heard to the exit that is durable.
    pub durable: Histogram<u64>,
}

impl Latencies {
    pub(crate) fn new() -> Result<Latencies, hdrhistogram::CreationError> {
        let decided = Histogram::new_with_bounds(1, 60_000_000, 3)?;
        let durable = decided.clone();
        Ok(Latencies { decided, durable })
    }
}

/// What the service knows of itself, apart from the engine.
pub struct Facts {
    pub starts: u64,
    pub version: String,
    pub started: Timestamp,
    pub recovered: Option<Recovered>,
    pub feed: String,
    pub health: Arc<Health>,
    pub latencies: Mutex<Latencies>,
    /// How long the queue is.
    pub depth: Box<dyn Fn() -> Depth + Send + Sync>,
}

impl Facts {
    fn status(&self) -> ServiceStatus {
        let health = &self.health;
        let (decision_latency, exit_latency) = self.latencies();
        let fed_at = health.fed_at.load(Ordering::Relaxed);
        ServiceStatus {
            pid: std::process::id(),
            version: self.version.clone(),
            starts: self.starts,
            started: self.started,
            recovered: self.recovered,
            stopping: health.stopping.load(Ordering::Relaxed),
            feed: FeedStatus {
                kind: self.feed.clone(),
                ticks: health.fed_ticks.load(Ordering::Relaxed),
                last_at: i64::try_from(fed_at).ok().filter(|at| *at > 0).map(Timestamp),
            },
            queue: (self.depth)(),
            journal: JournalStatus {
                durable_turn: health.durable_turn.load(Ordering::Relaxed),
                durable_events: health.durable_events.load(Ordering::Relaxed),
                commits: health.commits.load(Ordering::Relaxed),
                lost: health.has_lost_its_journal(),
            },
            decision_latency,
            exit_latency,
        }
    }

    fn latencies(&self) -> (Latency, Latency) {
        let seen = self.latencies.lock().unwrap_or_else(PoisonError::into_inner);
        (Latency::of(&seen.decided), Latency::of(&seen.durable))
    }
}

impl Latency {
    fn of(seen: &Histogram<u64>) -> Latency {
        Latency {
            count: seen.len(),
            p50: seen.value_at_quantile(0.5),
            p99: seen.value_at_quantile(0.99),
            p999: seen.value_at_quantile(0.999),
            max: seen.max(),
        }
    }
}

/// The status of a state, with what a running service knows besides.
pub fn status_of(state: &State, facts: Option<&Facts>) -> Status {
    let row = |scope, name| row(state, scope, name);
    let mut strategies: Vec<Row> = state
        .strategies()
        .filter_map(|(id, spec)| row(Scope::Strategy(id), spec.name.clone()))
        .collect();
    strategies.sort_by_key(|row| (row.room.is_none(), row.room));
    let accounts = state.accounts();
    let system = row(Scope::System, "system".to_owned()).unwrap_or_else(nothing);
    Status {
        service: facts.map(Facts::status),
        turn: state.turn(),
        at: state.now(),
        killed: state.is_killed(),
        system,
        accounts: accounts
            .filter_map(|(id, spec)| row(Scope::Account(id), spec.name.clone()))
            .collect(),
        strategies,
        alarms: facts.map_or_else(Vec::new, |facts| facts.health.alarms()),
    }
}

fn row(state: &State, scope: Scope, name: String) -> Option<Row> {
    // The floor is that of the nearest rule, so peak and value are looked at in its window.
    let session = state.scope_view(scope, Window::Session)?;
    let window = session.nearest.and_then(|rule| state.rule_window(rule));
    let view = match window {
        Some(window) if window != Window::Session => state.scope_view(scope, window)?,
        Some(_) | None => session,
    };
    Some(Row {
        scope,
        name,
        state: match view.closed_to_entries {
            None if !view.is_active => "shut down".to_owned(),
            None => "active".to_owned(),
            Some(Closed::Killed) => "killed".to_owned(),
            Some(Closed::Halted) => "halted".to_owned(),
            Some(Closed::ShutDown) => "shut down".to_owned(),
            Some(Closed::Latched(rule)) => format!("latched by {}", rule.kind.name()),
        },
        mtm: view.mtm,
        realised: view.realised,
        unrealised: view.unrealised,
        peak: view.peak,
        floor: view.floor,
        room: view.room,
        room_share: room::share(state, &view),
        uncertain: view.uncertain,
        open_trades: view.open_trades,
        total_trades: view.total_trades,
    })
}

/// A state that knows nothing yet has an empty system.
fn nothing() -> Row {
    Row {
        scope: Scope::System,
        name: "system".to_owned(),
        state: "active".to_owned(),
        mtm: Money::ZERO,
        realised: Money::ZERO,
        unrealised: Money::ZERO,
        peak: Money::ZERO,
        floor: None,
        room: None,
        room_share: None,
        uncertain: false,
        open_trades: 0,
        total_trades: 0,
    }
}
