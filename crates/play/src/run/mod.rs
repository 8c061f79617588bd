//! A feed and a scenario through the engine: sessions, entries, what a person does, the paper market.
//!
//! Nothing is decided here: time comes from the feed alone, levels and decisions from the engine.

mod entries;
mod orders;
pub mod setup;
pub mod signals;

use crate::clock;
use crate::failure::Failure;
use crate::scenario::{Scenario, Scheduled};
use crate::sessions::{Calendar, DayKind};
use entries::Entries;
use highmark_brokers::paper::{Paper, Quote};
use highmark_engine::*;
use highmark_feeds::{Batch, Feed, Progress, Record, SymbolId};
use highmark_market::Market;
use setup::Ids;
use std::collections::BTreeSet;
use std::mem;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Someone who sees every turn: the record, the story, the curves.
pub trait Witness {
    /// An input is about to be given to the engine.
    fn gave(&mut self, _input: &Input) {}
    fn saw(&mut self, events: &[Event], state: &State) -> Result<(), Failure>;
}

/// Something the engine refused, or that could not be asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub at: Timestamp,
    /// The trade or order that it is about.
    pub about: String,
    pub code: String,
    pub message: String,
    pub hint: String,
}

/// How much was done in a run, and where its time went: the total is measured, the parts of a long run are estimated.
#[derive(Clone, Copy, Debug, Default)]
pub struct Effort {
    pub ticks: u64,
    pub turns: u64,
    pub events: u64,
    pub feed: Duration,
    pub engine: Duration,
    pub witnesses: Duration,
    pub total: Duration,
}

/// So many batches of a run are timed, and one of [`SAMPLE`] after them, which stands for all: to look at the
/// clock takes as long as to look at a tick.
const TIMED: u64 = 1_024;
/// A prime, so that no rhythm of the tape falls in with it.
const SAMPLE: u32 = 31;

/// A run that is under way.
pub struct Runner<'s> {
    scenario: &'s Scenario,
    engine: Engine,
    ids: Ids,
    entries: Entries,
    next_order: usize,
    /// Fills the orders of this run; absent where orders leave for a broker.
    paper: Option<PaperDesk>,
    symbols: Vec<Option<InstrumentId>>,
    calendar: Calendar,
    announced: BTreeSet<VenueId>,
    day: Option<Day>,
    /// The instants of that day.
    today: Range<Timestamp>,
    close: Option<Timestamp>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    /// Where the engine stood when a recovered run went on.
    resumed_at: Option<Timestamp>,
    witnesses: Vec<&'s mut dyn Witness>,
    /// The ticks of a batch and what follows from them, kept for their room.
    ticks: Vec<Tick>,
    events: Vec<Event>,
    /// How many times as long as it takes this batch's parts are counted; not at all when it is 0.
    weight: u32,
    pub notes: Vec<Note>,
    pub effort: Effort,
}

/// The paper market, and the prices that it fills at.
struct PaperDesk {
    paper: Paper,
    /// By the instruments' ids.
    quotes: Vec<Quote>,
}

/// What a feed did to the engine.
pub struct Played {
    pub engine: Engine,
    pub notes: Vec<Note>,
    pub effort: Effort,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub interrupted: bool,
}

