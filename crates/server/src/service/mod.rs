//! The running service: one engine thread between a bounded queue and the journal, and nothing leaves before
//! it is durable.
//!
//! ```text
//! feeds ─► intake ─► turns (engine) ─► writer (journal) ─► outside: paper desk, watchers, answers
//!            ▲                                                         │
//!            └──────────────────── fills, rejections ◄─────────────────┘
//! ```

mod desk;
pub mod feed;
mod guard;
pub mod health;
mod hook;
pub mod intake;
mod keeping;
mod outside;
mod policy;
mod recovery;
mod stopping;
mod time;
mod turns;
mod writer;

pub use policy::{OnLoss, Policy};
pub use recovery::Card;
pub use stopping::OnStop;
pub use time::wall;
pub use turns::{Asked, ReplyTo};

use crate::api::openings::Openings;
use crate::api::second::SecondFactor;
use crate::api::tls::Tls;
use crate::api::{self, Api};
use crate::behind::{aside, step_back};
use crate::disk::{Kind, Mounted};
use crate::lease::Lease;
use crate::look::{Facts, Latencies, Recovered};
use crate::mirror::{Inbox, Mirror};
use crate::socket::listen::Listener;
use desk::Desk;
use feed::{Ending, Line, Pace};
use guard::Guard;
use health::Health;
use highmark_brokers::paper::{Instruction, Paper, PaperSpec};
use highmark_engine::{Engine, State, Timestamp};
use highmark_feeds::{Feed, FeedError};
use highmark_journal::{About, JournalError, Rolling};
use highmark_market::Market;
use highmark_play::failure::{Code, Failure};
use highmark_play::scenario::Loaded;
use hook::Hook;
use intake::Intake;
pub use keeping::Backups;
use keeping::Keeping;
use outside::Board;
pub use outside::Outside;
use policy::InForce;
use serde_json::Value;
use std::cell::Cell;
use std::fs::DirBuilder;
#[cfg(unix)]
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};
use stopping::Stopping;
use time::Clock;
use turns::{SymbolTable, Turns};
use writer::Writer;
pub(crate) use writer::is_news;

/// Everything that a service needs to know.
pub struct Plan {
    /// The state folder: journal, lease, socket.
    pub state: PathBuf,
    /// It may lie on a network file system.
    pub network: bool,
    pub version: String,
    /// What is set up when the journal is new.
    pub scenario: Loaded,
    /// Calendars and charges, with the user's own rows.
    pub market: Market,
    pub feed: FeedPlan,
    pub paper: PaperSpec,
    /// Inputs of feeds that may wait.
    pub queue: usize,
    /// Turns in one commit.
    pub group: usize,
    /// Where the API listens; `None`: nowhere.
    pub api: Option<api::Listen>,
    pub policy: Policy,
    /// What is configured, for those who look.
    pub configuration: api::Configuration,
    /// Reads the configuration again: the new policy and what changed, or why nothing does.
    pub reload: Reload,
}

pub type Reload = Box<dyn Fn() -> Result<(Policy, Value), Failure> + Send + Sync>;

/// Where ticks come from.
pub enum FeedPlan {
    /// The made-up market, at the wall's time.
    Generator { seed: u64, ticks_per_second: u32 },
    /// Recorded ticks; their time is the engine's.
    Recorded {
        feed: Box<dyn Feed + Send>,
        pace: Pace,
        kind: &'static str,
        /// The time of its first tick, at which a new journal begins.
        from: Timestamp,
    },
    /// Ticks as somebody sends them, at the wall's time.
    Stream { feed: Box<dyn Feed + Send>, kind: &'static str },
    /// Only prices that are pushed.
    None,
}

impl FeedPlan {
    fn kind(&self) -> &'static str {
        match self {
            FeedPlan::Generator { .. } => "generator",
            FeedPlan::Recorded { kind, .. } | FeedPlan::Stream { kind, .. } => kind,
            FeedPlan::None => "none",
        }
    }

    /// When a new journal begins.
    fn begins(&self) -> Timestamp {
        match self {
            FeedPlan::Recorded { from, .. } => *from,
            FeedPlan::Generator { .. } | FeedPlan::Stream { .. } | FeedPlan::None => wall(),
        }
    }
}

/// A service that runs.
pub struct Service {
    pub facts: Arc<Facts>,
    /// Links to the dashboard, for the owner's terminal.
    pub openings: Option<Arc<Openings>>,
    intake: Arc<Intake<Asked>>,
    inbox: Arc<Inbox>,
    outside: Arc<Outside>,
    reloading: Arc<Reloading>,
    ending: Arc<Ending>,
    /// Somebody asked over the socket for the service to stop.
    asked_to_stop: Arc<Ending>,
    lease: Lease,
    listener: Listener,
    api: Option<Api>,
    engine: JoinHandle<Result<Engine, Failure>>,
    writer: JoinHandle<Result<(), JournalError>>,
    mirror: JoinHandle<()>,
    others: Vec<JoinHandle<()>>,
    feed: Option<JoinHandle<Result<(), FeedError>>>,
}

