//! The engine's thread: takes what waits, one input a turn, and hands every turn on to the journal's thread
//! together with what it asks of a broker and the answers that it gives.

use super::intake::{Intake, Item, Rank, What};
use super::time::Clock;
use super::writer::Work;
use crate::api::hooks::plan::Wanted;
use crate::api::hooks::signal::Wish;
use crate::leaving;
use crate::look;
use crate::socket::protocol::{Ask, Outcome, Problem, Pushed, Said};
use highmark_brokers::paper::Instruction;
use highmark_engine::*;
use highmark_journal::Turn;
use highmark_market::Market;
use highmark_play::clock;
use highmark_play::failure::Failure;
use highmark_play::run::{Runner, Witness, takes_orders};
use highmark_play::scenario::Scenario;
use highmark_play::{names, story};
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// A turn, and what leaves with it once it is durable.
#[derive(Debug)]
pub(super) struct Made {
    pub turn: Turn,
    /// For brokers, in the order of the decisions.
    pub instructions: Vec<Instruction>,
    /// When its input was heard.
    pub received: Instant,
    /// When the engine had made it; nothing is written yet.
    pub decided: Instant,
}

/// An answer that waits until what it was made from is durable.
#[derive(Debug)]
pub struct Answer {
    pub to: ReplyTo,
    pub said: Said,
    /// It says that something was done, which has to be durable; all else was only looked at.
    pub promises: bool,
}

/// Where an answer goes. Whoever sends never waits.
#[derive(Clone, Debug)]
pub enum ReplyTo {
    /// The line out of a connection of the socket, and the request's id.
    Line { id: u64, line: SyncSender<(u64, Said)> },
    /// A task of the API.
    Task(tokio::sync::mpsc::Sender<Said>),
}

impl ReplyTo {
    /// False when nobody listens any more, or reads too slowly.
    pub(crate) fn send(&self, said: Said) -> bool {
        match self {
            ReplyTo::Line { id, line } => line.try_send((*id, said)).is_ok(),
            ReplyTo::Task(task) => task.try_send(said).is_ok(),
        }
    }
}

/// A request on its way to the engine.
#[derive(Debug)]
pub struct Asked {
    pub ask: Ask,
    pub to: ReplyTo,
    /// What is left of it, once a part of it was done.
    pub rest: Option<Box<leaving::Rest>>,
}

impl Asked {
    pub fn new(ask: Ask, to: ReplyTo) -> Asked {
        Asked { ask, to, rest: None }
    }
}

/// A kill goes before all else.
impl Rank for Asked {
    fn goes_first(&self) -> bool {
        matches!(&self.ask, Ask::Command { command, .. } if matches!(**command, Command::Kill { .. }))
    }
}

/// Symbols as feeds know them, for all who make ticks.
pub(super) type SymbolTable = Arc<RwLock<BTreeMap<String, InstrumentId>>>;

/// How long the engine waits for something to happen before it is told the time.
const CLOCK: Duration = Duration::from_millis(100);
/// Feed inputs that are taken from the queue at once.
const CHUNK: usize = 256;
/// Trades of a strategy that leave before ticks are taken again.
const PART: usize = 16;
/// A segment that has so many events is long: a start would take a second to fold it, or a few with thousands of
/// trades.
const LONG: u64 = 250_000;
/// A segment begins at most so often within a day: its state is folded and written beside the turns.
const SHORTEST_SEGMENT: Duration = Duration::from_secs(60);
/// How far ahead of our clock the time of a pushed price may be.
const AHEAD: Span = Span(60 * SECOND);
/// The source of ticks that people push.
const PUSHED: SourceId = SourceId(1);

/// What the engine's thread works with.
pub(super) struct Turns {
    pub scenario: Arc<Scenario>,
    pub market: Market,
    pub intake: Arc<Intake<Asked>>,
    pub work: SyncSender<Work>,
    pub clock: Clock,
    pub symbols: SymbolTable,
    pub facts: Arc<look::Facts>,
    /// Events in the segment that is written.
    pub written: Cell<u64>,
}

