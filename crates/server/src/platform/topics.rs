//! `/metrics/topic-ability`, `/metrics/topic-abilities`, `/metrics/weak-topics`: abilities by topic.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use seedtest_irt::{ItemParameters, Normal, ScoreMethod, ScoreSpec, score_answers};
use seedtest_pipeline::{newest_topic_thetas, weak_topics};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::params::{Params, body, id, invalid};
use super::theta::instant;
use crate::error::{ApiError, ApiResult};
use crate::jwt::Principal;
use crate::state::{App, Shared};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/metrics/topic-ability", post(topic_ability))
        .route("/metrics/topic-abilities", get(topic_abilities))
        .route("/metrics/weak-topics", get(weak))
}

#[derive(Debug, Deserialize)]
struct AbilityRequest {
    topic_id: Option<String>,
    #[serde(default)]
    responses: Vec<Answer>,
    prior_mean: Option<f64>,
    prior_sd: Option<f64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Answer {
    a: Option<f64>,
    b: Option<f64>,
    c: Option<f64>,
    #[serde(alias = "is_correct")]
    correct: Option<bool>,
}

impl Answer {
    /// `None` for an answer that no model can use.
    fn usable(self) -> Option<(ItemParameters, bool)> {
        let a = self.a.filter(|&a| a > 0.0)?;
        let c = Some(self.c.unwrap_or(0.0)).filter(|c| (0.0..1.0).contains(c))?;
        Some((ItemParameters { a, b: self.b?, c }, self.correct?))
    }
}

/// The mode of the posterior; without answers the prior.
async fn topic_ability(State(app): State<Shared>, request: Request) -> ApiResult<Json<Value>> {
    let request: AbilityRequest = body(&app, request).await?;
    let topic_id = id(request.topic_id.as_deref(), "topic_id")?;
    let prior =
        Normal { mean: request.prior_mean.unwrap_or(0.0), sd: request.prior_sd.unwrap_or(1.0) };
    if prior.sd <= 0.0 {
        return Err(invalid("prior_sd", "a number above 0"));
    }
    let answers: Vec<_> = request.responses.iter().filter_map(|answer| answer.usable()).collect();
    let (theta, se, method) = if request.responses.is_empty() {
        (Some(prior.mean), Some(prior.sd), "prior_only")
    } else if answers.is_empty() {
        (None, None, "no_valid_items")
    } else {
        let spec = ScoreSpec { method: ScoreMethod::Map, ..ScoreSpec::default() };
        let score = score_answers(&answers, prior, &spec);
        (score.theta, score.se, "map_estimation")
    };
    Ok(Json(json!({
        "topic_id": topic_id,
        "theta": theta,
        "standard_error": se,
        "method": method,
        "skipped": request.responses.len() - answers.len(),
    })))
}

async fn topic_abilities(
    State(app): State<Shared>,
    Extension(user): Extension<Arc<Principal>>,
    params: Params,
) -> ApiResult<Json<Value>> {
    let wanted = [params.all("topic_ids"), params.all("topic_ids[]")].concat();
    let topics = topic_abilities_of(&app, &user.user_id, &wanted).await?;
    let total = topics.as_object().map_or(0, Map::len);
    let user_id = &user.user_id;
    Ok(Json(json!({"user_id": user_id, "topic_abilities": topics, "total_topics": total})))
}

/// The newest ability of every topic, or of those that are wanted.
pub(super) async fn topic_abilities_of(
    app: &App,
    user_id: &str,
    wanted: &[&str],
) -> ApiResult<Value> {
    let user_id = id(Some(user_id), "user_id")?;
    let newest = newest_topic_thetas(&app.store, app.config.clock, user_id).await;
    let newest = newest.map_err(|error| ApiError::from_pipeline(&error))?;
    let is_wanted = |topic: &str| wanted.is_empty() || wanted.contains(&topic);
    let rows = newest.into_iter().filter(|(topic, _)| is_wanted(topic)).map(|(topic, row)| {
        let at = instant(row.fitted_at);
        (topic, json!({"theta": row.theta, "se": row.se, "updated_at": at}))
    });
    Ok(Value::Object(rows.collect()))
}

async fn weak(
    State(app): State<Shared>,
    Extension(user): Extension<Arc<Principal>>,
    params: Params,
) -> ApiResult<Json<Value>> {
    let user_id = id(Some(&user.user_id), "user_id")?;
    let threshold: f64 = params.parsed("threshold", "a number")?.unwrap_or(-0.5);
    if !threshold.is_finite() {
        return Err(invalid("threshold", "a number"));
    }
    let least = params.parsed("min_responses", "a whole number of 0 or more")?.unwrap_or(5);
    let weak = weak_topics(&app.store, app.config.clock, user_id, threshold, least).await;
    let weak = weak.map_err(|error| ApiError::from_pipeline(&error))?;
    let rows: Vec<Value> = weak
        .iter()
        .map(|topic| {
            json!({
                "topic_id": topic.topic_id,
                "theta": topic.theta,
                "se": topic.se,
                "response_count": topic.responses,
            })
        })
        .collect();
    Ok(Json(json!({
        "user_id": user_id,
        "weak_topics": rows,
        "total_weak_topics": weak.len(),
        "threshold": threshold,
    })))
}
