//! Forecasts of a series.

use pyo3::prelude::*;
use seedtest_families::Outcome;
use seedtest_families::prophet::{Columns, Prediction, Spec, Stored, fit, predict_stored};
use seedtest_fault::FaultKind;
use seedtest_wire::{ProphetFitRequest, ProphetPredictRequest};

use crate::answer::Answer;
use crate::fault::Fault;
use crate::frame::Frame;
use crate::options::{read, require_column, stored, table_with_names};
use crate::run::Run;

/// Forecasts the series in a data frame; `time` and `value`: its columns, where they have no usual name.
#[pyfunction]
#[pyo3(signature = (frame, options, time=None, value=None, future=None, progress=None, threads=None))]
// Each is an argument of its own in Python.
#[allow(clippy::too_many_arguments)]
pub(crate) fn fit_prophet(
    py: Python<'_>,
    frame: Frame,
    options: &str,
    time: Option<String>,
    value: Option<String>,
    future: Option<Frame>,
    progress: Option<Py<PyAny>>,
    threads: Option<usize>,
) -> PyResult<Answer> {
    let request: ProphetFitRequest = read(options).map_err(|fault| fault.raised(py))?;
    let run = Run::new(progress, threads).within(request.max_seconds);
    run.off_the_lock(py, move |observer| {
        if let Some(note) = request.all_options().unknown_note() {
            return Err(Fault::new(FaultKind::Setting, note, "mend the name, or leave it out"));
        }
        let columns = Columns { time, value };
        let (table, notes) = table_with_names(frame, Vec::new())?;
        for (option, name) in [("time", &columns.time), ("value", &columns.value)] {
            let found = name.as_ref().map_or(Ok(()), |name| require_column(&table, option, name));
            found.map_err(|fault| fault.beside(&notes))?;
        }
        let spec = Spec { columns, ..Spec::of(&request)? };
        let future = future.map(|frame| table_with_names(frame, Vec::new())).transpose()?;
        let future = future.map(|(table, _)| table);
        let fitted = fit(&table, future.as_ref(), &spec, observer);
        let fitted = match fitted.map_err(|error| Fault::from(error).beside(&notes))? {
            Outcome::TooLittle(noop) => return Answer::of_nothing(&noop, &noop.reason, notes),
            Outcome::Fitted(fitted) => fitted,
        };
        let run_id = fitted.default_run_id();
        let mut response = fitted.response(&run_id);
        response.stored_model = Some(serde_json::to_value(Stored::of(&fitted, &run_id))?);
        Answer::of_fit(&response, &fitted.verdict(), notes)
    })
}

/// Points to come of a forecast, its JSON.
#[pyfunction]
#[pyo3(signature = (fit, options, future=None, threads=None))]
pub(crate) fn predict_prophet(
    py: Python<'_>,
    fit: String,
    options: &str,
    future: Option<Frame>,
    threads: Option<usize>,
) -> PyResult<Answer> {
    let request: ProphetPredictRequest = read(options).map_err(|fault| fault.raised(py))?;
    Run::new(None, threads).off_the_lock(py, move |observer| {
        let model: Stored = stored(&fit, "stored_model")?;
        let future = future.map(|frame| table_with_names(frame, Vec::new())).transpose()?;
        let future = future.map(|(table, _)| table);
        match predict_stored(&model, &request, future.as_ref(), observer)? {
            Prediction::Predicted(found) => Answer::of(&found, Vec::new()),
            Prediction::TooLittle(noop) => Answer::of_nothing(&noop, &noop.reason, Vec::new()),
        }
    })
}