impl Turns {
    /// Runs until the queue is closed and empty; gives the engine back.
    pub(super) fn run(self, engine: Engine) -> Result<Engine, Failure> {
        let (turns, made) = channel();
        let mut recorder = Recorder { input: None, turns };
        let scenario = Arc::clone(&self.scenario);
        let mut runner = Runner::live(&scenario, engine, vec![&mut recorder], self.market.clone())?;
        let mut rolled = Rolled { day: clock::day_of(runner.state().now()), at: None };
        let mut before = marks(runner.state());
        while let Some(items) = self.intake.take(CHUNK, CLOCK) {
            self.facts.health.beats.fetch_add(1, Ordering::Relaxed);
            if items.is_empty() && self.clock.is_wall() {
                runner.take(Input { at: self.clock.now(), body: Body::Clock })?;
                self.hand_on(&made, Instant::now());
            }
            for item in items {
                self.take(&mut runner, item, &made)?;
                self.roll(&mut rolled, runner.state());
            }
            self.roll(&mut rolled, runner.state());
            if !before.is_empty() {
                tell_what_moved(&mut before, runner.state());
            }
            if self.facts.health.stopping.load(Ordering::Relaxed) {
                let orders = runner.state().orders_in_flight().count() as u64;
                self.facts.health.orders_in_flight.store(orders, Ordering::Relaxed);
            }
        }
        Ok(runner.into_engine())
    }

    fn take(
        &self,
        runner: &mut Runner<'_>,
        item: Item<Asked>,
        made: &Receiver<(Turn, Vec<Instruction>)>,
    ) -> Result<(), Failure> {
        let received = item.received;
        match item.what {
            What::Input(input) => {
                let input = self.dated(input, runner.state());
                runner.take(input)?;
                self.hand_on(made, received);
            }
            What::Asked(Asked { ask: Ask::Leave { by, scope, reason }, to, rest }) => {
                let rest =
                    rest.map_or_else(|| leaving::Rest::of(runner.state(), scope), |rest| *rest);
                let leaves = (by.as_str(), reason.as_str());
                let rest = self.leave(runner, leaves, rest, made, received)?;
                if rest.is_over() {
                    let said = Said::Done(rest.outcome);
                    self.send(Work::Answer(Answer { to, said, promises: true }));
                } else {
                    let ask = Ask::Leave { by, scope, reason };
                    let asked = Asked { ask, to, rest: Some(Box::new(rest)) };
                    self.intake.go_on(Item { received, what: What::Asked(asked) });
                }
            }
            What::Asked(Asked { ask, to, .. }) => {
                if ask == Ask::Checkpoint {
                    let said = Said::Ok(Value::Null);
                    self.send(Work::Checkpoint(Answer { to, said, promises: true }));
                    return Ok(());
                }
                let promises = matches!(
                    ask,
                    Ask::Command { .. } | Ask::Given { .. } | Ask::Signal { .. } | Ask::Push(_)
                );
                let said = self.answer(runner, ask, made, received)?;
                self.send(Work::Answer(Answer { to, said, promises }));
            }
        }
        Ok(())
    }

    /// With a new day the journal goes on in a new segment; also when the segment has become long, so that the next
    /// start does not.
    fn roll(&self, rolled: &mut Rolled, state: &State) {
        let today = clock::day_of(state.now());
        let within_day = rolled.day == today;
        if within_day
            && (self.written.get() < LONG
                || rolled.at.is_some_and(|at| at.elapsed() < SHORTEST_SEGMENT))
        {
            return;
        }
        *rolled = Rolled { day: today, at: Some(Instant::now()) };
        self.written.set(0);
        self.send(Work::Roll { within_day });
    }

    /// Commands and news happen now; with recorded ticks now is where the record stands.
    fn dated(&self, input: Input, state: &State) -> Input {
        let at = match self.clock.is_wall() {
            true => self.clock.now(),
            false => input.at.max(state.now()),
        };
        self.clock.saw(at);
        Input { at, ..input }
    }

    fn answer(
        &self,
        runner: &mut Runner<'_>,
        ask: Ask,
        made: &Receiver<(Turn, Vec<Instruction>)>,
        received: Instant,
    ) -> Result<Said, Failure> {
        Ok(match ask {
            Ask::Status => Said::Ok(look::status(runner.state(), &self.facts)),
            Ask::Look(what) => look::look(runner.state(), what).into(),
            Ask::Given { by, command, given } => match look::stands(runner.state(), &given) {
                Ok(()) => self.answer(runner, Ask::Command { by, command }, made, received)?,
                Err(problem) => Said::Error(problem),
            },
            Ask::Command { by, command } => self.command(runner, (by, *command), made, received)?,
            Ask::Signal { by, signal } => {
                let mut wishes = Vec::new();
                for wish in &signal.wishes {
                    wishes.push(self.wish(runner, (&by, &signal, wish), made, received)?);
                }
                Said::Ok(json!({ "turn": runner.state().turn(), "wishes": wishes }))
            }
            Ask::Push(prices) => match self.ticks(&prices, runner.state()) {
                Err(problem) => Said::Error(problem),
                Ok(ticks) => {
                    let body = Body::Ticks(ticks);
                    let input =
                        self.dated(Input { at: Timestamp::default(), body }, runner.state());
                    let events = runner.take(input)?;
                    self.hand_on(made, received);
                    let refused = not_taken(&events, runner.state());
                    let mut said = outcome(runner.state(), events);
                    if let Said::Done(outcome) = &mut said {
                        outcome.told.extend(refused);
                    }
                    said
                }
            },
            // The connection answers these itself, or they are done in parts.
            Ask::Leave { .. }
            | Ask::Release { .. }
            | Ask::Watch
            | Ask::Backup { .. }
            | Ask::Checkpoint
            | Ask::Reload
            | Ask::Open
            | Ask::Stop => {
                Said::Error(Problem::new("NOT_HERE", "this is not the engine's to answer", ""))
            }
        })
    }

