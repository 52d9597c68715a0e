use std::collections::BTreeMap;

use seedtest_ingest::Table;
use seedtest_survival::{Error as ModelError, Observer};
use seedtest_wire::{
    RiskRankingJson, SurvivalFitRequest, SurvivalNoop, SurvivalPredictRequest,
    SurvivalPredictResponse, SurvivalPredictionJson,
};

use super::columns::{Roles, frame_of, gaps, row_names, text_at};
use super::fit::{Predicted, SurvivalAnswer, fit_survival_request, table_of};
use super::model::{ModelRow, SurvivalModel, row_of};
use super::response::{MOST_WITH_REASONS, predictions_json};
use crate::error::Error;

const TIME_POINTS: [f64; 4] = [7.0, 14.0, 21.0, 30.0];
const LONG_TIME: f64 = 365.0;

/// The answer to a request for predictions.
#[derive(Debug, Clone, PartialEq)]
pub enum SurvivalPredicted {
    /// Predictions.
    Predicted(Box<SurvivalPredictResponse>),
    /// The rows to fit first are too few.
    Noop(SurvivalNoop),
}

/// Answers a request with a stored fit, or by fitting its rows first; `stored` is the fit the request
/// names by `run_id`, or the newest.
///
/// # Errors
/// [`Error::NoStoredModel`] when there are neither rows nor a fit, and those of the fit.
pub fn predict_survival_request(
    request: &SurvivalPredictRequest,
    stored: Option<&SurvivalModel>,
    observer: &mut dyn Observer,
) -> Result<SurvivalPredicted, Error> {
    if request.rows.is_empty() {
        let model = stored.ok_or(Error::NoStoredModel)?;
        let rows = request.user_features.as_deref().unwrap_or(&[]);
        let response = predict_survival(model, &table_of(rows)?, request)?;
        return Ok(SurvivalPredicted::Predicted(Box::new(response)));
    }
    let fit = SurvivalFitRequest {
        rows: request.rows.clone(),
        family: request.model.clone(),
        formula: request.formula.clone(),
        horizon_days: request.horizon_days,
        quality: Some(false),
        ..SurvivalFitRequest::default()
    };
    match fit_survival_request(&fit, None, observer)? {
        SurvivalAnswer::Noop(noop) => Ok(SurvivalPredicted::Noop(noop)),
        SurvivalAnswer::Fitted(fitted) => {
            let rows = request.user_features.as_deref().unwrap_or(&request.rows);
            let time = request.time.or(Some(LONG_TIME));
            let request = SurvivalPredictRequest { time, ..request.clone() };
            let mut response = predict_survival(&fitted.model, &table_of(rows)?, &request)?;
            response.warnings.extend(fitted.warnings);
            Ok(SurvivalPredicted::Predicted(Box::new(response)))
        }
    }
}

/// Survival, risks and ranks of the rows of a table.
///
/// # Errors
/// For rows that lack a covariate, or times that are none.
pub fn predict_survival(
    model: &SurvivalModel,
    rows: &Table,
    request: &SurvivalPredictRequest,
) -> Result<SurvivalPredictResponse, Error> {
    let horizon = request.horizon_days.unwrap_or(model.horizon_days);
    let times = request.time_points.clone().unwrap_or_else(|| TIME_POINTS.to_vec());
    let time = request.time.unwrap_or(horizon);
    let predicted = predict_table(model, rows, horizon)?;
    let mut survival_prob = Vec::with_capacity(predicted.names.len());
    let mut curves = BTreeMap::new();
    let mut unknown = 0;
    for (row, name) in predicted.names.iter().enumerate() {
        let x = row_of(&predicted.matrix, row);
        let stratum = predicted.strata.as_ref().map_or(0, |codes| codes[row]);
        let model_row = ModelRow { x: &x, stratum, gap: predicted.gaps[row] };
        survival_prob.push(known(model.survival(&model_row, time))?);
        let mut curve = BTreeMap::new();
        for &t in &times {
            curve.insert(t.to_string(), known(model.survival(&model_row, t))?);
        }
        unknown += usize::from(curve.values().any(Option::is_none));
        curves.insert(name.clone(), curve);
    }
    let warnings = (unknown > 0)
        .then(|| format!("{unknown} curves end early: the fit has not observed anyone that long"));
    let few = predicted.names.len() <= MOST_WITH_REASONS;
    Ok(SurvivalPredictResponse {
        status: "success".into(),
        ok: true,
        run_id: model.run_id.clone(),
        model: model.family.name().into(),
        time,
        survival_prob,
        survival_curves: curves,
        risk_rankings: rankings(&predicted),
        predictions: predictions_json(
            model,
            &predicted.names,
            &predicted.gaps,
            &predicted.matrix,
            &predicted.predictions,
            few,
        ),
        warnings: warnings.into_iter().collect(),
    })
}

/// Risks, hazard ratios and reasons of the rows of a table.
pub(crate) fn predictions_of(
    model: &SurvivalModel,
    rows: &Table,
) -> Result<Vec<SurvivalPredictionJson>, Error> {
    if rows.n_rows == 0 {
        return Ok(Vec::new());
    }
    let found = predict_table(model, rows, model.horizon_days)?;
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
    let mut risks: Vec<(f64, &str)> = predicted
        .predictions
        .iter()
        .zip(&predicted.names)
        .filter_map(|(prediction, name)| prediction.risk.map(|risk| (risk, name.as_str())))
        .collect();
    risks.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let mut rank = 0;
    let mut before = f64::NAN;
    let places = risks.iter().enumerate().map(|(at, &(risk_score, user_id))| {
        if risk_score.to_bits() != before.to_bits() {
            (rank, before) = (at + 1, risk_score);
        }
        RiskRankingJson { user_id: user_id.to_owned(), risk_score, rank }
    });
    places.collect()
}

/// Predicts every row of a table.
pub(super) fn predict_table(
    model: &SurvivalModel,
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
    let predictions = model.predict_all(&matrix, strata.as_deref(), &gaps, horizon)?;
    Ok(Predicted { names: row_names(rows, &roles), gaps, matrix, strata, predictions })
}

/// Code of the stratum of every row; a stratum that was not fitted has a code without baseline.
fn strata_of(model: &SurvivalModel, rows: &Table) -> Result<Option<Vec<u32>>, Error> {
    let Some(strata) = &model.strata else { return Ok(None) };
    let unsupported = ModelError::Unsupported {
        what: "a prediction for new rows",
        with: "strata() in a formula",
    };
    let name = strata.column.as_deref().ok_or(unsupported)?;
    let column = rows
        .column(name)
        .ok_or_else(|| Error::Usage(format!("the rows lack the column of the strata, {name}")))?;
    let code = |row| text_at(column, row).and_then(|text| strata.codes.get(&text).copied());
    Ok(Some((0..rows.n_rows).map(|row| code(row).unwrap_or(u32::MAX)).collect()))
}
