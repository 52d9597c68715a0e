//! `/metrics/*`: the five indices of whoever asks, over windows of choice. A number that cannot be
//! computed is null, with the reason beside it.
// Fields have the names of the contract.
#![allow(clippy::struct_field_names)]

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use chrono::SecondsFormat;
use schemars::JsonSchema;
use seedtest_kpi::{EngagementWeights, Missing};
use seedtest_pipeline::{ChurnRisk, StudentIndices, risk_level};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::params::{Params, body_or_default, id, invalid};
use super::topics::{StoredAbility, topic_abilities_of};
use crate::environment::use_theta;
use crate::error::{ApiError, ApiResult, Code};
use crate::jwt::Principal;
use crate::openapi::{BODY, Operation, Parameter, Routes};
use crate::state::{App, Shared};

const MOST_WEEKS: u32 = 52;
const DEFAULT_HORIZON_DAYS: f64 = 14.0;

pub(super) fn routes() -> Routes {
    let comprehensive = Operation::new("comprehensive", "All indices of the caller")
        .parameter(
            Parameter::query("weeks", "Length of each of the two windows. Default 2.")
                .schema(json!({"type": "integer", "minimum": 1, "maximum": MOST_WEEKS}))
                .example(json!(2)),
        )
        .answer::<Comprehensive>(200, "The indices; those that are null have a reason.")
        .refusals(&[Code::InvalidParameter, Code::Malformed]);
    Routes::new("Metrics")
        .post(
            "/metrics/improvement",
            improvement,
            index::<Improvement>("improvement", "Improvement I_t"),
        )
        .post(
            "/metrics/efficiency",
            efficiency,
            index::<Efficiency>("efficiency", "Efficiency E_t"),
        )
        .post("/metrics/recovery", recovery, index::<Recovery>("recovery", "Recovery R_t"))
        .post(
            "/metrics/engagement",
            engagement,
            index::<Engagement>("engagement", "Engagement A_t"),
        )
        .post(
            "/metrics/dropout-risk",
            dropout_risk,
            index::<DropoutRisk>("dropoutRisk", "Dropout risk S"),
        )
        .get("/metrics/comprehensive", self::comprehensive, comprehensive)
}

fn index<T: JsonSchema>(id: &'static str, summary: &'static str) -> Operation {
    Operation::new(id, summary)
        .description("An index of the caller over two windows, the recent one and the one before.")
        .optional_body::<IndexRequest>(include_str!("../../requests/index.json"))
        .answer::<T>(200, "The index; null with a `reason` where it cannot be computed.")
        .refusals(&BODY)
}

type User = Extension<Arc<Principal>>;

/// What any of these requests may say. The penalties and the baseline of the older service are
/// accepted and change nothing: the indices are those of the weekly rows.
#[derive(Debug, Default, Deserialize, JsonSchema)]
struct IndexRequest {
    /// Only answers of this topic. Default: all.
    topic_id: Option<String>,
    /// Length of each of the two windows, 1 to 52. Default 2.
    weeks: Option<u32>,
    /// Accuracy up to which a concept is weak, 0..1. Default 0.6. Of recovery.
    weakness_threshold: Option<f64>,
    /// Weights of the components. Of engagement.
    weights: Option<Weights>,
    /// Days of silence that are the event, above 0. Default 14. Of dropout risk.
    days_threshold: Option<f64>,
}

/// Weights relative to each other, each 0 or more, not all of them 0.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(default)]
struct Weights {
    session_freq: f64,
    learning_interval: f64,
    hint_usage: f64,
    dwell_time: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { session_freq: 0.3, learning_interval: 0.2, hint_usage: 0.2, dwell_time: 0.3 }
    }
}

impl Weights {
    /// The same weights with a sum of 1.
    fn scaled(self) -> ApiResult<EngagementWeights> {
        let all = [self.session_freq, self.learning_interval, self.hint_usage, self.dwell_time];
        let sum: f64 = all.iter().sum();
        if all.iter().any(|weight| *weight < 0.0) || !sum.is_finite() || sum <= 0.0 {
            return Err(invalid("weights", "four numbers of 0 or more, not all of them 0"));
        }
        Ok(EngagementWeights {
            frequency: self.session_freq / sum,
            closeness: self.learning_interval / sum,
            independence: self.hint_usage / sum,
            dwell: self.dwell_time / sum,
        })
    }
}

