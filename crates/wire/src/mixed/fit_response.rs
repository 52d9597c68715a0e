//! Responses of fits of mixed models.

use schemars::JsonSchema;
use seedtest_numerics::Verdict;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::predict::MixedPredictionJson;
use crate::ordered::Ordered;
use crate::rows_read::RowsReadJson;

/// Values of every level by grouping factor and effect: `{group: {effect: {level: value}}}`.
pub type ModesJson = Ordered<Ordered<Ordered<Option<f64>>>>;

/// Response of a fit of a mixed model: the union of all variants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MixedFitResponse {
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
    /// What predicts: send it back to `/glmm/predict` as it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model: Option<Value>,
    /// Fixed effects by name; null for a column that others make up.
    pub fixed_effects: Ordered<Option<f64>>,
    /// Their standard errors.
    pub fixed_effects_se: Ordered<Option<f64>>,
    /// One line a fixed effect.
    pub coefficients: Vec<MixedCoefficientJson>,
    /// Conditional modes of the random effects.
    pub random_effects: ModesJson,
    /// Conditional standard deviations of the random effects, the parameters taken as known.
    pub random_effects_se: ModesJson,
    /// Coefficients of every level, the fixed effect plus the deviation, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub level_coefficients: Option<ModesJson>,
    /// Their standard errors, in which fixed and random effects vary together; null where the data do not determine
    /// the fixed effect, or its variance over the levels.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub level_coefficients_se: Option<ModesJson>,
    /// What varies how much.
    pub variance_components: VarianceComponentsJson,
    /// Figures of the fit.
    pub fit_metrics: MixedFitMetrics,
    /// The same, with short summaries of fixed and random effects.
    pub metrics: MixedMetrics,
    /// Share of the variance that the fixed effects explain (Nakagawa & Schielzeth 2013).
    pub r2_marginal: Option<f64>,
    /// Share that fixed and random effects explain.
    pub r2_conditional: Option<f64>,
    /// Share of each grouping factor in what the fixed effects leave.
    pub icc: Ordered<Option<f64>>,
    /// Pearson residuals over their standard deviation.
    pub scaled_residuals: ResidualSummaryJson,
    /// The likelihood-ratio test against another formula, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comparison: Option<LikelihoodRatioJson>,
    /// Predictions of the new rows, where there are any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub predictions: Option<Vec<MixedPredictionJson>>,
    /// Fitted values of the rows that took part, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fitted: Option<Vec<f64>>,
    /// Response minus fitted values.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub residuals: Option<Vec<f64>>,
    /// Row of the request, from 0, of each of those.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rows_used: Option<Vec<u32>>,
    /// The fit as a whole.
    pub fit_meta: MixedFitMeta,
    /// What a reader should know before using the numbers; that a fit did not converge comes first.
    pub warnings: Vec<String>,
}

/// A fixed effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MixedCoefficientJson {
    /// Name as R prints it.
    pub name: String,
    /// The estimate, on the scale of the link.
    pub estimate: Option<f64>,
    /// Its standard error.
    pub se: Option<f64>,
    /// Estimate over standard error: t of a gaussian model, else z.
    pub statistic: Option<f64>,
    /// Satterthwaite's degrees of freedom of t; null where the normal distribution is used.
    pub df: Option<f64>,
    /// Two-sided p value.
    pub p: Option<f64>,
    /// Lower end of the interval.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
    /// Why there is no estimate, or no interval.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// Variances by grouping factor, and that of the residuals.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct VarianceComponentsJson {
    /// By grouping factor.
    #[serde(flatten)]
    pub groups: Ordered<GroupVariancesJson>,
    /// Residuals of a gaussian model.
    #[serde(rename = "Residual", skip_serializing_if = "Option::is_none", default)]
    pub residual: Option<VarianceJson>,
}

/// Variances of the effects of one grouping factor.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct GroupVariancesJson {
    /// By effect.
    #[serde(flatten)]
    pub terms: Ordered<VarianceJson>,
    /// Correlations: `{effect: {earlier effect: value}}`; null with an effect that does not vary.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cor: Option<Ordered<Ordered<Option<f64>>>>,
    /// Intervals of the correlations in the same places; of intervals by profile or bootstrap only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cor_intervals: Option<Ordered<Ordered<IntervalJson>>>,
}