impl<'s> Runner<'s> {
    pub fn new(
        scenario: &'s Scenario,
        witnesses: Vec<&'s mut dyn Witness>,
    ) -> Result<Runner<'s>, Failure> {
        let paper = Some(PaperDesk { paper: Paper::new(scenario.paper), quotes: Vec::new() });
        Ok(Runner { paper, ..Runner::over(scenario, Engine::new(), witnesses)? })
    }

    /// A run whose orders leave for a broker: what it has to say comes back as inputs. A recovered engine goes
    /// on; one that knows nothing has to be set up by [`Runner::begin`].
    pub fn live(
        scenario: &'s Scenario,
        engine: Engine,
        witnesses: Vec<&'s mut dyn Witness>,
        market: Market,
    ) -> Result<Runner<'s>, Failure> {
        let mut runner = Runner::over(scenario, engine, witnesses)?.with_market(market);
        if runner.engine.state().turn() > 0 {
            runner.resume()?;
        }
        Ok(runner)
    }

    fn over(
        scenario: &'s Scenario,
        engine: Engine,
        witnesses: Vec<&'s mut dyn Witness>,
    ) -> Result<Runner<'s>, Failure> {
        Ok(Runner {
            scenario,
            engine,
            ids: Ids::default(),
            entries: Entries::new(scenario),
            next_order: 0,
            paper: None,
            symbols: Vec::new(),
            calendar: Calendar::new()?,
            announced: BTreeSet::new(),
            day: None,
            today: Timestamp(0)..Timestamp(0),
            close: None,
            first: None,
            last: None,
            resumed_at: None,
            witnesses,
            ticks: Vec::new(),
            events: Vec::new(),
            weight: 1,
            notes: Vec::new(),
            effort: Effort::default(),
        })
    }

    /// By the rules of a market with rows of a user's own.
    pub fn with_market(self, market: Market) -> Runner<'s> {
        Runner { calendar: Calendar::of(market), ..self }
    }

    /// Goes on where the recovered engine stood: what is there is not set up again, who was entered is not
    /// entered again, and a session that was announced is not announced twice.
    fn resume(&mut self) -> Result<(), Failure> {
        let state = self.engine.state();
        self.ids = Ids::of(self.scenario, state);
        self.entries.resume(self.scenario, state);
        let now = state.now();
        self.first = Some(now);
        self.last = Some(now);
        self.resumed_at = Some(now);
        // Each order of the schedule falls on the day of the first start, and is done once in all: done again, a release
        // would lift a kill, and an increase double a trade. Where nothing has run since, none is done.
        let began = state.strategy_created_at(StrategyId(0)).unwrap_or(now);
        let done = |scheduled: &&Scheduled| {
            began < now && clock::instant(clock::day_of(began), scheduled.time) <= now
        };
        self.next_order = self.scenario.schedule.iter().take_while(done).count();
        // A venue that has a session keeps it over days without one.
        let known = state.instruments().filter(|(id, _)| state.session(*id).is_some());
        self.announced.extend(known.map(|(_, spec)| spec.venue));
        if state.day() == Some(clock::day_of(now)) {
            self.day = state.day();
            let mut opens = now;
            for (_, session) in self.sessions(clock::day_of(now))? {
                if let DayKind::Open(session) = session {
                    opens = session.open;
                    self.close = self.close.max(Some(session.close));
                }
            }
            self.entries.new_day(self.scenario, clock::day_of(now), opens);
        }
        Ok(())
    }

    /// Sets up what the scenario holds, all but its trades; before the first input, in an engine that knows
    /// nothing.
    pub fn begin(&mut self, now: Timestamp) -> Result<(), Failure> {
        self.first = Some(now);
        self.set_up(now)
    }

    pub fn into_engine(self) -> Engine {
        self.engine
    }

    pub fn state(&self) -> &State {
        self.engine.state()
    }

    /// One input from outside, after what had to come before it: a new day, what the schedule holds. Gives the
    /// events of its own turn.
    pub fn take(&mut self, input: Input) -> Result<Vec<Event>, Failure> {
        let now = input.at.max(self.engine.state().now());
        self.first.get_or_insert(now);
        self.last = Some(now);
        self.reach(now)?;
        let events = self.turn(Input { at: now, ..input })?;
        self.enter(now)?;
        Ok(events)
    }

    /// Everything but the trades is there before the first tick is looked at.
    fn set_up(&mut self, start: Timestamp) -> Result<(), Failure> {
        let mut failed = None;
        let mut notes = Vec::new();
        let scenario = &self.scenario.priced(self.calendar.market(), clock::day_of(start))?;
        let mut step = |command| {
            let body = Body::Command { by: "scenario".into(), command };
            self.turn(Input { at: start, body }).unwrap_or_else(|failure| {
                failed.get_or_insert(failure);
                Vec::new()
            })
        };
        let ids = setup::set_up(scenario, &mut step, &mut |place, refusal| {
            notes.push(note(start, place.path, &refusal));
        });
        self.ids = ids;
        self.notes = notes;
        failed.map_or(Ok(()), Err)
    }

    /// Plays the feed to its end, or until `stop`; `watch` hears how far it has got.
    pub fn play(
        mut self,
        feed: &mut dyn Feed,
        stop: &AtomicBool,
        mut watch: impl FnMut(Progress, &State) -> Result<(), Failure>,
    ) -> Result<Played, Failure> {
        let begun = Instant::now();
        let mut batch = Batch::default();
        let mut interrupted = false;
        for number in 0u64.. {
            if stop.load(Ordering::Relaxed) {
                interrupted = true;
                break;
            }
            self.weight = match number {
                ..TIMED => 1,
                _ if number.is_multiple_of(u64::from(SAMPLE)) => SAMPLE,
                _ => 0,
            };
            let before = self.clock();
            let more = feed.fill(&mut batch)?;
            self.effort.feed += self.since(before);
            if !more {
                break;
            }
            if self.first.is_none() {
                self.set_up(batch.at)?;
            }
            self.learn_symbols(feed);
            self.batch(&batch)?;
            watch(feed.progress(), self.engine.state())?;
        }
        self.weight = 1;
        if !interrupted {
            self.finish()?;
        }
        self.effort.total = begun.elapsed();
        Ok(Played {
            engine: self.engine,
            notes: self.notes,
            effort: self.effort,
            from: self.first,
            to: self.last,
            interrupted,
        })
    }

    /// New symbols of the feed, as instruments of the scenario.
    fn learn_symbols(&mut self, feed: &dyn Feed) {
        if feed.symbols().len() == self.symbols.len() {
            return;
        }
        for (_, name) in feed.symbols().iter().skip(self.symbols.len()) {
            let index = self.scenario.instruments.iter().position(|one| one.spec.symbol == name);
            self.symbols.push(index.map(|index| self.ids.instruments[index]));
        }
    }

    fn batch(&mut self, batch: &Batch) -> Result<(), Failure> {
        let now = batch.at;
        self.first.get_or_insert(now);
        self.last = Some(now);
        self.reach(now)?;
        let source = SourceId(0);
        for record in &batch.records {
            let instrument =
                |runner: &Self, SymbolId(id)| runner.symbols.get(id as usize).copied().flatten();
            let (instrument, refusal) = match record {
                Record::Row(row) => {
                    self.effort.ticks += 1;
                    match instrument(self, row.symbol) {
                        Some(instrument) => {
                            self.ticks.push(row.tick(instrument, source));
                            continue;
                        }
                        None => (None, TickRefusal::UnknownInstrument),
                    }
                }
                Record::Unreadable(broken) => {
                    (broken.symbol.and_then(|symbol| instrument(self, symbol)), broken.refusal)
                }
            };
            self.turn(Input { at: now, body: Body::Unreadable { source, instrument, refusal } })?;
        }
        if !self.ticks.is_empty() {
            self.take_ticks(now)?;
        }
        self.enter(now)
    }

    /// Goes to `now`: a new day, and what falls between.
    fn reach(&mut self, now: Timestamp) -> Result<(), Failure> {
        if !self.today.contains(&now) {
            let day = clock::day_of(now);
            if self.day != Some(day) {
                self.roll(now)?;
            }
            self.today = clock::hours_of(day);
        }
        self.between(now)
    }

    /// The day before ends with its session, and the new one is announced.
    fn roll(&mut self, now: Timestamp) -> Result<(), Failure> {
        // What a start finds missed happens now, not when it should have.
        if self.resumed_at != Some(self.engine.state().now()) {
            self.end_of_day()?;
        }
        let day = clock::day_of(now);
        self.day = Some(day);
        let mut opens = now;
        self.close = None;
        for (id, kind) in self.sessions(day)? {
            match kind {
                DayKind::AroundTheClock => {}
                DayKind::Open(session) => {
                    self.announced.insert(id);
                    self.announce(now, session)?;
                    opens = session.open;
                    self.close = self.close.max(Some(session.close));
                }
                DayKind::Closed(nothing) => {
                    // Without any session a venue would be open around the clock.
                    if self.announced.insert(id) {
                        self.announce(now, nothing)?;
                    }
                    let venue = self.venue(id);
                    self.notes.push(Note {
                        at: now,
                        message: format!("{venue} does not trade on {}", clock::day_text(day)),
                        about: venue,
                        code: "CLOSED".into(),
                        hint: "its ticks of that day are refused".into(),
                    });
                }
            }
        }
        self.entries.new_day(self.scenario, day, opens);
        Ok(())
    }

    /// Tells the engine of a session; one that it does not take is told to whoever reads the notes.
    fn announce(&mut self, now: Timestamp, session: Session) -> Result<(), Failure> {
        for event in self.turn(Input { at: now, body: Body::Session(session) })? {
            if let Event::Refused(refusal) = event {
                let about = format!("session of {}", self.venue(session.venue));
                self.notes.push(note(now, &about, &refusal));
            }
        }
        Ok(())
    }

    fn venue(&self, id: VenueId) -> String {
        let venues = self.scenario.venues();
        venues.get(id.0 as usize).map_or_else(String::new, |venue| (*venue).to_owned())
    }

    /// What the day is for each venue of the scenario.
    fn sessions(&self, day: Day) -> Result<Vec<(VenueId, DayKind)>, Failure> {
        let venues = self.scenario.venues().into_iter().enumerate();
        venues
            .map(|(index, venue)| {
                let id = VenueId(u32::try_from(index).unwrap_or(u32::MAX));
                Ok((id, self.calendar.day(venue, id, day)?))
            })
            .collect()
    }

    /// What falls between the last batch and this one: orders of a person and news of the paper market.
    fn between(&mut self, now: Timestamp) -> Result<(), Failure> {
        let mut silent = false;
        loop {
            let order = self.next_order_at().filter(|at| *at <= now);
            // An order without a price to fill at stays due; nothing is gained by asking again.
            let news = self.next_news_at().filter(|at| *at <= now && !silent);
            match (order, news) {
                (None, None) => return Ok(()),
                (Some(order), None) => self.next_in_schedule(order)?,
                (Some(order), Some(due)) if order <= due => self.next_in_schedule(order)?,
                (_, Some(due)) => silent = !self.hear(due.max(self.engine.state().now()))?,
            }
        }
    }

    fn next_in_schedule(&mut self, at: Timestamp) -> Result<(), Failure> {
        let index = self.next_order;
        self.next_order += 1;
        self.operate(index, at)
    }

    /// Lets the paper market speak; false when it had nothing to say.
    fn hear(&mut self, at: Timestamp) -> Result<bool, Failure> {
        let ids = &self.ids;
        let Some(PaperDesk { paper, quotes }) = &mut self.paper else { return Ok(false) };
        let news = paper.due(at, |instrument| {
            let known = ids.instruments.contains(&instrument);
            known.then(|| quotes.get(instrument.0 as usize).copied().unwrap_or_default())
        });
        let spoke = !news.is_empty();
        for input in news {
            self.turn(input)?;
        }
        Ok(spoke)
    }

    fn next_news_at(&self) -> Option<Timestamp> {
        self.paper.as_ref()?.paper.next_due()
    }

    fn end_of_day(&mut self) -> Result<(), Failure> {
        let Some(close) = self.close else { return Ok(()) };
        if self.engine.state().now() < close {
            self.between(close)?;
            self.turn(Input { at: close, body: Body::Clock })?;
        }
        // What the close caused is still filled at the last prices.
        for _ in 0..1_000 {
            match self.next_news_at() {
                Some(due) if self.hear(due.max(self.engine.state().now()))? => {}
                Some(_) | None => break,
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Failure> {
        self.end_of_day()?;
        let now = self.engine.state().now();
        for (about, message) in self.entries.never_came(self.scenario) {
            let hint = "its time or signal did not come in this feed".to_owned();
            self.notes.push(Note { at: now, about, code: "NOT_ENTERED".into(), message, hint });
        }
        for scheduled in self.scenario.schedule.iter().skip(self.next_order) {
            self.notes.push(Note {
                at: now,
                about: scheduled.path.clone(),
                code: "NOT_REACHED".into(),
                message: format!("`{}` was not reached", scheduled.text),
                hint: "its time did not come in this feed".into(),
            });
        }
        Ok(())
    }

    /// One input, its events shown to all who watch.
    fn turn(&mut self, input: Input) -> Result<Vec<Event>, Failure> {
        let mut events = Vec::new();
        self.turn_into(input, &mut events)?;
        Ok(events)
    }

    /// The ticks at hand as one input.
    fn take_ticks(&mut self, at: Timestamp) -> Result<(), Failure> {
        let input = Input { at, body: Body::Ticks(mem::take(&mut self.ticks)) };
        let mut events = mem::take(&mut self.events);
        let taken = self.turn_into(input, &mut events);
        events.clear();
        self.events = events;
        taken
    }

    fn turn_into(&mut self, input: Input, events: &mut Vec<Event>) -> Result<(), Failure> {
        for witness in &mut self.witnesses {
            witness.gave(&input);
        }
        let before = self.clock();
        match input {
            Input { at, body: Body::Ticks(mut ticks) } if ticks.len() == 1 => {
                self.engine.tick(at, &ticks[0], events);
                ticks.clear();
                self.ticks = ticks;
            }
            input => self.engine.step_into(input, events),
        }
        self.effort.engine += self.since(before);
        self.effort.turns += 1;
        self.effort.events += events.len() as u64;
        if !self.witnesses.is_empty() {
            let before = self.clock();
            for witness in &mut self.witnesses {
                witness.saw(events, self.engine.state())?;
            }
            self.effort.witnesses += self.since(before);
        }
        self.take_in(events);
        Ok(())
    }

    fn clock(&self) -> Option<Instant> {
        (self.weight > 0).then(Instant::now)
    }

    /// What has passed, or what it stands for.
    fn since(&self, before: Option<Instant>) -> Duration {
        before.map_or(Duration::ZERO, |before| before.elapsed() * self.weight)
    }

    fn take_in(&mut self, events: &[Event]) {
        let state = self.engine.state();
        for event in events {
            if let Event::Filled(fill) = event {
                self.entries.filled(fill.trade, state);
            }
            let Some(PaperDesk { paper, quotes }) = &mut self.paper else { continue };
            match event {
                Event::Marked(tick) => {
                    let index = tick.instrument.0 as usize;
                    if index >= quotes.len() {
                        quotes.resize(index + 1, Quote::default());
                    }
                    quotes[index].see(tick);
                }
                Event::EntryDecided { trade, .. }
                | Event::ExitDecided { intent: IntentId { trade, .. }, .. }
                | Event::Filled(Fill { trade, .. })
                    if takes_orders(state, *trade) =>
                {
                    paper.submit(event, state, state.now());
                }
                Event::TradeCancelled { .. } => paper.submit(event, state, state.now()),
                _ => {}
            }
        }
    }
}

/// Whether the trade's orders go to a broker.
pub fn takes_orders(state: &State, trade: TradeId) -> bool {
    let Some(view) = state.trade_view(trade) else { return false };
    state.accounts().any(|(id, spec)| id == view.account && spec.fills == FillMode::Orders)
}

fn note(at: Timestamp, about: &str, refusal: &Refusal) -> Note {
    let code = match serde_json::to_value(refusal.code) {
        Ok(serde_json::Value::String(code)) => code,
        _ => "REFUSED".into(),
    };
    Note {
        at,
        about: about.to_owned(),
        code,
        message: refusal.message.clone(),
        hint: refusal.hint.clone(),
    }
}

#[cfg(test)]
mod tests;
