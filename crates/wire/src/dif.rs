//! Comparison of groups item by item: the key `dif` of `POST /irt/calibrate` and of `seedtest fit irt --dif`.

use schemars::JsonSchema;
use seedtest_irt::dif::{Area, GroupImpact, Kind, LogisticDif, MantelHaenszel, Test};
use seedtest_irt::polytomous::CategoryCurves;
use serde::{Deserialize, Serialize};

/// Comparison of a focal group with the reference group. Below 0 means everywhere: harder for the focal group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DifJson {
    /// Name of the reference group.
    pub reference: String,
    /// Name of the focal group.
    pub focal: String,
    /// Students with answers in the reference group.
    pub n_reference: usize,
    /// Students with answers in the focal group.
    pub n_focal: usize,
    /// How far the groups are apart in ability, by the items that carry the scale.
    pub impact: Option<GroupImpact>,
    /// Items that carry the scale: they were not found to differ.
    pub anchors: Vec<String>,
    /// Rounds of purification.
    pub rounds: u32,
    /// Whether the last round found the items of the round before.
    pub settled: bool,
    /// Students left out of the regression: they did not answer every item.
    pub incomplete: usize,
    /// Scores that one group does not have, and that were joined to a neighbour.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub joined: Vec<JoinedScoresJson>,
    /// Items that both groups answered.
    pub items: Vec<ItemDifJson>,
}

/// Scores that one group does not have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JoinedScoresJson {
    /// Item.
    pub item_id: String,
    /// The scores.
    pub scores: Vec<u8>,
}

/// The comparisons of one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ItemDifJson {
    /// Item.
    pub item_id: String,
    /// Answers in the reference group.
    pub n_reference: u32,
    /// Answers in the focal group.
    pub n_focal: u32,
    /// Why it was not compared: `too_few_answers` or `one_category`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_compared: Option<String>,
    /// What kind of difference there is, where the likelihood-ratio test finds one at the family-wise level.
    pub found: Option<Kind>,
    /// Probability of the likelihood-ratio test after Holm's correction for all items.
    pub p_adjusted: Option<f64>,
    /// Whether it carries the scale when others are compared.
    pub is_anchor: bool,
    /// Mantel–Haenszel; null where no score level has both groups, or the odds ratio is not finite.
    pub mantel_haenszel: Option<MantelHaenszel>,
    /// Its probability after Holm's correction.
    pub mantel_haenszel_p_adjusted: Option<f64>,
    /// Logistic regression; null where it has no maximum or too few students answered everything.
    pub logistic: Option<LogisticDif>,
    /// Its probability after Holm's correction.
    pub logistic_p_adjusted: Option<f64>,
    /// Comparison under the model; null with `model_reason`.
    pub model: Option<ModelDifJson>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model_reason: Option<String>,
    /// What was found, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
}

/// The comparison of one item under the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelDifJson {
    /// All parameters free in both groups against equal ones (likelihood ratio).
    pub total: Test,
    /// Difficulties free, slopes equal; null where the model gives the slope.
    pub uniform: Option<Test>,
    /// Slopes free as well.
    pub nonuniform: Option<Test>,
    /// Wald test of the differences of slopes and intercepts.
    pub wald: Option<Test>,
    /// Parameters in the reference group.
    pub reference: CurvesJson,
    /// Parameters in the focal group, on the same scale.
    pub focal: CurvesJson,
    /// Area between the curves of right and wrong answers.
    pub area: Option<Area>,
    /// Expected score in the focal group minus that in the reference group at equal ability, as a share of the highest,
    /// over the abilities of the focal group.
    pub expected_difference: f64,
    /// The same whatever the sign.
    pub expected_distance: f64,
}

/// Parameters of the category curves of an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CurvesJson {
    /// Slope; of nominal categories one a category from the second on.
    pub a: Vec<f64>,
    /// Difficulties or steps, one a category from the second on; none of nominal categories.
    pub b: Vec<f64>,
    /// Intercepts, one a category from the second on.
    pub d: Vec<f64>,
    /// Guessing probability.
    #[serde(default)]
    pub c: f64,
}

impl From<&CategoryCurves> for CurvesJson {
    fn from(curves: &CategoryCurves) -> Self {
        Self {
            a: curves.slopes().to_vec(),
            b: curves.difficulties(),
            d: curves.intercepts().to_vec(),
            c: curves.guessing(),
        }
    }
}
