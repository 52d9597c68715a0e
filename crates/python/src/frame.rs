//! A data frame of Python as a table in memory.

use arrow_array::{Array, RecordBatch};
use arrow_schema::Schema;
use pyo3::prelude::*;
use pyo3_arrow::input::AnyRecordBatch;
use seedtest_fault::FaultKind;
use seedtest_ingest::{Cell, MemoryTable};

use crate::cells::{Cells, cells_of, days_of};
use crate::fault::Fault;

/// A data frame that came through the Arrow PyCapsule interface. Its columns stay where they are.
pub(crate) struct Frame {
    names: Vec<String>,
    columns: Vec<Column>,
    /// First row of every batch.
    starts: Vec<usize>,
    n_rows: usize,
}

/// The chunks of a column, a batch each.
enum Column {
    Cells(Vec<Box<dyn Cells>>),
    /// No single values; what it holds.
    Unreadable(String),
}

impl Frame {
    fn of(batches: &[RecordBatch], schema: &Schema) -> Self {
        let mut starts = Vec::with_capacity(batches.len());
        let mut n_rows = 0;
        for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
            starts.push(n_rows);
            n_rows += batch.num_rows();
        }
        let column = |index: usize| {
            let filled = batches.iter().filter(|batch| batch.num_rows() > 0);
            let arrays: Vec<&dyn Array> =
                filled.map(|batch| batch.column(index).as_ref()).collect();
            Column::of(&arrays)
                .unwrap_or_else(|| Column::Unreadable(schema.field(index).data_type().to_string()))
        };
        let names = schema.fields().iter().map(|field| field.name().clone()).collect();
        let columns = (0..schema.fields().len()).map(column).collect();
        Self { names, columns, starts, n_rows }
    }
}

impl Column {
    fn of(arrays: &[&dyn Array]) -> Option<Self> {
        let chunks: Vec<Box<dyn Cells>> =
            arrays.iter().map(|array| cells_of(*array)).collect::<Option<_>>()?;
        if !chunks.is_empty() && chunks.iter().all(|chunk| chunk.are_days()) {
            let days: Option<Vec<_>> = arrays.iter().map(|array| days_of(*array)).collect();
            return Some(Self::Cells(days.unwrap_or(chunks)));
        }
        Some(Self::Cells(chunks))
    }
}

impl<'py> FromPyObject<'_, 'py> for Frame {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let table = object.extract::<AnyRecordBatch>().and_then(|any| Ok(any.into_table()?));
        let (batches, schema) =
            table.map_err(|error| not_of_arrow(object.py(), &error))?.into_inner();
        Ok(Self::of(&batches, &schema))
    }
}

/// What to do about columns of types that are not everybody's.
fn not_of_arrow(py: Python<'_>, error: &PyErr) -> PyErr {
    let message = format!("data cannot be read: {}", error.value(py));
    let hint = "cast the column of that type, or leave it out";
    Fault::new(FaultKind::Data, message, hint).raised(py)
}

impl MemoryTable for Frame {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn n_rows(&self) -> usize {
        self.n_rows
    }

    fn cell(&self, column: usize, row: usize) -> Cell<'_> {
        let Column::Cells(chunks) = &self.columns[column] else { return Cell::Null };
        let chunk = match self.starts.len() {
            1 => 0,
            _ => self.starts.partition_point(|start| *start <= row).saturating_sub(1),
        };
        chunks[chunk].cell(row - self.starts[chunk])
    }

    fn unreadable(&self, column: usize) -> Option<String> {
        match &self.columns[column] {
            Column::Cells(_) => None,
            Column::Unreadable(found) => Some(found.clone()),
        }
    }
}
