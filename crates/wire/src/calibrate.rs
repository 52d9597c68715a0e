//! `POST /irt/calibrate`: the response.

use schemars::JsonSchema;
use seedtest_irt::{Covariance, ItemErrors, Verdict};
use serde::{Deserialize, Serialize};

use crate::dif::DifJson;
use crate::fit_statistics::FitStatisticsJson;
use crate::linking_constants::LinkingConstants;
use crate::quality::QualityJson;
use crate::rows_read::RowsReadJson;

/// Response of `POST /irt/calibrate` and of `seedtest fit irt --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CalibrateResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// Item parameters with standard errors, in the order of item ids.
    pub item_params: Vec<ItemParamsJson>,
    /// The same, flat, as older clients read them.
    pub items: Vec<ItemJson>,
    /// Abilities in the order of student ids.
    pub abilities: Vec<AbilityJson>,
    /// Ability distribution of every group, where students have groups.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub groups: Vec<GroupJson>,
    /// Items without parameters.
    pub skipped: Vec<SkippedJson>,
    /// Students without an ability.
    pub unscored: Vec<UnscoredJson>,
    /// The fit as a whole.
    pub fit_meta: FitMetaJson,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
    /// What became of the rows: every one was used, or is counted by the reason why not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rows: Option<RowsReadJson>,
    /// How well the model fits, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quality: Option<QualityJson>,
    /// Fit of the whole model, reliability and test information, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fit_statistics: Option<FitStatisticsJson>,
    /// Comparisons of every other group with the reference group item by item, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dif: Option<Vec<DifJson>>,
    /// Covariance of the estimates, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub covariance: Option<CovarianceJson>,
    /// Whether the best fit by the deadline was returned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub truncated: Option<bool>,
}

/// Covariance of the estimates with the ids behind its item codes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CovarianceJson {
    /// Item ids by code, in byte order.
    pub item_ids: Vec<String>,
    /// The matrix.
    pub matrix: Covariance,
}

impl CovarianceJson {
    /// The matrix with other codes of its items; `None` where one of them has none. Codes in the order of
    /// the ids keep the rows sorted.
    pub fn coded(&self, code: impl Fn(&str) -> Option<u32>) -> Option<Covariance> {
        let mut matrix = self.matrix.clone();
        for parameter in &mut matrix.parameters {
            if let Some(item) = parameter.item {
                parameter.item = Some(code(self.item_ids.get(item as usize)?)?);
            }
        }
        Some(matrix)
    }
}

/// Parameters of one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ItemParamsJson {
    /// Item id.
    pub item_id: String,
    /// Model name.
    pub model: String,
    /// Version label.
    pub version: String,
    /// The parameters.
    pub params: Params,
    /// Their standard errors; null with `se_reason` when there are none.
    pub se: Option<ParamsSe>,
    /// Why there are no standard errors.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub se_reason: Option<String>,
    /// Answers.
    pub n: u32,
    /// Share of right answers.
    pub p_value: f64,
    /// Whether the parameters were held fixed, or carried the linking.
    pub anchor: bool,
    /// Correlation of the answer with the student's share of right answers to the other items.
    #[serde(default)]
    pub item_rest: Option<f64>,
    /// Whether students who do well on the other items get this one wrong more often: check the key.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub check_key: bool,
    /// Parameters that stand at the edge of the searched range.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub at_bound: Vec<String>,
}

/// Item parameters on the ability scale, P = c + (1 − c)·logistic(a(θ − b)).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Params {
    /// Discrimination.
    pub a: f64,
    /// Difficulty.
    pub b: f64,
    /// Guessing probability.
    #[serde(default)]
    pub c: f64,
}

/// Standard errors of the parameters; null = not estimated for this item.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ParamsSe {
    /// Of the discrimination.
    #[serde(default)]
    pub a: Option<f64>,
    /// Of the difficulty.
    #[serde(default)]
    pub b: Option<f64>,
    /// Of the guessing probability.
    #[serde(default)]
    pub c: Option<f64>,
    /// Covariance of the errors of a and b.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cov_ab: Option<f64>,
}

impl From<ItemErrors> for ParamsSe {
    fn from(ItemErrors { a, b, c, ab }: ItemErrors) -> Self {
        Self { a, b, c, cov_ab: ab }
    }
}

