//! Segments.

use pyo3::prelude::*;
use seedtest_families::Outcome;
use seedtest_families::clustering::{Stored, fit, predict_table, spec_of};
use seedtest_ingest::{Table, TableOptions};
use seedtest_wire::ClusterFitRequest;

use crate::answer::Answer;
use crate::fault::Fault;
use crate::frame::Frame;
use crate::options::{read, rename, stored, table};
use crate::run::Run;

/// The table of a data frame of students; what names them stays text.
fn students(frame: Frame, id: Option<&str>) -> Result<(Table, Vec<String>), Fault> {
    let naming = id.into_iter().map(str::to_owned).collect();
    let options = TableOptions { naming, students_are_named: true, ..TableOptions::default() };
    let (mut table, notes) = table(frame, &options)?;
    if let Some(id) = id {
        rename(&mut table, "id", id, "user_id")?;
    }
    Ok((table, notes))
}

/// Clusters the rows of a data frame; `id`: the column of the student.
#[pyfunction]
#[pyo3(signature = (frame, options, id=None, progress=None, threads=None))]
pub(crate) fn fit_cluster(
    py: Python<'_>,
    frame: Frame,
    options: &str,
    id: Option<String>,
    progress: Option<Py<PyAny>>,
    threads: Option<usize>,
) -> PyResult<Answer> {
    let request: ClusterFitRequest = read(options).map_err(|fault| fault.raised(py))?;
    let run = Run::new(progress, threads).within(request.max_seconds);
    run.off_the_lock(py, move |observer| {
        let spec = spec_of(&request)?;
        let (table, notes) = students(frame, id.as_deref())?;
        let fitted = fit(&table, &spec, observer);
        let fitted = match fitted.map_err(|error| Fault::from(error).beside(&notes))? {
            Outcome::TooLittle(noop) => return Answer::of_nothing(&noop, &noop.reason, notes),
            Outcome::Fitted(fitted) => fitted,
        };
        let run_id = fitted.default_run_id();
        let mut response = fitted.response(&run_id);
        response.stored_model = Some(serde_json::to_value(Stored::of(&fitted, &run_id))?);
        Answer::of_fit(&response, &response.verdict, notes)
    })
}

/// The clusters of the rows of a data frame from a fit, its JSON.
#[pyfunction]
#[pyo3(signature = (fit, frame, id=None, threads=None))]
pub(crate) fn predict_cluster(
    py: Python<'_>,
    fit: String,
    frame: Frame,
    id: Option<String>,
    threads: Option<usize>,
) -> PyResult<Answer> {
    Run::new(None, threads).off_the_lock(py, move |_| {
        let model: Stored = stored(&fit, "stored_model")?;
        let (table, notes) = students(frame, id.as_deref())?;
        Answer::of(&predict_table(&model, &table)?, notes)
    })
}
