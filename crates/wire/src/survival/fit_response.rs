//! `POST /survival/fit`: the response.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use seedtest_irt::Verdict;
use seedtest_survival::cox::GlobalTests;
use seedtest_survival::quality::Calibration;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::diagnostics::{PenaltyPathJson, ProportionalHazardsJson, ResidualsJson};
use crate::rows_read::RowsReadJson;

/// Response of `POST /survival/fit` and of `seedtest fit survival --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SurvivalFitResponse {
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
    /// The family.
    pub model: String,
    /// Rows.
    pub n_obs: usize,
    /// Rows that end with an event.
    pub n_events: usize,
    /// Coefficients by covariate: changes of the log hazard for one unit (of ln T for `lognormal` and
    /// `loglogistic`); null when the covariate was left out.
    pub coefficients: BTreeMap<String, Option<f64>>,
    /// Hazard ratios for one unit by covariate; null when left out or where the family has none.
    pub hazard_ratios: BTreeMap<String, Option<f64>>,
    /// Probability of the event by the horizon, 0..1, by student. Of a student with several rows the
    /// last row counts.
    pub risk_scores: BTreeMap<Arc<str>, f64>,
    /// One line per covariate.
    pub summary: SurvivalSummary,
    /// The fit as a whole.
    pub model_meta: SurvivalModelMeta,
    /// Risks, hazard ratios and reasons, in the order of the rows.
    pub predictions: Vec<SurvivalPredictionJson>,
    /// Survival of a row with the means of all covariates; at most 200 times.
    pub survival_curve: Vec<CurvePointJson>,
    /// Tests of proportional hazards; null where there are none, with a warning when they failed.
    #[serde(default)]
    pub proportional_hazards: Option<ProportionalHazardsJson>,
    /// The path of penalties, where an elastic net was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub penalty_path: Option<PenaltyPathJson>,
    /// Residuals, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub residuals: Option<ResidualsJson>,
    /// How well rows of left-out students were predicted; null with a warning when it is not known.
    pub quality: Option<SurvivalQualityJson>,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
    /// Whether the best fit by the deadline was returned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub truncated: Option<bool>,
    /// The fit as `predict` reads it, where it was asked for. Parameters and covariance of a parametric family in it
    /// are those of ln T, whatever the scale of `coefficients`: −coefficient · scale is the parameter of `weibull` and
    /// `exponential`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stored_model: Option<Value>,
}

/// What is returned when there is too little to fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SurvivalNoop {
    /// `"noop"`.
    #[schemars(extend("const" = "noop"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// Why nothing was fitted.
    pub reason: String,
    /// Rows.
    pub n_obs: usize,
    /// Rows that end with an event; null where the rows do not say.
    pub n_events: Option<usize>,
}

/// Coefficients with their uncertainty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SurvivalSummary {
    /// In the order of the covariates.
    pub coefficients: Vec<SurvivalCoefficientJson>,
    /// Largest and smallest risk among the predictions; null without any.
    pub risk_range: Option<(f64, f64)>,
}

/// One covariate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SurvivalCoefficientJson {
    /// Name.
    pub name: String,
    /// Coefficient; null with a `reason` when the covariate was left out.
    pub coefficient: Option<f64>,
    /// Standard error, the robust one where rows are clustered or weights are no counts: `se_kind` of the
    /// whole says which.
    pub se: Option<f64>,
    /// Standard error that takes rows as independent, beside a robust one of `cox`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model_se: Option<f64>,
    /// Coefficient over standard error.
    pub z: Option<f64>,
    /// Two-sided p-value.
    pub p: Option<f64>,
    /// e^coefficient, where the family has proportional hazards.
    pub hazard_ratio: Option<f64>,
    /// Lower 95 % bound of the hazard ratio.
    pub hazard_ratio_lower: Option<f64>,
    /// Upper 95 % bound of the hazard ratio.
    pub hazard_ratio_upper: Option<f64>,
    /// e^coefficient: a ratio of hazards, of odds or of times, as `coefficient_scale` of the whole says.
    pub ratio: Option<f64>,
    /// Lower 95 % bound of the ratio.
    pub ratio_lower: Option<f64>,
    /// Upper 95 % bound of the ratio.
    pub ratio_upper: Option<f64>,
    /// Mean over the rows of the fit.
    pub mean: Option<f64>,
    /// Why there is no coefficient, or no standard error.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// The fit as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SurvivalModelMeta {
    /// The family.
    pub family: String,
    /// Days of silence that are the event.
    pub event_threshold_days: f64,
    /// Time by which the risk is predicted.
    pub horizon_days: f64,
    /// The formula.
    pub formula: String,
    /// Coefficients by covariate.
    pub coefficients: BTreeMap<String, Option<f64>>,
    /// Hazard ratios by covariate.
    pub hazard_ratios: BTreeMap<String, Option<f64>>,
    /// Standard errors by covariate.
    pub se: BTreeMap<String, Option<f64>>,
    /// z by covariate.
    pub z: BTreeMap<String, Option<f64>>,
    /// p-values by covariate.
    pub p: BTreeMap<String, Option<f64>>,
    /// What a coefficient is a change of: `log_hazard`, `log_time` or `log_odds`.
    #[serde(default)]
    pub coefficient_scale: String,
    /// `robust` where rows of one cluster may depend on each other (sandwich over clusters) or weights are
    /// no counts of rows (sandwich over rows), `model` else; null for an elastic net, which has no errors.
    #[serde(default)]
    pub se_kind: Option<String>,
    /// Intercept, scale and shape of the parametric families; null for the others.
    #[serde(default)]
    pub distribution: Option<SurvivalDistributionJson>,
    /// Means of the covariates, where hazard ratios stand.
    pub means: BTreeMap<String, f64>,
    /// Harrell's concordance; null where no pair is comparable or the family has none.
    pub concordance: Option<f64>,
    /// Its standard error.
    pub concordance_se: Option<f64>,
    /// Rows.
    pub n: usize,
    /// Rows that end with an event.
    pub n_events: usize,
    /// Clusters of the robust standard errors; null without clusters.
    pub n_clusters: Option<usize>,
    /// Column that says which rows are of one cluster: the one that was named, else that of the student where one
    /// has several rows.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cluster: Option<String>,
    /// How tied events were treated; null outside of `cox`.
    pub ties: Option<String>,
    /// Penalty that was used: ridge, or λ of an elastic net.
    pub penalty: f64,
    /// Mixture of an elastic net, 1 = lasso; null without. Its coefficients have no standard errors.
    #[serde(default)]
    pub alpha: Option<f64>,
    /// Log-likelihood (partial for `cox`).
    pub loglik: f64,
    /// The same with all coefficients zero; null in fits of before it was kept.
    pub loglik_null: Option<f64>,
    /// Akaike's criterion, −2 loglik + 2 parameters; null for a penalised fit, and in fits of before it was kept.
    #[serde(default)]
    pub aic: Option<f64>,
    /// Tests of all coefficients together; null for a penalised fit and outside of `cox`.
    #[serde(default)]
    pub tests: Option<GlobalTests>,
    /// Length of a period of the discrete families; null outside of them.
    #[serde(default)]
    pub period_days: Option<f64>,
    /// Rows left out because a value is missing.
    pub dropped_rows: usize,
    /// Convergence with numbers and the next action.
    pub verdict: Verdict,
}

