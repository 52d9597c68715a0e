//! A calibration of items with several categories: `seedtest fit irt --model grm --json`.

use schemars::JsonSchema;
use seedtest_irt::Verdict;
use seedtest_irt::polytomous::{Category, RatingScale};
use serde::{Deserialize, Serialize};

use crate::calibrate::{
    AbilityJson, GroupJson, LeftOutJson, MetricsJson, SkippedJson, Timings, UnscoredJson,
};
use crate::dif::{CurvesJson, DifJson};
use crate::fit_statistics::FitStatisticsJson;
use crate::linking_constants::LinkingConstants;
use crate::quality::{LocalDependenceJson, PairQualityJson};
use crate::rows_read::RowsReadJson;

/// Response of a calibration of scored answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CategoriesResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// Items in the order of their ids.
    pub item_params: Vec<CategoryItemJson>,
    /// Rating scales, one a number of categories, where the model has some; `items` are positions in `item_params`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schemars(with = "Vec<serde_json::Map<String, serde_json::Value>>")]
    pub rating_scales: Vec<RatingScale>,
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
    pub fit_meta: CategoriesMetaJson,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
    /// How well the items fit, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quality: Option<CategoriesQualityJson>,
    /// Fit of the whole model, reliability and test information, where they were asked for. `m2` is C2 (Cai & Monroe
    /// 2014): shares of every category, and mean products of the categories of two items.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fit_statistics: Option<FitStatisticsJson>,
    /// Comparisons of every other group with the reference group item by item, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dif: Option<Vec<DifJson>>,
    /// What became of the rows: every one was used, or is counted by the reason why not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rows: Option<RowsReadJson>,
    /// Whether the best fit by the deadline was returned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub truncated: Option<bool>,
}

/// The fit as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CategoriesMetaJson {
    /// Identity of the fit.
    pub run_id: String,
    /// Map from the scale of this fit to the anchor scale.
    #[serde(default = "LinkingConstants::none")]
    pub linking_constants: LinkingConstants,
    /// Anchors that drift, where they were tested.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub drifting: Vec<CategoryDriftJson>,
    /// Model that was asked for.
    pub model: String,
    /// What was fitted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model_spec: Option<CategoriesSpecJson>,
    /// Calibrated items.
    pub n_items: usize,
    /// Students with an ability.
    pub n_users: usize,
    /// How well it fits.
    pub metrics: MetricsJson,
    /// Convergence with numbers and the next action.
    pub verdict: Verdict,
    /// Answers that were not used.
    pub left_out: LeftOutJson,
    /// How long it took.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timings: Option<Timings>,
}

/// What was fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CategoriesSpecJson {
    /// Model that was asked for.
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
    pub spec: seedtest_irt::polytomous::Spec,
}

/// An anchor that does not stand where the others put it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CategoryDriftJson {
    /// Item id.
    pub item_id: String,
    /// Expected score as a share of the highest, on the anchor scale minus linked: root mean square over the
    /// abilities of the linking.
    pub distance: f64,
    /// Wald statistic of all its parameters.
    pub statistic: Option<f64>,
    /// Its degrees of freedom.
    pub df: u32,
    /// Its p after Holm's correction for the number of anchors.
    pub p_adjusted: Option<f64>,
    /// Whether it was used all the same.
    pub kept: bool,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CategoryItemJson {
    /// Item id.
    pub item_id: String,
    /// Its model.
    pub model: String,
    /// Version label.
    #[serde(default)]
    pub version: String,
    /// Whether the parameters were held fixed, or carried the linking.
    #[serde(default)]
    pub anchor: bool,
    /// Its parameters.
    pub params: CurvesJson,
    /// Their standard errors; null with `se_reason` when there are none.
    pub se: Option<CurvesSeJson>,
    /// Why there are no standard errors.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub se_reason: Option<String>,
    /// Answers.
    pub n: u32,
    /// Its categories by score.
    #[schemars(with = "Vec<serde_json::Map<String, serde_json::Value>>")]
    pub categories: Vec<Category>,
    /// Scores up to the highest that nobody has: the categories above them have moved down.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub collapsed: Vec<u8>,
    /// Correlation of the share of the highest score with that of the student's other answers.
    pub item_rest: Option<f64>,
    /// Whether students who do well on the other items do worse on this one: check the key or the scale.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub check_key: bool,
    /// Whether able students choose a lower category more often than the next one: check the order.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub out_of_order: bool,
}

/// Standard errors of the parameters of an item, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CurvesSeJson {
    /// Of the slopes; empty where the model gives them.
    pub a: Vec<f64>,
    /// Of the difficulties.
    pub b: Vec<f64>,
    /// Of the intercepts.
    pub d: Vec<f64>,
    /// Of the guessing probability.
    #[serde(default)]
    pub c: Option<f64>,
    /// Covariance of a, d and c as far as they were estimated, in this order: rows of the lower triangle. A linking
    /// takes errors from it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub covariance: Vec<Vec<f64>>,
}

/// How well items with several categories fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CategoriesQualityJson {
    /// Students who answered every item.
    pub n_complete: usize,
    /// Var(EAP)/(Var(EAP) + mean of the posterior variances).
    pub empirical_reliability: Option<f64>,
    /// Mean of I/(I + 1/σ²) over the ability distribution.
    pub marginal_reliability: f64,
    /// Mean Q3 over all pairs of items that are not nominal.
    pub mean_q3: Option<f64>,
    /// Pairs of items whose residuals correlate most unlike the others.
    #[serde(default)]
    pub pairs: Vec<PairQualityJson>,
    /// Pairs of items that are locally dependent, by a test of every pair; null with
    /// `local_dependence_reason` when there was none.
    #[serde(default)]
    pub local_dependence: Option<LocalDependenceJson>,
    /// Why local dependence was not tested.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub local_dependence_reason: Option<String>,
    /// Every item.
    pub items: Vec<CategoryItemQualityJson>,
    /// Leading eigenvalues of the polychoric correlations beside those of answers with nothing in common; null with
    /// `dimensions_reason`.
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub dimensions: Option<seedtest_irt::dimensions::ParallelAnalysis>,
    /// Why dimensions were not counted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dimensions_reason: Option<String>,
}

/// Fit of one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CategoryItemQualityJson {
    /// Item id.
    pub item_id: String,
    /// Weighted mean square.
    pub infit: Option<f64>,
    /// Unweighted mean square.
    pub outfit: Option<f64>,
    /// S-X².
    pub s_x2: Option<f64>,
    /// Its degrees of freedom.
    pub s_x2_df: Option<u32>,
    /// Its p-value.
    pub s_x2_p: Option<f64>,
    /// Its p-value adjusted for all items.
    pub s_x2_p_adjusted: Option<f64>,
    /// Why there is no S-X².
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub s_x2_reason: Option<String>,
    /// What deserves a look, in sentences.
    pub flags: Vec<String>,
}