/// The points of this crate between which a crash matters, as [`highmark_journal::fault`] knows them.
pub const FAULTS: &[&str] = &[
    "service.before_commit",
    "service.before_release",
    "service.after_release",
    "service.before_roll",
    "service.before_emergency",
];

/// How long exits that are on their way are waited for when the service stops.
const DRAIN: Duration = Duration::from_secs(5);
/// Turns that wait for the journal before the engine does.
const WORK: usize = 16_384;

impl Service {
    /// Brings the service up: lease, journal, recovery, what was left in an emergency, orders that were not
    /// answered, threads, socket. The card tells what was found.
    pub fn start(mut plan: Plan) -> Result<(Service, Card), Failure> {
        let begun = Instant::now();
        make_private(&plan.state)?;
        if !plan.network {
            refuse_network(&plan.state)?;
        }
        let lease = Lease::take(&plan.state, &plan.version, wall().0)?;
        // Before anything is written: whoever cannot have the address has not begun.
        let door = plan.api.take().map(|listen| api::bind(listen, &plan.state)).transpose()?;
        let about = About::new(plan.version.clone());
        let mut up = recovery::recover(&plan, &lease, &about, begun)?;
        let engine = std::mem::take(&mut up.engine);

        let (clock, pace) = match &plan.feed {
            FeedPlan::Recorded { pace, .. } => (Clock::record(engine.state().now()), *pace),
            FeedPlan::Generator { .. } | FeedPlan::Stream { .. } | FeedPlan::None => {
                (Clock::Wall, Pace::Live)
            }
        };
        let intake = Arc::new(Intake::new(plan.queue));
        let health = Arc::new(Health::default());
        let recovered = up.card.recovered(engine.state());
        let facts = Arc::new(facts(&plan, &lease, (&health, &intake), recovered)?);
        let symbols = SymbolTable::default();
        turns::learn(&symbols, engine.state());
        health.durable_turn.store(engine.state().turn(), Ordering::Relaxed);

        let (desk_orders, orders) = channel();
        let board = Board::default();
        let outside = Arc::new(Outside::new(desk_orders, Arc::clone(&board)));
        let again = engine.state().orders_in_flight();
        for instruction in again.filter_map(|order| Instruction::again(engine.state(), &order)) {
            outside.place(instruction);
        }
        // A market that is started anew makes ids that it never made before.
        let prefix = format!("paper-{}", engine.state().turn());
        let desk = Desk {
            paper: Paper::named(plan.paper, &prefix),
            orders,
            board,
            intake: Arc::clone(&intake),
            clock: clock.clone(),
        };

        let ending = Arc::new(Ending::default());
        let asked_to_stop = Arc::new(Ending::default());
        let line = line(
            plan.feed,
            pace,
            (engine.state(), up.card.is_new),
            (&intake, &clock, &symbols, &health, &ending),
        )?;
        let policy = Arc::new(InForce::new(plan.policy));
        let tls = door.as_ref().and_then(api::Door::tls);
        let reloading = Arc::new(Reloading {
            policy: Arc::clone(&policy),
            read: plan.reload,
            tls: tls.clone(),
        });
        let (work, to_write) = sync_channel(WORK);
        let hook = Hook::new(&health).map_err(no_thread)?;
        let inbox = Arc::<Inbox>::default();
        let board = door.is_some().then(|| Arc::new(api::Board::new(engine.state().turn())));
        let mirror = Mirror {
            inbox: Arc::clone(&inbox),
            engine: engine.clone(),
            facts: Arc::clone(&facts),
            board: board.clone(),
            journal: plan.state.join("journal"),
        };
        let folder = plan.state.join("journal");
        let writer = Writer {
            rolling: Rolling::of(folder, &up.journal, |fold| aside("carry", fold)),
            journal: up.journal,
            is_to_retire: false,
            emergency: up.emergency,
            work: to_write,
            outside: Arc::clone(&outside),
            intake: Arc::clone(&intake),
            facts: Arc::clone(&facts),
            group: plan.group,
            policy: Arc::clone(&policy),
            hook,
            mirror: Arc::clone(&inbox),
            lost: false,
        };
        let turns = Turns {
            scenario: Arc::new(up.scenario),
            market: plan.market,
            intake: Arc::clone(&intake),
            work,
            clock,
            symbols,
            facts: Arc::clone(&facts),
            written: Cell::new(up.card.events),
        };
        let keeping = Keeping {
            state: plan.state.clone(),
            policy: Arc::clone(&policy),
            health: Arc::clone(&health),
            intake: Arc::clone(&intake),
            ending: Arc::clone(&ending),
            tls,
        };
        let writer = spawn("journal", move || writer.run())?;
        let engine = spawn("engine", move || turns.run(engine))?;
        let mirror = spawn("mirror", move || {
            // Whoever looks waits sooner than an exit does.
            step_back();
            mirror.run();
        })?;
        let mut guard = Guard::new(plan.state.clone(), Arc::clone(&health), Arc::clone(&intake));
        guard.look_for_kill();
        let until = Arc::clone(&ending);
        let others = vec![
            spawn("paper", move || desk.run())?,
            spawn("keeping", move || keeping.run())?,
            spawn("guard", move || guard.run(&until))?,
        ];
        let feed = line.map(|line| spawn("feed", move || line.run())).transpose()?;
        let second = Arc::new(SecondFactor::new(&plan.state));
        let openings = door.as_ref().map(|door| Arc::new(Openings::of(door.page())));
        let read_again = {
            let reloading = Arc::clone(&reloading);
            Box::new(move || reloading.reload())
        };
        let listener = Listener::start(
            &plan.state,
            Arc::clone(&intake),
            (Arc::clone(&inbox), Arc::clone(&facts)),
            Arc::clone(&outside),
            Arc::clone(&asked_to_stop),
            (read_again, Arc::clone(&second)),
            openings.clone(),
        )?;
        let api = door
            .zip(openings.clone())
            .zip(board)
            .map(|((door, openings), board)| {
                up.card.api = Some(door.address());
                up.card.api_tls = door.tls().is_some();
                let ways = api::Ways {
                    intake: Arc::clone(&intake),
                    facts: Arc::clone(&facts),
                    inbox: Arc::clone(&inbox),
                    board,
                    second,
                    openings,
                    configuration: plan.configuration,
                };
                door.open(&plan.state, ways)
            })
            .transpose()?;
        let service = Service {
            facts,
            openings,
            intake,
            outside,
            reloading,
            ending,
            asked_to_stop,
            lease,
            listener,
            api,
            inbox,
            engine,
            writer,
            mirror,
            others,
            feed,
        };
        Ok((service, up.card))
    }

