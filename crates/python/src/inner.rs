//! The engine and what stands around it behind one lock: instruments by symbol, the events of the last input, and
//! the turns that are to be written down.

use crate::number::{self, Odd};
use crate::rows::{Cache, Roster, Shown};
use crate::sheet::Line;
use highmark_engine::*;
use highmark_journal::Turn;
use std::collections::HashMap;

#[derive(Default)]
pub(crate) struct Inner {
    pub(crate) engine: Engine,
    pub(crate) symbols: HashMap<String, InstrumentId>,
    pub(crate) events: Vec<Event>,
    pub(crate) shown: Vec<Shown>,
    pub(crate) roster: Roster,
    /// What the last call leaves for the next; empty while one works with it.
    pub(crate) cache: Cache,
    /// How many batches of prices from which nothing follows may wait for the journal; 0 without one.
    pub(crate) group: usize,
    /// Turns that are not in the journal yet.
    pub(crate) unwritten: Vec<Turn>,
    /// The last turn that has to be durable before anybody hears of anything.
    pub(crate) owed: u64,
}

/// A batch as it came from Python: good prices, and those that are none.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) prices: Vec<(InstrumentId, Price)>,
    pub(crate) odd: Vec<(Option<InstrumentId>, String, Odd)>,
}

impl Inner {
    /// An engine that was recovered, whose turns are kept.
    pub(crate) fn recovered(engine: Engine, group: usize) -> Inner {
        let named = |(id, spec): (InstrumentId, &InstrumentSpec)| (spec.symbol.clone(), id);
        let symbols = engine.state().instruments().map(named).collect();
        let owed = engine.state().turn();
        Inner { engine, symbols, group, owed, ..Inner::default() }
    }

    /// One input; what followed from it stands in `events` until the next.
    pub(crate) fn step(&mut self, at: i64, body: Body) {
        self.events.clear();
        self.add(at, body);
    }

    fn add(&mut self, at: i64, body: Body) {
        let from = self.events.len();
        let at = Timestamp(at.max(self.engine.state().now().0));
        let input = Input { at, body };
        let kept = (self.group > 0).then(|| input.clone());
        self.engine.step_into(input, &mut self.events);
        if let Some(input) = kept {
            self.keep(Turn::new(input, self.events[from..].to_vec()));
        }
        for event in &self.events[from..] {
            if let Event::InstrumentDefined { instrument, spec } = event {
                self.symbols.insert(spec.symbol.clone(), *instrument);
            }
        }
    }

    fn keep(&mut self, turn: Turn) {
        let is_quiet = turn.events.iter().all(is_quiet);
        self.unwritten.push(turn);
        if !is_quiet || self.unwritten.len() >= self.group {
            self.owed = self.engine.state().turn();
        }
    }

    /// What a caller is told: all but the turn's frame and the marks that were taken.
    pub(crate) fn news(&self) -> Vec<Event> {
        self.events.iter().filter(|event| !is_quiet(event)).cloned().collect()
    }

    /// Nobody is to be told of anything.
    pub(crate) fn is_quiet(&self) -> bool {
        self.events.iter().all(is_quiet)
    }

    /// An instrument of the library's own terms for a symbol that is heard for the first time.
    pub(crate) fn meet(&mut self, at: i64, symbol: &str) -> Option<InstrumentId> {
        if let Some(id) = self.symbols.get(symbol) {
            return Some(*id);
        }
        let command = Command::DefineInstrument(InstrumentSpec::new(symbol));
        self.step(at, Body::Command { by: "python".to_owned(), command });
        self.symbols.get(symbol).copied()
    }

