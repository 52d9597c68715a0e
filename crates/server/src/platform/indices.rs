//! `/metrics/*`: the five indices of whoever asks, over windows of choice. A number that cannot be
//! computed is null, with the reason beside it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use chrono::SecondsFormat;
use seedtest_kpi::{EngagementWeights, Missing};
use seedtest_pipeline::{ChurnRisk, StudentIndices, risk_level};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::params::{Params, body_or_default, id, invalid};
use super::topics::topic_abilities_of;
use crate::environment::use_theta;
use crate::error::{ApiError, ApiResult};
use crate::jwt::Principal;
use crate::state::{App, Shared};

const MOST_WEEKS: u32 = 52;
const DEFAULT_HORIZON_DAYS: f64 = 14.0;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/metrics/improvement", post(improvement))
        .route("/metrics/efficiency", post(efficiency))
        .route("/metrics/recovery", post(recovery))
        .route("/metrics/engagement", post(engagement))
        .route("/metrics/dropout-risk", post(dropout_risk))
        .route("/metrics/comprehensive", get(comprehensive))
}

type User = Extension<Arc<Principal>>;

/// What any of these requests may say. The penalties and the baseline of the older service are
/// accepted and change nothing: the indices are those of the weekly rows.
#[derive(Debug, Default, Deserialize)]
struct IndexRequest {
    topic_id: Option<String>,
    weeks: Option<u32>,
    weakness_threshold: Option<f64>,
    weights: Option<Weights>,
    days_threshold: Option<f64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
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

async fn load(app: &App, user: &Principal, request: &IndexRequest) -> ApiResult<StudentIndices> {
    let user_id = id(Some(&user.user_id), "user_id")?;
    let weeks = request.weeks.unwrap_or(2);
    if !(1..=MOST_WEEKS).contains(&weeks) {
        return Err(invalid("weeks", "a whole number from 1 to 52"));
    }
    let topic = request.topic_id.as_deref().map(|topic| id(Some(topic), "topic_id")).transpose()?;
    let indices =
        StudentIndices::load(&app.store, app.config.clock, user_id, 7 * weeks, topic).await;
    indices.map_err(|error| ApiError::from_pipeline(&error))
}

async fn improvement(
    State(app): State<Shared>,
    Extension(user): User,
    request: Request,
) -> ApiResult<Json<Value>> {
    let request: IndexRequest = body_or_default(&app, request).await?;
    let indices = load(&app, &user, &request).await?;
    let found = indices.improvement(use_theta(&app.config.environment));
    let known = found.ok();
    Ok(Json(json!({
        "improvement_index": known.map(|found| found.value),
        "theta_improvement": indices.theta_change(),
        "exposure_factor": known.map(|found| found.exposure),
        "confidence_factor": known.map(|found| found.confidence),
        "method": known.map(|found| found.method.code()),
        "reason": reason(found.err()),
    })))
}

async fn efficiency(
    State(app): State<Shared>,
    Extension(user): User,
    request: Request,
) -> ApiResult<Json<Value>> {
    let request: IndexRequest = body_or_default(&app, request).await?;
    let found = load(&app, &user, &request).await?.efficiency();
    let known = found.ok();
    let seconds = |ms: f64| ms / 1000.0;
    Ok(Json(json!({
        "efficiency_index": known.map(|found| found.value),
        "recent_median_time": known.map(|found| seconds(found.recent_ms)),
        "earlier_median_time": known.map(|found| seconds(found.previous_ms)),
        "improvement_rate": known.map(|found| found.raw),
        "method": "median_time_of_right_answers",
        "reason": reason(found.err()),
    })))
}

async fn recovery(
    State(app): State<Shared>,
    Extension(user): User,
    request: Request,
) -> ApiResult<Json<Value>> {
    let request: IndexRequest = body_or_default(&app, request).await?;
    let threshold = request.weakness_threshold.unwrap_or(0.6);
    if !(0.0..=1.0).contains(&threshold) {
        return Err(invalid("weakness_threshold", "a number from 0 to 1"));
    }
    let indices = load(&app, &user, &request).await?;
    let found = indices.recovery();
    Ok(Json(json!({
        "recovery_index": found.ok().map(|found| found.value),
        "weak_concepts": indices.weak_before(threshold),
        "total_transitions": found.map_or(0, |found| found.n),
        "successful_transitions": found.map_or(0, |found| found.right),
        "method": "retries_of_wrong_answers",
        "reason": reason(found.err()),
    })))
}

async fn engagement(
    State(app): State<Shared>,
    Extension(user): User,
    request: Request,
) -> ApiResult<Json<Value>> {
    let request: IndexRequest = body_or_default(&app, request).await?;
    let weights = request.weights.unwrap_or_default().scaled()?;
    let found = load(&app, &user, &request).await?.engagement(Some(weights));
    let components = found.ok().map(|(_, components)| components);
    Ok(Json(json!({
        "engagement_index": found.ok().map(|(engagement, _)| engagement.value),
        "session_freq": components.map(|parts| parts.frequency),
        "learning_interval": components.and_then(|parts| parts.closeness),
        "hint_usage": components.and_then(|parts| parts.independence),
        "dwell_time": components.and_then(|parts| parts.dwell),
        "method": "weighted_components",
        "reason": reason(found.err()),
    })))
}

async fn dropout_risk(
    State(app): State<Shared>,
    Extension(user): User,
    request: Request,
) -> ApiResult<Json<Value>> {
    let request: IndexRequest = body_or_default(&app, request).await?;
    let horizon = request.days_threshold.unwrap_or(DEFAULT_HORIZON_DAYS);
    if horizon <= 0.0 {
        return Err(invalid("days_threshold", "a number of days above 0"));
    }
    let ChurnRisk { risk, method, days_silent } = load(&app, &user, &request).await?.churn(horizon);
    Ok(Json(json!({
        "dropout_risk": risk.ok(),
        "days_since_access": days_silent,
        "risk_level": risk.ok().map(risk_level),
        "method": method,
        "reason": reason(risk.err()),
    })))
}

async fn comprehensive(
    State(app): State<Shared>,
    Extension(user): User,
    params: Params,
) -> ApiResult<Json<Value>> {
    let weeks = params.parsed("weeks", "a whole number from 1 to 52")?;
    let request = IndexRequest { weeks, ..IndexRequest::default() };
    let indices = load(&app, &user, &request).await?;
    let all = [
        (
            "improvement_index",
            indices.improvement(use_theta(&app.config.environment)).map(|found| found.value),
        ),
        ("efficiency_index", indices.efficiency().map(|found| found.value)),
        ("recovery_index", indices.recovery().map(|found| found.value)),
        ("engagement_index", indices.engagement(None).map(|(found, _)| found.value)),
        ("dropout_risk", indices.churn(DEFAULT_HORIZON_DAYS).risk),
    ];
    let mut answer = Map::new();
    let mut reasons = Map::new();
    for (name, index) in all {
        answer.insert(name.into(), json!(index.ok()));
        if let Err(missing) = index {
            reasons.insert(name.into(), json!(missing.code()));
        }
    }
    answer.insert("user_id".into(), json!(user.user_id));
    answer.insert("topic_abilities".into(), topic_abilities_of(&app, &user.user_id, &[]).await?);
    answer.insert("reasons".into(), Value::Object(reasons));
    let now = app.config.clock.now().to_rfc3339_opts(SecondsFormat::AutoSi, true);
    answer.insert("calculated_at".into(), json!(now));
    Ok(Json(Value::Object(answer)))
}

fn reason(missing: Option<Missing>) -> Option<&'static str> {
    missing.map(Missing::code)
}
