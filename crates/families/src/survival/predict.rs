//! `POST /survival/predict`: survival, risks and ranks of rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use seedtest_ingest::Table;
use seedtest_survival::{Error as ModelError, Observer};
use seedtest_wire::{
    RiskRankingJson, SurvivalByTime, SurvivalFitRequest, SurvivalNoop, SurvivalPredictRequest,
    SurvivalPredictResponse, SurvivalPredictionJson,
};
use serde::Serialize;

use super::columns::{Roles, frame_of, gaps, row_names, text_at};
use super::fit::{Predicted, fit, numeric};
use super::response::{MOST_WITH_REASONS, predictions_json};
use super::spec::Spec;
use super::stored::Stored;
use crate::error::Error;
use crate::family::Outcome;
use crate::rows::table_of;

const TIME_POINTS: [f64; 4] = [7.0, 14.0, 21.0, 30.0];
const LONG_TIME: f64 = 365.0;
/// What to say where there is no stored fit.
pub const NO_STORED_MODEL: Error = Error::NoStoredModel {
    family: "survival",
    hint: "fit one first: `seedtest job run fit-survival-churn`, or send rows",
};

/// Predictions, or why there are none.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Prediction {
    /// Predicted.
    Predicted(Box<SurvivalPredictResponse>),
    /// Too little to fit first.
    TooLittle(SurvivalNoop),
}

/// Answers a request with a stored fit, or by fitting its rows first; `stored` is the fit the request
/// names by `run_id`, or the newest.
///
/// # Errors
/// [`Error::NoStoredModel`] when there are neither rows nor a fit, and those of the fit.
pub fn predict(
    request: &SurvivalPredictRequest,
    stored: Option<&Stored>,
    observer: &mut dyn Observer,
) -> Result<Prediction, Error> {
    if request.rows.is_empty() {
        let model = stored.ok_or(NO_STORED_MODEL)?;
        let rows = request.user_features.clone().unwrap_or_default();
        let response = predict_table(model, &table_of(rows)?, request)?;
        return Ok(Prediction::Predicted(Box::new(response)));
    }
    let spec = Spec::of(&SurvivalFitRequest {
        family: request.model.clone(),
        formula: request.formula.clone(),
        horizon_days: request.horizon_days,
        quality: Some(false),
        proportionality: Some(false),
        ..SurvivalFitRequest::default()
    })?;
    let table = table_of(request.rows.clone())?;
    match fit(&table, None, &spec, observer)? {
        Outcome::TooLittle(noop) => Ok(Prediction::TooLittle(noop)),
        Outcome::Fitted(fitted) => {
            let table = request.user_features.clone().map_or(Ok(table), table_of)?;
            let time = request.time.or(Some(LONG_TIME));
            let request = SurvivalPredictRequest { time, ..request.clone() };
            let stored = fitted.stored(&fitted.default_run_id());
            let mut response = predict_table(&stored, &table, &request)?;
            response.warnings.extend(fitted.warnings);
            Ok(Prediction::Predicted(Box::new(response)))
        }
    }
}

/// Survival, risks and ranks of the rows of a table.
///
/// # Errors
/// For rows that lack a covariate, or times that are none.
pub fn predict_table(
    model: &Stored,
    rows: &Table,
    request: &SurvivalPredictRequest,
) -> Result<SurvivalPredictResponse, Error> {
    let horizon = request.horizon_days.unwrap_or(model.horizon_days);
    let times = request.time_points.clone().unwrap_or_else(|| TIME_POINTS.to_vec());
    let time = request.time.unwrap_or(horizon);
    let predicted = rows_predicted(model, rows, horizon)?;
    let shown = predicted.rows();
    let mut survival_prob = Vec::with_capacity(predicted.names.len());
    let mut curves = Vec::with_capacity(predicted.names.len());
    let mut unknown = 0;
    for row in 0..predicted.names.len() {
        let (at_time, curve) = shown.with(row, |row| {
            let at_time = known(model.survival(row, time))?;
            let point = |t: &f64| Ok((*t, known(model.survival(row, *t))?));
            let curve = times.iter().map(point).collect::<Result<Vec<_>, Error>>()?;
            Ok::<_, Error>((at_time, SurvivalByTime::new(curve)))
        })?;
        survival_prob.push(at_time);
        unknown += usize::from(curve.points().iter().any(|point| point.1.is_none()));
        curves.push(curve);
    }
    let mut warnings = Vec::new();
    if unknown > 0 {
        warnings
            .push(format!("{unknown} curves end early: the fit has not observed anyone that long"));
    }
    let later = survival_prob.iter().filter(|s| s.is_none()).count();
    if later > 0 {
        warnings.push(format!(
            "survival at {time} is not known for {later} rows: the fit has not observed anyone that long"
        ));
    }
    let few = predicted.names.len() <= MOST_WITH_REASONS;
    let by_student: BTreeMap<Arc<str>, SurvivalByTime> =
        predicted.names.iter().cloned().zip(curves.iter().cloned()).collect();
    // Where every student has one row, the curves by student say it all.
    let curves = if by_student.len() < curves.len() { curves } else { Vec::new() };
    Ok(SurvivalPredictResponse {
        status: "success".into(),
        ok: true,
        run_id: model.run_id.clone(),
        model: model.family.name().into(),
        time,
        survival_prob,
        survival_curves: by_student,
        curves,
        risk_rankings: rankings(&predicted),
        predictions: predictions_json(
            model,
            &predicted.names,
            &predicted.gaps,
            &predicted.matrix,
            &predicted.predictions,
            few,
        ),
        warnings,
    })
}

