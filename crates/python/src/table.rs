//! Tables in Arrow's memory, which pandas, polars and pyarrow take as they are; money as exact decimals.

use crate::border::error;
use arrow_array::builder::*;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchIterator};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use highmark_engine::{Money, Price};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use std::sync::Arc;

/// Columns of one length. `__arrow_c_stream__` is all that it has to be read by.
#[pyclass(frozen, module = "highmark._highmark")]
pub(crate) struct Table {
    batch: RecordBatch,
}

#[pymethods]
impl Table {
    /// Columns as `(name, kind, values)`; a value may be None. Kinds: `text`, `price` and `money` (decimal
    /// text), `time` (nanoseconds since 1970), `whole`, `flag`.
    #[new]
    fn new(
        py: Python<'_>,
        columns: Vec<(String, String, Vec<Bound<'_, PyAny>>)>,
    ) -> PyResult<Table> {
        let mut fields = Vec::with_capacity(columns.len());
        let mut arrays = Vec::with_capacity(columns.len());
        for (name, kind, values) in columns {
            let array = column(py, &kind, &values)?;
            fields.push(Field::new(name, array.data_type().clone(), true));
            arrays.push(array);
        }
        let made = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays);
        let batch = made.map_err(|fault| wrong(py, &fault.to_string()))?;
        Ok(Table { batch })
    }

    #[getter]
    fn num_rows(&self) -> usize {
        self.batch.num_rows()
    }

    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.batch.schema_ref().fields().iter().map(|field| field.name().clone()).collect()
    }

    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    fn __repr__(&self) -> String {
        let batch = &self.batch;
        format!("<Table of {} rows: {}>", batch.num_rows(), self.column_names().join(", "))
    }

    /// The stream, in the capsule that Arrow's interface for Python asks for. Another schema than its own may
    /// be asked for, and need not be given.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let rows = RecordBatchIterator::new([Ok(self.batch.clone())], self.batch.schema());
        // Whoever takes the stream marks it as taken; else it is released with the capsule.
        let stream = FFI_ArrowArrayStream::new(Box::new(rows));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }
}

fn column(py: Python<'_>, kind: &str, values: &[Bound<'_, PyAny>]) -> PyResult<ArrayRef> {
    Ok(match kind {
        "text" => {
            let mut column = StringBuilder::new();
            for value in values {
                column.append_option(value.extract::<Option<String>>()?);
            }
            Arc::new(column.finish())
        }
        "price" => {
            decimals(py, values, 8, |text| text.parse::<Price>().ok().map(|price| price.0.into()))?
        }
        "money" => {
            decimals(py, values, 16, |text| text.parse::<Money>().ok().map(|money| money.0))?
        }
        "time" => {
            let zone = DataType::Timestamp(TimeUnit::Nanosecond, Some("Asia/Kolkata".into()));
            let mut column = TimestampNanosecondBuilder::new().with_data_type(zone);
            for value in values {
                column.append_option(value.extract::<Option<i64>>()?);
            }
            Arc::new(column.finish())
        }
        "whole" => {
            let mut column = Int64Builder::new();
            for value in values {
                column.append_option(value.extract::<Option<i64>>()?);
            }
            Arc::new(column.finish())
        }
        "flag" => {
            let mut column = BooleanBuilder::new();
            for value in values {
                column.append_option(value.extract::<Option<bool>>()?);
            }
            Arc::new(column.finish())
        }
        _ => return Err(wrong(py, &format!("no column is of kind {kind:?}"))),
    })
}

fn decimals(
    py: Python<'_>,
    values: &[Bound<'_, PyAny>],
    scale: i8,
    read: impl Fn(&str) -> Option<i128>,
) -> PyResult<ArrayRef> {
    let mut column = Decimal128Builder::new().with_data_type(DataType::Decimal128(38, scale));
    for value in values {
        let text = value.extract::<Option<String>>()?;
        let units = text.as_deref().map(|text| {
            read(text).ok_or_else(|| wrong(py, &format!("{text:?} is no exact decimal")))
        });
        column.append_option(units.transpose()?);
    }
    Ok(Arc::new(column.finish()))
}

fn wrong(py: Python<'_>, message: &str) -> PyErr {
    error(py, "HighmarkError", message, "tell us: this is a bug")
}