    fn command(
        &self,
        runner: &mut Runner<'_>,
        (by, command): (String, Command),
        made: &Receiver<(Turn, Vec<Instruction>)>,
        received: Instant,
    ) -> Result<Said, Failure> {
        let defines = matches!(command, Command::DefineInstrument(_));
        if matches!(command, Command::Kill { .. }) {
            self.facts.health.kill_begins();
        }
        let body = Body::Command { by, command };
        let input = self.dated(Input { at: Timestamp::default(), body }, runner.state());
        let events = runner.take(input)?;
        self.hand_on(made, received);
        if defines {
            learn(&self.symbols, runner.state());
        }
        Ok(outcome(runner.state(), events))
    }

    /// Some of what leaves; between the parts ticks are taken, since a stop elsewhere must not wait for all of a large
    /// strategy.
    fn leave(
        &self,
        runner: &mut Runner<'_>,
        (by, reason): (&str, &str),
        mut rest: leaving::Rest,
        made: &Receiver<(Turn, Vec<Instruction>)>,
        received: Instant,
    ) -> Result<leaving::Rest, Failure> {
        for _ in 0..PART {
            let Some(command) = rest.next(runner.state(), reason) else { break };
            match self.command(runner, (by.to_owned(), command), made, received)? {
                Said::Done(one) => rest.outcome.add(one),
                Said::Error(problem) => rest.outcome.told.push(problem.message),
                Said::Ok(_) | Said::Turn(_) => {}
            }
        }
        Ok(rest)
    }

    /// One wish of a signal: what was done in sentences, and why nothing was, or not all. Whatever comes of it stands in
    /// the record.
    fn wish(
        &self,
        runner: &mut Runner<'_>,
        (by, signal, wish): (&str, &Wanted, &Wish),
        made: &Receiver<(Turn, Vec<Instruction>)>,
        received: Instant,
    ) -> Result<Value, Failure> {
        let mut commands = Vec::new();
        let mut refused = signal.commands(runner.state(), wish, &mut commands).err();
        let note = match &refused {
            Some(Problem { code, message, .. }) => {
                Some(format!("a signal was refused: {code} {message}"))
            }
            None if commands.is_empty() => Some(format!(
                "a signal asked for an exit of {}: nothing is open that does not leave already",
                wish.of()
            )),
            None => None,
        };
        let mut told = Vec::new();
        for command in commands {
            // Nothing is entered beside what has not left.
            if refused.is_some() && matches!(command, Command::AddTrade(_)) {
                continue;
            }
            match self.command(runner, (by.to_owned(), command), made, received)? {
                Said::Done(outcome) => told.extend(outcome.told),
                Said::Error(problem) => refused = refused.or(Some(problem)),
                Said::Ok(_) | Said::Turn(_) => {}
            }
        }
        if let Some(text) = note
            && let Said::Done(outcome) =
                self.command(runner, (by.to_owned(), Command::Note { text }), made, received)?
            && refused.is_none()
        {
            told.extend(outcome.told);
        }
        Ok(json!({ "told": told, "refused": refused }))
    }