/// An interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IntervalJson {
    /// Lower end; null where there is none.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
    /// Why an end is missing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// One variance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VarianceJson {
    /// Standard deviation.
    pub sd: f64,
    /// Its square.
    pub var: f64,
    /// Lower end of the interval of the standard deviation; of intervals by profile or bootstrap only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lower: Option<f64>,
    /// Upper end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub upper: Option<f64>,
    /// Why an end that was asked for is missing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// Figures of a fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MixedFitMetrics {
    /// Akaike's information criterion.
    pub aic: f64,
    /// Bayesian information criterion.
    pub bic: f64,
    /// Logarithm of the (restricted) likelihood.
    pub loglik: f64,
    /// Minus twice the logarithm of the likelihood.
    pub deviance: f64,
    /// REML criterion; null for maximum likelihood.
    pub reml_criterion: Option<f64>,
    /// Standard deviation of the residuals; 1 for families without one.
    pub sigma: f64,
    /// Number of parameters.
    pub df: usize,
    /// Rows that took part.
    pub n_obs: usize,
    /// Levels by grouping factor.
    pub n_groups: Ordered<usize>,
}

/// Figures of a fit with short summaries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MixedMetrics {
    /// The figures.
    #[serde(flatten)]
    pub figures: MixedFitMetrics,
    /// Fixed effects.
    pub fixed_effects: Ordered<Option<f64>>,
    /// Standard deviations of the random effects by grouping factor and effect.
    pub random_effects_sd: Ordered<Ordered<f64>>,
}

/// Five numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResidualSummaryJson {
    /// Smallest; null, as the others, where it is no number.
    pub min: Option<f64>,
    /// First quartile.
    pub q1: Option<f64>,
    /// Median.
    pub median: Option<f64>,
    /// Third quartile.
    pub q3: Option<f64>,
    /// Largest.
    pub max: Option<f64>,
}

/// A comparison of two models: the likelihood-ratio test where one is a part of the other, and the
/// information criteria of the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LikelihoodRatioJson {
    /// The other formula.
    pub formula: String,
    /// Its log-likelihood.
    pub loglik: f64,
    /// Its number of parameters.
    pub parameters: usize,
    /// Its Akaike's information criterion.
    #[serde(default)]
    pub aic: f64,
    /// Its Bayesian information criterion.
    #[serde(default)]
    pub bic: f64,
    /// Twice the difference of the log-likelihoods; null, as the test's other figures, where there is no test.
    pub statistic: Option<f64>,
    /// Difference of the numbers of parameters.
    pub df: Option<usize>,
    /// Upper tail of χ²; too large where a variance is tested against zero.
    pub p: Option<f64>,
    /// Why there is no test.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// A fit as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MixedFitMeta {
    /// Identity of the fit.
    pub run_id: String,
    /// Whether the search ended at an optimum; a singular fit is one.
    pub converged: bool,
    /// Whether a direction of the random effects has no variance; `verdict` names it.
    pub singular: bool,
    /// Whether it was fitted by restricted maximum likelihood.
    pub reml: bool,
    /// The formula.
    pub formula: String,
    /// `gaussian`, `binomial`, `poisson` or `negative_binomial`.
    pub family: String,
    /// The link.
    pub link: String,
    /// Points of quadrature; 1 is Laplace's approximation. Null for a gaussian model.
    pub quadrature: Option<usize>,
    /// Size of a negative binomial family.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub size: Option<f64>,
    /// Interval of the size; of intervals by profile or bootstrap only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub size_interval: Option<IntervalJson>,
    /// Column that was used as weights.
    pub weights: Option<String>,
    /// How intervals were made, and their probability.
    pub intervals: String,
    /// Probability inside them.
    pub confidence: f64,
    /// Replicates of the bootstrap that could not be used.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failed_replicates: Option<usize>,
    /// Rows left out because a value is missing.
    pub dropped_rows: usize,
    /// Rows of `cbind(0, 0)`, left out because they say nothing.
    #[serde(default)]
    pub rows_without_trials: usize,
    /// Missing values by column.
    pub missing: Ordered<usize>,
    /// Covariance parameters θ by name: entries of the relative covariance factors.
    pub theta: Ordered<f64>,
    /// Eigenvalues of the second derivatives of the criterion, scaled to a unit diagonal.
    pub hessian_eigenvalues: Vec<f64>,
    /// How the fit ended.
    pub verdict: Verdict,
}
