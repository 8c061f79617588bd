//! The original's answer to an update, made where it is cheap: one dictionary for each strategy.
//!
//! What seldom changes stands in a dictionary that is kept and copied; the last mtm is kept as Python's number,
//! for it is the next one's old.

use crate::inner::Inner;
use crate::number::float;
use crate::sheet::Keys;
use highmark_engine::*;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString, PyTuple, PyType};
use std::sync::Arc;

static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// A strategy that updates tell of.
pub(crate) struct Shown {
    name: Arc<str>,
    strategy: StrategyId,
    floor: Option<RuleId>,
    /// The turn after which it stood like this.
    turn: u64,
    mtm: Money,
    standing: Standing,
}

/// What seldom changes of a strategy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    peak: Money,
    floor: Option<Money>,
    open: u32,
    total: u32,
    is_active: bool,
    uncertain: bool,
}

/// What one update says of one strategy, exactly.
pub(crate) struct Row {
    old: Money,
    mtm: Money,
    standing: Standing,
}

/// What an update says of all that are shown.
pub(crate) struct Answer {
    rows: Vec<Row>,
    roster: Roster,
}

/// The names of the rows, in their order.
pub(crate) type Roster = Arc<[Arc<str>]>;

/// What the last call leaves for the next: its symbols, and the dictionaries of its answer. Nobody but one call
/// has them at a time, and none is given away.
#[derive(Default)]
pub(crate) struct Cache {
    pub(crate) keys: Keys,
    exact: bool,
    /// What the forms are of; with another one they are made anew.
    roster: Roster,
    forms: Vec<Form>,
    /// All names, in their order.
    all: Option<Py<PyDict>>,
}

struct Form {
    name: Py<PyString>,
    standing: Standing,
    row: Py<PyDict>,
    mtm: (Money, Py<PyAny>),
    /// The list of actions in `row` and in its last copy, and the one before it.
    actions: [Py<PyList>; 2],
}

impl Shown {
    pub(crate) fn new(name: &str, strategy: StrategyId, floor: Option<RuleId>) -> Shown {
        let (mtm, standing) = (Money::ZERO, Standing::default());
        Shown { name: name.into(), strategy, floor, turn: u64::MAX, mtm, standing }
    }

    fn scope(&self) -> Scope {
        Scope::Strategy(self.strategy)
    }

    /// Looks at all of it.
    fn look(&mut self, state: &State) {
        self.turn = state.turn();
        let Some(view) = state.scope_view(self.scope(), Window::Life) else { return };
        self.mtm = view.mtm;
        self.standing = Standing {
            peak: view.peak,
            floor: self.floor.and_then(|rule| state.floor(rule)),
            open: view.open_trades,
            total: view.total_trades,
            is_active: view.is_active,
            uncertain: view.uncertain,
        };
    }

    /// Looks at what marks alone can change.
    fn look_again(&mut self, state: &State) {
        self.turn = state.turn();
        (self.mtm, self.standing.uncertain) = state.mtm_of(self.scope(), Window::Life);
        // A peak is raised to what the mtm is, or stays.
        if self.mtm > self.standing.peak {
            self.standing.peak = state.peak(self.scope(), Window::Life);
        }
        self.standing.floor = self.floor.and_then(|rule| state.floor(rule));
    }
}

impl Inner {
    /// Remembers how all strategies stand before an update, unless it is known from the last one.
    pub(crate) fn look(&mut self) {
        let state = self.engine.state();
        let turn = state.turn();
        self.shown
            .iter_mut()
            .filter(|shown| shown.turn != turn)
            .for_each(|shown| shown.look(state));
    }

    /// What the update has made of them; `is_quiet` when nothing followed from it.
    pub(crate) fn answer(&mut self, is_quiet: bool) -> Answer {
        let state = self.engine.state();
        let rows = self.shown.iter_mut().map(|shown| {
            let old = shown.mtm;
            match is_quiet {
                true => shown.look_again(state),
                false => shown.look(state),
            }
            Row { old, mtm: shown.mtm, standing: shown.standing }
        });
        let rows = rows.collect();
        Answer { rows, roster: Arc::clone(&self.roster) }
    }

    /// Tells of one more strategy, or of one under another rule.
    pub(crate) fn show(&mut self, made: Shown) {
        self.shown.retain(|shown| shown.strategy != made.strategy);
        self.shown.push(made);
        self.roster = self.shown.iter().map(|shown| Arc::clone(&shown.name)).collect();
    }
}

