//! How well a calibration fits: the key `quality` of `seedtest fit irt --quality`.

use schemars::JsonSchema;
use seedtest_irt::Reliability;
use serde::{Deserialize, Serialize};

/// Fit of items, students and pairs, and reliabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QualityJson {
    /// Reliabilities.
    pub reliability: Reliability,
    /// Students who answered every item.
    pub n_complete: usize,
    /// Every item.
    pub items: Vec<ItemQualityJson>,
    /// Students, least fitting first.
    pub persons: Vec<PersonQualityJson>,
    /// Pairs of items whose residuals correlate most unlike the others.
    pub pairs: Vec<PairQualityJson>,
    /// Mean Q3 over all pairs.
    pub mean_q3: Option<f64>,
    /// Pairs of items that are locally dependent, by a test of every pair; null with
    /// `local_dependence_reason` when there was none.
    #[serde(default)]
    pub local_dependence: Option<LocalDependenceJson>,
    /// Why local dependence was not tested.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub local_dependence_reason: Option<String>,
    /// Leading eigenvalues of the tetrachoric correlations beside those of answers with nothing in common; null with
    /// `dimensions_reason`.
    #[serde(default)]
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub dimensions: Option<seedtest_irt::dimensions::ParallelAnalysis>,
    /// Why dimensions were not counted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dimensions_reason: Option<String>,
}

/// Fit of one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ItemQualityJson {
    /// Item id.
    pub item_id: String,
    /// Answers.
    pub n: u32,
    /// Share of right answers.
    pub p: Option<f64>,
    /// Item–rest correlation.
    pub item_rest: Option<f64>,
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

/// Fit of one student.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PersonQualityJson {
    /// Student id.
    pub user_id: String,
    /// Answers.
    pub n: u32,
    /// lz*: about standard normal; far below 0 = hard items right and easy ones wrong.
    pub lz_star: f64,
}

/// A pair of items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PairQualityJson {
    /// First item.
    pub first: String,
    /// Second item.
    pub second: String,
    /// Students who answered both.
    pub n: u32,
    /// Correlation of the residuals.
    pub q3: f64,
}

/// Local dependence: every pair's Q3 against its distribution in simulated data sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LocalDependenceJson {
    /// Pairs that were tested.
    pub n_pairs: usize,
    /// Simulated data sets behind the reference distribution.
    pub replications: u32,
    /// 95th percentile of the largest Q3* = Q3 − mean Q3 in the simulated data sets.
    pub critical_q3_star: Option<f64>,
    /// Dependent pairs (family-wise 5 %), the most certain first.
    pub pairs: Vec<DependentPairJson>,
}

/// A pair of items that is locally dependent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DependentPairJson {
    /// First item.
    pub first: String,
    /// Second item.
    pub second: String,
    /// Students who answered both.
    pub n: u32,
    /// Correlation of the residuals.
    pub q3: f64,
    /// Q3 minus its mean over all pairs.
    pub q3_star: f64,
    /// What the model expects of Q3 for this pair.
    pub expected_q3: f64,
    /// Distance from it in standard deviations of the simulated data sets.
    pub z: f64,
    /// p-value adjusted for all pairs (Holm).
    pub p_adjusted: f64,
    /// What it means, in a sentence.
    pub text: String,
}
