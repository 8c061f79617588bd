//! The original's answer to an update, made where it is cheap: one dictionary for each strategy.

use crate::core::Inner;
use crate::number::float;
use highmark_engine::*;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString, PyType};
use std::sync::Arc;

static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// A strategy that updates tell of.
pub(crate) struct Shown {
    name: Arc<Py<PyString>>,
    pub(crate) strategy: StrategyId,
    floor: Option<RuleId>,
    /// Its mtm, and the turn after which it was that.
    seen: (u64, Money),
    form: Arc<Form>,
}

/// A dictionary with what seldom changes filled in, to be copied.
pub(crate) struct Form {
    open: u32,
    total: u32,
    is_active: bool,
    uncertain: bool,
    dictionary: Py<PyDict>,
}

impl Shown {
    pub(crate) fn new(
        py: Python<'_>,
        name: Py<PyString>,
        strategy: StrategyId,
        floor: Option<RuleId>,
    ) -> PyResult<Shown> {
        let form = Arc::new(Form::new(py, 0, 0, true, false)?);
        Ok(Shown { name: Arc::new(name), strategy, floor, seen: (u64::MAX, Money::ZERO), form })
    }
}

impl Form {
    fn new(
        py: Python<'_>,
        open: u32,
        total: u32,
        is_active: bool,
        uncertain: bool,
    ) -> PyResult<Form> {
        let row = PyDict::new(py);
        for key in [
            intern!(py, "old_mtm"),
            intern!(py, "new_mtm"),
            intern!(py, "mtm_change"),
            intern!(py, "peak_mtm"),
            intern!(py, "trailing_stop"),
        ] {
            row.set_item(key, py.None())?;
        }
        row.set_item(intern!(py, "open_trades"), open)?;
        row.set_item(intern!(py, "total_trades"), total)?;
        row.set_item(intern!(py, "is_active"), is_active)?;
        row.set_item(intern!(py, "actions"), py.None())?;
        row.set_item(intern!(py, "events"), py.None())?;
        row.set_item(intern!(py, "intents"), py.None())?;
        row.set_item(intern!(py, "is_uncertain"), uncertain)?;
        Ok(Form { open, total, is_active, uncertain, dictionary: row.unbind() })
    }

    fn fits(&self, view: &ScopeView) -> bool {
        (self.open, self.total) == (view.open_trades, view.total_trades)
            && (self.is_active, self.uncertain) == (view.is_active, view.uncertain)
    }
}

/// What one update says of one strategy, exactly.
pub(crate) struct Row {
    name: Arc<Py<PyString>>,
    old: Money,
    view: ScopeView,
    floor: Option<Money>,
    form: Arc<Form>,
}

impl Inner {
    /// Remembers the mtm of all strategies before an update, unless it is known from the last one.
    pub(crate) fn look(&mut self) {
        let state = self.engine.state();
        let turn = state.turn();
        for shown in self.shown.iter_mut().filter(|shown| shown.seen.0 != turn) {
            let view = state.scope_view(Scope::Strategy(shown.strategy), Window::Life);
            shown.seen = (turn, view.map_or(Money::ZERO, |view| view.mtm));
        }
    }

    /// What the update has made of them.
    pub(crate) fn rows(&mut self) -> Vec<Row> {
        let state = self.engine.state();
        let turn = state.turn();
        let mut rows = Vec::with_capacity(self.shown.len());
        for shown in &mut self.shown {
            let scope = Scope::Strategy(shown.strategy);
            let Some(view) = state.scope_view(scope, Window::Life) else { continue };
            let old = std::mem::replace(&mut shown.seen, (turn, view.mtm)).1;
            let floor = match shown.floor {
                Some(rule) if view.nearest == Some(rule) => view.floor,
                Some(rule) => state.rule_view(rule).and_then(|rule| rule.floor),
                None => None,
            };
            let (name, form) = (Arc::clone(&shown.name), Arc::clone(&shown.form));
            rows.push(Row { name, old, view, floor, form });
        }
        rows
    }
}

impl Row {
    /// All rows as Python has them; those whose form no longer fits get a new one.
    pub(crate) fn all<'py>(
        py: Python<'py>,
        rows: &mut [Row],
        exact: bool,
    ) -> PyResult<Bound<'py, PyDict>> {
        let all = PyDict::new(py);
        for row in rows {
            if !row.form.fits(&row.view) {
                let view = &row.view;
                let (open, total) = (view.open_trades, view.total_trades);
                row.form = Arc::new(Form::new(py, open, total, view.is_active, view.uncertain)?);
            }
            all.set_item(row.name.as_ref(), row.dictionary(py, exact)?)?;
        }
        Ok(all)
    }

    /// The forms that were made, for the next time.
    pub(crate) fn keep(rows: &[Row], shown: &mut [Shown]) {
        for row in rows {
            let mine = |shown: &&mut Shown| Arc::ptr_eq(&shown.name, &row.name);
            if let Some(shown) = shown.iter_mut().find(mine) {
                shown.form = Arc::clone(&row.form);
            }
        }
    }

    /// Which form it has: the same number for the same one.
    pub(crate) fn form(&self) -> usize {
        Arc::as_ptr(&self.form).addr()
    }

    fn dictionary<'py>(&self, py: Python<'py>, exact: bool) -> PyResult<Bound<'py, PyDict>> {
        let money = |money: Money| amount(py, money, exact);
        let row = self.form.dictionary.bind(py).copy()?;
        row.set_item(intern!(py, "old_mtm"), money(self.old)?)?;
        row.set_item(intern!(py, "new_mtm"), money(self.view.mtm)?)?;
        row.set_item(intern!(py, "mtm_change"), money(self.view.mtm - self.old)?)?;
        row.set_item(intern!(py, "peak_mtm"), money(self.view.peak)?)?;
        if let Some(floor) = self.floor {
            row.set_item(intern!(py, "trailing_stop"), money(floor)?)?;
        }
        row.set_item(intern!(py, "actions"), PyList::empty(py))?;
        row.set_item(intern!(py, "events"), PyList::empty(py))?;
        row.set_item(intern!(py, "intents"), PyList::empty(py))?;
        Ok(row)
    }
}

/// An amount as a float, the nearest one, or as a `Decimal`, exactly.
fn amount<'py>(py: Python<'py>, money: Money, exact: bool) -> PyResult<Bound<'py, PyAny>> {
    if exact {
        return DECIMAL.import(py, "decimal", "Decimal")?.call1((money.to_string(),));
    }
    Ok(float(money).into_pyobject(py)?.into_any())
}
