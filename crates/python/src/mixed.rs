//! Linear and generalised linear mixed models.

use pyo3::prelude::*;
use seedtest_families::Outcome;
use seedtest_families::glmm::Generalised;
use seedtest_families::lmm::Linear;
use seedtest_families::mixed::{Kind, Scale, Spec, Stored, fit, predict_table};
use seedtest_fault::FaultKind;
use seedtest_wire::MixedFitRequest;

use crate::answer::Answer;
use crate::fault::Fault;
use crate::frame::Frame;
use crate::options::{read, stored, table_with_names};
use crate::run::Run;

/// Fits a mixed model to a data frame; `is_linear`: with the defaults of a linear one.
#[pyfunction]
#[pyo3(signature = (frame, options, is_linear, newdata=None, progress=None, threads=None))]
pub(crate) fn fit_mixed(
    py: Python<'_>,
    frame: Frame,
    options: &str,
    is_linear: bool,
    newdata: Option<Frame>,
    progress: Option<Py<PyAny>>,
    threads: Option<usize>,
) -> PyResult<Answer> {
    let request: MixedFitRequest = read(options).map_err(|fault| fault.raised(py))?;
    let run = Run::new(progress, threads).within(request.max_seconds);
    let defaults = if is_linear { Linear::DEFAULTS } else { Generalised::DEFAULTS };
    run.off_the_lock(py, move |observer| {
        let spec = Spec::of(&request, defaults)?;
        let naming = spec.naming_columns()?;
        let (table, mut notes) = table_with_names(frame, naming.clone())?;
        let newdata = newdata.map(|frame| table_with_names(frame, naming)).transpose()?;
        let (newdata, of_new) = newdata.unzip();
        notes.extend(of_new.into_iter().flatten());
        let fitted = fit(&table, newdata.as_ref(), &spec, observer);
        let fitted = match fitted.map_err(|error| Fault::from(error).beside(&notes))? {
            Outcome::TooLittle(noop) => return Answer::of_nothing(&noop, &noop.reason, notes),
            Outcome::Fitted(fitted) => fitted,
        };
        let run_id = fitted.default_run_id();
        let mut response = fitted.response(&run_id);
        response.model = Some(serde_json::to_value(fitted.stored(&run_id))?);
        // A singular fit is an optimum; that it is one is among the warnings.
        if response.fit_meta.converged {
            return Answer::of(&response, notes);
        }
        Answer::of_fit(&response, &response.fit_meta.verdict, notes)
    })
}

/// Predictions for the rows of a data frame from a fit, its JSON.
#[pyfunction]
#[pyo3(signature = (fit, frame, with_random=true, scale="response", threads=None))]
pub(crate) fn predict_mixed(
    py: Python<'_>,
    fit: String,
    frame: Frame,
    with_random: bool,
    scale: &str,
    threads: Option<usize>,
) -> PyResult<Answer> {
    let scale = match scale {
        "response" => Ok(Scale::Response),
        "link" => Ok(Scale::Link),
        other => {
            let message = format!("scale: {other:?} is no scale");
            Err(Fault::new(FaultKind::Setting, message, "give response or link"))
        }
    };
    let scale = scale.map_err(|fault| fault.raised(py))?;
    Run::new(None, threads).off_the_lock(py, move |_| {
        let model: Stored = stored(&fit, "model")?;
        let (table, notes) = table_with_names(frame, model.naming_columns())?;
        Answer::of(&predict_table(&model, &table, with_random, scale)?, notes)
    })
}
