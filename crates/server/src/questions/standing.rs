//! Where a student stands: abilities by topic, improvement, the risk of churn.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use seedtest_kpi::Missing;
use seedtest_pipeline::{WindowKpis, Windowing, churn_standing, is_copied, newest_topic_thetas};
use seedtest_wire::questions::{
    ChurnRiskRequest, ChurnRiskResponse, ImprovementRequest, ImprovementResponse,
    TopicThetaRequest, TopicThetaResponse,
};

use super::operation::question;
use super::request::{id_of, invalid, known_student, text, timestamp};
use crate::error::ApiResult;
use crate::json;
use crate::routing::{Access, Object, Rights, Routes, TokenScope};
use crate::state::Shared;

const DEFAULT_WINDOW_DAYS: u32 = 14;
const MOST_WINDOW_DAYS: u32 = 364;

/// For internal callers; on the mirror for people who may run analyses and read their results.
const ASK: Access = Access::internal(&[TokenScope::Read])
    .about(Object::Student)
    .mirrored_for(&["analysis:run", "reports:view"]);

pub(super) fn routes() -> Routes {
    let by_topic = question::<TopicThetaRequest<'_>, TopicThetaResponse>(
        "topicTheta",
        "Abilities of a student by topic",
        include_str!("../../requests/topic_theta.json"),
    );
    let improved = question::<ImprovementRequest<'_>, ImprovementResponse>(
        "improvementIndex",
        "Improvement of a student",
        include_str!("../../requests/improvement_index.json"),
    );
    let silence = question::<ChurnRiskRequest<'_>, ChurnRiskResponse>(
        "churnRisk",
        "Risk of a student to fall silent",
        include_str!("../../requests/churn_risk.json"),
    );
    Routes::new("Analytics")
        .post("/score/topic-theta", ASK, topic_theta, by_topic)
        .post("/improvement/index", ASK, improvement, improved)
        .post("/risk/churn", ASK, churn, silence)
}

async fn topic_theta(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    request: Request,
) -> ApiResult<Json<TopicThetaResponse>> {
    let text = text(&app, request).await?;
    let request: TopicThetaRequest<'_> = json::read(&text)?;
    let student_id = id_of(&request.student_id, "student_id")?;
    let student_id = &rights.student(&app.store, student_id).await?;
    let newest = newest_topic_thetas(&app.store, app.config.clock, student_id).await;
    let newest = newest?;
    if newest.is_empty() {
        known_student(&app, student_id).await?;
    }
    let mut answer = TopicThetaResponse {
        status: "success".into(),
        ok: true,
        student_id: student_id.into(),
        theta_scores: BTreeMap::new(),
        se: BTreeMap::new(),
        reasons: BTreeMap::new(),
        warnings: Vec::new(),
        timestamp: timestamp(&app),
    };
    let asked = request.topic_ids.unwrap_or_default();
    let mut topics: Vec<String> = asked.iter().map(|topic| topic.as_str().to_string()).collect();
    if topics.is_empty() {
        topics.extend(newest.keys().cloned());
    }
    for topic in topics {
        let row = newest.get(&topic);
        let missing = match row {
            None => Some(Missing::NotEstimated),
            Some(row) if row.se.is_none() => Some(Missing::NoStandardError),
            Some(_) => None,
        };
        if row.is_some_and(is_copied) {
            answer.warnings.push(format!("{topic}: repeats the ability over all topics"));
        }
        answer.reasons.extend(missing.map(|missing| (topic.clone(), missing.code().into())));
        answer.theta_scores.insert(topic.clone(), row.map(|row| row.theta));
        answer.se.insert(topic, row.and_then(|row| row.se));
    }
    Ok(Json(answer))
}

async fn improvement(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    request: Request,
) -> ApiResult<Json<ImprovementResponse>> {
    let text = text(&app, request).await?;
    let request: ImprovementRequest<'_> = json::read(&text)?;
    let student_id = id_of(&request.student_id, "student_id")?;
    let student_id = &rights.student(&app.store, student_id).await?;
    let window_days = request.window_days.unwrap_or(DEFAULT_WINDOW_DAYS);
    if !(1..=MOST_WINDOW_DAYS).contains(&window_days) {
        return Err(invalid("window_days", "a whole number from 1 to 364"));
    }
    let clock = app.config.clock;
    let session_gap_minutes = app.questions.session_gap_minutes;
    let windows = Windowing { days: window_days, topic_id: None, session_gap_minutes };
    let kpis = WindowKpis::load(&app.store, clock, student_id, windows).await;
    let found = kpis?.improvement(app.questions.use_theta);
    if found.is_err() {
        known_student(&app, student_id).await?;
    }
    let known = found.ok();
    let trend = known.and_then(|found| found.trend());
    let reason = match found {
        Err(missing) => Some(missing),
        Ok(_) if trend.is_none() => Some(Missing::NoStandardError),
        Ok(_) => None,
    };
    Ok(Json(ImprovementResponse {
        status: "success".into(),
        ok: true,
        student_id: student_id.into(),
        improvement: known.map(|found| found.value),
        standard_error: known.and_then(|found| found.se),
        trend: trend.map(|trend| trend.code().into()),
        method: known.map(|found| found.method.code().into()),
        window_days,
        reason: reason.map(|missing| missing.code().into()),
        timestamp: timestamp(&app),
    }))
}

async fn churn(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    request: Request,
) -> ApiResult<Json<ChurnRiskResponse>> {
    let text = text(&app, request).await?;
    let request: ChurnRiskRequest<'_> = json::read(&text)?;
    let student_id = id_of(&request.student_id, "student_id")?;
    let student_id = &rights.student(&app.store, student_id).await?;
    let found =
        churn_standing(&app.store, app.config.clock, student_id, app.questions.session_gap_minutes)
            .await?;
    let risk = found.churn.risk;
    if risk.is_err() {
        known_student(&app, student_id).await?;
    }
    let threshold = app.questions.alert_threshold;
    let reason = match risk {
        Err(missing) => Some(missing.code()),
        Ok(_) if found.percentile.is_none() => Some("no_others"),
        Ok(_) => None,
    };
    Ok(Json(ChurnRiskResponse {
        status: "success".into(),
        ok: true,
        student_id: student_id.into(),
        risk_score: risk.ok(),
        risk_percentile: found.percentile.map(|rank| 100.0 * rank),
        alert: risk.ok().map(|risk| risk >= threshold),
        threshold,
        method: found.churn.method.into(),
        reason: reason.map(Into::into),
        timestamp: timestamp(&app),
    }))
}
