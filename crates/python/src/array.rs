//! Arrays of numpy's and others' as the bytes of their buffers. The stable interface of Python 3.10 has no
//! buffers, so Python's `memoryview` opens them.

use crate::border::error;
use pyo3::prelude::*;

/// Whole numbers of 32 or 64 bits in this machine's order, as `memoryview` calls them; -1 for none of ours.
pub(crate) fn ids(py: Python<'_>, bytes: &[u8], format: &str) -> PyResult<Vec<i32>> {
    let width = match format {
        "i" | "I" => 4,
        "l" | "L" | "q" | "Q" => 8,
        _ => return Err(odd(py, "ids", format, "whole numbers of 32 or 64 bits (int32)")),
    };
    let (four, _) = bytes.as_chunks::<4>();
    let (eight, _) = bytes.as_chunks::<8>();
    Ok(match width {
        4 => four.iter().map(|id| i32::from_ne_bytes(*id)).collect(),
        _ => eight.iter().map(|id| i32::try_from(i64::from_ne_bytes(*id)).unwrap_or(-1)).collect(),
    })
}

/// Floats of 64 bits.
pub(crate) fn floats(py: Python<'_>, bytes: &[u8], format: &str) -> PyResult<Vec<f64>> {
    if format != "d" {
        return Err(odd(py, "prices", format, "floats of 64 bits (float64)"));
    }
    let (eight, _) = bytes.as_chunks::<8>();
    Ok(eight.iter().map(|float| f64::from_ne_bytes(*float)).collect())
}

fn odd(py: Python<'_>, what: &str, format: &str, wanted: &str) -> PyErr {
    let message = format!("{what}: an array of format {format:?}");
    error(py, "ConfigError", &message, &format!("give an array of {wanted}"))
}
