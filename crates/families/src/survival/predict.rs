//! `POST /survival/predict`: survival, risks and ranks of rows.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use seedtest_formula::{Factor, Frame, ModelMatrix};
use seedtest_ingest::Table;
use seedtest_survival::{Error as ModelError, Observer};
use seedtest_wire::{
    RiskRankingJson, SurvivalByTime, SurvivalFitRequest, SurvivalNoop, SurvivalPredictRequest,
    SurvivalPredictResponse, SurvivalPredictionJson,
};
use serde::Serialize;

use super::columns::{
    Roles, begin_at_zero, frame_of, frame_of_columns, gaps, mark_gaps, row_names, text_at,
};
use super::cost::{of_fit, of_times};
use super::fit::{Predicted, fit, numeric};
use super::response::{MOST_WITH_REASONS, predictions_json};
use super::spec::Spec;
use super::stored::{RowPrediction, Stored, Strata};
use crate::error::Error;
use crate::family::{Outcome, admit};
use crate::lack::{Lack, Obstacle, mark_missing, warnings_of, with_numbers, without_lack};
use crate::rows::{chosen_rows, table_of};

/// Times of the survival curves where nothing is said.
pub const TIME_POINTS: [f64; 4] = [7.0, 14.0, 21.0, 30.0];
const LONG_TIME: f64 = 365.0;
/// Code of a stratum that was not fitted: it has no baseline.
const NO_STRATUM: u32 = u32::MAX;
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
        let rows = table_of(rows)?;
        let response = predict_table(model, &rows, request, observer)?;
        return Ok(Prediction::Predicted(Box::new(response)));
    }
    if let Some(run_id) = request.run_id.as_deref().filter(|id| !id.eq_ignore_ascii_case("latest"))
    {
        let expected = "left out beside rows, which are fitted first; send the rows of a stored fit as newdata";
        return Err(Error::option("run_id", &run_id, expected));
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
    admit(observer, || of_fit(&table, None, &spec))?;
    match fit(&table, None, &spec, observer)? {
        Outcome::TooLittle(noop) => Ok(Prediction::TooLittle(noop)),
        Outcome::Fitted(fitted) => {
            let table = request.user_features.clone().map_or(Ok(table), table_of)?;
            let time = request.time.or(Some(LONG_TIME));
            let request = SurvivalPredictRequest { time, ..request.clone() };
            let stored = fitted.stored(&fitted.default_run_id());
            let mut response = predict_table(&stored, &table, &request, observer)?;
            response.warnings.extend(fitted.warnings);
            Ok(Prediction::Predicted(Box::new(response)))
        }
    }
}