/// What a parametric family has beside its coefficients: ln T = intercept + xβ + scale · W.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SurvivalDistributionJson {
    /// Intercept of ln T, at covariates zero, whatever the scale of the coefficients.
    pub intercept: SurvivalParameterJson,
    /// Scale of ln T; 1 without an error for `exponential`.
    pub scale: SurvivalParameterJson,
    /// 1 over the scale, the shape of `weibull` and `loglogistic`; null for `lognormal`.
    pub shape: Option<SurvivalParameterJson>,
}

/// A parameter with its error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SurvivalParameterJson {
    /// Estimate.
    pub estimate: Option<f64>,
    /// Standard error, by the delta method; null where nothing was estimated.
    pub se: Option<f64>,
    /// Lower 95 % bound; symmetric on the log scale for scale and shape.
    pub lower: Option<f64>,
    /// Upper 95 % bound.
    pub upper: Option<f64>,
}

/// Prediction for one row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SurvivalPredictionJson {
    /// Student, or the number of the row from 1.
    pub user_id: Arc<str>,
    /// Probability of the event within the horizon, given none so far; 0..1. Null with a `reason`.
    pub risk_score: Option<f64>,
    /// Hazard, an offset among it, against a row at the means of all covariates without one; null where the family has
    /// none.
    pub hazard_ratio: Option<f64>,
    /// Share of the predicted rows with a smaller risk, ties half; inside (0, 1).
    pub rank_percentile: Option<f64>,
    /// Time without event before the prediction begins; null where its cell holds what it cannot be.
    pub gap_days: Option<f64>,
    /// Contributions to the logarithm of the hazard ratio, in the order of the covariates, an offset behind them.
    /// Summed from first to last they give it exactly. Left out when more than 10 000 rows are predicted.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<ReasonJson>,
    /// Whether the horizon of a parametric family ends after the longest observation of the fit: the risk is
    /// then what the distribution says of times that nobody was observed. Left out where it does not.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub extrapolated: bool,
    /// Why there is no risk for this row, with the column and what stands there: a value that the model needs is
    /// missing or is none, a level is one that the fit has not seen, or the fit says nothing of such a time or
    /// stratum. `warnings` count such rows and name the first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// What one covariate adds to the logarithm of the hazard ratio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReasonJson {
    /// The covariate.
    pub covariate: String,
    /// Its value for this row.
    pub value: f64,
    /// Its mean over the rows of the fit.
    pub mean: f64,
    /// Coefficient × (value − mean).
    pub contribution: f64,
}

/// One point of the survival curve, under the names of both report templates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CurvePointJson {
    /// Time.
    pub t: f64,
    /// Probability of no event up to `t`.
    #[serde(rename = "S")]
    pub survival: f64,
    /// Lower 95 % bound; null where the family gives none.
    #[serde(rename = "S_lower")]
    pub lower: Option<f64>,
    /// Upper 95 % bound.
    #[serde(rename = "S_upper")]
    pub upper: Option<f64>,
    /// `t` once more.
    pub time: f64,
    /// `S` once more.
    pub surv: f64,
    /// Number of the stratum, where there are several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stratum: Option<u32>,
    /// What the data call the stratum.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stratum_name: Option<Arc<str>>,
}

/// Quality of predictions for students who were left out of the fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SurvivalQualityJson {
    /// Folds over students.
    pub folds: usize,
    /// Seed of the division.
    pub seed: u64,
    /// Time by which the event is predicted.
    pub horizon: f64,
    /// Time-dependent area under the ROC curve.
    pub auc: f64,
    /// Brier score.
    pub brier: f64,
    /// Brier score of the same risk for everyone.
    pub brier_null: f64,
    /// Brier score averaged over the time up to the horizon.
    pub integrated_brier: f64,
    /// Uno's concordance up to the horizon.
    pub uno_concordance: f64,
    /// Harrell's concordance over all times.
    pub harrell_concordance: Option<f64>,
    /// Observed against predicted by deciles, and the slope.
    pub calibration: Calibration,
}
