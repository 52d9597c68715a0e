//! A calibration of several dimensions: `seedtest fit irt --dimensions 2 --json`.

use schemars::JsonSchema;
use seedtest_irt::Verdict;
use seedtest_irt::multidimensional::{OneDimension, Points};
use serde::{Deserialize, Serialize};

use crate::calibrate::{LeftOutJson, SkippedJson, Timings, UnscoredJson};
use crate::rows_read::RowsReadJson;

/// Response of a calibration of several dimensions. Lists by dimension are in the order of `dimensions`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DimensionsResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// Names of the dimensions: those of the pattern, else `1`, `2`, …
    pub dimensions: Vec<String>,
    /// Items in the order of their ids.
    pub item_params: Vec<DimensionsItemJson>,
    /// Correlations of the dimensions, whose variances are 1.
    pub correlations: Vec<Vec<f64>>,
    /// Their standard errors; `null` where they were not estimated or not computed.
    pub correlations_se: Option<Vec<Vec<f64>>>,
    /// Share of the variance of the items' latent responses that each dimension explains.
    pub explained: Vec<f64>,
    /// Why there are no standard errors: `not_computed`, `out_of_time`, `rotated` (those of the slopes before the
    /// rotation say nothing about the slopes after it) or `undetermined`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub se_reason: Option<String>,
    /// Abilities in the order of student ids.
    pub abilities: Vec<AbilitiesOfStudentJson>,
    /// Items without parameters.
    pub skipped: Vec<SkippedJson>,
    /// Students without an ability.
    pub unscored: Vec<UnscoredJson>,
    /// The same answers under one dimension, with the likelihood ratio test; `null` where that search did not converge.
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub one_dimension: Option<OneDimension>,
    /// The fit as a whole.
    pub fit_meta: DimensionsMetaJson,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
    /// What became of the rows: every one was used, or is counted by the reason why not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rows: Option<RowsReadJson>,
    /// Whether the best fit by the deadline was returned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub truncated: Option<bool>,
}

/// One item on several dimensions: logit P = a₁θ₁ + a₂θ₂ + … + d.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DimensionsItemJson {
    /// Item id.
    pub item_id: String,
    /// Version label.
    pub version: String,
    /// Slope on every dimension; 0 where the pattern has none.
    pub a: Vec<f64>,
    /// Intercept.
    pub d: f64,
    /// Standard errors of `a`; `null` where a slope is 0 by the pattern or there are none.
    pub a_se: Vec<Option<f64>>,
    /// Standard error of `d`.
    pub d_se: Option<f64>,
    /// Discrimination in the direction in which the item discriminates best, √(aᵀΦa).
    pub discrimination: f64,
    /// Difficulty along that direction.
    pub difficulty: f64,
    /// Standardised loadings of the latent response (a/1.702) on every dimension.
    pub loadings: Vec<f64>,
    /// Share of its variance that the dimensions explain.
    pub communality: f64,
    /// Answers.
    pub n: u32,
    /// Share of right answers.
    pub p_value: f64,
    /// Whether a parameter stands at the edge of the range that is searched.
    pub at_bound: bool,
}

/// Abilities of one student.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AbilitiesOfStudentJson {
    /// Student id.
    pub user_id: String,
    /// Posterior mean on every dimension.
    pub theta: Vec<f64>,
    /// Posterior standard deviation on every dimension.
    pub se: Vec<f64>,
    /// Posterior covariances, row by row up to the diagonal.
    pub covariance: Vec<f64>,
    /// Answers used.
    pub n: u32,
}

/// The fit as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DimensionsMetaJson {
    /// Identity of the fit.
    pub run_id: String,
    /// `2PL`.
    pub model: String,
    /// What was fitted, enough to repeat it; its keys may change with the version.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub spec: seedtest_irt::multidimensional::Spec,
    /// Calibrated items.
    pub n_items: usize,
    /// Students with abilities.
    pub n_users: usize,
    /// How well it fits.
    pub metrics: DimensionsMetricsJson,
    /// Points of the integrals (`n`), what the log-likelihood changes by on finer ones (`change`), and whether that is
    /// as small as it should be (`enough`).
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub points: Points,
    /// Convergence with numbers and the next action.
    pub verdict: Verdict,
    /// Answers that were not used.
    pub left_out: LeftOutJson,
    /// How long it took.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timings: Option<Timings>,
}

/// How well a calibration of several dimensions fits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DimensionsMetricsJson {
    /// Akaike's criterion.
    pub aic: f64,
    /// Bayesian information criterion, by students.
    pub bic: f64,
    /// Marginal log-likelihood.
    pub loglik: f64,
    /// Answers used.
    pub n: usize,
    /// Estimated parameters.
    pub n_parameters: usize,
    /// Whether the stopping rules were met at an identified optimum.
    pub converged: bool,
}
