//! What a comparison of two groups finds.

use schemars::JsonSchema;
use seedtest_numerics::Verdict;
use serde::{Deserialize, Serialize};

use super::logistic::LogisticDif;
use super::mantel_haenszel::MantelHaenszel;
use super::model::{ModelDif, NoModelDif};

/// The comparison of a focal group with the reference group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dif {
    /// Code of the reference group.
    pub reference: u32,
    /// Code of the focal group.
    pub focal: u32,
    /// Students with answers in the reference group.
    pub n_reference: usize,
    /// Students with answers in the focal group.
    pub n_focal: usize,
    /// How far the groups are apart in ability, by the items that carry the scale; `None` where the model was not
    /// fitted.
    pub impact: Option<GroupImpact>,
    /// Items that carry the scale.
    pub anchors: Vec<u32>,
    /// Rounds of purification.
    pub rounds: u32,
    /// Whether the last round found the items of the round before.
    pub settled: bool,
    /// Items that both groups answered, by item code.
    pub items: Vec<ItemDif>,
    /// Scores of items that one group does not have, and that were joined to a neighbour in both.
    pub joined: Vec<JoinedCategories>,
    /// Students left out of the comparisons among students of equal score: they did not answer every item.
    pub incomplete: usize,
    /// Convergence of the calibration behind the comparisons with a model.
    pub verdict: Option<Verdict>,
}

/// How far two groups are apart in ability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupImpact {
    /// Mean of the focal group; that of the reference group is 0.
    pub mean: f64,
    /// Its standard error.
    pub mean_se: Option<f64>,
    /// Standard deviation of the focal group.
    pub sd: f64,
    /// Its standard error.
    pub sd_se: Option<f64>,
    /// Standard deviation of the reference group: 1 but for models with slope 1.
    pub reference_sd: f64,
}

/// Scores that one of two groups does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinedCategories {
    /// Item code.
    pub item: u32,
    /// The scores.
    pub scores: Vec<u8>,
}

/// Whether a difference is the same at every ability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// About the same: difficulties differ.
    Uniform,
    /// It changes with the ability: slopes differ.
    Nonuniform,
}

/// The comparisons of one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemDif {
    /// Item code.
    pub item: u32,
    /// Answers in the reference group.
    pub n_reference: u32,
    /// Answers in the focal group.
    pub n_focal: u32,
    /// Why the item was not compared at all.
    pub not_compared: Option<NoComparison>,
    /// Mantel–Haenszel; `None` where no score level has both groups, or the odds ratio is not finite.
    pub mantel_haenszel: Option<MantelHaenszel>,
    /// Logistic regression; `None` where it has no maximum or too few students answered everything.
    pub logistic: Option<LogisticDif>,
    /// Comparison under the model.
    pub model: Option<ModelDif>,
    /// Why there is none.
    pub model_missing: Option<NoModelDif>,
    /// Probability of the likelihood-ratio test after Holm's correction for all items.
    pub p_adjusted: Option<f64>,
    /// The same of Mantel–Haenszel.
    pub mantel_haenszel_p_adjusted: Option<f64>,
    /// The same of the logistic regression.
    pub logistic_p_adjusted: Option<f64>,
    /// Whether it carries the scale when others are compared.
    pub is_anchor: bool,
    /// What kind of difference there is, where `p_adjusted` is below the level.
    pub found: Option<Kind>,
}

/// Why an item was not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoComparison {
    /// Too few answers in one of the groups.
    TooFewAnswers,
    /// The groups have fewer than two scores in common.
    OneCategory,
}
