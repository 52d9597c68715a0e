//! What to compare and how.

use serde::{Deserialize, Serialize};

use super::error::DifError;
use crate::polytomous;

/// Which items carry the scale when one is compared.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnchorChoice {
    /// Those that show no difference themselves: first all others, then all that were not found to differ, until
    /// the same ones are found again.
    #[default]
    Purified,
    /// All others.
    AllOthers,
    /// These item codes (and not the compared one).
    Given(Vec<u32>),
}

/// What to compare and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DifSpec {
    /// The response model; groups, anchors with known curves and standard errors of it play no part.
    pub model: polytomous::Spec,
    /// Which items carry the scale.
    pub anchors: AnchorChoice,
    /// Whether the matching score leaves out items that were found to differ (but for the compared one), as the
    /// anchors of the model do. `false`: the score over all items.
    pub purified_score: bool,
    /// Family-wise level over all items (Holm).
    pub level: f64,
    /// Fewest students with answers in a group.
    pub min_group: usize,
    /// Fewest answers to an item in each group.
    pub min_answers: u32,
    /// Most rounds of purification.
    pub max_rounds: u32,
}

impl Default for DifSpec {
    /// Purified anchors, 5 % over all items, groups of 100 and 30 answers an item and group.
    fn default() -> Self {
        Self {
            model: polytomous::Spec::default(),
            anchors: AnchorChoice::default(),
            purified_score: true,
            level: 0.05,
            min_group: 100,
            min_answers: 30,
            max_rounds: 6,
        }
    }
}

impl DifSpec {
    pub(super) fn validate(&self) -> Result<(), DifError> {
        let refused = |field, value, required| Err(DifError::Spec { field, value, required });
        if !(self.level > 0.0 && self.level < 1.0) {
            return refused("level", self.level, "between 0 and 1");
        }
        if self.min_group < 10 {
            return refused("min_group", self.min_group as f64, "at least 10");
        }
        if self.max_rounds == 0 {
            return refused("max_rounds", 0.0, "at least 1");
        }
        Ok(())
    }
}
