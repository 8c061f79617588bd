//! Coming back: the journal is opened or made, what an emergency left is taken in, and a card says what was
//! found.

use super::time::wall;
use super::{FeedPlan, Plan, failed};
use crate::lease::Lease;
use crate::look::{Recovered, status_of};
use highmark_engine::*;
use highmark_journal::{About, Emergency, Journal, JournalError, Turn, Urgent, UrgentFact, fault};
use highmark_market::Market;
use highmark_play::clock;
use highmark_play::failure::{Code, Failure};
use highmark_play::names;
use highmark_play::run::{Note, Runner, Witness};
use highmark_play::scenario::{self, Scenario};
use highmark_play::story;
use highmark_play::text;
use serde::Serialize;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// What a start found.
#[derive(Clone, Debug, Serialize)]
pub struct Card {
    /// Nothing was there before.
    pub is_new: bool,
    /// The last service ended without saying so.
    pub after_crash: bool,
    /// Starts on this state folder, this one included.
    pub starts: u64,
    pub took_ms: u64,
    /// Where the API listens.
    pub api: Option<std::net::SocketAddr>,
    /// It is encrypted there.
    pub api_tls: bool,
    pub turn: u64,
    /// The hash of the state, in hexadecimal: the fold of the journal has the same.
    pub state: String,
    /// Events that were folded to get here.
    pub events: u64,
    /// The fold began from the state that the newest segment carries.
    pub from_carried: bool,
    /// The engine's clock when it stopped.
    pub stood_at: Timestamp,
    pub killed: bool,
    pub open_trades: Vec<Held>,
    /// Orders without an answer, placed again.
    pub orders_again: usize,
    /// Facts that an emergency had left, taken in now.
    pub from_emergency: usize,
    pub notes: Vec<String>,
}

impl Card {
    /// The part of it that is shown as long as the service runs.
    pub(super) fn recovered(&self, state: &State) -> Option<Recovered> {
        (!self.is_new).then(|| Recovered {
            after_crash: self.after_crash,
            stood_at: self.stood_at,
            turn: self.turn,
            mtm: status_of(state, None).system.mtm,
            open_trades: self.open_trades.len(),
            orders_again: self.orders_again,
            from_emergency: self.from_emergency,
        })
    }
}

/// A trade that is held, as it was left.
#[derive(Clone, Debug, Serialize)]
pub struct Held {
    pub trade: String,
    pub symbol: String,
    pub side: Side,
    pub open: Quantity,
    pub status: TradeStatus,
    pub mark: Option<Price>,
    pub stop: Option<Price>,
}

/// A service's parts, recovered.
pub(super) struct Up {
    pub engine: Engine,
    pub journal: Journal,
    pub emergency: Emergency,
    pub scenario: Scenario,
    pub card: Card,
}

const SCENARIO: &str = "scenario.toml";