    /// Waits a moment; true when the service is to stop: somebody asked for it, or it cannot go on.
    pub fn is_over(&self, patience: Duration) -> bool {
        self.asked_to_stop.wait(patience) || self.engine.is_finished() || self.writer.is_finished()
    }

    /// Reads the configuration again: it is in force whole, or not at all. Says what changed.
    pub fn reload(&self) -> Result<Value, Failure> {
        self.reloading.reload()
    }

    /// Whether recorded ticks have come to their end and were taken.
    pub fn is_played(&self) -> bool {
        let fed = self.feed.as_ref().is_some_and(JoinHandle::is_finished);
        let depth = self.intake.depth();
        fed && depth.ticks == 0 && depth.urgent == 0
    }

    /// How long exits have taken since the start, from the tick that was heard to being decided and to being durable.
    pub fn exit_latencies(&self) -> Latencies {
        self.facts.latencies.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops in good order: no more feeds and requests, what is open left or exited as it is configured, exits on their
    /// way waited for, everything made durable and signed.
    pub fn stop(self) -> Result<(), Failure> {
        let health = &self.facts.health;
        health.orders_in_flight.store(u64::MAX, Ordering::Relaxed);
        health.stopping.store(true, Ordering::Relaxed);
        self.ending.end();
        self.listener.close();
        if let Some(api) = &self.api {
            api.close();
        }
        let left = Stopping { intake: &self.intake }.run(self.reloading.policy.now().on_stop);
        let drained = Instant::now() + DRAIN;
        let pause = Ending::default();
        while health.orders_in_flight.load(Ordering::Relaxed) > 0
            && Instant::now() < drained
            && !self.engine.is_finished()
        {
            pause.wait(Duration::from_millis(5));
        }
        self.intake.close();
        joined(self.engine)??;
        joined(self.writer)?.map_err(|error| failed(&error))?;
        // Only now: the last commit or checkpoint may have failed too.
        let lost = self.facts.health.has_lost_its_journal();
        if let Some(feed) = self.feed
            && feed.is_finished()
        {
            joined(feed)??;
        }
        self.listener.end();
        if let Some(api) = self.api {
            api.end();
        }
        self.inbox.close();
        joined(self.mirror)?;
        self.outside.end();
        for other in self.others {
            joined(other)?;
        }
        if lost {
            return Err(Failure::new(
                Code::Failure,
                "the journal was lost while the service ran",
                "look at the disk, then start again: it recovers all that was durable",
            ));
        }
        let ended = self.lease.end(wall().0);
        ended.map_err(|error| Failure::new(Code::Failure, format!("the lease: {error}"), ""))?;
        left
    }
}

/// How a new configuration comes into force.
pub(crate) struct Reloading {
    policy: Arc<InForce>,
    read: Reload,
    tls: Option<Arc<Tls>>,
}

impl Reloading {
    pub(crate) fn reload(&self) -> Result<Value, Failure> {
        // The certificate first: when it cannot be used, the configuration stays too.
        let identity = self.tls.as_ref().map(|tls| tls.read_again()).transpose()?;
        let (policy, changes) = (self.read)()?;
        self.policy.replace(policy);
        if let (Some(tls), Some(identity)) = (&self.tls, identity) {
            tls.replace(identity);
        }
        tracing::info!(%changes, "the configuration was read again");
        Ok(changes)
    }
}

/// The state folder, for its owner alone.
fn make_private(folder: &Path) -> Result<(), Failure> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    builder.mode(0o700);
    builder.create(folder).map_err(|error| Failure::file(folder, &error))
}

