//! `POST /prophet/predict`: what comes after a series, or after the one of a stored fit.

use seedtest_forecast::Observer;
use seedtest_ingest::Table;
use seedtest_wire::{ProphetNoop, ProphetPredictRequest, ProphetPredictResponse};
use serde::Serialize;

use super::cost::{of_fit, of_points};
use super::fit::{Fitted, fit, fit_series};
use super::response::{fitted_json, value_json};
use super::series::{Holds, Series};
use super::spec::{Anomalies, Spec};
use super::stored::Stored;
use crate::error::Error;
use crate::family::{Outcome, admit};
use crate::rows::table_of;

/// Points where a request with rows names no number.
const PERIODS: usize = 30;
/// What to say where there is no stored fit.
pub const NO_STORED_MODEL: Error = Error::NoStoredModel {
    family: "prophet",
    hint: "fit one first: `seedtest job run forecast-prophet`, or send rows",
};

/// A forecast, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Prediction {
    /// Forecast.
    Predicted(Box<ProphetPredictResponse>),
    /// Too little to fit first.
    TooLittle(ProphetNoop),
}

/// Answers a request by fitting its rows, or with a stored fit; `stored` is the fit the request names
/// by `run_id`, or the newest.
///
/// # Errors
/// [`Error::NoStoredModel`] when there are neither rows nor a fit, and those of the fit.
pub fn predict(
    request: &ProphetPredictRequest,
    stored: Option<&Stored>,
    observer: &mut dyn Observer,
) -> Result<Prediction, Error> {
    let future = request.future.clone().map(table_of).transpose()?;
    if request.rows.is_empty() {
        let model = stored.ok_or(NO_STORED_MODEL)?;
        return predict_stored(model, request, future.as_ref(), observer);
    }
    let options = request.options.clone().unwrap_or_default();
    let mut spec = Spec::of_options(&options)?;
    spec.plan.horizon = periods(request)?.unwrap_or(PERIODS);
    spec.freq = request.freq.as_deref().map(str::parse).transpose()?;
    spec.anomalies = Anomalies::Ignored;
    let table = table_of(request.rows.clone())?;
    admit(observer, || Ok(of_fit(&table, future.as_ref(), &spec)))?;
    Ok(answer(fit(&table, future.as_ref(), &spec, observer)?, None, None))
}

/// Goes on with a stored fit.
///
/// # Errors
/// For options that are none, and rows of the future that lack a column of the model.
pub fn predict_stored(
    model: &Stored,
    request: &ProphetPredictRequest,
    future: Option<&Table>,
    observer: &mut dyn Observer,
) -> Result<Prediction, Error> {
    let mut spec = model.spec.clone();
    spec.plan.horizon = periods(request)?.unwrap_or(spec.plan.horizon);
    if let Some(freq) = &request.freq {
        spec.freq = Some(freq.parse()?);
    }
    admit(observer, || Ok(of_points(model.series.time.len(), future, &spec)))?;
    let future = future.map(|table| Series::of(table, &spec, Holds::Future)).transpose()?;
    let outcome = fit_series(model.series.clone(), future, &spec, observer)?;
    Ok(answer(outcome, Some(model.run_id.clone()), model.why.clone()))
}

fn periods(request: &ProphetPredictRequest) -> Result<Option<usize>, Error> {
    let read = |periods: u64| {
        usize::try_from(periods).map_err(|_| Error::option("periods", &periods, "1 to 1000"))
    };
    request.periods.map(read).transpose()
}

fn answer(
    outcome: Outcome<Fitted, ProphetNoop>,
    run_id: Option<String>,
    why: Option<String>,
) -> Prediction {
    let fitted = match outcome {
        Outcome::Fitted(fitted) => fitted,
        Outcome::TooLittle(noop) => return Prediction::TooLittle(noop),
    };
    let found = &fitted.forecast;
    let why = why.unwrap_or_else(|| found.why.clone());
    Prediction::Predicted(Box::new(ProphetPredictResponse {
        status: "success".into(),
        ok: true,
        run_id,
        model_used: found.model_used.name().into(),
        why,
        periods: found.future.len(),
        freq: found.step.to_string(),
        fitted: found.history.iter().map(fitted_json).collect(),
        forecast: found.future.iter().map(value_json).collect(),
        warnings: fitted.warnings.clone(),
    }))
}
