//! `POST /prophet/fit`: the response.

use std::collections::BTreeMap;

use crate::rows_read::RowsReadJson;
use schemars::JsonSchema;
use seedtest_irt::Verdict;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Response of `POST /prophet/fit` and of `seedtest fit prophet --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProphetFitResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// What became of the rows: every one was used, or is counted by the reason why not.
    #[serde(default)]
    pub rows: RowsReadJson,
    /// Identity of the fit.
    pub run_id: String,
    /// The same.
    pub model_id: String,
    /// What to know first, in a sentence: that the fit did not converge, that a simpler model is better,
    /// or which way the trend goes.
    pub headline: String,
    /// The model whose numbers these are: `prophet`, `damped_trend`, `naive` or `seasonal_naive`.
    pub model_used: String,
    /// Why, in a sentence.
    pub why: String,
    /// Observations used.
    pub n_obs: usize,
    /// First and last observation.
    pub date_range: ProphetDatesJson,
    /// Distance of the points to come in words: `week`, `2 days`, or the usual times of a week (`Mon, Thu`).
    pub freq: String,
    /// Distance of the observations.
    #[serde(default)]
    pub observed_freq: String,
    /// Points forecast.
    pub horizon: usize,
    /// The same under the name of the job.
    pub horizon_weeks: usize,
    /// Last observation.
    pub last_observed: String,
    /// The same under the name of the job.
    pub last_observed_week: String,
    /// Parameters of Prophet's model on its own scales; null where it could not be fitted.
    pub params: Option<ProphetParamsJson>,
    /// The model in numbers.
    pub model_meta: ProphetModelMetaJson,
    /// The model in words.
    pub fit_meta: ProphetFitMetaJson,
    /// Every model on points it had not seen.
    pub comparison: Vec<ForecastScoreJson>,
    /// Share of held-out points inside the intervals of the model used; null where the history is too
    /// short to hold some out.
    pub interval_coverage: Option<f64>,
    /// The curve over the history.
    pub fitted: Vec<ProphetFittedJson>,
    /// The same with intervals and observations.
    pub insample: Vec<ForecastValueJson>,
    /// What comes; future only.
    pub forecast: Vec<ForecastValueJson>,
    /// `insample` and `forecast` in one.
    pub forecast_all: Vec<ForecastValueJson>,
    /// Changes of the slope that are not 0, in the unit of the series a step.
    pub changepoints: Vec<ProphetChangepointJson>,
    /// Components of Prophet's model over the future, where it is the model used.
    pub components: Vec<ForecastComponentJson>,
    /// Observations that do not go with the rest, or lie outside their interval.
    pub anomalies: Vec<ForecastAnomalyJson>,
    /// |z| from which an observation is one.
    pub anomaly_threshold: f64,
    /// Why no observation was judged; null where they were.
    pub not_judged: Option<String>,
    /// Whether the numbers of the model used can be used.
    pub converged: bool,
    /// Convergence of Prophet's model with numbers and the next action; null where it could not be
    /// fitted.
    pub verdict: Option<Verdict>,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
    /// The fit as `predict` reads it, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stored_model: Option<Value>,
}

/// First and last time of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProphetDatesJson {
    /// First.
    pub start: String,
    /// Last.
    pub end: String,
}

/// Parameters of Prophet's model: time 0..1 over the history, values divided by `y_scale`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProphetParamsJson {
    /// Slope before the first change.
    pub k: f64,
    /// Offset.
    pub m: f64,
    /// Standard deviation of the noise.
    pub sigma_obs: f64,
    /// Change of the slope at every change point.
    pub delta: Vec<f64>,
    /// Effects of the features: seasonalities, holidays, regressors.
    pub beta: Vec<f64>,
    /// What values are divided by.
    pub y_scale: f64,
    /// −ln of the posterior density at the mode but for a constant: what Stan's optimiser minimises.
    pub objective: f64,
}

/// The model in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProphetModelMetaJson {
    /// Observations used.
    pub n_obs: usize,
    /// Points forecast.
    pub horizon_weeks: usize,
    /// Points at which the slope could change.
    pub n_changepoints: usize,
    /// Scale of the prior of a change.
    pub changepoint_prior_scale: f64,
    /// Standard deviation of the prior of seasonal effects.
    pub seasonality_prior_scale: f64,
    /// `additive` or `multiplicative`.
    pub seasonality_mode: String,
    /// Whether a weekly seasonality is in the model.
    pub weekly_seasonality: bool,
    /// Whether a yearly one is.
    pub yearly_seasonality: bool,
    /// Whether a daily one is.
    pub daily_seasonality: bool,
    /// Errors of the model used within the sample.
    pub metrics: ForecastErrorsJson,
    /// The same under another name.
    pub fit_metrics: ForecastErrorsJson,
    /// Root mean squared error within the sample.
    pub rmse: Option<f64>,
    /// Mean absolute error within the sample.
    pub mae: Option<f64>,
    /// Probability inside the intervals.
    pub interval_width: f64,
    /// What computed it.
    pub engine: String,
    /// The model whose numbers these are.
    pub model_used: String,
}

/// Errors within the sample; of a model that steps ahead those of its next step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForecastErrorsJson {
    /// Root mean squared error.
    pub rmse: Option<f64>,
    /// Mean absolute error.
    pub mae: Option<f64>,
}

/// The model in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProphetFitMetaJson {
    /// `increasing`, `decreasing` or `flat`: of the trend over the history against the noise.
    pub trend: String,
    /// Names of the seasonalities in the model.
    pub seasonality: Vec<String>,
    /// Scale of the prior of a change.
    pub changepoint_prior_scale: f64,
}

/// How a model did on points it had not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForecastScoreJson {
    /// The model.
    pub model: String,
    /// Points compared with what came; 0 where the history is too short.
    pub points: usize,
    /// Mean absolute error.
    pub mae: Option<f64>,
    /// Root mean squared error.
    pub rmse: Option<f64>,
    /// Mean absolute error over that of the naive model; below 1 is better.
    pub relative_mae: Option<f64>,
    /// Share of the points inside the interval as it is published.
    pub coverage: Option<f64>,
    /// Mean width of the interval as it is published.
    pub mean_width: Option<f64>,
    /// What the model's own interval is multiplied by to be published, at least 1.
    #[serde(default = "not_widened")]
    pub widening: f64,
}

fn not_widened() -> f64 {
    1.0
}

/// A value of the curve over the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProphetFittedJson {
    /// Time.
    pub ds: String,
    /// Value of the curve; null where nothing precedes it.
    pub yhat: Option<f64>,
}

/// A value of the curve with its interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForecastValueJson {
    /// Time.
    pub ds: String,
    /// `insample` or `forecast`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Value of the curve; null where nothing precedes it.
    pub yhat: Option<f64>,
    /// Lower end of the interval.
    pub yhat_lower: Option<f64>,
    /// Upper end.
    pub yhat_upper: Option<f64>,
    /// Observed; absent in the future.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub actual: Option<f64>,
    /// The same.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub y: Option<f64>,
}

/// A change of the slope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProphetChangepointJson {
    /// When.
    pub ds: String,
    /// By how much, in the unit of the series over the length of the history; of logistic growth in
    /// its logit.
    pub delta: f64,
}

/// One component over the future.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForecastComponentJson {
    /// Seasonality, holiday or regressor, or `trend`.
    pub name: String,
    /// `additive`: in the unit of the series; `multiplicative`: as a share of the trend.
    pub mode: String,
    /// Its values by time.
    pub values: BTreeMap<String, f64>,
}

/// An observation that does not go with the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForecastAnomalyJson {
    /// Time.
    pub ds: String,
    /// The same under the name of the table.
    pub week_start: String,
    /// Observed.
    pub y: f64,
    /// The same.
    pub actual: f64,
    /// The same.
    pub value: f64,
    /// What the other observations say it would be.
    pub yhat: f64,
    /// The same.
    pub expected: f64,
    /// `value − expected`.
    pub residual: f64,
    /// Signed: the standard normal value as rare as the residual.
    pub zscore: Option<f64>,
    /// The same.
    pub anomaly_score: Option<f64>,
    /// Probability of a residual at least as large, either way.
    pub p_value: Option<f64>,
    /// `above` or `below`.
    pub direction: String,
    /// `mild`, `severe` (as 3.5 standard deviations) or `extreme` (as 5); null below the threshold.
    pub severity: Option<String>,
    /// Whether |z| reaches the threshold or the observation lies outside its interval.
    pub flag: bool,
    /// Whether |z| reaches the threshold.
    pub is_anomaly: bool,
    /// Whether the observation lies outside its interval.
    pub outside_interval: bool,
}

/// Why nothing was fitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProphetNoop {
    /// `"noop"`.
    #[schemars(extend("const" = "noop"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// Why nothing was fitted.
    pub reason: String,
    /// Observations that could be used.
    pub n_obs: usize,
}
