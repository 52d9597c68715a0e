//! The JSON of `seedtest equate`.

use schemars::JsonSchema;
use seedtest_irt::{EquatedScore, ScoreMoments};
use serde::{Deserialize, Serialize};

/// Observed scores of one form as scores of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EquatingResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// Who took the forms: `same_students`, `different_students` (drawn from one population) or
    /// `anchor` (two populations with an anchor).
    pub design: String,
    /// `equipercentile`, `frequency_estimation` or `chained`.
    pub method: String,
    /// Students with a score on X.
    pub n_x: usize,
    /// Students with a score on Y.
    pub n_y: usize,
    /// Rows without the scores they need, left out.
    pub left_out: usize,
    /// Share of the first population in the one equating is for; null without an anchor.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub weight: Option<f64>,
    /// Moments of the scores on X, smoothed where they were smoothed; null under `chained`.
    pub moments_x: Option<ScoreMoments>,
    /// Moments of the scores on Y.
    pub moments_y: Option<ScoreMoments>,
    /// The smoothing; null without.
    pub smoothing: Option<SmoothingJson>,
    /// A line a score on X.
    pub table: Vec<EquatedScoreJson>,
    /// What a reader should know before using the table.
    pub warnings: Vec<String>,
}

/// A log-linear smoothing of both distributions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SmoothingJson {
    /// Moments that were kept.
    pub degree: usize,
    /// Misfit of X: about chi-square with `df_x` where the degree is enough.
    pub deviance_x: f64,
    /// Its degrees of freedom.
    pub df_x: usize,
    /// Misfit of Y.
    pub deviance_y: f64,
    /// Its degrees of freedom.
    pub df_y: usize,
}

/// One line of an equating table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EquatedScoreJson {
    /// Score on X.
    pub score: u32,
    /// Its percentile rank, 0 to 100; null under `chained`.
    pub percentile_rank: Option<f64>,
    /// Score on Y of the same percentile rank.
    pub equipercentile: f64,
    /// Its standard error; only where different students of one population took X and Y.
    pub se: Option<f64>,
    /// Score on Y as far from the mean.
    pub mean: Option<f64>,
    /// Score on Y as many standard deviations from the mean.
    pub linear: Option<f64>,
}

/// True scores of one calibrated form as true scores of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrueScoreResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// Items of the new form.
    pub n_items_new: usize,
    /// Items of the old form.
    pub n_items_old: usize,
    /// A line a score on the new form.
    pub table: Vec<EquatedScore>,
}
