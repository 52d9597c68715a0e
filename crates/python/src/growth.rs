//! Growth over weeks.

use pyo3::prelude::*;
use seedtest_families::Outcome;
use seedtest_families::growth::{Spec, Stored, fit, naming_columns, predict, predict_table};
use seedtest_wire::{GrowthFitRequest, GrowthPredictRequest};

use crate::answer::Answer;
use crate::fault::Fault;
use crate::frame::Frame;
use crate::options::{read, stored, table_with_names};
use crate::run::Run;

/// Samples a model of growth for a data frame.
#[pyfunction]
#[pyo3(signature = (frame, options, progress=None, threads=None))]
pub(crate) fn fit_growth(
    py: Python<'_>,
    frame: Frame,
    options: &str,
    progress: Option<Py<PyAny>>,
    threads: Option<usize>,
) -> PyResult<Answer> {
    let request: GrowthFitRequest = read(options).map_err(|fault| fault.raised(py))?;
    let run = Run::new(progress, threads).within(request.max_seconds);
    run.off_the_lock(py, move |observer| {
        let spec = Spec::of(&request)?;
        let (table, notes) = table_with_names(frame, naming_columns(&spec.formula)?)?;
        let fitted = fit(&table, &spec, observer);
        let fitted = match fitted.map_err(|error| Fault::from(error).beside(&notes))? {
            Outcome::TooLittle(noop) => return Answer::of_nothing(&noop, &noop.reason, notes),
            Outcome::Fitted(fitted) => fitted,
        };
        let run_id = fitted.default_run_id();
        let mut response = fitted.response(&run_id);
        if request.keep_model == Some(true) {
            response.stored_model = Some(serde_json::to_value(Stored::of(&fitted, &run_id))?);
        }
        Answer::of_fit(&response, &response.verdict, notes)
    })
}

/// The probability of a score from a fit, its JSON: of the students in a data frame, or of one whose score is given.
#[pyfunction]
#[pyo3(signature = (options, fit=None, frame=None, threads=None))]
pub(crate) fn predict_growth(
    py: Python<'_>,
    options: &str,
    fit: Option<String>,
    frame: Option<Frame>,
    threads: Option<usize>,
) -> PyResult<Answer> {
    let request: GrowthPredictRequest = read(options).map_err(|fault| fault.raised(py))?;
    Run::new(None, threads).off_the_lock(py, move |observer| {
        let model: Option<Stored> =
            fit.as_deref().map(|json| stored(json, "stored_model")).transpose()?;
        let run_id = model.as_ref().map(|model| model.run_id.clone());
        let request = GrowthPredictRequest { run_id, ..request };
        let stop = observer.interrupt();
        let (Some(frame), Some(model)) = (frame, &model) else {
            return Answer::of(&predict(&request, model.as_ref(), &stop)?, Vec::new());
        };
        let (table, notes) = table_with_names(frame, naming_columns(&model.formula)?)?;
        Answer::of(&predict_table(&table, &request, model, &stop)?, notes)
    })
}