/// Opens the journal of the plan's state folder, or makes it and sets up the scenario.
pub(super) fn recover(
    plan: &Plan,
    lease: &Lease,
    about: &About,
    begun: Instant,
) -> Result<Up, Failure> {
    let folder = plan.state.join("journal");
    let urgent = plan.state.join("emergency.ndjson");
    let mut emergency = Emergency::open(&urgent).map_err(|error| failed(&error))?;
    let mut notes = Vec::new();
    verify_links(&folder)?;
    let opened = Journal::open(&folder, about, wall());
    let is_new = matches!(&opened, Err(JournalError::NotFound { .. }));
    let (mut journal, mut engine, events, from_carried) = match opened {
        Ok((journal, recovered)) => {
            notes.extend(recovered.notes);
            (journal, recovered.engine, recovered.events, recovered.from_carried)
        }
        Err(JournalError::NotFound { .. }) => {
            // The scenario stands there before the journal does: a journal is never without it.
            keep_scenario(&plan.state, &plan.scenario.text)?;
            let journal =
                Journal::create(&folder, about, wall()).map_err(|error| failed(&error))?;
            (journal, Engine::new(), 0, false)
        }
        Err(error) => return Err(failed(&error)),
    };
    let scenario = kept_scenario(plan, &mut notes)?;
    if engine.state().turn() == 0 {
        engine = set_up(&scenario, engine, &mut journal, plan, &mut notes)?;
    }
    let (facts, torn) = Emergency::read(&urgent).map_err(|error| failed(&error))?;
    if torn > 0 {
        notes.push(format!("{torn} lines of the emergency file could not be read"));
    }
    let from_emergency = facts.len();
    if from_emergency > 0 {
        fault::point("service.before_emergency");
        engine = take_in(&scenario, engine, &mut journal, &facts, &plan.market)?;
        emergency.settle(wall()).map_err(|error| failed(&error))?;
    }
    let state = engine.state();
    let behind = state.now().since(wall());
    if behind > Span(SECOND) && !matches!(plan.feed, FeedPlan::Recorded { .. }) {
        notes.push(format!(
            "the clock of this machine is {} behind the last turn: time stands still until it has caught up",
            text::span(behind)
        ));
    }
    let card = Card {
        is_new,
        after_crash: lease.follows_a_crash(),
        starts: lease.holder.starts,
        took_ms: millis(begun.elapsed()),
        api: None,
        api_tls: false,
        turn: state.turn(),
        state: format!("{:016x}", state.hash()),
        events,
        from_carried,
        stood_at: state.now(),
        killed: state.is_killed(),
        open_trades: held(state),
        orders_again: state.orders_in_flight().count(),
        from_emergency,
        notes,
    };
    Ok(Up { engine, journal, emergency, scenario, card })
}

/// Of a journal of up to this many bytes every link is followed before it is believed; of a larger one those of
/// the segment that recovery reads. What the records hold is folded again beside the running service.
const SMALL: u64 = 256 << 20;

fn verify_links(folder: &Path) -> Result<(), Failure> {
    if !folder.exists() || bytes_in(folder) > SMALL {
        return Ok(());
    }
    let verdict = match highmark_journal::verify_links(folder) {
        Ok(verdict) => verdict,
        // Opening says it better: there is none, or it is of another format.
        Err(JournalError::NotFound { .. } | JournalError::Older { .. }) => return Ok(()),
        Err(error) => return Err(failed(&error)),
    };
    match verdict.damages.first() {
        None => Ok(()),
        Some(damage) => Err(failed(&JournalError::Damaged(damage.clone()))),
    }
}

/// What the files of a folder take together.
fn bytes_in(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let sizes = entries.filter_map(Result::ok).filter_map(|entry| entry.metadata().ok());
    sizes.map(|meta| meta.len()).sum()
}

/// All of the scenario's set-up is one group: it is there whole or not at all.
fn set_up(
    scenario: &Scenario,
    engine: Engine,
    journal: &mut Journal,
    plan: &Plan,
    notes: &mut Vec<String>,
) -> Result<Engine, Failure> {
    let mut kept = Kept::default();
    let now = plan.feed.begins();
    let priced = scenario.priced(&plan.market, clock::day_of(now))?;
    let mut runner = Runner::live(&priced, engine, vec![&mut kept], plan.market.clone())?;
    runner.begin(now)?;
    notes.extend(
        runner.notes.iter().map(|Note { about, message, .. }| format!("{about}: {message}")),
    );
    let engine = runner.into_engine();
    journal.append(&kept.turns).map_err(|error| failed(&error))?;
    Ok(engine)
}