/// How much the answers got better.
#[derive(Debug, Serialize, JsonSchema)]
struct Improvement {
    improvement_index: Option<f64>,
    /// Change of the stored ability, where there are two.
    theta_improvement: Option<f64>,
    exposure_factor: Option<f64>,
    confidence_factor: Option<f64>,
    method: Option<&'static str>,
    /// Why there is no index.
    reason: Option<&'static str>,
}

/// How much faster right answers came.
#[derive(Debug, Serialize, JsonSchema)]
struct Efficiency {
    efficiency_index: Option<f64>,
    /// Seconds.
    recent_median_time: Option<f64>,
    /// Seconds.
    earlier_median_time: Option<f64>,
    improvement_rate: Option<f64>,
    method: &'static str,
    /// Why there is no index.
    reason: Option<&'static str>,
}

/// How many wrong answers were put right.
#[derive(Debug, Serialize, JsonSchema)]
struct Recovery {
    recovery_index: Option<f64>,
    /// Topics at or below the threshold before.
    weak_concepts: Vec<String>,
    total_transitions: u32,
    successful_transitions: u32,
    method: &'static str,
    /// Why there is no index.
    reason: Option<&'static str>,
}

/// How engaged the caller is.
#[derive(Debug, Serialize, JsonSchema)]
struct Engagement {
    engagement_index: Option<f64>,
    session_freq: Option<f64>,
    learning_interval: Option<f64>,
    hint_usage: Option<f64>,
    dwell_time: Option<f64>,
    method: &'static str,
    /// Why there is no index.
    reason: Option<&'static str>,
}

/// How likely the caller stays away.
#[derive(Debug, Serialize, JsonSchema)]
struct DropoutRisk {
    dropout_risk: Option<f64>,
    days_since_access: Option<f64>,
    /// `low`, `medium`, `high` or `critical`.
    risk_level: Option<&'static str>,
    method: &'static str,
    /// Why there is no risk.
    reason: Option<&'static str>,
}

