//! Which process this is, without asking the system at every call: Python says when it was forked.

use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyModule};
use std::sync::atomic::{AtomicU32, Ordering};

/// How often this process and those that it came from were forked.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// The process that made something.
pub(crate) struct Home(u32);

impl Home {
    pub(crate) fn here() -> Home {
        Home(FORKS.load(Ordering::Relaxed))
    }

    pub(crate) fn is_here(&self) -> bool {
        self.0 == FORKS.load(Ordering::Relaxed)
    }
}

#[pyfunction]
fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// Has Python tell of forks, on systems that have them. A child that goes on without telling Python cannot use it.
pub(crate) fn watch(py: Python<'_>) -> PyResult<()> {
    let os = PyModule::import(py, "os")?;
    if !os.hasattr("register_at_fork")? {
        return Ok(());
    }
    let told = wrap_pyfunction!(forked, py)?;
    let when = [("after_in_child", told)].into_py_dict(py)?;
    os.getattr("register_at_fork")?.call((), Some(&when))?;
    Ok(())
}
