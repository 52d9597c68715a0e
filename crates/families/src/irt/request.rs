//! `POST /irt/calibrate`: from the request to what is sent.

use seedtest_irt::{Model, Observer, Priors, Rule, Spec, StandardErrors, Status, UnknownModel};
use seedtest_responses::{Duplicates, ResponseLog};
use seedtest_wire::{CalibrateRequest, CalibrateResponse, PriorsChoice};

use super::calibration::{CalibrationRequest, calibrate};
use super::linking::LinkingChoice;
use super::log::{log_of_matrix, log_of_rows};
use crate::digest::result_digest;
use crate::error::Error;
use crate::record::FitRecord;

/// The answer to `POST /irt/calibrate`.
#[derive(Debug, Clone)]
pub struct CalibrateAnswer {
    /// What the caller gets.
    pub response: CalibrateResponse,
    /// What the ledger keeps of the fit.
    pub record: FitRecord,
}

/// Calibrates what a request asks for. The fit is called `run_id`.
pub fn answer_calibrate(
    request: &CalibrateRequest<'_>,
    run_id: &str,
    observer: &mut dyn Observer,
) -> Result<CalibrateAnswer, Error> {
    let log = log(request)?;
    let calibration = CalibrationRequest {
        spec: spec(request)?,
        duplicates: duplicates(request.duplicates.as_deref())?,
        anchors: request.anchors.clone().unwrap_or_default(),
        linking: match request.linking_method.as_deref() {
            None => LinkingChoice::Auto,
            Some(text) => {
                text.parse().map_err(|error: Error| field_of(&error, "linking_method"))?
            }
        },
        start: None,
    };
    let calibrated = calibrate(&log, &calibration, observer)?;
    let version = request.version.as_deref().unwrap_or("v1");
    let mut response = calibrated.response(&log, "", version, None);
    if request.quality == Some(true) {
        response.quality = Some(calibrated.quality(&log)?);
    }
    if request.covariance != Some(true) {
        response.covariance = None;
    }
    let truncated = matches!(calibrated.fit.verdict.status, Status::Truncated { .. });
    response.truncated = truncated.then_some(true);
    let record = FitRecord {
        input_digest: calibrated.input_digest,
        result_digest: result_digest(&response)?,
        verdict: serde_json::to_value(&response.fit_meta.verdict)?,
        seed: request.seed,
    };
    response.fit_meta.run_id = run_id.to_string();
    Ok(CalibrateAnswer { response, record })
}

fn field_of(error: &Error, field: &'static str) -> Error {
    Error::field(field, error.to_string())
}

fn log(request: &CalibrateRequest<'_>) -> Result<ResponseLog, Error> {
    if !request.observations.is_empty() {
        if let Some(row) = request.observations.iter().position(|row| row.user_id.is_none()) {
            let reason = format!("row {} has no user_id", row + 1);
            return Err(Error::field("observations", reason));
        }
        return log_of_rows(&request.observations, "observations");
    }
    if request.responses.is_empty() {
        return Err(Error::NoObservations);
    }
    log_of_matrix(&request.responses, &request.item_ids, &request.user_ids)
}

fn spec(request: &CalibrateRequest<'_>) -> Result<Spec, Error> {
    let model = match request.model.as_deref() {
        None => Model::TwoPl,
        Some(text) => {
            text.parse().map_err(|error: UnknownModel| Error::field("model", error.to_string()))?
        }
    };
    let mut spec = Spec::new(model);
    match &request.priors {
        None => {}
        Some(PriorsChoice::Given(priors)) => spec.priors = *priors,
        Some(PriorsChoice::Named(name)) => spec.priors = named_priors(name, spec.priors)?,
    }
    spec.max_iter = request.max_iter.unwrap_or(spec.max_iter);
    spec.gradient_tolerance = request.tol.unwrap_or(spec.gradient_tolerance);
    if let Some(points) = request.quadrature_points {
        spec.quadrature = Rule::Grid { points: points as usize, min: -6.0, max: 6.0 };
    }
    spec.standard_errors = match request.standard_errors.as_deref() {
        None | Some("observed") => StandardErrors::Observed,
        Some("sandwich") => StandardErrors::Sandwich,
        Some("none") => StandardErrors::None,
        Some(other) => {
            let reason = format!("{other:?} is none of observed, sandwich, none");
            return Err(Error::field("standard_errors", reason));
        }
    };
    // A linking has standard errors only if it can see those of the items.
    spec.keep_covariance = request.covariance == Some(true) || request.anchors.is_some();
    Ok(spec)
}

fn named_priors(name: &str, defaults: Priors) -> Result<Priors, Error> {
    match name.to_ascii_lowercase().as_str() {
        "weak" => Ok(Priors::weak()),
        "none" => Ok(Priors::none()),
        "default" => Ok(defaults),
        _ => {
            let reason = format!("{name:?} is none of weak, none, default");
            Err(Error::field("priors", reason))
        }
    }
}

fn duplicates(name: Option<&str>) -> Result<Duplicates, Error> {
    match name {
        None | Some("first") => Ok(Duplicates::First),
        Some("last") => Ok(Duplicates::Last),
        Some("all") => Ok(Duplicates::All),
        Some(other) => {
            let reason = format!("{other:?} is none of first, last, all");
            Err(Error::field("duplicates", reason))
        }
    }
}