/// Survival, risks and ranks of the rows of a table. A row that cannot be predicted has none, and says why.
///
/// # Errors
/// For a table that lacks a column of the model, or times that are none.
pub fn predict_table(
    model: &Stored,
    rows: &Table,
    request: &SurvivalPredictRequest,
    observer: &mut dyn Observer,
) -> Result<SurvivalPredictResponse, Error> {
    let horizon = request.horizon_days.unwrap_or(model.horizon_days);
    let times = request.time_points.clone().unwrap_or_else(|| TIME_POINTS.to_vec());
    let time = request.time.unwrap_or(horizon);
    let columns = model.encoder.most_columns();
    admit(observer, || Ok(of_times(rows.n_rows, times.len(), columns)))?;
    let interrupt = observer.interrupt();
    let predicted = rows_predicted(model, rows, horizon)?;
    let shown = predicted.rows();
    let mut survival_prob = Vec::with_capacity(predicted.names.len());
    let mut curves = Vec::with_capacity(predicted.names.len());
    let mut unknown = 0;
    for row in 0..predicted.names.len() {
        interrupt.check()?;
        if predicted.predictions[row].is_unknown() {
            survival_prob.push(None);
            curves.push(SurvivalByTime::new(times.iter().map(|t| (*t, None)).collect()));
            continue;
        }
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
    let nothing = predicted.predictions.iter().filter(|one| one.is_unknown()).count();
    let later = survival_prob.iter().filter(|s| s.is_none()).count() - nothing;
    if later > 0 {
        warnings.push(format!(
            "survival at {time} is not known for {later} rows: the fit has not observed anyone that long"
        ));
    }
    warnings.extend(predicted.said.clone());
    warnings.extend(lacking(&predicted.predictions));
    warnings.extend(extrapolated(model, &predicted.predictions, &times));
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

/// Says which numbers a distribution gives for times that nobody was observed.
pub(super) fn extrapolated(
    model: &Stored,
    predictions: &[RowPrediction],
    times: &[f64],
) -> Option<String> {
    let last = model.extrapolates_beyond()?;
    let rows = predictions.iter().filter(|prediction| prediction.extrapolated).count();
    let later: Vec<String> = times.iter().filter(|&&t| t > last).map(ToString::to_string).collect();
    let risks = (rows > 0).then(|| format!("the risks of {rows} rows (marked `extrapolated`)"));
    let curves = (!later.is_empty()).then(|| format!("survival at {}", later.join(", ")));
    let what: Vec<String> = risks.into_iter().chain(curves).collect();
    (!what.is_empty()).then(|| {
        format!(
            "the longest observation of the fit ends at {last}: beyond it the distribution alone says {}",
            what.join(" and ")
        )
    })
}

/// What is said of the rows without a risk.
pub(super) fn lacking(predictions: &[RowPrediction]) -> Vec<String> {
    warnings_of(predictions.iter().filter_map(|prediction| prediction.lacks.as_deref()))
}

fn known(survival: Result<f64, ModelError>) -> Result<Option<f64>, Error> {
    match survival {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_nan())),
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

/// Predicts every row of a table; one that cannot be predicted says why and has no risk.
pub(super) fn rows_predicted(
    model: &Stored,
    rows: &Table,
    horizon: f64,
) -> Result<Predicted, Error> {
    let mut lacks = vec![None; rows.n_rows];
    let numeric = model.encoder.numeric_columns().into_iter().chain(model.offset.clone());
    let numeric: Vec<String> = numeric.chain(Roles::of(rows).gap).collect();
    let in_numbers = with_numbers(rows, &numeric, &mut lacks);
    let rows = &*in_numbers;
    let roles = Roles::of(rows);
    let names = row_names(rows, &roles, 0..rows.n_rows);
    let mut gaps = gaps(rows, &roles);
    mark_columns(model, rows, &mut lacks)?;
    let is_open = |row: usize| lacks[row].is_none();
    let said = begin_at_zero(&mut gaps, |row| is_open(row).then_some(row), &roles);
    mark_gaps(&gaps, &roles, &mut lacks);
    mark_others(&mut lacks, rows, |rows| not_finite(model, rows))?;
    if model.strata.is_some() || model.encoder.has_levels() {
        mark_others(&mut lacks, rows, |rows| levels_unknown(model, rows))?;
    }
    let complete = without_lack(&lacks);
    if complete.len() == rows.n_rows {
        let found = complete_rows_predicted(model, rows, (names, gaps, complete), horizon)?;
        return Ok(Predicted { said, ..found });
    }
    let of = |values: &[f64]| complete.iter().map(|&row| values[row]).collect();
    let some = chosen_rows(rows, &complete);
    let of_some = (Vec::new(), of(&gaps), complete.clone());
    let found = complete_rows_predicted(model, &some, of_some, horizon)
        .map_err(|error| error.of_rows(&complete))?;
    Ok(Predicted { said, ..spread(found, &complete, names, gaps, lacks) })
}

/// Notes what `find` finds in the rows of which nothing is known to stand in their way.
fn mark_others(
    lacks: &mut [Option<Lack>],
    rows: &Table,
    find: impl FnOnce(&Table) -> Result<Vec<Option<Obstacle>>, Error>,
) -> Result<(), Error> {
    let others = without_lack(lacks);
    let found = if others.len() == rows.n_rows {
        find(rows)?
    } else {
        find(&chosen_rows(rows, &others)).map_err(|error| error.of_rows(&others))?
    };
    for (row, obstacle) in others.into_iter().zip(found) {
        lacks[row] = obstacle.map(|obstacle| Lack::of(row, obstacle));
    }
    Ok(())
}

/// For every row of a table in which no value is missing what does not compute to a number.
fn not_finite(model: &Stored, rows: &Table) -> Result<Vec<Option<Obstacle>>, Error> {
    let names = model.encoder.formula().predictor_columns();
    let terms = model.encoder.not_finite(&frame_of_columns(rows, &names)?);
    let terms = terms.map_err(|error| Error::from(ModelError::from(error)))?;
    let mut found: Vec<Option<Obstacle>> = terms
        .into_iter()
        .map(|found| found.map(|(term, value)| Obstacle::NotFinite { term, value }))
        .collect();
    let Some(name) = &model.offset else { return Ok(found) };
    let offset = numeric(rows, name)?;
    for (found, &value) in found.iter_mut().zip(offset).filter(|(found, _)| found.is_none()) {
        let is_known = value.is_finite();
        *found = (!is_known).then(|| Obstacle::NotFinite { term: name.clone(), value });
    }
    Ok(found)
}

/// For every row of a table in which no value is missing a level or a stratum that the fit has not seen.
fn levels_unknown(model: &Stored, rows: &Table) -> Result<Vec<Option<Obstacle>>, Error> {
    let frame = frame_of(rows)?;
    let in_table = |error| Error::from(ModelError::from(error));
    let levels = model.encoder.unknown_levels(&frame).map_err(in_table)?;
    let mut unknown: Vec<Option<Obstacle>> = levels
        .into_iter()
        .map(|found| found.map(|(term, level)| Obstacle::Level { term, level }))
        .collect();
    let Some(Strata { column, codes }) = &model.strata else { return Ok(unknown) };
    let of_column = column.as_ref().and_then(|name| rows.column(name));
    let of_formula = match column {
        Some(_) => None,
        None => model.encoder.strata(&frame).map_err(in_table)?,
    };
    let level = |row: usize| match (of_column, &of_formula) {
        (Some(column), _) => text_at(column, row).map(Cow::into_owned),
        (None, factor) => factor.as_ref().and_then(|factor| factor.level(row)).map(str::to_owned),
    };
    for (row, found) in unknown.iter_mut().enumerate().filter(|(_, found)| found.is_none()) {
        let other = level(row).filter(|level| !codes.contains_key(level));
        *found = other.map(|level| Obstacle::Level { term: model.strata_term(), level });
    }
    Ok(unknown)
}

/// Predicts every row of a table in which nothing is lacking: their names, times without event and rows in the table
/// that was given.
fn complete_rows_predicted(
    model: &Stored,
    rows: &Table,
    (names, gaps, table_rows): (Vec<Arc<str>>, Vec<f64>, Vec<usize>),
    horizon: f64,
) -> Result<Predicted, Error> {
    let frame = frame_of(rows)?;
    let in_table = |error| Error::from(ModelError::from(error));
    let strata = strata_of(model, rows, &frame)?;
    let encoded = model.encoder.encode(&frame).map_err(in_table)?;
    let matrix = encoded.fixed.without_intercept();
    let offset = match &model.offset {
        Some(name) => Some(numeric(rows, name)?.to_vec()),
        None => encoded.offset,
    };
    let (predictions, said) = (Vec::new(), None);
    let mut predicted =
        Predicted { names, gaps, table_rows, matrix, strata, offset, predictions, said };
    predicted.predictions = model.predict_all(&predicted.rows(), horizon)?;
    Ok(predicted)
}

/// Notes for every row the first column the model needs whose value is missing.
fn mark_columns(model: &Stored, rows: &Table, lacks: &mut [Option<Lack>]) -> Result<(), Error> {
    let formula = model.encoder.formula();
    let of_strata = match model.strata.as_ref().and_then(|strata| strata.column.clone()) {
        Some(column) => vec![column],
        None => formula.strata_columns(),
    };
    if let Some(column) = of_strata.iter().find(|name| rows.column(name).is_none()) {
        return Err(Error::NoStrata { column: column.clone() });
    }
    for name in formula.predictor_columns().into_iter().chain(of_strata).chain(model.offset.clone())
    {
        // A column that is not there is named when the rows are coded.
        let Some(column) = rows.column(&name) else { continue };
        mark_missing(&name, column, lacks);
    }
    Ok(())
}

/// Predictions of the complete rows among all rows.
pub(super) fn spread(
    found: Predicted,
    complete: &[usize],
    names: Vec<Arc<str>>,
    gaps: Vec<f64>,
    lacks: Vec<Option<Lack>>,
) -> Predicted {
    let n_rows = names.len();
    let Predicted { matrix, strata, offset, predictions, table_rows, said, .. } = found;
    let mut values = vec![0.0; n_rows * matrix.n_columns()];
    for (j, column) in values.chunks_exact_mut(n_rows).enumerate() {
        for (&row, &value) in complete.iter().zip(matrix.column(j)) {
            column[row] = value;
        }
    }
    let mut predictions = predictions.into_iter();
    let of_row = |lacks: Option<Lack>| match lacks {
        Some(lack) => Some(RowPrediction::lacking(lack)),
        None => predictions.next(),
    };
    Predicted {
        predictions: lacks.into_iter().filter_map(of_row).collect(),
        strata: strata.map(|codes| among(complete, n_rows, &codes, NO_STRATUM)),
        offset: offset.map(|offset| among(complete, n_rows, &offset, 0.0)),
        table_rows: among(complete, n_rows, &table_rows, usize::MAX),
        matrix: ModelMatrix { n_rows, values, ..matrix },
        names,
        gaps,
        said,
    }
}

/// `values` at the places of these rows among all, `other` elsewhere.
fn among<T: Copy>(places: &[usize], n_rows: usize, values: &[T], other: T) -> Vec<T> {
    let mut all = vec![other; n_rows];
    for (&place, &value) in places.iter().zip(values) {
        all[place] = value;
    }
    all
}

/// Code of the stratum of every row; a stratum that was not fitted has a code without baseline.
fn strata_of(model: &Stored, rows: &Table, frame: &Frame) -> Result<Option<Vec<u32>>, Error> {
    let Some(Strata { column, codes }) = &model.strata else { return Ok(None) };
    let code = |level: &str| codes.get(level).copied().unwrap_or(NO_STRATUM);
    if let Some(name) = column {
        let column = rows.column(name).ok_or_else(|| Error::NoStrata { column: name.clone() })?;
        let of_row = |row| text_at(column, row).map_or(NO_STRATUM, |text| code(&text));
        return Ok(Some((0..rows.n_rows).map(of_row).collect()));
    }
    let factor =
        model.encoder.strata(frame).map_err(|error| Error::from(ModelError::from(error)))?;
    let of_row = |factor: &Factor, row| factor.level(row).map_or(NO_STRATUM, code);
    Ok(factor.map(|factor| (0..rows.n_rows).map(|row| of_row(&factor, row)).collect()))
}
