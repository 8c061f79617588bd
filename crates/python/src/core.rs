//! One engine as Python holds it: behind a lock, in the process that made it, never while Python code runs.

use crate::array;
use crate::border::{error, read, text};
use crate::number::{self, Odd};
use crate::rows::{Row, Shown};
use highmark_engine::*;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyDict, PyString};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

/// What was not taken of a batch: symbol, the engine's code, how it looked; none when all was.
type Refused = Option<Vec<(String, &'static str, String)>>;

/// Batches above this leave Python free for other threads while the engine works.
const LARGE: usize = 100;

/// An engine. Every call is whole before the next begins, whatever thread it comes from.
#[pyclass(frozen, module = "highmark._highmark")]
pub(crate) struct Core {
    inner: Mutex<Inner>,
    process: u32,
}

#[derive(Default)]
pub(crate) struct Inner {
    pub(crate) engine: Engine,
    symbols: HashMap<String, InstrumentId>,
    events: Vec<Event>,
    ticks: Vec<Tick>,
    pub(crate) shown: Vec<Shown>,
}

/// A batch as it came from Python: good prices, and those that are none.
#[derive(Default)]
struct Batch {
    prices: Vec<(InstrumentId, Price)>,
    odd: Vec<(Option<InstrumentId>, String, Odd)>,
}

impl Inner {
    /// One input; what followed from it stands in `events` until the next.
    fn step(&mut self, at: i64, body: Body) {
        self.events.clear();
        self.add(at, body);
    }

    fn add(&mut self, at: i64, body: Body) {
        let from = self.events.len();
        let at = Timestamp(at.max(self.engine.state().now().0));
        self.engine.step_into(Input { at, body }, &mut self.events);
        for event in &self.events[from..] {
            if let Event::InstrumentDefined { instrument, spec } = event {
                self.symbols.insert(spec.symbol.clone(), *instrument);
            }
        }
    }

    /// What a caller is told: all but the turn's frame and the marks that were taken.
    fn news(&self) -> Vec<Event> {
        let told = |event: &&Event| {
            !matches!(event, Event::TurnBegan { .. } | Event::Marked(_) | Event::Settled)
        };
        self.events.iter().filter(told).cloned().collect()
    }

    /// An instrument of the library's own terms for a symbol that is heard for the first time.
    fn meet(&mut self, at: i64, symbol: &str) -> Option<InstrumentId> {
        if let Some(id) = self.symbols.get(symbol) {
            return Some(*id);
        }
        let command = Command::DefineInstrument(InstrumentSpec::new(symbol));
        self.step(at, Body::Command { by: "python".to_owned(), command });
        self.symbols.get(symbol).copied()
    }

    /// Prices by the numbers of their instruments.
    fn numbered(&self, ids: &[i32], prices: &[f64]) -> Batch {
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
    fn mark(&mut self, at: i64, batch: &Batch) {
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
        let mut ticks = std::mem::take(&mut self.ticks);
        ticks.clear();
        ticks.extend(batch.prices.iter().map(|(id, price)| Tick::last(*id, Timestamp(at), *price)));
        self.add(at, Body::Ticks(ticks));
    }
}

impl Core {
    /// The engine, in the process that made it. Python is let go while another thread holds it.
    fn hold<'a>(&'a self, py: Python<'_>) -> PyResult<MutexGuard<'a, Inner>> {
        self.is_at_home(py)?;
        self.inner.lock_py_attached(py).map_err(|_| broken(py))
    }

    fn is_at_home(&self, py: Python<'_>) -> PyResult<()> {
        if std::process::id() == self.process {
            return Ok(());
        }
        let message =
            "this engine belongs to the process that made it, and this one was forked from it";
        let hint =
            "make an engine in the child, or start processes with multiprocessing's \"spawn\"";
        Err(error(py, "ForkedError", message, hint))
    }

    /// Does `work` with the engine; without Python when it is large.
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        is_large: bool,
        work: impl FnOnce(&mut Inner) -> T + Send,
    ) -> PyResult<T> {
        if !is_large {
            return Ok(work(&mut *self.hold(py)?));
        }
        self.is_at_home(py)?;
        let done = py.detach(|| self.inner.lock().ok().map(|mut inner| work(&mut inner)));
        done.ok_or_else(|| broken(py))
    }

    fn stepped<'py>(&self, py: Python<'py>, at: i64, body: Body) -> PyResult<Bound<'py, PyString>> {
        let events = self.with(py, false, |inner| {
            inner.step(at, body);
            inner.news()
        })?;
        text(py, &events)
    }

    fn view<'py, T: Serialize + Send>(
        &self,
        py: Python<'py>,
        look: impl FnOnce(&State) -> T + Send,
    ) -> PyResult<Bound<'py, PyString>> {
        let view = self.with(py, false, |inner| look(inner.engine.state()))?;
        text(py, &view)
    }

    /// Reads the prices of a dictionary. Symbols that are new get an instrument.
    fn batch(&self, py: Python<'_>, prices: &Bound<'_, PyDict>, at: i64) -> PyResult<Batch> {
        // Read first, then lock: reading may run Python code of the caller's types.
        let mut read: Vec<(Bound<'_, PyString>, Result<Price, Odd>)> =
            Vec::with_capacity(prices.len());
        for (symbol, value) in prices {
            let Ok(symbol) = symbol.cast_into::<PyString>() else {
                return Err(error(
                    py,
                    "ConfigError",
                    "a symbol must be text",
                    "prices are {symbol: price}",
                ));
            };
            read.push((symbol, number::price(&value)));
        }
        let (symbols, values): (Vec<_>, Vec<_>) = read.into_iter().unzip();
        let mut names = Vec::with_capacity(symbols.len());
        for symbol in &symbols {
            names.push(symbol.to_str()?);
        }
        let mut inner = self.hold(py)?;
        let mut batch = Batch::default();
        batch.prices.reserve(names.len());
        for (symbol, price) in names.iter().zip(values) {
            let id = match inner.symbols.get(*symbol) {
                Some(id) => Some(*id),
                None if price.is_ok() => inner.meet(at, symbol),
                None => None,
            };
            match (id, price) {
                (Some(id), Ok(price)) => batch.prices.push((id, price)),
                (id, Err(odd)) => batch.odd.push((id, (*symbol).to_owned(), odd)),
                (None, Ok(_)) => {
                    let shown = "no instrument of this name can be made".to_owned();
                    let odd = Odd { refusal: TickRefusal::UnknownInstrument, shown };
                    batch.odd.push((None, (*symbol).to_owned(), odd));
                }
            }
        }
        Ok(batch)
    }
}

