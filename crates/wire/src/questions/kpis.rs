//! `/metrics/*`: the five KPIs of whoever asks, over windows of choice (docs/contract/http-api.md
//! H16). A number that cannot be computed is null, with the reason beside it.
// Fields have the names of the contract.
#![allow(clippy::struct_field_names)]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::topics::StoredAbility;

/// What any of these requests may say. The penalties and the baseline of the older service are
/// accepted and change nothing: the KPIs are those of the weekly rows.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "IndexRequest")]
pub struct KpiRequest {
    /// Only answers of this topic. Default: all.
    pub topic_id: Option<String>,
    /// Length of each of the two windows, 1 to 52. Default 2.
    pub weeks: Option<u32>,
    /// Accuracy up to which a concept is weak, 0..1. Default 0.6. Of recovery.
    pub weakness_threshold: Option<f64>,
    /// Weights of the components. Of engagement.
    pub weights: Option<Weights>,
    /// Days of silence that are the event, above 0. Default 14. Of dropout risk.
    pub days_threshold: Option<f64>,
}

/// Weights relative to each other, each 0 or more, not all of them 0.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Weights {
    /// Of the sessions a day.
    pub session_freq: f64,
    /// Of the time between answers.
    pub learning_interval: f64,
    /// Of working without hints.
    pub hint_usage: f64,
    /// Of the length of sessions.
    pub dwell_time: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { session_freq: 0.3, learning_interval: 0.2, hint_usage: 0.2, dwell_time: 0.3 }
    }
}

/// How much the answers got better.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Improvement {
    /// I_t in −1..1.
    pub improvement_index: Option<f64>,
    /// Change of the stored ability, where there are two.
    pub theta_improvement: Option<f64>,
    /// Share of the answers that make full evidence, 0..1.
    pub exposure_factor: Option<f64>,
    /// What is left of the change for its standard error, 0.5..1.
    pub confidence_factor: Option<f64>,
    /// `theta_delta` or `accuracy_delta`.
    pub method: Option<&'static str>,
    /// Why there is no I_t.
    pub reason: Option<&'static str>,
}

/// How much faster right answers came.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Efficiency {
    /// E_t in 0..1.
    pub efficiency_index: Option<f64>,
    /// Seconds.
    pub recent_median_time: Option<f64>,
    /// Seconds.
    pub earlier_median_time: Option<f64>,
    /// Share of the earlier time that was saved; below 0 where answers came slower.
    pub improvement_rate: Option<f64>,
    /// How it was computed.
    pub method: &'static str,
    /// Why there is no E_t.
    pub reason: Option<&'static str>,
}

/// How many wrong answers were put right.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Recovery {
    /// R_t in 0..1.
    pub recovery_index: Option<f64>,
    /// Topics at or below the threshold before.
    pub weak_concepts: Vec<String>,
    /// Answers to what was wrong before.
    pub total_transitions: u32,
    /// Those of them that are right.
    pub successful_transitions: u32,
    /// How it was computed.
    pub method: &'static str,
    /// Why there is no R_t.
    pub reason: Option<&'static str>,
}

/// How engaged the caller is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Engagement {
    /// A_t in 0..1.
    pub engagement_index: Option<f64>,
    /// Sessions a day, at most 1.
    pub session_freq: Option<f64>,
    /// Closeness of the answers in time, 0..1; null where it was not recorded.
    pub learning_interval: Option<f64>,
    /// Answers without hints, 0..1; null where it was not recorded.
    pub hint_usage: Option<f64>,
    /// Length of sessions, 0..1; null where it was not recorded.
    pub dwell_time: Option<f64>,
    /// How it was computed.
    pub method: &'static str,
    /// Why there is no A_t.
    pub reason: Option<&'static str>,
}

/// How likely the caller stays away.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DropoutRisk {
    /// S in 0..1.
    pub dropout_risk: Option<f64>,
    /// Days since the last activity.
    pub days_since_access: Option<f64>,
    /// `low`, `medium`, `high` or `critical`.
    pub risk_level: Option<&'static str>,
    /// How it was computed.
    pub method: &'static str,
    /// Why there is no risk.
    pub reason: Option<&'static str>,
}

/// All five KPIs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Comprehensive {
    /// The caller.
    pub user_id: String,
    /// I_t in −1..1.
    pub improvement_index: Option<f64>,
    /// E_t in 0..1.
    pub efficiency_index: Option<f64>,
    /// R_t in 0..1.
    pub recovery_index: Option<f64>,
    /// A_t in 0..1.
    pub engagement_index: Option<f64>,
    /// S in 0..1.
    pub dropout_risk: Option<f64>,
    /// Newest ability of each topic.
    pub topic_abilities: BTreeMap<String, StoredAbility>,
    /// Why a KPI is null, by its name here.
    pub reasons: BTreeMap<&'static str, &'static str>,
    /// When this was computed, RFC 3339.
    pub calculated_at: String,
}