/// Risks, hazard ratios and reasons of the rows of a table.
///
/// # Errors
/// Those of [`predict_table`].
pub fn predictions_of(model: &Stored, rows: &Table) -> Result<Vec<SurvivalPredictionJson>, Error> {
    if rows.n_rows == 0 {
        return Ok(Vec::new());
    }
    let found = rows_predicted(model, rows, model.horizon_days)?;
    Ok(predictions_json(model, &found.names, &found.gaps, &found.matrix, &found.predictions, true))
}

fn known(survival: Result<f64, ModelError>) -> Result<Option<f64>, Error> {
    match survival {
        Ok(value) => Ok(Some(value)),
        Err(ModelError::NotEstimable { .. } | ModelError::UnknownStratum { .. }) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

fn rankings(predicted: &Predicted) -> Vec<RiskRankingJson> {
    let mut risks: Vec<(f64, &Arc<str>, usize)> = predicted
        .predictions
        .iter()
        .zip(&predicted.names)
        .enumerate()
        .filter_map(|(row, (prediction, name))| prediction.risk.map(|risk| (risk, name, row)))
        .collect();
    // A stable sort: rows of one student and one risk stay in their order.
    risks.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let mut rank = 0;
    let mut before = f64::NAN;
    let places = risks.iter().enumerate().map(|(at, &(risk_score, user_id, row))| {
        if risk_score.to_bits() != before.to_bits() {
            (rank, before) = (at + 1, risk_score);
        }
        RiskRankingJson { user_id: user_id.clone(), risk_score, rank, row }
    });
    places.collect()
}

/// Predicts every row of a table.
pub(super) fn rows_predicted(
    model: &Stored,
    rows: &Table,
    horizon: f64,
) -> Result<Predicted, Error> {
    let roles = Roles::of(rows);
    let encoded = model
        .encoder
        .encode(&frame_of(rows)?)
        .map_err(|error| Error::from(ModelError::from(error)))?;
    let matrix = encoded.fixed.without_intercept();
    let strata = strata_of(model, rows)?;
    let gaps = gaps(rows, &roles);
    let offset = match &model.offset {
        Some(name) => Some(finite_offset(rows, name)?),
        None => encoded.offset,
    };
    let predictions = Vec::new();
    let names = row_names(rows, &roles, 0..rows.n_rows);
    let mut predicted = Predicted { names, gaps, matrix, strata, offset, predictions };
    predicted.predictions = model.predict_all(&predicted.rows(), horizon)?;
    Ok(predicted)
}

fn finite_offset(rows: &Table, name: &str) -> Result<Vec<f64>, Error> {
    let values = numeric(rows, name)?;
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(values.to_vec()),
        Some(row) => {
            let column = name.to_owned();
            Err(ModelError::NotFinite { row, column, value: values[row] }.into())
        }
    }
}

/// Code of the stratum of every row; a stratum that was not fitted has a code without baseline.
fn strata_of(model: &Stored, rows: &Table) -> Result<Option<Vec<u32>>, Error> {
    let Some(strata) = &model.strata else { return Ok(None) };
    let unsupported = ModelError::Unsupported {
        what: "a prediction for new rows",
        with: "strata() in a formula",
    };
    let name = strata.column.as_deref().ok_or(unsupported)?;
    let column = rows.column(name).ok_or_else(|| Error::NoStrata { column: name.to_owned() })?;
    let code = |row| text_at(column, row).and_then(|text| strata.codes.get(&*text).copied());
    Ok(Some((0..rows.n_rows).map(|row| code(row).unwrap_or(u32::MAX)).collect()))
}
