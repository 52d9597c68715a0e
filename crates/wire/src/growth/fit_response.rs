//! `POST /growth/fit`: the response.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use seedtest_irt::Verdict;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fit_request::GrowthPriorJson;
use crate::rows_read::RowsReadJson;

/// Response of `POST /growth/fit` and of `seedtest fit growth --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GrowthFitResponse {
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
    /// The formula.
    pub formula: String,
    /// The family.
    pub family: String,
    /// Rows that were used.
    pub n_obs: usize,
    /// Students among them.
    pub n_students: usize,
    /// Rows left out because a value is missing.
    #[serde(default)]
    pub dropped_rows: usize,
    /// Kept draws a chain.
    pub n_samples: u64,
    /// Chains.
    pub n_chains: u64,
    /// Warm-up draws a chain.
    pub n_warmup: u64,
    /// Seed of the random numbers.
    pub seed: u64,
    /// The columns of the formula. Parameters of the change per week bear the name of its column.
    #[serde(default)]
    pub columns: GrowthColumnsJson,
    /// Where the scores of the rows lie.
    #[serde(default)]
    pub scores: GrowthScoresJson,
    /// The prior of every parameter, asked for or chosen by the scale of scores and weeks.
    #[serde(default)]
    pub priors: BTreeMap<String, GrowthStatedPriorJson>,
    /// Posterior by parameter: `intercept`, `sd_intercept`, `cor` (at week 0), `intercept_centred`,
    /// `sd_intercept_centred`, `cor_centred` (at the mean week), `week`, `sd_week`, `sigma`, as far as the
    /// model has them.
    pub posterior_summary: BTreeMap<String, GrowthSummaryJson>,
    /// The same as a list, with how well each is known.
    pub parameters: Vec<GrowthParameterJson>,
    /// Whether the draws can be trusted.
    pub diagnostics: GrowthDiagnosticsJson,
    /// Score that is asked for; null where none was.
    pub target_score: Option<f64>,
    /// Weeks after the last observed week for which it is asked.
    pub horizon_weeks: f64,
    /// Week at which the target counts, in the column's numbers; weeks since the first date where weeks are dates.
    #[serde(default)]
    pub target_week: Option<f64>,
    /// The day of that week, where weeks are dates.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target_date: Option<String>,
    /// Probability inside `lower` to `upper`.
    pub credible_interval: f64,
    /// What the fit says of every student, by the caller's id.
    pub predictions: BTreeMap<String, GrowthPredictionJson>,
    /// The same for a student who was never seen.
    pub new_student: Option<GrowthPredictionJson>,
    /// Whether largest R̂ ≤ 1.05, smallest bulk ESS ≥ 400, no divergence, and not cut short.
    pub converged: bool,
    /// Convergence with numbers and the next action.
    pub verdict: Verdict,
    /// Whether the change per week is that of its prior: the rows say nothing of it.
    #[serde(default)]
    pub slope_is_prior: bool,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
    /// Whether the draws at the deadline were returned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub truncated: Option<bool>,
    /// The fit as `predict` reads it, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stored_model: Option<Value>,
}

/// The columns of a model of growth.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct GrowthColumnsJson {
    /// Score.
    pub score: String,
    /// Time.
    pub week: String,
    /// Student.
    pub student: String,
}

/// Where scores lie. A target on another scale is refused when the fit is asked later.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct GrowthScoresJson {
    /// Mean.
    pub mean: Option<f64>,
    /// Standard deviation.
    pub sd: Option<f64>,
    /// Smallest.
    pub min: Option<f64>,
    /// Largest.
    pub max: Option<f64>,
}

/// The prior of a parameter as it was used.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct GrowthStatedPriorJson {
    /// The density.
    #[serde(flatten)]
    pub prior: GrowthPriorJson,
    /// `request`, or `default`: chosen by the scale of scores and weeks.
    pub source: String,
    /// The week at which an intercept, its standard deviation and the correlation are meant:
    /// `mean_week` or `first_week`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<String>,
}

/// Posterior of one parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GrowthSummaryJson {
    /// Mean.
    pub mean: Option<f64>,
    /// Standard deviation.
    pub sd: Option<f64>,
    /// Median.
    pub median: Option<f64>,
    /// 2.5 % quantile.
    #[serde(rename = "q2.5")]
    pub q2_5: Option<f64>,
    /// 97.5 % quantile.
    #[serde(rename = "q97.5")]
    pub q97_5: Option<f64>,
    /// `q2.5` under the name of the report template.
    pub l95: Option<f64>,
    /// `q97.5` under the name of the report template.
    pub u95: Option<f64>,
}

