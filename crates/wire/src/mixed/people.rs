//! What follows from a binomial fit for students and items.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ordered::Ordered;

/// Abilities of students.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AbilitiesJson {
    /// By student: the mode of its effect.
    pub abilities: Ordered<f64>,
    /// Their standard errors, the parameters taken as known.
    pub se: Ordered<f64>,
    /// Their mean.
    pub mean_ability: f64,
}

/// Difficulties of items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DifficultiesJson {
    /// By item: minus the sum of intercept and mode.
    pub difficulties: Ordered<f64>,
    /// Their standard errors, the parameters taken as known.
    pub se: Ordered<f64>,
    /// Their mean.
    pub mean_difficulty: f64,
    /// Their standard deviation; null for a single item.
    pub sd_difficulty: Option<f64>,
}

/// Items that suit a student.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecommendedItemsJson {
    /// The items, the most suitable first.
    pub recommended_items: Vec<String>,
    /// Probability that the student answers each correctly.
    pub expected_probabilities: Vec<f64>,
}