/// All indices.
#[derive(Debug, Serialize, JsonSchema)]
struct Comprehensive {
    user_id: String,
    #[serde(flatten)]
    indices: Indices,
    topic_abilities: BTreeMap<String, StoredAbility>,
    /// Why an index is null, by index.
    reasons: BTreeMap<&'static str, &'static str>,
    calculated_at: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Indices {
    improvement_index: Option<f64>,
    efficiency_index: Option<f64>,
    recovery_index: Option<f64>,
    engagement_index: Option<f64>,
    dropout_risk: Option<f64>,
}

async fn load(app: &App, user: &Principal, request: &IndexRequest) -> ApiResult<StudentIndices> {
    let user_id = id(Some(&user.user_id), "user_id")?;
    let weeks = request.weeks.unwrap_or(2);
    if !(1..=MOST_WEEKS).contains(&weeks) {
        return Err(invalid("weeks", "a whole number from 1 to 52"));
    }
    let topic = request.topic_id.as_deref().map(|topic| id(Some(topic), "topic_id")).transpose()?;
    let indices =
        StudentIndices::load(&app.store, app.config.clock, user_id, 7 * weeks, topic).await;
    indices.map_err(ApiError::from)
}

async fn improvement(
    State(app): State<Shared>,
    Extension(user): User,
    request: Request,
) -> ApiResult<Json<Improvement>> {
    let request: IndexRequest = body_or_default(&app, request).await?;
    let indices = load(&app, &user, &request).await?;
    let found = indices.improvement(use_theta(&app.config.environment));
    let known = found.ok();
    Ok(Json(Improvement {
        improvement_index: known.map(|found| found.value),
        theta_improvement: indices.theta_change(),
        exposure_factor: known.map(|found| found.exposure),
        confidence_factor: known.map(|found| found.confidence),
        method: known.map(|found| found.method.code()),
        reason: reason(found.err()),
    }))
}

async fn efficiency(
    State(app): State<Shared>,
    Extension(user): User,
    request: Request,
) -> ApiResult<Json<Efficiency>> {
    let request: IndexRequest = body_or_default(&app, request).await?;
    let found = load(&app, &user, &request).await?.efficiency();
    let known = found.ok();
    let seconds = |ms: f64| ms / 1000.0;
    Ok(Json(Efficiency {
        efficiency_index: known.map(|found| found.value),
        recent_median_time: known.map(|found| seconds(found.recent_ms)),
        earlier_median_time: known.map(|found| seconds(found.previous_ms)),
        improvement_rate: known.map(|found| found.raw),
        method: "median_time_of_right_answers",
        reason: reason(found.err()),
    }))
}

async fn recovery(
    State(app): State<Shared>,
    Extension(user): User,
    request: Request,
) -> ApiResult<Json<Recovery>> {
    let request: IndexRequest = body_or_default(&app, request).await?;
    let threshold = request.weakness_threshold.unwrap_or(0.6);
    if !(0.0..=1.0).contains(&threshold) {
        return Err(invalid("weakness_threshold", "a number from 0 to 1"));
    }
    let indices = load(&app, &user, &request).await?;
    let found = indices.recovery();
    Ok(Json(Recovery {
        recovery_index: found.ok().map(|found| found.value),
        weak_concepts: indices.weak_before(threshold).into_iter().map(str::to_string).collect(),
        total_transitions: found.map_or(0, |found| found.n),
        successful_transitions: found.map_or(0, |found| found.right),
        method: "retries_of_wrong_answers",
        reason: reason(found.err()),
    }))
}

async fn engagement(
    State(app): State<Shared>,
    Extension(user): User,
    request: Request,
) -> ApiResult<Json<Engagement>> {
    let request: IndexRequest = body_or_default(&app, request).await?;
    let weights = request.weights.unwrap_or_default().scaled()?;
    let found = load(&app, &user, &request).await?.engagement(Some(weights));
    let components = found.ok().map(|(_, components)| components);
    Ok(Json(Engagement {
        engagement_index: found.ok().map(|(engagement, _)| engagement.value),
        session_freq: components.map(|parts| parts.frequency),
        learning_interval: components.and_then(|parts| parts.closeness),
        hint_usage: components.and_then(|parts| parts.independence),
        dwell_time: components.and_then(|parts| parts.dwell),
        method: "weighted_components",
        reason: reason(found.err()),
    }))
}

async fn dropout_risk(
    State(app): State<Shared>,
    Extension(user): User,
    request: Request,
) -> ApiResult<Json<DropoutRisk>> {
    let request: IndexRequest = body_or_default(&app, request).await?;
    let horizon = request.days_threshold.unwrap_or(DEFAULT_HORIZON_DAYS);
    if horizon <= 0.0 {
        return Err(invalid("days_threshold", "a number of days above 0"));
    }
    let ChurnRisk { risk, method, days_silent } = load(&app, &user, &request).await?.churn(horizon);
    Ok(Json(DropoutRisk {
        dropout_risk: risk.ok(),
        days_since_access: days_silent,
        risk_level: risk.ok().map(risk_level),
        method,
        reason: reason(risk.err()),
    }))
}

async fn comprehensive(
    State(app): State<Shared>,
    Extension(user): User,
    params: Params,
) -> ApiResult<Json<Comprehensive>> {
    let weeks = params.parsed("weeks", "a whole number from 1 to 52")?;
    let request = IndexRequest { weeks, ..IndexRequest::default() };
    let found = load(&app, &user, &request).await?;
    let mut reasons = BTreeMap::new();
    let mut known = |name, index: Result<f64, Missing>| match index {
        Ok(index) => Some(index),
        Err(missing) => {
            reasons.insert(name, missing.code());
            None
        }
    };
    let indices = Indices {
        improvement_index: known(
            "improvement_index",
            found.improvement(use_theta(&app.config.environment)).map(|found| found.value),
        ),
        efficiency_index: known("efficiency_index", found.efficiency().map(|found| found.value)),
        recovery_index: known("recovery_index", found.recovery().map(|found| found.value)),
        engagement_index: known(
            "engagement_index",
            found.engagement(None).map(|(found, _)| found.value),
        ),
        dropout_risk: known("dropout_risk", found.churn(DEFAULT_HORIZON_DAYS).risk),
    };
    Ok(Json(Comprehensive {
        user_id: user.user_id.clone(),
        indices,
        topic_abilities: topic_abilities_of(&app, &user.user_id, &[]).await?,
        reasons,
        calculated_at: app.config.clock.now().to_rfc3339_opts(SecondsFormat::AutoSi, true),
    }))
}

fn reason(missing: Option<Missing>) -> Option<&'static str> {
    missing.map(Missing::code)
}
