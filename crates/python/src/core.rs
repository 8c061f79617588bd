//! One engine as Python holds it: behind a lock, in the process that made it, never while Python code runs.

use crate::array;
use crate::border::{error, read, text};
use crate::durable::{Durable, Found, raised};
use crate::home::Home;
use crate::inner::{Batch, Inner};
use crate::number;
use crate::past;
use crate::rows::{Cache, Shown};
use crate::sheet;
use highmark_engine::*;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyDict, PyString};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

/// What was not taken of a batch: symbol, the engine's code, how it looked; none when all was.
type Refused = Option<Vec<(String, &'static str, String)>>;

/// Batches above this leave Python free for other threads while the engine works.
const LARGE: usize = 100;

/// An engine. Every call is whole before the next begins, whatever thread it comes from.
#[pyclass(frozen, module = "highmark._highmark")]
pub(crate) struct Core {
    inner: Mutex<Inner>,
    durable: Option<Durable>,
    is_closed: AtomicBool,
    home: Home,
    /// What a person should know of the start: a repaired crash, a journal that was made.
    notes: Vec<String>,
    is_new: bool,
}

impl Core {
    fn around(inner: Inner, durable: Option<Durable>, notes: Vec<String>, is_new: bool) -> Core {
        let (inner, is_closed) = (Mutex::new(inner), AtomicBool::new(false));
        Core { inner, durable, is_closed, home: Home::here(), notes, is_new }
    }

    /// An engine that nobody keeps, from where another stands.
    pub(crate) fn of(engine: Engine) -> Core {
        Core::around(Inner::recovered(engine, 0), None, Vec::new(), false)
    }

    /// The engine, when it may be asked.
    fn hold<'a>(&'a self, py: Python<'_>) -> PyResult<MutexGuard<'a, Inner>> {
        self.is_open(py)?;
        self.lock(py)
    }

    /// Whether the engine may be asked at all: at home, not closed, and with its journal in order.
    fn is_open(&self, py: Python<'_>) -> PyResult<()> {
        self.is_at_home(py)?;
        if self.is_closed.load(Ordering::Acquire) {
            let hint = match self.durable {
                Some(_) => "open its folder again: everything that was answered is there",
                None => "make another: this one was on no disk",
            };
            return Err(error(py, "ClosedError", "this engine is closed", hint));
        }
        match self.durable.as_ref().and_then(Durable::lost) {
            None => Ok(()),
            Some(fault) => {
                let first = fault.to_string();
                Err(raised(py, &highmark_journal::JournalError::Stopped { first }))
            }
        }
    }

    /// Waits until all that a caller may hear of is durable; Python is free meanwhile.
    fn settle(&self, py: Python<'_>, owed: u64) -> PyResult<()> {
        match &self.durable {
            Some(durable) if !durable.is_written(owed) => {
                py.detach(|| durable.settle(&self.inner, owed)).map_err(|fault| raised(py, &fault))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn is_at_home(&self, py: Python<'_>) -> PyResult<()> {
        if self.home.is_here() {
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
        self.is_open(py)?;
        self.with_open(py, is_large, work)
    }

    /// The same in a call that has asked already whether the engine is open.
    fn with_open<T: Send>(
        &self,
        py: Python<'_>,
        is_large: bool,
        work: impl FnOnce(&mut Inner) -> T + Send,
    ) -> PyResult<T> {
        let (done, owed) = if is_large {
            let work = |mut inner: MutexGuard<'_, Inner>| (work(&mut inner), inner.owed);
            py.detach(|| self.inner.lock().ok().map(work)).ok_or_else(|| broken(py))?
        } else {
            let mut inner = self.lock(py)?;
            (work(&mut inner), inner.owed)
        };
        self.settle(py, owed)?;
        Ok(done)
    }

    /// The engine. Python is let go while another thread holds it.
    fn lock<'a>(&'a self, py: Python<'_>) -> PyResult<MutexGuard<'a, Inner>> {
        self.inner.lock_py_attached(py).map_err(|_| broken(py))
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

    /// What `work` makes of a dictionary's prices as one batch; symbols that are new get an instrument.
    fn with_prices<T: Send>(
        &self,
        py: Python<'_>,
        prices: &Bound<'_, PyDict>,
        at: i64,
        work: impl FnOnce(&mut Inner, &Batch) -> T + Send,
    ) -> PyResult<(T, Cache)> {
        let mut inner = self.hold(py)?;
        let mut cache = std::mem::take(&mut inner.cache);
        if let Some(read) = sheet::again(prices, &cache.keys) {
            let batch = Batch { prices: read, odd: Vec::new() };
            if prices.len() > LARGE {
                drop(inner);
                return Ok((self.with_open(py, true, |inner| work(inner, &batch))?, cache));
            }
            let done = work(&mut inner, &batch);
            let owed = inner.owed;
            drop(inner);
            self.settle(py, owed)?;
            return Ok((done, cache));
        }
        drop(inner);
        // Read first, then lock: reading may run Python code of the caller's types.
        let mut read = sheet::read(py, prices, &cache.keys)?;
        let lines = read.lines()?;
        let (done, learned) = self.with_open(py, lines.len() > LARGE, |inner| {
            let (batch, learned) = inner.batch(at, lines);
            (work(inner, &batch), learned)
        })?;
        cache.keys.learn(read, &learned);
        Ok((done, cache))
    }

    /// Puts back what the next call is to work with; Python's objects are dropped with the lock open.
    fn put_back(&self, py: Python<'_>, cache: Cache) -> PyResult<()> {
        let mut inner = self.lock(py)?;
        let old = std::mem::replace(&mut inner.cache, cache);
        drop(inner);
        drop(old);
        Ok(())
    }
}

fn broken(py: Python<'_>) -> PyErr {
    let message =
        "the engine stopped at a broken invariant in an earlier call, and takes nothing more";
    error(py, "HighmarkError", message, "keep the earlier message and tell us; make a new engine")
}

/// Nanoseconds since 1970, as `time.time_ns` has them.
fn machine_time() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_nanos()).ok()).unwrap_or(0)
}

#[pymethods]
impl Core {
    /// In memory, or with a journal in the folder `db`, where `group` batches of prices from which nothing follows
    /// are made durable together.
    #[new]
    #[pyo3(signature = (db=None, group=1))]
    fn new(py: Python<'_>, db: Option<PathBuf>, group: usize) -> PyResult<Core> {
        let Some(folder) = db else {
            return Ok(Core::around(Inner::default(), None, Vec::new(), true));
        };
        let found = py.detach(|| Durable::open(&folder)).map_err(|fault| raised(py, &fault))?;
        let Found { durable, engine, notes, is_new } = found;
        let inner = Inner::recovered(engine, group.max(1));
        Ok(Core::around(inner, Some(durable), notes, is_new))
    }

    /// Makes durable what is not, signs the end, and takes nothing more.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.is_at_home(py)?;
        if self.is_closed.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let Some(durable) = &self.durable else { return Ok(()) };
        py.detach(|| durable.close(&self.inner)).map_err(|fault| raised(py, &fault))
    }

    /// In a forked child: leaves the folder to the process that opened it.
    fn forsake(&self) {
        if let Some(durable) = self.durable.as_ref().filter(|_| !self.home.is_here()) {
            durable.forsake();
        }
    }

    /// What the start found: whether the journal was made now, and notes.
    fn found(&self) -> (bool, Vec<String>) {
        (self.is_new, self.notes.clone())
    }

    /// The first account's terms as JSON, or `null`; whether every stop that moves is told.
    fn terms(&self, py: Python<'_>) -> PyResult<(String, bool)> {
        let (account, dense) = self.with(py, false, |inner| {
            let state = inner.engine.state();
            (state.accounts().next().map(|(_, spec)| spec.clone()), state.profile().dense)
        })?;
        Ok((text(py, &account)?.to_string(), dense))
    }

    /// The engine after the last recorded turn that is not after `until`, and what happened, as JSON.
    #[staticmethod]
    fn past<'py>(
        py: Python<'py>,
        folder: PathBuf,
        until: Option<i64>,
    ) -> PyResult<(Core, Bound<'py, PyString>)> {
        let (engine, told) = past::read(py, &folder, until)?;
        Ok((Core::of(engine), text(py, &told)?))
    }

    /// How a strategy stood after each recorded turn in which its mtm changed, as JSON.
    #[staticmethod]
    fn past_curve<'py>(
        py: Python<'py>,
        folder: PathBuf,
        until: Option<i64>,
        strategy: u32,
    ) -> PyResult<Bound<'py, PyString>> {
        text(py, &past::curve(py, &folder, until, StrategyId(strategy))?)
    }

    /// The recorded inputs decided again: turns, those that were decided otherwise, and whether all is the same.
    #[staticmethod]
    fn rerun(py: Python<'_>, folder: PathBuf) -> PyResult<(u64, u64, bool)> {
        past::rerun(py, &folder)
    }

    /// The recorded inputs decided again with other parameters: the two engines, and counts as JSON.
    #[staticmethod]
    fn what_if<'py>(
        py: Python<'py>,
        folder: PathBuf,
        changes: Vec<String>,
    ) -> PyResult<(Core, Core, Bound<'py, PyString>)> {
        let (recorded, decided, counts) = past::what_if(py, &folder, &changes)?;
        Ok((Core::of(recorded), Core::of(decided), text(py, &counts)?))
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
        let ((events, refused), cache) = self.with_prices(py, prices, at, |inner, batch| {
            inner.mark(at, batch);
            (inner.news(), inner.refused(batch))
        })?;
        self.put_back(py, cache)?;
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
            (inner.news(), inner.refused(&batch))
        })?;
        let told = if events.is_empty() { None } else { Some(text(py, &events)?) };
        Ok((told, Some(refused).filter(|refused| !refused.is_empty())))
    }

    /// As `prices`, with the original's dictionary of every strategy that is shown: alone when there is nothing to
    /// tell, else before the events and what was not taken. Without a time it is that of this machine's clock.
    #[pyo3(signature = (prices, at=None, exact=false))]
    fn update<'py>(
        &self,
        py: Python<'py>,
        prices: &Bound<'py, PyDict>,
        at: Option<i64>,
        exact: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let at = at.unwrap_or_else(machine_time);
        let ((answer, events, refused), mut cache) =
            self.with_prices(py, prices, at, |inner, batch| {
                inner.look();
                inner.mark(at, batch);
                if inner.is_quiet() {
                    return (inner.answer(true), Vec::new(), Vec::new());
                }
                let news = inner.news();
                (inner.answer(news.is_empty()), news, inner.refused(batch))
            })?;
        let updates = cache.dictionary(py, &answer, exact)?;
        self.put_back(py, cache)?;
        if events.is_empty() && refused.is_empty() {
            return Ok(updates.into_any());
        }
        let told = if events.is_empty() { None } else { Some(text(py, &events)?) };
        let refused = Some(refused).filter(|refused| !refused.is_empty());
        Ok((updates, told, refused).into_pyobject(py)?.into_any())
    }

    /// A strategy that `update` tells of, and the rule whose floor is its trailing stop.
    fn show(&self, py: Python<'_>, name: &str, strategy: u32, floor: Option<u32>) -> PyResult<()> {
        let made = Shown::new(name, StrategyId(strategy), floor.map(RuleId));
        self.with(py, false, |inner| inner.show(made))
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

impl Drop for Core {
    /// An engine that is forgotten is closed, by the process that opened it.
    fn drop(&mut self) {
        match &self.durable {
            Some(durable) if !self.home.is_here() => durable.forsake(),
            Some(durable) => {
                // Nobody is left to tell of a failure; what was answered is durable already.
                let _ = durable.close(&self.inner);
            }
            None => {}
        }
    }
}