/// One parameter with its convergence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GrowthParameterJson {
    /// Name.
    pub parameter: String,
    /// Posterior mean.
    pub estimate: Option<f64>,
    /// Posterior standard deviation.
    pub se: Option<f64>,
    /// Lower bound of the credible interval.
    pub lower: Option<f64>,
    /// Upper bound.
    pub upper: Option<f64>,
    /// Rank-normalised split R̂; null where it does not exist.
    pub rhat: Option<f64>,
    /// Bulk effective sample size.
    pub ess_bulk: Option<f64>,
    /// Tail effective sample size.
    pub ess_tail: Option<f64>,
    /// Monte Carlo standard error of the mean.
    pub mcse_mean: Option<f64>,
    /// Distance of the posterior per doubling of the priors' weight; above 0.05 the priors matter.
    pub prior_sensitivity: Option<f64>,
    /// The same for the likelihood; below 0.05 the data hardly speak.
    pub likelihood_sensitivity: Option<f64>,
}

/// A largest value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LargestJson {
    /// The value; null where it does not exist.
    pub max: Option<f64>,
}

/// A smallest value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SmallestJson {
    /// The value; null where it does not exist.
    pub min: Option<f64>,
}

/// Whether the draws can be trusted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GrowthDiagnosticsJson {
    /// Rank-normalised split R̂.
    pub rhat: LargestJson,
    /// Bulk effective sample size, in draws.
    pub ess_bulk: SmallestJson,
    /// Tail effective sample size, in draws.
    pub ess_tail: SmallestJson,
    /// Divergent transitions after the warm-up.
    pub divergences: u64,
    /// Transitions that reached the largest tree depth.
    pub max_treedepth_hits: u64,
    /// Energy fraction of missing information of the chain that has the least.
    pub ebfmi: SmallestJson,
    /// Posterior predictive checks.
    #[serde(default)]
    pub posterior_predictive: Vec<GrowthCheckJson>,
    /// Leave-one-student-out prediction; null where it was not computed.
    #[serde(default)]
    pub loo: Option<GrowthLooJson>,
    /// Bayesian R²; null of families other than the gaussian one, and where it was not computed.
    #[serde(default)]
    pub r2: Option<GrowthR2Json>,
}

/// One posterior predictive check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GrowthCheckJson {
    /// What is compared.
    pub statistic: String,
    /// Its value in the data.
    pub observed: Option<f64>,
    /// Its mean in replicated data.
    pub replicated: Option<f64>,
    /// Share of replications at or above the observed value; near 0 or 1 the model misses it.
    pub p: Option<f64>,
}

/// Leave-one-student-out prediction by Pareto-smoothed importance sampling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GrowthLooJson {
    /// Expected log predictive density.
    pub elpd: f64,
    /// Its standard error over students.
    pub se: Option<f64>,
    /// Effective number of parameters.
    pub p_loo: f64,
    /// −2 `elpd`.
    pub looic: f64,
    /// Largest Pareto k.
    pub pareto_k_max: Option<f64>,
    /// Students whose k is above 0.7 or unknown.
    pub unreliable: usize,
}

/// Share of the variance of the scores that the lines explain, over the posterior.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GrowthR2Json {
    /// Of the students' own lines.
    pub conditional: GrowthShareJson,
    /// Of the population's line alone.
    pub marginal: GrowthShareJson,
}

/// A share over the posterior.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GrowthShareJson {
    /// Mean.
    pub mean: Option<f64>,
    /// Standard deviation.
    pub sd: Option<f64>,
    /// Lower end of the credible interval.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
}

/// What the fit says of one student.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GrowthPredictionJson {
    /// Posterior mean of the probability to reach the target at the horizon.
    pub probability: Option<f64>,
    /// `probability` under the name of the KPI.
    #[serde(rename = "P")]
    pub p: Option<f64>,
    /// Posterior standard deviation of that probability: what is not known of this student, own level
    /// and slope included.
    pub uncertainty: Option<f64>,
    /// `uncertainty` under the name of the KPI.
    pub sigma: Option<f64>,
    /// Lower bound of the credible interval of the probability.
    pub lower: Option<f64>,
    /// Upper bound.
    pub upper: Option<f64>,
    /// Predictive mean of the score at the horizon.
    pub mean_score: Option<f64>,
    /// Predictive standard deviation of the score.
    pub sd_score: Option<f64>,
    /// `false` where the fit did not converge and the probability should not be used.
    pub reliable: bool,
    /// Why the probability is null: `no_target`, no score to reach was asked for; or what all rows of the student
    /// lack.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Pareto k of leaving the student out (PSIS-LOO): above 0.7 the fit leans on this student.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pareto_k: Option<f64>,
}

/// What is returned when there is too little to fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GrowthNoop {
    /// `"noop"`.
    #[schemars(extend("const" = "noop"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// Why nothing was fitted.
    pub reason: String,
    /// Rows.
    pub n_obs: usize,
    /// Students.
    pub n_students: usize,
}