/// Locks and syncs of a network file system may not mean what they say: two services could run on one journal, and
/// what is durable could be gone.
fn refuse_network(folder: &Path) -> Result<(), Failure> {
    let Some(mounted) = Mounted::of(folder).filter(|mounted| mounted.kind == Kind::Network) else {
        return Ok(());
    };
    Err(Failure::new(
        Code::Refused,
        format!("{} lies on the network ({})", folder.display(), mounted.name),
        "name a folder on a disk of this machine with state.dir; state.network = true runs all the same",
    ))
}

fn facts(
    plan: &Plan,
    lease: &Lease,
    (health, intake): (&Arc<Health>, &Arc<Intake<Asked>>),
    recovered: Option<Recovered>,
) -> Result<Facts, Failure> {
    let latencies =
        Latencies::new().map_err(|error| Failure::new(Code::Failure, error.to_string(), ""))?;
    let intake = Arc::clone(intake);
    Ok(Facts {
        starts: lease.holder.starts,
        version: plan.version.clone(),
        started: Timestamp(lease.holder.started),
        recovered,
        feed: plan.feed.kind().to_owned(),
        health: Arc::clone(health),
        latencies: Mutex::new(latencies),
        depth: Box::new(move || intake.depth()),
    })
}

type Shared<'s> =
    (&'s Arc<Intake<Asked>>, &'s Clock, &'s SymbolTable, &'s Arc<Health>, &'s Arc<Ending>);

/// The feed's thread, if there is a feed.
fn line(
    plan: FeedPlan,
    pace: Pace,
    (state, is_new): (&State, bool),
    (intake, clock, symbols, health, ending): Shared<'_>,
) -> Result<Option<Line>, Failure> {
    let is_made_up = matches!(plan, FeedPlan::Generator { .. });
    let feed: Box<dyn Feed + Send> = match plan {
        FeedPlan::None => return Ok(None),
        FeedPlan::Recorded { feed, .. } | FeedPlan::Stream { feed, .. } => feed,
        FeedPlan::Generator { seed, ticks_per_second } => {
            Box::new(feed::generator(seed, ticks_per_second, wall(), state)?)
        }
    };
    Ok(Some(Line {
        feed,
        pace,
        is_made_up,
        after: (!is_new).then(|| state.now()),
        intake: Arc::clone(intake),
        clock: clock.clone(),
        symbols: Arc::clone(symbols),
        health: Arc::clone(health),
        ending: Arc::clone(ending),
    }))
}

fn spawn<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, Failure> {
    let spawned = Builder::new().name(name.to_owned()).spawn(run);
    spawned.map_err(no_thread)
}

fn no_thread(error: std::io::Error) -> Failure {
    Failure::new(Code::Failure, format!("a thread: {error}"), "")
}

fn joined<T>(handle: JoinHandle<T>) -> Result<T, Failure> {
    let name = handle.thread().name().unwrap_or("?").to_owned();
    handle.join().map_err(|_| {
        let message = format!("the thread `{name}` came to a fault");
        Failure::new(Code::Failure, message, "start again: it recovers all that was durable")
    })
}

/// What a journal's error means at a command line.
pub fn failed(error: &JournalError) -> Failure {
    let code = match error {
        JournalError::NotFound { .. } => Code::NotFound,
        JournalError::Held { .. }
        | JournalError::Damaged(_)
        | JournalError::Newer { .. }
        | JournalError::Older { .. }
        | JournalError::Exists { .. } => Code::Refused,
        JournalError::Storage { .. }
        | JournalError::Stopped { .. }
        | JournalError::OutOfStep { .. } => Code::Failure,
    };
    Failure::new(code, error.to_string(), error.hint())
}
