//! `POST /growth/predict`: probabilities to reach a score.

use std::collections::BTreeMap;

use seedtest_formula::Formula;
use seedtest_growth::{
    Family, Features, Goal, GoalPrediction, ScoreSummary, predict_features, predict_students_within,
};
use seedtest_ingest::Table;
use seedtest_kpi::{Theta, goal_probability_normal};
use seedtest_numerics::{DEFAULT_LEVEL, Interrupt};
use seedtest_wire::{GrowthFeaturesJson, GrowthPredictRequest, GrowthPredictResponse};

use super::columns::columns_of;
use super::response::{prediction_json, unknown};
use super::rows::{Reading, Rows, WeekZero, day_of};
use super::stored::Stored;
use super::unusable::usable_rows;
use crate::error::Error;
use crate::rows::table_of;

/// What to say where a stored fit is needed.
pub const NO_STORED_MODEL: Error = Error::NoStoredModel {
    family: "growth",
    hint: "run `seedtest job run fit-bayesian-growth` first, name a fit by run_id (only one that \
           converged counts as the newest), or send mean and sd",
};

/// The probability a request asks for: from a mean and a standard deviation, from where one student
/// stands, or for the students of rows. The last needs a stored fit, the second one or a standard
/// deviation.
///
/// # Errors
/// [`Error::NoStoredModel`] where a stored fit is needed, [`Error::NothingToPredict`] for a
/// request that names none of the three, [`Error::OffScale`] for scores that cannot be on the scale of the
/// fit, and those of rows and numbers that cannot be used.
pub fn predict(
    request: &GrowthPredictRequest,
    stored: Option<&Stored>,
    stop: &Interrupt,
) -> Result<GrowthPredictResponse, Error> {
    check(request)?;
    if let Some(rows) = &request.rows {
        let table = table_of(rows.clone())?;
        return predict_table(&table, request, stored.ok_or(NO_STORED_MODEL)?, stop);
    }
    if let Some(features) = &request.user_features {
        return of_features(features, request, stored);
    }
    let (mean, sd) = request.mean.zip(request.sd).ok_or(Error::NothingToPredict)?;
    let found = normal(mean, sd, target(request, stored)?);
    // A fit has a part where it says the target, or where the caller names it.
    let of_fit = stored.filter(|_| request.target_score.is_none() || is_named(request));
    let Some(model) = of_fit else { return Ok(found) };
    on_scale(&[("mean", Some(mean)), ("target_score", request.target_score)], model)?;
    Ok(asked_of(found, request, model))
}

/// Whether the request names the fit it is about.
fn is_named(request: &GrowthPredictRequest) -> bool {
    request.run_id.as_deref().is_some_and(|id| !id.eq_ignore_ascii_case("latest"))
}

/// Numbers that no request may have.
fn check(request: &GrowthPredictRequest) -> Result<(), Error> {
    let features = request.user_features.as_ref();
    let not_negative = [
        ("sd", request.sd),
        ("horizon_weeks", request.horizon_weeks),
        ("user_features.se", features.and_then(|features| features.se)),
        ("user_features.weeks_remaining", features.and_then(|features| features.weeks_remaining)),
        ("model_coefficients.sigma", coefficient(request, "sigma")),
        ("model_coefficients.sd_week", coefficient(request, "sd_week")),
    ];
    for (name, value) in not_negative {
        if let Some(value) = value.filter(|value| !(value.is_finite() && *value >= 0.0)) {
            return Err(Error::option(name, &value, "a number of 0 or more"));
        }
    }
    let level = level(request);
    if !(level > 0.0 && level < 1.0) {
        return Err(Error::option("credible_interval", &level, "a number between 0 and 1"));
    }
    Ok(())
}

fn target(request: &GrowthPredictRequest, stored: Option<&Stored>) -> Result<f64, Error> {
    let of_fit = stored.and_then(|model| model.goal.target);
    request.target_score.or(of_fit).filter(|target| target.is_finite()).ok_or(Error::NoTarget)
}

fn level(request: &GrowthPredictRequest) -> f64 {
    request.credible_interval.unwrap_or(DEFAULT_LEVEL)
}

