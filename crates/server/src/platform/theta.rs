//! `GET /analysis/irt/theta`: abilities of a student, by topic where topics have their own.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, SecondsFormat, Utc};
use schemars::JsonSchema;
use seedtest_store::{Ability, TopicTheta};
use serde::Serialize;
use serde_json::json;

use super::params::{Params, invalid};
use crate::error::{ApiError, ApiResult, Code};
use crate::jwt::Principal;
use crate::openapi::{Operation, Parameter, Routes};
use crate::state::Shared;

const MOST_TOPICS: usize = 200;
const MOST_ABILITIES: u32 = 50;

pub(super) fn routes() -> Routes {
    let theta = Operation::new("theta", "Abilities of a student")
        .description(
            "By topic where topics have their own (at most 200), else over all (at most 50).",
        )
        .parameter(Parameter::user_id())
        .parameter(
            Parameter::query("since", "Day or instant from which abilities are wanted.")
                .example(json!("2025-01-01")),
        )
        .parameter(Parameter::query("topics", "Topics with commas between them. Default: all."))
        .answer::<Vec<ThetaRow>>(200, "Newest first.")
        .refusals(&[Code::InvalidParameter, Code::NotFound])
        .scopes(&["reports:view", "analysis:run"]);
    Routes::new("Analysis").get("/analysis/irt/theta", self::theta, theta)
}

/// One ability.
#[derive(Debug, Serialize, JsonSchema)]
struct ThetaRow {
    /// Null for the ability over all topics.
    topic_id: Option<String>,
    theta: f64,
    se: Option<f64>,
    model: Option<String>,
    fitted_at: String,
}

async fn theta(
    State(app): State<Shared>,
    Extension(principal): Extension<Arc<Principal>>,
    params: Params,
) -> ApiResult<Json<Vec<ThetaRow>>> {
    principal.require_any(&["reports:view", "analysis:run"])?;
    let user_id = params.user_id()?;
    let since = since(&params)?;
    let wanted = params.list("topics");
    let most = if wanted.is_empty() { MOST_TOPICS as u32 } else { u32::MAX };
    // What was estimated at this very instant counts.
    let until = app.config.clock.now() + Duration::seconds(1);
    let mut topics = app.store.student_topic_thetas(user_id, since, until, most).await?;
    topics.retain(|row| wanted.is_empty() || wanted.contains(&row.topic_id.as_str()));
    if !topics.is_empty() {
        return Ok(Json(topics.into_iter().take(MOST_TOPICS).map(of_topic).collect()));
    }
    let overall = app.store.student_abilities(user_id, since, until, MOST_ABILITIES).await?;
    if overall.is_empty() {
        return Err(ApiError::new(Code::NotFound, "not_found")
            .hint("there is no ability of this student yet; POST /analysis/irt/update-theta"));
    }
    Ok(Json(overall.into_iter().map(of_all).collect()))
}

/// The day or instant from which abilities are wanted.
fn since(params: &Params) -> ApiResult<DateTime<Utc>> {
    let Some(text) = params.text("since").map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(DateTime::UNIX_EPOCH);
    };
    let date = text.parse::<NaiveDate>().map(|date| date.and_time(NaiveTime::MIN).and_utc());
    let instant = date.or_else(|_| DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()));
    let storable = instant.ok().filter(|at| (1..=9999).contains(&at.year()));
    storable.ok_or_else(|| invalid("since", "a date as YYYY-MM-DD"))
}

fn of_topic(row: TopicTheta) -> ThetaRow {
    ThetaRow {
        topic_id: Some(row.topic_id),
        theta: row.theta,
        se: row.se,
        model: Some(row.model),
        fitted_at: instant(row.fitted_at),
    }
}

fn of_all(row: Ability) -> ThetaRow {
    ThetaRow {
        topic_id: None,
        theta: row.theta,
        se: row.se,
        model: row.model,
        fitted_at: instant(row.fitted_at),
    }
}

pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
