//! Survival models.

use pyo3::prelude::*;
use seedtest_families::Outcome;
use seedtest_families::survival::{
    CurvesSpec, Spec, Stored, curves, fit, naming_columns, predict_table,
};
use seedtest_numerics::DEFAULT_LEVEL;
use seedtest_wire::{SurvivalCurvesRequest, SurvivalFitRequest, SurvivalPredictRequest};

use crate::answer::Answer;
use crate::fault::Fault;
use crate::frame::Frame;
use crate::options::{read, rename, stored, table_with_names};
use crate::run::Run;

/// Fits a survival model to a data frame; `id`: the column of the student.
#[pyfunction]
#[pyo3(signature = (frame, options, id=None, progress=None, threads=None))]
pub(crate) fn fit_survival(
    py: Python<'_>,
    frame: Frame,
    options: &str,
    id: Option<String>,
    progress: Option<Py<PyAny>>,
    threads: Option<usize>,
) -> PyResult<Answer> {
    let request: SurvivalFitRequest = read(options).map_err(|fault| fault.raised(py))?;
    let run = Run::new(progress, threads).within(request.max_seconds);
    run.off_the_lock(py, move |observer| {
        let spec = Spec::of(&request)?;
        let named = [id.as_deref(), spec.cluster.as_deref(), spec.strata.as_deref()];
        let named: Vec<&str> = named.into_iter().flatten().collect();
        let naming = naming_columns(spec.formula.as_deref(), &named);
        let (mut table, notes) = table_with_names(frame, naming)?;
        if let Some(id) = &id {
            rename(&mut table, "id", id, "user_id")?;
        }
        let fitted = fit(&table, None, &spec, observer);
        let fitted = match fitted.map_err(|error| Fault::from(error).beside(&notes))? {
            Outcome::TooLittle(noop) => return Answer::of_nothing(&noop, &noop.reason, notes),
            Outcome::Fitted(fitted) => fitted,
        };
        let run_id = fitted.default_run_id();
        let mut response = fitted.response(&run_id)?;
        if let Some(id) = id.filter(|_| spec.cluster.is_none()) {
            // The column that was renamed goes by its own name.
            let cluster = &mut response.model_meta.cluster;
            *cluster = cluster.take().map(|_| id);
        }
        response.stored_model = Some(serde_json::to_value(fitted.stored(&run_id))?);
        Answer::of_fit(&response, &response.model_meta.verdict, notes)
    })
}

/// Risks and survival of the rows of a data frame from a fit, its JSON.
#[pyfunction]
#[pyo3(signature = (fit, frame, options, threads=None))]
pub(crate) fn predict_survival(
    py: Python<'_>,
    fit: String,
    frame: Frame,
    options: &str,
    threads: Option<usize>,
) -> PyResult<Answer> {
    let request: SurvivalPredictRequest = read(options).map_err(|fault| fault.raised(py))?;
    Run::new(None, threads).off_the_lock(py, move |observer| {
        let model: Stored = stored(&fit, "stored_model")?;
        // What the event of new rows is does not matter.
        let right = model.formula.split_once('~').map(|(_, right)| format!("~{right}"));
        let naming = naming_columns(right.as_deref(), &[]);
        let (table, notes) = table_with_names(frame, naming)?;
        Answer::of(&predict_table(&model, &table, &request, observer)?, notes)
    })
}

/// Survival curves of a data frame, one for every group.
#[pyfunction]
#[pyo3(signature = (frame, options, threads=None))]
pub(crate) fn survival_curves(
    py: Python<'_>,
    frame: Frame,
    options: &str,
    threads: Option<usize>,
) -> PyResult<Answer> {
    let request: SurvivalCurvesRequest = read(options).map_err(|fault| fault.raised(py))?;
    Run::new(None, threads).off_the_lock(py, move |observer| {
        let spec = CurvesSpec {
            formula: request.formula,
            group: request.group,
            cause: request.cause,
            weights: request.weights,
            tau: request.tau,
            confidence: request.confidence.unwrap_or(DEFAULT_LEVEL),
            bounds: request.bounds.unwrap_or_default(),
        };
        let (table, notes) = table_with_names(frame, Vec::new())?;
        let found = curves(&table, &spec, observer);
        Answer::of(&found.map_err(|error| Fault::from(error).beside(&notes))?, notes)
    })
}