/// Scores of a request have to be on the scale of the fit that answers.
fn on_scale(given: &[(&'static str, Option<f64>)], model: &Stored) -> Result<(), Error> {
    let Some(scores) = model.scores.filter(|_| model.spec.family.has_sigma()) else {
        return Ok(());
    };
    let values: Vec<f64> = given.iter().filter_map(|(_, value)| *value).collect();
    for &(name, value) in given {
        if let Some(value) = value.filter(|&value| !scores.holds(value, &values)) {
            let ScoreSummary { least, most, .. } = scores;
            let run_id = model.run_id.clone();
            return Err(Error::OffScale { name, value, run_id, least, most });
        }
    }
    Ok(())
}

/// The middle one of some numbers: one student far from the others is no other scale.
fn median(numbers: &[f64]) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

/// An answer that a stored fit had a part in, with whose fit that is where nobody named one.
fn asked_of(
    answer: GrowthPredictResponse,
    request: &GrowthPredictRequest,
    model: &Stored,
) -> GrowthPredictResponse {
    let mut warnings = answer.warnings;
    if !is_named(request) {
        warnings.push(whose(model));
    }
    GrowthPredictResponse { run_id: Some(model.run_id.clone()), warnings, ..answer }
}

fn whose(model: &Stored) -> String {
    let run_id = &model.run_id;
    match model.scores {
        Some(ScoreSummary { least, most, .. }) => format!(
            "no run_id: the newest fit that converged answers, {run_id}, of {} students with scores \
             between {least} and {most}",
            model.n_students
        ),
        None => format!("no run_id: the newest fit that converged answers, {run_id}"),
    }
}

/// P = 1 − Φ((target − mean) / sd); without spread the score is reached or it is not.
fn normal(mean: f64, sd: f64, target: f64) -> GrowthPredictResponse {
    let step = if mean >= target { 1.0 } else { 0.0 };
    let probability = if sd > 0.0 {
        goal_probability_normal(Theta { theta: mean, se: Some(sd) }, target).ok()
    } else {
        Some(step)
    };
    GrowthPredictResponse {
        probability: probability.filter(|p| p.is_finite()),
        mean_score: Some(mean),
        sd_score: Some(sd),
        method: "normal".into(),
        warnings: vec![
            "one mean and one standard deviation: nothing is known of how uncertain \
                        the probability is"
                .into(),
        ],
        ..empty(target)
    }
}

fn empty(target_score: f64) -> GrowthPredictResponse {
    GrowthPredictResponse {
        status: "success".into(),
        ok: true,
        probability: None,
        lower: None,
        upper: None,
        uncertainty: None,
        mean_score: None,
        sd_score: None,
        method: "posterior".into(),
        run_id: None,
        target_score,
        target_week: None,
        target_date: None,
        predictions: None,
        credible_intervals: None,
        warnings: Vec::new(),
    }
}

fn of_features(
    features: &GrowthFeaturesJson,
    request: &GrowthPredictRequest,
    stored: Option<&Stored>,
) -> Result<GrowthPredictResponse, Error> {
    let target = target(request, stored)?;
    let of_fit = stored.map_or(0.0, |model| model.horizon_weeks);
    let weeks = features.weeks_remaining.unwrap_or(of_fit);
    if let Some(sd) = given_sd(features, weeks, request, stored.is_some()) {
        let trend = features.trend.or_else(|| coefficient(request, "week"));
        let trend = trend.or((weeks == 0.0).then_some(0.0)).ok_or(Error::NoTrend)?;
        let found = normal(features.current_score + trend * weeks, sd, target);
        let is_whole = request.target_score.is_some() && features.weeks_remaining.is_some();
        return Ok(match stored.filter(|_| !is_whole) {
            Some(model) => asked_of(found, request, model),
            None => found,
        });
    }
    let model = stored.ok_or(NO_STORED_MODEL)?;
    must_be_gaussian(model)?;
    let current = Some(features.current_score);
    let given = [("user_features.current_score", current), ("target_score", Some(target))];
    on_scale(&given, model)?;
    let features = Features {
        current_score: features.current_score,
        trend: features.trend,
        weeks_remaining: weeks,
        se: features.se,
    };
    let goal = Goal { target, week: model.goal.week, level: level(request) };
    let found = predict_features(&model.draws, &features, &goal, model.spec.sampling.seed)?;
    Ok(asked_of(of_one(&found, target, model), request, model))
}

/// The draws of other families know the population, but not how a new student's score lies in it.
fn must_be_gaussian(model: &Stored) -> Result<(), Error> {
    match model.spec.family {
        Family::Gaussian => Ok(()),
        family => {
            let column = "prediction from stored draws";
            Err(seedtest_growth::Error::NotWithFamily { column, family: family.name() }.into())
        }
    }
}

/// A coefficient that the request gives itself, as a number or as a summary with a mean.
fn coefficient(request: &GrowthPredictRequest, name: &str) -> Option<f64> {
    let value = request.model_coefficients.as_ref()?.get(name)?;
    value.as_f64().or_else(|| value.get("mean")?.as_f64())
}

/// The standard deviation of the score at the goal where the caller says it, or where nothing else
/// is known: of `sd`, of the `model_coefficients`, or the standard error of the current score.
fn given_sd(
    features: &GrowthFeaturesJson,
    weeks: f64,
    request: &GrowthPredictRequest,
    has_model: bool,
) -> Option<f64> {
    if request.sd.is_some() {
        return request.sd;
    }
    if let Some(sigma) = coefficient(request, "sigma") {
        let slope = weeks * coefficient(request, "sd_week").unwrap_or(0.0);
        let se = features.se.unwrap_or(sigma);
        return Some((se * se + slope * slope + sigma * sigma).sqrt());
    }
    features.se.filter(|_| !has_model)
}

fn of_one(found: &GoalPrediction, target: f64, model: &Stored) -> GrowthPredictResponse {
    let one = prediction_json(found, model.reliable);
    GrowthPredictResponse {
        probability: one.probability,
        lower: one.lower,
        upper: one.upper,
        uncertainty: one.uncertainty,
        mean_score: one.mean_score,
        sd_score: one.sd_score,
        run_id: Some(model.run_id.clone()),
        warnings: doubts(model),
        ..empty(target)
    }
}

fn doubts(model: &Stored) -> Vec<String> {
    let doubt =
        format!("fit {} did not converge: the probabilities are not reliable", model.run_id);
    if model.reliable { Vec::new() } else { vec![doubt] }
}

/// The students of a table, with the population of a stored fit. Weeks are on the scale of that fit.
///
/// A row that cannot be predicted from is left out and named; a student without another one has no prediction.
///
/// # Errors
/// For columns the model cannot use, and scores on another scale.
pub fn predict_table(
    table: &Table,
    request: &GrowthPredictRequest,
    model: &Stored,
    stop: &Interrupt,
) -> Result<GrowthPredictResponse, Error> {
    check(request)?;
    let formula = Formula::parse(&model.formula).map_err(seedtest_formula::Error::from)?;
    let columns = columns_of(&model.formula);
    let (family, week_zero) = (model.spec.family, WeekZero::OfFit(model.week_zero));
    let reading = Reading { formula: &formula, columns: &columns, family, week_zero };
    let rows = usable_rows(table, &reading, model)?;
    let target = target(request, Some(model))?;
    let Found { week, predictions } = students_of(&rows, target, request, model, stop)?;
    let alone = match &predictions[..] {
        [only] if rows.incomplete.is_empty() => of_one(only, target, model),
        _ => empty(target),
    };
    let known = rows.students.iter().zip(&predictions);
    let known = known.map(|(id, found)| (id.clone(), prediction_json(found, model.reliable)));
    let others = rows.incomplete.iter().map(|(id, reason)| (id.clone(), unknown(reason)));
    let predictions: BTreeMap<_, _> = known.chain(others).collect();
    let intervals = predictions.iter().map(|(id, one)| (id.clone(), [one.lower, one.upper]));
    let answer = GrowthPredictResponse {
        credible_intervals: Some(intervals.collect()),
        predictions: Some(predictions),
        target_week: week,
        target_date: week.and_then(|week| day_of(model.week_zero, week)).map(|day| day.to_string()),
        warnings: doubts(model).into_iter().chain(rows.left_out()).collect(),
        ..alone
    };
    Ok(asked_of(answer, request, model))
}

/// What a fit says of the students of rows.
struct Found {
    /// Week at which the goal counts; `None` where no row is complete.
    week: Option<f64>,
    /// Of every student with a complete row.
    predictions: Vec<GoalPrediction>,
}

fn students_of(
    rows: &Rows,
    target: f64,
    request: &GrowthPredictRequest,
    model: &Stored,
    stop: &Interrupt,
) -> Result<Found, Error> {
    let family = model.spec.family;
    let weights = rows.weights(family);
    let data = rows.data(family, weights.as_deref());
    let usual = median(data.score);
    on_scale(&[("target_score", Some(target)), ("the median score of the rows", usual)], model)?;
    if rows.score.is_empty() {
        return Ok(Found { week: None, predictions: Vec::new() });
    }
    let week = data.last_week() + request.horizon_weeks.unwrap_or(model.horizon_weeks);
    let goal = Goal { target, week, level: level(request) };
    let predictions = predict_students_within(&data, &model.spec, &model.draws, &goal, stop)
        .map_err(|error| error.with_rows(&rows.table_rows))?;
    Ok(Found { week: Some(week), predictions })
}