impl From<ParamsSe> for ItemErrors {
    fn from(ParamsSe { a, b, c, cov_ab }: ParamsSe) -> Self {
        Self { a, b, c, ab: cov_ab }
    }
}

/// Parameters and standard errors of one item, flat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ItemJson {
    /// Item id.
    pub item_id: String,
    /// Discrimination.
    pub a: f64,
    /// Difficulty.
    pub b: f64,
    /// Guessing probability.
    pub c: f64,
    /// Standard error of the discrimination.
    pub a_se: Option<f64>,
    /// Standard error of the difficulty.
    pub b_se: Option<f64>,
    /// Standard error of the guessing probability.
    pub c_se: Option<f64>,
}

/// Ability of one student.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AbilityJson {
    /// Student id.
    pub user_id: String,
    /// Posterior mean.
    pub theta: f64,
    /// Posterior standard deviation.
    pub se: f64,
    /// Model name.
    pub model: String,
    /// Version label.
    pub version: String,
    /// Answers used.
    pub n: u32,
    /// Group of the student, where there are groups.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group: Option<String>,
}

/// Ability distribution of one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupJson {
    /// Name of the group.
    pub group: String,
    /// Whether it fixes the scale.
    pub reference: bool,
    /// Students with an ability.
    pub n: usize,
    /// Mean of the ability.
    pub mean: f64,
    /// Its standard deviation.
    pub sd: f64,
    /// Standard error of the mean; null where it is fixed or was not computed.
    pub mean_se: Option<f64>,
    /// Standard error of the standard deviation.
    pub sd_se: Option<f64>,
}

/// An item that was left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SkippedJson {
    /// Item id.
    pub item_id: String,
    /// Its answers.
    pub n: u32,
    /// Why.
    pub reason: String,
}

/// A student without an ability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnscoredJson {
    /// Student id.
    pub user_id: String,
    /// Why.
    pub reason: String,
}

/// The fit as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FitMetaJson {
    /// Identity of the fit.
    pub run_id: String,
    /// Map from the scale of this fit to the anchor scale.
    pub linking_constants: LinkingConstants,
    /// What was fitted.
    pub model_spec: ModelSpecJson,
    /// Calibrated items.
    pub n_items: usize,
    /// Students with an ability.
    pub n_users: usize,
    /// How well it fits.
    pub metrics: MetricsJson,
    /// Convergence with numbers and the next action.
    pub verdict: Verdict,
    /// Answers that were not used.
    #[serde(default)]
    pub left_out: LeftOutJson,
    /// How long it took.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timings: Option<Timings>,
}

/// Answers that were not used, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOutJson {
    /// Which of several answers of a student to an item counts: `first`, `last` or `all`.
    pub duplicates: String,
    /// Answers left out because the student answered the item more than once.
    pub repeated: usize,
    /// Answers of unknown correctness.
    pub unknown: usize,
}

/// What was fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelSpecJson {
    /// Model name.
    pub model: String,
    /// Calibrated items.
    pub n_items: usize,
    /// Students with an ability.
    pub n_users: usize,
    /// Items with fixed parameters.
    pub n_anchors: usize,
    /// The same map as in `fit_meta`.
    pub linking_constants: LinkingConstants,
    /// The whole specification, enough to repeat the fit; its keys may change with the version.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub spec: seedtest_irt::Spec,
}

/// How well it fits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricsJson {
    /// Akaike's criterion.
    pub aic: f64,
    /// Bayesian information criterion.
    pub bic: f64,
    /// Marginal log-likelihood.
    pub loglik: f64,
    /// Log density of the priors at the solution.
    pub log_prior: f64,
    /// Answers used.
    pub n: usize,
    /// Estimated parameters.
    pub n_parameters: usize,
    /// Whether the stopping rules were met.
    pub converged: bool,
    /// Mean of the ability distribution; with groups, of the reference group.
    pub latent_mean: f64,
    /// Standard deviation of the ability distribution; with groups, of the reference group.
    pub latent_sd: f64,
}

/// Seconds spent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timings {
    /// Reading the data.
    pub read_seconds: f64,
    /// Fitting the model.
    pub fit_seconds: f64,
}