/// What was decided while the journal was lost, and what brokers said to it, becomes durable before anything else is
/// looked at, in the order in which it happened. It may have been taken in already by a start that was cut off.
fn take_in(
    scenario: &Scenario,
    engine: Engine,
    journal: &mut Journal,
    facts: &[Urgent],
    market: &Market,
) -> Result<Engine, Failure> {
    let mut kept = Kept::default();
    let mut runner = Runner::live(scenario, engine, vec![&mut kept], market.clone())?;
    for urgent in facts {
        let body = match &urgent.fact {
            UrgentFact::News(news) => Body::Order(news.clone()),
            UrgentFact::Decided(event) => match decided_again(runner.state(), event) {
                Some(command) => Body::Command { by: "highmark".into(), command },
                None => continue,
            },
            UrgentFact::Killed { .. } if runner.state().is_killed() => continue,
            UrgentFact::Killed { reason } => {
                let command = Command::Kill { reason: reason.clone() };
                Body::Command { by: "highmark".into(), command }
            }
            UrgentFact::Note(_) => continue,
        };
        runner.take(Input { at: urgent.at, body })?;
    }
    let engine = runner.into_engine();
    if !kept.turns.is_empty() {
        journal.append(&kept.turns).map_err(|error| failed(&error))?;
    }
    Ok(engine)
}

/// The same exit once more, which has the same id; none when it was taken in, or nothing is left to exit.
fn decided_again(state: &State, event: &Event) -> Option<Command> {
    let Event::ExitDecided { intent, quantity, .. } = event else { return None };
    let trade = state.trade_view(intent.trade)?;
    let can_exit = matches!(trade.status, TradeStatus::Open | TradeStatus::Degraded);
    if !can_exit || state.exits_decided(intent.trade) + 1 != intent.attempt {
        return None;
    }
    let quantity = (*quantity < trade.open).then_some(*quantity);
    let said = story::answer(event, state).unwrap_or_default();
    let reason = format!("decided while the journal was lost: {said}");
    Some(Command::ExitTrade { trade: intent.trade, quantity, reason })
}

fn keep_scenario(state: &Path, text: &str) -> Result<(), Failure> {
    let path = state.join(SCENARIO);
    let written = fs::File::create(&path).and_then(|mut file| {
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        file.sync_all()?;
        // Its name is durable as well before the journal is.
        fs::File::open(state)?.sync_all()
    });
    written.map_err(|error| Failure::file(&path, &error))
}

/// The scenario that this journal was set up with; another one in the plan changes nothing any more.
fn kept_scenario(plan: &Plan, notes: &mut Vec<String>) -> Result<Scenario, Failure> {
    let path = plan.state.join(SCENARIO);
    let text = fs::read_to_string(&path).map_err(|error| {
        Failure::new(
            Code::NotFound,
            format!("{}: {error}", path.display()),
            "it stands beside the journal since that was made; restore both from a backup",
        )
    })?;
    if text == plan.scenario.text {
        return Ok(plan.scenario.scenario.clone());
    }
    notes.push(
        "the configured scenario is not the one that this journal was set up with, which stays: rules and \
         trades are changed by commands"
            .to_owned(),
    );
    let name = path.display().to_string();
    let loaded = scenario::load_for(&plan.market, &name, &text, &[]);
    loaded.map(|loaded| loaded.scenario).map_err(Failure::from)
}

fn held(state: &State) -> Vec<Held> {
    let open = state.trade_views().filter(|view| view.status.is_held());
    open.map(|view| Held {
        trade: names::trade(state, view.id),
        symbol: names::symbol(state, view.instrument),
        side: view.side,
        open: view.open,
        status: view.status,
        mark: view.mark,
        stop: view.stop,
    })
    .collect()
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

/// Keeps turns for one group.
#[derive(Default)]
struct Kept {
    input: Option<Input>,
    turns: Vec<Turn>,
}

impl Witness for Kept {
    fn gave(&mut self, input: &Input) {
        self.input = Some(input.clone());
    }

    fn saw(&mut self, events: &[Event], _: &State) -> Result<(), Failure> {
        if let Some(input) = self.input.take() {
            self.turns.push(Turn { input, events: events.to_vec() });
        }
        Ok(())
    }
}