fn broken(py: Python<'_>) -> PyErr {
    let message =
        "the engine stopped at a broken invariant in an earlier call, and takes nothing more";
    error(py, "HighmarkError", message, "keep the earlier message and tell us; make a new engine")
}

/// The symbols whose price was not taken, and why.
fn refused(inner: &Inner, batch: &Batch) -> Vec<(String, &'static str, String)> {
    let mut refused: Vec<_> = batch
        .odd
        .iter()
        .map(|(_, symbol, odd)| (symbol.clone(), odd.refusal.code(), odd.shown.clone()))
        .collect();
    if inner.events.iter().any(|event| matches!(event, Event::TickRefused { .. })) {
        for event in &inner.events {
            let Event::TickRefused { instrument: Some(id), refusal, .. } = event else { continue };
            let given = batch.prices.iter().find(|(given, _)| given == id);
            let symbol = inner.engine.state().instruments().nth(id.0 as usize);
            if let (Some((_, price)), Some((_, spec))) = (given, symbol) {
                refused.push((spec.symbol.clone(), refusal.code(), price.to_string()));
            }
        }
    }
    refused
}

#[pymethods]
impl Core {
    #[new]
    fn new() -> Core {
        Core { inner: Mutex::default(), process: std::process::id() }
    }

    /// Asks for one command, as JSON; returns the events as JSON.
    fn command<'py>(
        &self,
        py: Python<'py>,
        by: String,
        command: &str,
        at: i64,
    ) -> PyResult<Bound<'py, PyString>> {
        let command = read(py, command)?;
        self.stepped(py, at, Body::Command { by, command })
    }

    /// Tells what a broker did, as JSON; returns the events.
    fn order<'py>(&self, py: Python<'py>, news: &str, at: i64) -> PyResult<Bound<'py, PyString>> {
        let news = read(py, news)?;
        self.stepped(py, at, Body::Order(news))
    }

    /// Tells of a venue's session, as JSON; returns the events.
    fn session<'py>(
        &self,
        py: Python<'py>,
        session: &str,
        at: i64,
    ) -> PyResult<Bound<'py, PyString>> {
        let session = read(py, session)?;
        self.stepped(py, at, Body::Session(session))
    }

    /// Time has passed; returns the events.
    fn clock<'py>(&self, py: Python<'py>, at: i64) -> PyResult<Bound<'py, PyString>> {
        self.stepped(py, at, Body::Clock)
    }

    /// What is wrong with prices, before anything is told to the engine: `[(symbol, code, shown)]`.
    #[staticmethod]
    fn odd_prices(prices: &Bound<'_, PyDict>) -> Vec<(String, &'static str, String)> {
        let mut found = Vec::new();
        for (symbol, value) in prices {
            let odd = match number::price(&value) {
                Ok(Price(1..)) => continue,
                Ok(price) => {
                    let code = if price == Price::ZERO {
                        TickRefusal::Zero
                    } else {
                        TickRefusal::Negative
                    };
                    (code.code(), price.to_string())
                }
                Err(odd) => (odd.refusal.code(), odd.shown),
            };
            found.push((symbol.to_string(), odd.0, odd.1));
        }
        found
    }

    /// One batch of prices. Returns the events as JSON, or None, and what was not taken, or None.
    fn prices<'py>(
        &self,
        py: Python<'py>,
        prices: &Bound<'py, PyDict>,
        at: i64,
    ) -> PyResult<(Option<Bound<'py, PyString>>, Refused)> {
        let batch = self.batch(py, prices, at)?;
        let (events, refused) = self.with(py, batch.prices.len() > LARGE, |inner| {
            inner.mark(at, &batch);
            (inner.news(), refused(inner, &batch))
        })?;
        let told = if events.is_empty() { None } else { Some(text(py, &events)?) };
        Ok((told, Some(refused).filter(|refused| !refused.is_empty())))
    }

    /// As `prices`, from two buffers with their formats: numbers of instruments, and prices as floats. NaN is no price and no
    /// error; it is left out.
    fn price_array<'py>(
        &self,
        py: Python<'py>,
        ids: (&[u8], &str),
        prices: (&[u8], &str),
        at: i64,
    ) -> PyResult<(Option<Bound<'py, PyString>>, Refused)> {
        let (ids, prices) = (array::ids(py, ids.0, ids.1)?, array::floats(py, prices.0, prices.1)?);
        if ids.len() != prices.len() {
            let message = format!("{} ids and {} prices", ids.len(), prices.len());
            return Err(error(py, "ConfigError", &message, "give one price for each id"));
        }
        let (events, refused) = self.with(py, ids.len() > LARGE, |inner| {
            let batch = inner.numbered(&ids, &prices);
            inner.mark(at, &batch);
            (inner.news(), refused(inner, &batch))
        })?;
        let told = if events.is_empty() { None } else { Some(text(py, &events)?) };
        Ok((told, Some(refused).filter(|refused| !refused.is_empty())))
    }

    /// As `prices`, with the original's dictionary of every strategy that is shown.
    fn update<'py>(
        &self,
        py: Python<'py>,
        prices: &Bound<'py, PyDict>,
        at: i64,
        exact: bool,
    ) -> PyResult<(Bound<'py, PyDict>, Option<Bound<'py, PyString>>, Refused)> {
        let batch = self.batch(py, prices, at)?;
        let (mut rows, events, refused) = self.with(py, batch.prices.len() > LARGE, |inner| {
            inner.look();
            inner.mark(at, &batch);
            (inner.rows(), inner.news(), refused(inner, &batch))
        })?;
        let told = if events.is_empty() { None } else { Some(text(py, &events)?) };
        let forms: Vec<_> = rows.iter().map(Row::form).collect();
        let updates = Row::all(py, &mut rows, exact)?;
        if rows.iter().map(Row::form).ne(forms) {
            Row::keep(&rows, &mut self.hold(py)?.shown);
        }
        Ok((updates, told, Some(refused).filter(|refused| !refused.is_empty())))
    }

    /// A strategy that `update` tells of, and the rule whose floor is its trailing stop.
    fn show(&self, py: Python<'_>, name: &str, strategy: u32, floor: Option<u32>) -> PyResult<()> {
        let key = PyString::new(py, name).unbind();
        let made = Shown::new(py, key, StrategyId(strategy), floor.map(RuleId))?;
        let mut inner = self.hold(py)?;
        let old: Vec<Shown> =
            inner.shown.extract_if(.., |shown| shown.strategy == made.strategy).collect();
        inner.shown.push(made);
        // Python's objects are dropped with the lock open.
        drop(inner);
        drop(old);
        Ok(())
    }

    /// The number of an instrument, or None.
    fn instrument(&self, py: Python<'_>, symbol: &str) -> PyResult<Option<u32>> {
        Ok(self.hold(py)?.symbols.get(symbol).map(|id| id.0))
    }

    /// Symbols by their numbers.
    fn symbols(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        self.with(py, false, |inner| {
            inner.engine.state().instruments().map(|(_, spec)| spec.symbol.clone()).collect()
        })
    }

    /// The mark of an instrument as decimal text, or None.
    fn mark(&self, py: Python<'_>, instrument: u32) -> PyResult<Option<String>> {
        self.with(py, false, |inner| {
            inner.engine.state().mark(InstrumentId(instrument)).map(|mark| mark.to_string())
        })
    }

    /// A trade's view as JSON (`null` when there is none).
    fn trade<'py>(&self, py: Python<'py>, trade: u32) -> PyResult<Bound<'py, PyString>> {
        self.view(py, |state| state.trade_view(TradeId(trade)))
    }

    /// All trades' views as JSON, or those of one strategy.
    #[pyo3(signature = (strategy=None))]
    fn trades<'py>(
        &self,
        py: Python<'py>,
        strategy: Option<u32>,
    ) -> PyResult<Bound<'py, PyString>> {
        self.view(py, |state| {
            let wanted =
                |view: &TradeView| strategy.is_none_or(|id| view.strategy == StrategyId(id));
            state.trade_views().filter(wanted).collect::<Vec<_>>()
        })
    }

    /// A scope's view as JSON; `scope` as in a command, `window` "life" or "session".
    fn scope<'py>(
        &self,
        py: Python<'py>,
        scope: &str,
        window: &str,
    ) -> PyResult<Bound<'py, PyString>> {
        let scope: Scope = read(py, scope)?;
        let window = if window == "session" { Window::Session } else { Window::Life };
        self.view(py, |state| state.scope_view(scope, window))
    }

    /// A rule's view as JSON.
    fn rule<'py>(&self, py: Python<'py>, rule: u32) -> PyResult<Bound<'py, PyString>> {
        self.view(py, |state| state.rule_view(RuleId(rule)))
    }

    /// Orders that were decided and are not wholly filled, as JSON.
    fn orders<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        self.view(py, |state| state.orders_in_flight().collect::<Vec<_>>())
    }

    /// Refused ticks by reason: of one instrument, or of unknown ones.
    #[pyo3(signature = (instrument=None))]
    fn refusals(
        &self,
        py: Python<'_>,
        instrument: Option<u32>,
    ) -> PyResult<Vec<(&'static str, u64)>> {
        self.with(py, false, |inner| {
            let counts = inner.engine.state().refusals(instrument.map(InstrumentId));
            counts.map(|(refusal, count)| (refusal.code(), count)).collect()
        })
    }

    /// The engine's clock in nanoseconds since 1970, the number of turns, and whether the kill is on.
    fn state(&self, py: Python<'_>) -> PyResult<(i64, u64, bool)> {
        self.with(py, false, |inner| {
            let state = inner.engine.state();
            (state.now().0, state.turn(), state.is_killed())
        })
    }

    /// Strategies that exist, by number.
    fn strategies(&self, py: Python<'_>) -> PyResult<Vec<(u32, String)>> {
        self.with(py, false, |inner| {
            let strategies = inner.engine.state().strategies();
            strategies.map(|(id, spec)| (id.0, spec.name.clone())).collect()
        })
    }

    /// When a strategy was created, or None when there is none.
    fn created_at(&self, py: Python<'_>, strategy: u32) -> PyResult<Option<i64>> {
        self.with(py, false, |inner| {
            let state = inner.engine.state();
            state.strategy_created_at(StrategyId(strategy)).map(|at| at.0)
        })
    }

    /// A number that says whether two engines are in the same state.
    fn fingerprint(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, false, |inner| inner.engine.state().hash())
    }
}
