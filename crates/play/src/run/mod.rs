//! A feed and a scenario through the engine: sessions, entries, what a person does, the paper market.
//!
//! Nothing is decided here: time comes from the feed alone, levels and decisions from the engine.

mod entries;
mod orders;
pub mod setup;
pub mod signals;

use crate::clock;
use crate::failure::Failure;
use crate::scenario::Scenario;
use crate::sessions::{Calendar, DayKind};
use entries::Entries;
use highmark_brokers::paper::{Paper, Quote};
use highmark_engine::*;
use highmark_feeds::{Batch, Feed, Progress, SymbolId};
use highmark_market::Market;
use setup::Ids;
use std::collections::BTreeSet;
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

/// Where the time of a run went, and how much was done in it.
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

/// A run that is under way.
pub struct Runner<'s> {
    scenario: &'s Scenario,
    engine: Engine,
    ids: Ids,
    entries: Entries,
    next_order: usize,
    paper: Paper,
    quotes: Vec<Quote>,
    symbols: Vec<Option<InstrumentId>>,
    calendar: Calendar,
    announced: BTreeSet<VenueId>,
    day: Option<Day>,
    close: Option<Timestamp>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    witnesses: Vec<&'s mut dyn Witness>,
    pub notes: Vec<Note>,
    pub effort: Effort,
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
        Ok(Runner {
            scenario,
            engine: Engine::new(),
            ids: Ids::default(),
            entries: Entries::new(scenario),
            next_order: 0,
            paper: Paper::new(scenario.paper),
            quotes: vec![Quote::default(); scenario.instruments.len()],
            symbols: Vec::new(),
            calendar: Calendar::new()?,
            announced: BTreeSet::new(),
            day: None,
            close: None,
            first: None,
            last: None,
            witnesses,
            notes: Vec::new(),
            effort: Effort::default(),
        })
    }

    /// By the rules of a market with rows of a user's own.
    pub fn with_market(self, market: Market) -> Runner<'s> {
        Runner { calendar: Calendar::of(market), ..self }
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
        loop {
            if stop.load(Ordering::Relaxed) {
                interrupted = true;
                break;
            }
            let before = Instant::now();
            let more = feed.fill(&mut batch)?;
            self.effort.feed += before.elapsed();
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
        for (_, name) in feed.symbols().iter().skip(self.symbols.len()) {
            let index = self.scenario.instruments.iter().position(|one| one.spec.symbol == name);
            self.symbols.push(index.map(|index| self.ids.instruments[index]));
        }
    }

    fn batch(&mut self, batch: &Batch) -> Result<(), Failure> {
        let now = batch.at;
        self.first.get_or_insert(now);
        self.last = Some(now);
        if self.day != Some(clock::day_of(now)) {
            self.roll(now)?;
        }
        self.between(now)?;
        let symbols = &self.symbols;
        let inputs =
            batch.inputs(SourceId(0), |SymbolId(id)| symbols.get(id as usize).copied().flatten());
        self.effort.ticks += batch.rows().count() as u64;
        for input in inputs {
            self.turn(input)?;
        }
        self.enter(now)
    }

    /// The day before ends with its session, and the new one is announced.
    fn roll(&mut self, now: Timestamp) -> Result<(), Failure> {
        self.end_of_day()?;
        let day = clock::day_of(now);
        self.day = Some(day);
        let scenario = self.scenario;
        let mut opens = now;
        self.close = None;
        for (index, venue) in scenario.venues().into_iter().enumerate() {
            let id = VenueId(u32::try_from(index).unwrap_or(0));
            match self.calendar.day(venue, id, day)? {
                DayKind::AroundTheClock => {}
                DayKind::Open(session) => {
                    self.announced.insert(id);
                    self.turn(Input { at: now, body: Body::Session(session) })?;
                    opens = session.open;
                    self.close = self.close.max(Some(session.close));
                }
                DayKind::Closed(nothing) => {
                    // Without any session a venue would be open around the clock.
                    if self.announced.insert(id) {
                        self.turn(Input { at: now, body: Body::Session(nothing) })?;
                    }
                    self.notes.push(Note {
                        at: now,
                        about: venue.to_owned(),
                        code: "CLOSED".into(),
                        message: format!("{venue} does not trade on {}", clock::day_text(day)),
                        hint: "its ticks of that day are refused".into(),
                    });
                }
            }
        }
        self.entries.new_day(scenario, day, opens);
        Ok(())
    }

    /// What falls between the last batch and this one: orders of a person and news of the paper market.
    fn between(&mut self, now: Timestamp) -> Result<(), Failure> {
        let mut silent = false;
        loop {
            let order = self.next_order_at().filter(|at| *at <= now);
            // An order without a price to fill at stays due; nothing is gained by asking again.
            let news = self.paper.next_due().filter(|at| *at <= now && !silent);
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
        let (quotes, ids) = (&self.quotes, &self.ids);
        let news = self.paper.due(at, |instrument| {
            let index = ids.instruments.iter().position(|id| *id == instrument)?;
            quotes.get(index).copied()
        });
        let spoke = !news.is_empty();
        for input in news {
            self.turn(input)?;
        }
        Ok(spoke)
    }

    fn end_of_day(&mut self) -> Result<(), Failure> {
        let Some(close) = self.close else { return Ok(()) };
        if self.last.is_some_and(|last| last < close) {
            self.between(close)?;
            self.turn(Input { at: close, body: Body::Clock })?;
        }
        // What the close caused is still filled at the last prices.
        for _ in 0..1_000 {
            match self.paper.next_due() {
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
        for witness in &mut self.witnesses {
            witness.gave(&input);
        }
        let before = Instant::now();
        let events = self.engine.step(input);
        let after = Instant::now();
        self.effort.engine += after - before;
        self.effort.turns += 1;
        self.effort.events += events.len() as u64;
        for witness in &mut self.witnesses {
            witness.saw(&events, self.engine.state())?;
        }
        self.effort.witnesses += after.elapsed();
        self.take_in(&events);
        Ok(events)
    }

    fn take_in(&mut self, events: &[Event]) {
        let state = self.engine.state();
        for event in events {
            match event {
                Event::Marked(tick) => {
                    let index = self.ids.instruments.iter().position(|id| *id == tick.instrument);
                    if let Some(quote) = index.and_then(|index| self.quotes.get_mut(index)) {
                        if tick.last.is_some() {
                            quote.last = tick.last;
                        }
                        if tick.bid.is_some() || tick.ask.is_some() {
                            (quote.bid, quote.ask) = (tick.bid, tick.ask);
                        }
                    }
                }
                Event::EntryDecided { trade, .. }
                | Event::ExitDecided { intent: IntentId { trade, .. }, .. }
                    if takes_orders(state, *trade) =>
                {
                    self.paper.submit(event, state, state.now());
                }
                Event::TradeCancelled { .. } => self.paper.submit(event, state, state.now()),
                Event::Filled(fill) => self.entries.filled(fill.trade, state),
                _ => {}
            }
        }
    }
}

fn takes_orders(state: &State, trade: TradeId) -> bool {
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