impl Cache {
    /// All rows as Python has them.
    pub(crate) fn dictionary<'py>(
        &mut self,
        py: Python<'py>,
        answer: &Answer,
        exact: bool,
    ) -> PyResult<Bound<'py, PyDict>> {
        if !Arc::ptr_eq(&self.roster, &answer.roster) || self.exact != exact {
            let forms = answer.roster.iter().map(|name| Form::new(py, name, exact));
            self.forms = forms.collect::<PyResult<_>>()?;
            self.roster = Arc::clone(&answer.roster);
            self.exact = exact;
            let all = PyDict::new(py);
            self.forms.iter().try_for_each(|form| all.set_item(&form.name, py.None()))?;
            self.all = Some(all.unbind());
        }
        let all = match &self.all {
            Some(all) => all.bind(py).copy()?,
            None => PyDict::new(py),
        };
        for (row, form) in answer.rows.iter().zip(&mut self.forms) {
            if form.standing != row.standing {
                form.write(py, row.standing, exact)?;
            }
            let made = form.made(py, row, exact)?;
            all.set_item(&form.name, made)?;
        }
        Ok(all)
    }
}

impl Form {
    fn new(py: Python<'_>, name: &str, exact: bool) -> PyResult<Form> {
        let row = PyDict::new(py);
        // The order in which the keys are to stand.
        for key in ["old_mtm", "new_mtm", "mtm_change", "peak_mtm", "trailing_stop", "open_trades"]
        {
            row.set_item(PyString::intern(py, key), py.None())?;
        }
        for key in ["total_trades", "is_active", "actions", "events", "intents", "is_uncertain"] {
            row.set_item(PyString::intern(py, key), py.None())?;
        }
        for key in ["events", "intents"] {
            row.set_item(PyString::intern(py, key), PyTuple::empty(py))?;
        }
        let mtm = (Money::ZERO, amount(py, Money::ZERO, exact)?.unbind());
        let name = PyString::new(py, name).unbind();
        let standing = Standing::default();
        let actions = [PyList::empty(py).unbind(), PyList::empty(py).unbind()];
        row.set_item("actions", &actions[0])?;
        let mut form = Form { name, standing, row: row.unbind(), mtm, actions };
        form.write(py, standing, exact)?;
        Ok(form)
    }

    /// Brings the dictionary that is copied up to date.
    fn write(&mut self, py: Python<'_>, new: Standing, exact: bool) -> PyResult<()> {
        let row = self.row.bind(py);
        row.set_item(intern!(py, "peak_mtm"), amount(py, new.peak, exact)?)?;
        let floor = new.floor.map(|floor| amount(py, floor, exact)).transpose()?;
        row.set_item(intern!(py, "trailing_stop"), floor)?;
        row.set_item(intern!(py, "open_trades"), new.open)?;
        row.set_item(intern!(py, "total_trades"), new.total)?;
        row.set_item(intern!(py, "is_active"), new.is_active)?;
        row.set_item(intern!(py, "is_uncertain"), new.uncertain)?;
        self.standing = new;
        Ok(())
    }

    fn made<'py>(
        &mut self,
        py: Python<'py>,
        new: &Row,
        exact: bool,
    ) -> PyResult<Bound<'py, PyDict>> {
        let old = match self.mtm.0 == new.old {
            true => self.mtm.1.bind(py).clone(),
            false => amount(py, new.old, exact)?,
        };
        let mtm = if new.mtm == new.old { old.clone() } else { amount(py, new.mtm, exact)? };
        let last = std::mem::replace(&mut self.mtm, (new.mtm, mtm.clone().unbind()));
        drop(last.1.into_bound(py));
        self.renew_actions(py)?;
        let row = self.row.bind(py).copy()?;
        row.set_item(intern!(py, "old_mtm"), old)?;
        row.set_item(intern!(py, "new_mtm"), mtm)?;
        row.set_item(intern!(py, "mtm_change"), amount(py, new.mtm - new.old, exact)?)?;
        Ok(row)
    }

    /// Puts a new list of actions into what is copied. One that was given away is as good when it is empty and nobody
    /// has it any more: the last for those who don't keep answers, the one before for those who keep one.
    fn renew_actions(&mut self, py: Python<'_>) -> PyResult<()> {
        let [last, before] = &self.actions;
        if is_free(last.bind(py), 2) {
            return Ok(());
        }
        if !is_free(before.bind(py), 1) {
            self.actions[1] = PyList::empty(py).unbind();
        }
        self.actions.swap(0, 1);
        self.row.bind(py).set_item(intern!(py, "actions"), &self.actions[0])
    }
}

/// Empty, and in nobody's hands but ours, who have it so many times.
fn is_free(list: &Bound<'_, PyList>, ours: isize) -> bool {
    #[expect(deprecated, reason = "the count without unsafe code")]
    let count = list.get_refcnt();
    count == ours && list.is_empty()
}

/// An amount as a float, the nearest one, or as a `Decimal`, exactly.
fn amount<'py>(py: Python<'py>, money: Money, exact: bool) -> PyResult<Bound<'py, PyAny>> {
    if exact {
        return DECIMAL.import(py, "decimal", "Decimal")?.call1((money.to_string(),));
    }
    Ok(float(money).into_pyobject(py)?.into_any())
}