    /// Prices by their symbols, with the numbers of the instruments that were not known by sight. Symbols that are
    /// new get an instrument.
    pub(crate) fn batch(&mut self, at: i64, lines: Vec<Line<'_>>) -> (Batch, Vec<InstrumentId>) {
        let mut batch = Batch::default();
        let mut learned = Vec::new();
        batch.prices.reserve(lines.len());
        for line in lines {
            let id = match line.known {
                Some(id) => Some(id),
                None => {
                    let found = match self.symbols.get(line.symbol) {
                        Some(id) => Some(*id),
                        None if line.price.is_ok() => self.meet(at, line.symbol),
                        None => None,
                    };
                    learned.extend(found);
                    found
                }
            };
            match (id, line.price) {
                (Some(id), Ok(price)) => batch.prices.push((id, price)),
                (id, Err(odd)) => batch.odd.push((id, line.symbol.to_owned(), odd)),
                (None, Ok(_)) => {
                    let shown = "no instrument of this name can be made".to_owned();
                    let odd = Odd { refusal: TickRefusal::UnknownInstrument, shown };
                    batch.odd.push((None, line.symbol.to_owned(), odd));
                }
            }
        }
        (batch, learned)
    }

    /// Prices by the numbers of their instruments.
    pub(crate) fn numbered(&self, ids: &[i32], prices: &[f64]) -> Batch {
        let known = self.engine.state().instruments().count();
        let mut batch = Batch::default();
        batch.prices.reserve(ids.len());
        for (id, float) in ids.iter().zip(prices).filter(|(_, float)| !float.is_nan()) {
            let id = u32::try_from(*id).ok().filter(|id| (*id as usize) < known).map(InstrumentId);
            match (id, number::float_price(*float)) {
                (Some(id), Ok(price)) => batch.prices.push((id, price)),
                (Some(id), Err(odd)) => {
                    let spec = self.engine.state().instruments().nth(id.0 as usize);
                    let symbol = spec.map(|(_, spec)| spec.symbol.clone()).unwrap_or_default();
                    batch.odd.push((Some(id), symbol, odd));
                }
                (None, _) => {
                    let shown = float.to_string();
                    let odd = Odd { refusal: TickRefusal::UnknownInstrument, shown };
                    batch.odd.push((None, String::new(), odd));
                }
            }
        }
        batch
    }

    /// The batch as one input of ticks. Each has a later time than the one before, so that no price is
    /// taken for the same tick again; what is no number is counted.
    pub(crate) fn mark(&mut self, at: i64, batch: &Batch) {
        let at = at.max(self.engine.state().now().0.saturating_add(1));
        self.events.clear();
        for (instrument, _, odd) in &batch.odd {
            let body = Body::Unreadable {
                source: SourceId(0),
                instrument: *instrument,
                refusal: odd.refusal,
            };
            self.add(at, body);
        }
        if batch.prices.is_empty() {
            return;
        }
        let tick = |(id, price): &(InstrumentId, Price)| Tick::last(*id, Timestamp(at), *price);
        self.add(at, Body::Ticks(batch.prices.iter().map(tick).collect()));
    }

    /// The symbols whose price was not taken, and why.
    pub(crate) fn refused(&self, batch: &Batch) -> Vec<(String, &'static str, String)> {
        let mut refused: Vec<_> = batch
            .odd
            .iter()
            .map(|(_, symbol, odd)| (symbol.clone(), odd.refusal.code(), odd.shown.clone()))
            .collect();
        for event in &self.events {
            let Event::TickRefused { instrument: Some(id), refusal, .. } = event else { continue };
            let given = batch.prices.iter().find(|(given, _)| given == id);
            let symbol = self.engine.state().instruments().nth(id.0 as usize);
            if let (Some((_, price)), Some((_, spec))) = (given, symbol) {
                refused.push((spec.symbol.clone(), refusal.code(), price.to_string()));
            }
        }
        refused
    }
}

/// What nobody is told: a turn's frame, and marks that were taken.
pub(crate) fn is_quiet(event: &Event) -> bool {
    matches!(event, Event::TurnBegan { .. } | Event::Marked(_) | Event::Settled)
}