    fn ticks(&self, prices: &[Pushed], state: &State) -> Result<Vec<Tick>, Problem> {
        let symbols = self.symbols.read().unwrap_or_else(PoisonError::into_inner);
        let now = if self.clock.is_wall() { self.clock.now() } else { state.now() };
        prices
            .iter()
            .enumerate()
            .map(|(place, pushed)| {
                // One such price would keep out all that come after it.
                if pushed.at.is_some_and(|at| at.0 > now.0.saturating_add(AHEAD.0)) {
                    let hint = "send the exchange's time in nanoseconds since 1970, or none";
                    let message = format!("it is more than {} s from now", AHEAD.0 / SECOND);
                    let problem = Problem::new("BAD_FIELD", message, hint);
                    return Err(Problem { field: format!("prices[{place}].at_ns"), ..problem });
                }
                let Some(instrument) = symbols.get(&pushed.symbol) else {
                    let known = symbols.keys().cloned().collect::<Vec<_>>().join(", ");
                    return Err(Problem {
                        field: "symbol".into(),
                        ..Problem::new(
                            "NOT_FOUND",
                            format!("no instrument has the symbol {}", pushed.symbol),
                            format!("known are {known}"),
                        )
                    });
                };
                Ok(Tick {
                    instrument: *instrument,
                    at: pushed.at.unwrap_or(now),
                    source: PUSHED,
                    sequence: None,
                    last: pushed.last,
                    bid: pushed.bid,
                    ask: pushed.ask,
                    volume: pushed.volume,
                    kind: TickKind::Regular,
                })
            })
            .collect()
    }

    /// Everything that the runner has made since, in order.
    fn hand_on(&self, made: &Receiver<(Turn, Vec<Instruction>)>, received: Instant) {
        while let Ok((turn, instructions)) = made.try_recv() {
            self.written.set(self.written.get() + turn.events.len() as u64);
            let decided = Instant::now();
            self.send(Work::Made(Made { turn, instructions, received, decided }));
        }
    }

    fn send(&self, work: Work) {
        // Without the journal's thread nothing may leave, and the process is about to end.
        let _ = self.work.send(work);
    }
}

/// When the journal's last segment began.
struct Rolled {
    day: Day,
    /// `None`: before this start.
    at: Option<Instant>,
}

/// The symbols of a state, for those who make ticks.
pub(super) fn learn(symbols: &SymbolTable, state: &State) {
    let all = state.instruments().map(|(id, spec)| (spec.symbol.clone(), id)).collect();
    *symbols.write().unwrap_or_else(PoisonError::into_inner) = all;
}

/// What a command came to: its turn and events, and what they say in sentences; or why it was refused.
fn outcome(state: &State, events: Vec<Event>) -> Said {
    let refused = events.iter().find_map(|event| match event {
        Event::Refused(refusal) => Some(refusal),
        _ => None,
    });
    match refused {
        None => {
            let told = events.iter().filter_map(|event| story::answer(event, state)).collect();
            Said::Done(Outcome { events, told, turn: state.turn() })
        }
        Some(refusal) => {
            let code = match serde_json::to_value(refusal.code) {
                Ok(Value::String(code)) => code,
                _ => "REFUSED".to_owned(),
            };
            Said::Error(Problem {
                field: refusal.field.clone(),
                ..Problem::new(&code, refusal.message.clone(), refusal.hint.clone())
            })
        }
    }
}

/// Prices that were pushed and did not count, in sentences.
fn not_taken(events: &[Event], state: &State) -> impl Iterator<Item = String> + use<> {
    let told: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            Event::TickRefused { instrument: Some(id), refusal, .. } => Some(format!(
                "{}: a price did not count: {}",
                names::symbol(state, *id),
                refusal.code()
            )),
            _ => None,
        })
        .collect();
    told.into_iter()
}

/// The marks of a state, each with the time at which it was made.
fn marks(state: &State) -> BTreeMap<InstrumentId, (Price, Timestamp)> {
    let all = state.instruments().filter_map(|(id, _)| {
        let mark = state.mark(id)?;
        Some((id, (mark, state.marked_at(id)?)))
    });
    all.collect()
}

/// Says how far each price has moved since the service last saw it, once it sees it again.
fn tell_what_moved(before: &mut BTreeMap<InstrumentId, (Price, Timestamp)>, state: &State) {
    before.retain(|id, (was, at)| {
        if state.marked_at(*id).is_none_or(|later| later <= *at) {
            return true;
        }
        let Some(is) = state.mark(*id) else { return true };
        let symbol = names::symbol(state, *id);
        tracing::info!(%symbol, was = %was, is = %is, "the price moved while nothing ran");
        false
    });
}

/// Keeps each turn with what it asks of a broker.
struct Recorder {
    input: Option<Input>,
    turns: Sender<(Turn, Vec<Instruction>)>,
}

impl Witness for Recorder {
    fn gave(&mut self, input: &Input) {
        self.input = Some(input.clone());
    }

