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
}

impl Shown {
    pub(crate) fn new(name: Py<PyString>, strategy: StrategyId, floor: Option<RuleId>) -> Shown {
        Shown { name: Arc::new(name), strategy, floor, seen: (u64::MAX, Money::ZERO) }
    }
}

/// What one update says of one strategy, exactly.
pub(crate) struct Row {
    name: Arc<Py<PyString>>,
    old: Money,
    view: ScopeView,
    floor: Option<Money>,
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
            rows.push(Row { name: Arc::clone(&shown.name), old, view, floor });
        }
        rows
    }
}

impl Row {
    pub(crate) fn all<'py>(
        py: Python<'py>,
        rows: &[Row],
        exact: bool,
    ) -> PyResult<Bound<'py, PyDict>> {
        let all = PyDict::new(py);
        for row in rows {
            all.set_item(row.name.as_ref(), row.dictionary(py, exact)?)?;
        }
        Ok(all)
    }

    fn dictionary<'py>(&self, py: Python<'py>, exact: bool) -> PyResult<Bound<'py, PyDict>> {
        let money = |money: Money| amount(py, money, exact);
        let view = &self.view;
        let row = PyDict::new(py);
        row.set_item(intern!(py, "old_mtm"), money(self.old)?)?;
        row.set_item(intern!(py, "new_mtm"), money(view.mtm)?)?;
        row.set_item(intern!(py, "mtm_change"), money(view.mtm - self.old)?)?;
        row.set_item(intern!(py, "peak_mtm"), money(view.peak)?)?;
        row.set_item(intern!(py, "trailing_stop"), self.floor.map(money).transpose()?)?;
        row.set_item(intern!(py, "open_trades"), view.open_trades)?;
        row.set_item(intern!(py, "total_trades"), view.total_trades)?;
        row.set_item(intern!(py, "is_active"), view.is_active)?;
        row.set_item(intern!(py, "actions"), PyList::empty(py))?;
        row.set_item(intern!(py, "events"), PyList::empty(py))?;
        row.set_item(intern!(py, "intents"), PyList::empty(py))?;
        row.set_item(intern!(py, "is_uncertain"), view.uncertain)?;
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
