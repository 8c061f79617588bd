//! The Python package's Rust half: one engine behind a lock, with a journal when asked, exact numbers at the
//! border, no logic.

mod array;
mod border;
mod core;
mod durable;
mod home;
mod inner;
mod number;
mod past;
mod rows;
mod sheet;
mod table;

use pyo3::prelude::*;

#[pymodule]
mod _highmark {
    use pyo3::prelude::*;
    use pyo3::types::PyModule;

    #[pymodule_export]
    use crate::core::Core;
    #[pymodule_export]
    use crate::number::decimal;
    #[pymodule_export]
    use crate::table::Table;
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::home::watch(module.py())
    }

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's own name")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
