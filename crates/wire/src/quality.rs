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