    fn saw(&mut self, events: &[Event], state: &State) -> Result<(), Failure> {
        let Some(input) = self.input.take() else { return Ok(()) };
        let instructions = events
            .iter()
            .filter(|event| concerns_a_broker(event, state))
            .filter_map(|event| Instruction::of(event, state))
            .collect();
        let turn = Turn { input, events: events.to_vec() };
        let _ = self.turns.send((turn, instructions));
        Ok(())
    }
}

fn concerns_a_broker(event: &Event, state: &State) -> bool {
    match event {
        Event::EntryDecided { trade, .. }
        | Event::ExitDecided { intent: IntentId { trade, .. }, .. }
        | Event::TradeCancelled { trade, .. }
        | Event::Filled(Fill { trade, .. }) => takes_orders(state, *trade),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;
    use crate::look::Facts;
    use crate::service::health::Health;
    use highmark_play::scenario::load;
    use std::sync::Mutex;
    use std::sync::mpsc::sync_channel;

    const SCENARIO: &str = r#"
        instrument = [{ symbol = "X", venue = "always" }]
        account = [{ name = "main", balance = 500000 }]
        strategy = [{ name = "S", capital = 300000 }]"#;

    /// Has the engine take what waits, and gives it back with what it handed on.
    fn run(engine: Engine, scenario: &Arc<Scenario>, intake: Intake<Asked>) -> (Engine, Vec<Work>) {
        let intake = Arc::new(intake);
        intake.close();
        let (work, handed_on) = sync_channel(1_000);
        let facts = Facts {
            starts: 1,
            version: String::new(),
            started: Timestamp::default(),
            recovered: None,
            feed: String::new(),
            health: Arc::new(Health::default()),
            latencies: Mutex::new(look::Latencies::new().unwrap()),
            depth: Box::new(Default::default),
        };
        let turns = Turns {
            scenario: Arc::clone(scenario),
            market: Market::embedded().unwrap(),
            intake,
            work,
            clock: Clock::record(engine.state().now()),
            symbols: Arc::default(),
            facts: Arc::new(facts),
            written: Cell::new(0),
        };
        (turns.run(engine).unwrap(), handed_on.iter().collect())
    }

    fn ask(intake: &Intake<Asked>, ask: Ask) {
        let (to, _) = sync_channel(1);
        intake.ask(Asked::new(ask, ReplyTo::Line { id: 0, line: to })).unwrap();
    }

    #[test]
    fn a_tick_waited_until_all_of_a_large_strategy_had_left() {
        let scenario = Arc::new(load("test", SCENARIO, &[]).unwrap().scenario);
        let market = Market::embedded().unwrap();
        let mut runner = Runner::live(&scenario, Engine::new(), Vec::new(), market).unwrap();
        runner.begin(Timestamp::seconds(1_000_000_000)).unwrap();
        let intake = Intake::new(10);
        for _ in 0..PART + 1 {
            let trade = NewTrade {
                name: String::new(),
                strategy: StrategyId(0),
                account: AccountId(0),
                group: None,
                instrument: InstrumentId(0),
                side: Side::Buy,
                quantity: Quantity::whole(1),
                entry: Entry::Filled { price: Price::whole(100) },
                rules: Vec::new(),
            };
            let command = Box::new(Command::AddTrade(trade));
            ask(&intake, Ask::Command { by: "test".into(), command });
        }
        let (engine, _) = run(runner.into_engine(), &scenario, intake);

        let intake = Intake::new(10);
        let (scope, reason) = (Scope::Strategy(StrategyId(0)), "out".into());
        ask(&intake, Ask::Leave { by: "test".into(), scope, reason });
        let at = engine.state().now();
        let tick = Tick::last(InstrumentId(0), at, Price::whole(100));
        intake.feed(Input { at, body: Body::Ticks(vec![tick]) }, Instant::now()).unwrap();
        let (engine, handed_on) = run(engine, &scenario, intake);

        let is_tick = |work: &Work| match work {
            Work::Made(made) => matches!(made.turn.input.body, Body::Ticks(_)),
            _ => false,
        };
        let before_it = handed_on.iter().take_while(|work| !is_tick(work)).count();
        assert_eq!(before_it, PART);
        assert_eq!(engine.state().live_trades(Scope::System).count(), 0);
        // The answer tells of all, once.
        let answers: Vec<&Said> = handed_on
            .iter()
            .filter_map(|work| match work {
                Work::Answer(answer) => Some(&answer.said),
                _ => None,
            })
            .collect();
        let [Said::Done(outcome)] = answers.as_slice() else { panic!("{answers:?}") };
        let exits = |event: &&Event| matches!(event, Event::ExitDecided { .. });
        assert_eq!(outcome.events.iter().filter(exits).count(), PART + 1);
    }
}
