//! A dictionary of prices as it is read: who gives prices again and again gives the same strings, which are known by
//! sight.

use crate::border::error;
use crate::number::{self, Odd};
use highmark_engine::{InstrumentId, Price};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyString};

/// Symbols in the order in which they were given last, with their instruments. A string that is held cannot be
/// another one.
#[derive(Default)]
pub(crate) struct Keys(Vec<(Py<PyString>, InstrumentId)>);

/// A dictionary that was read.
pub(crate) struct Sheet<'py> {
    symbols: Vec<(Bound<'py, PyString>, Option<InstrumentId>)>,
    prices: Vec<Result<Price, Odd>>,
}

/// One symbol and its price.
pub(crate) struct Line<'a> {
    pub(crate) known: Option<InstrumentId>,
    /// Empty when its instrument is known and its price is one.
    pub(crate) symbol: &'a str,
    pub(crate) price: Result<Price, Odd>,
}

/// The prices of a dictionary whose symbols are those of the last one, in their order, and whose prices are floats
/// that are read at once; none when it is another. Runs no Python code.
pub(crate) fn again(prices: &Bound<'_, PyDict>, keys: &Keys) -> Option<Vec<(InstrumentId, Price)>> {
    if prices.len() != keys.0.len() {
        return None;
    }
    let mut lines = Vec::with_capacity(keys.0.len());
    for ((symbol, value), (key, id)) in prices.iter().zip(&keys.0) {
        if key.as_ptr() != symbol.as_ptr() {
            return None;
        }
        let float = value.cast_exact::<PyFloat>().ok()?.value();
        lines.push((*id, number::quick_price(float)?));
    }
    Some(lines)
}

/// Reads a dictionary, in which code of the caller's own types may run.
pub(crate) fn read<'py>(
    py: Python<'py>,
    prices: &Bound<'py, PyDict>,
    keys: &Keys,
) -> PyResult<Sheet<'py>> {
    let size = prices.len();
    let mut sheet = Sheet { symbols: Vec::with_capacity(size), prices: Vec::with_capacity(size) };
    let mut last = keys.0.iter();
    for (symbol, value) in prices {
        let Ok(symbol) = symbol.cast_into::<PyString>() else {
            let hint = "prices are {symbol: price}";
            return Err(error(py, "ConfigError", "a symbol must be text", hint));
        };
        let known = last.next().filter(|(key, _)| key.as_ptr() == symbol.as_ptr());
        sheet.symbols.push((symbol, known.map(|(_, id)| *id)));
        sheet.prices.push(number::price(&value));
    }
    Ok(sheet)
}

impl<'py> Sheet<'py> {
    /// What the engine is told, and the symbols, in order.
    pub(crate) fn lines(&mut self) -> PyResult<Vec<Line<'_>>> {
        let mut lines = Vec::with_capacity(self.prices.len());
        for ((symbol, known), price) in self.symbols.iter().zip(self.prices.drain(..)) {
            let is_known = known.is_some() && price.is_ok();
            let symbol = if is_known { "" } else { symbol.to_str()? };
            lines.push(Line { known: *known, symbol, price });
        }
        Ok(lines)
    }
}

impl Keys {
    /// Remembers the symbols of a batch, when some were not known: `learned` are the instruments of those, in
    /// order. If one of them has none, nothing is remembered.
    pub(crate) fn learn(&mut self, sheet: Sheet<'_>, learned: &[InstrumentId]) {
        let strange = sheet.symbols.iter().filter(|(_, known)| known.is_none()).count();
        if strange == 0 {
            return;
        }
        self.0.clear();
        if strange != learned.len() {
            return;
        }
        let mut learned = learned.iter().copied();
        for (symbol, known) in sheet.symbols {
            let Some(id) = known.or_else(|| learned.next()) else { break };
            self.0.push((symbol.unbind(), id));
        }
    }
}
