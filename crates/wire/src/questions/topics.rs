//! `/metrics/topic-ability`, `/metrics/topic-abilities`, `/metrics/weak-topics`: abilities by topic
//! (docs/contract/http-api.md H16).
// Fields have the names of the contract.
#![allow(clippy::struct_field_names)]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `POST /metrics/topic-ability`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AbilityRequest {
    /// Topic.
    #[schemars(required)]
    pub topic_id: Option<String>,
    /// Answers.
    #[serde(default)]
    pub responses: Vec<Answer>,
    /// Mean of the ability's prior. Default 0.
    pub prior_mean: Option<f64>,
    /// Its standard deviation, above 0. Default 1.
    pub prior_sd: Option<f64>,
}

/// An answer to an item with parameters; one that no model can use is skipped.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub struct Answer {
    /// Discrimination, above 0.
    pub a: Option<f64>,
    /// Difficulty.
    pub b: Option<f64>,
    /// Guessing probability, 0 ≤ c < 1. Default 0.
    pub c: Option<f64>,
    /// Whether the answer was right.
    #[serde(alias = "is_correct")]
    #[schemars(extend("x-aliases" = ["is_correct"]))]
    pub correct: Option<bool>,
}

/// Ability in one topic.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TopicAbility {
    /// Topic.
    pub topic_id: String,
    /// Ability, θ scale; null where no answer can be used.
    pub theta: Option<f64>,
    /// Its standard error.
    pub standard_error: Option<f64>,
    /// `map_estimation`, `prior_only` or `no_valid_items`.
    pub method: &'static str,
    /// Answers that cannot be used.
    pub skipped: usize,
}

/// Abilities by topic.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TopicAbilities {
    /// The caller.
    pub user_id: String,
    /// Newest ability of each topic.
    pub topic_abilities: BTreeMap<String, StoredAbility>,
    /// How many there are.
    pub total_topics: usize,
}

/// A stored ability in a topic.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StoredAbility {
    /// Ability, θ scale.
    pub theta: f64,
    /// Its standard error; null where it is not known.
    pub se: Option<f64>,
    /// When it was estimated, RFC 3339.
    pub updated_at: String,
}

/// Topics with a low ability.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WeakTopics {
    /// The caller.
    pub user_id: String,
    /// Weakest first.
    pub weak_topics: Vec<WeakTopicJson>,
    /// How many there are.
    pub total_weak_topics: usize,
    /// As asked for.
    pub threshold: f64,
}

/// A topic with a low ability.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WeakTopicJson {
    /// Topic.
    pub topic_id: String,
    /// Ability, θ scale.
    pub theta: f64,
    /// Its standard error; null where it is not known.
    pub se: Option<f64>,
    /// Answers of the caller in the topic.
    pub response_count: u32,
}
