//! What crosses the border: errors as the package's own exceptions, serde's text, times.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyModule, PyString};
use serde::Serialize;
use serde::de::DeserializeOwned;

static ERRORS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();

/// An exception of `highmark.errors` by its name, with what to do about it.
pub(crate) fn error(py: Python<'_>, class: &str, message: &str, hint: &str) -> PyErr {
    let raise = || -> PyResult<PyErr> {
        let module = ERRORS
            .get_or_try_init(py, || PyModule::import(py, "highmark.errors").map(Bound::unbind))?;
        let value = module.bind(py).getattr(class)?.call1((message, hint))?;
        Ok(PyErr::from_value(value))
    };
    raise().unwrap_or_else(|error| error)
}

/// Facts and views as JSON, in which money is decimal text.
pub(crate) fn text<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyString>> {
    let text = serde_json::to_string(value).map_err(|fault| {
        error(py, "HighmarkError", &fault.to_string(), "tell us: this is a bug")
    })?;
    Ok(PyString::new(py, &text))
}

/// A command or news, from JSON.
pub(crate) fn read<T: DeserializeOwned>(py: Python<'_>, text: &str) -> PyResult<T> {
    serde_json::from_str(text).map_err(|fault| {
        error(
            py,
            "ConfigError",
            &fault.to_string(),
            "the page docs/python.md lists what a command takes",
        )
    })
}
