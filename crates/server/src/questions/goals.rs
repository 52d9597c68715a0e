//! Where a student wants to be: the chance to get there, and what to work on.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use chrono::Days;
use seedtest_kpi::Missing;
use seedtest_pipeline::{GoalQuestion, NextTopic, goal_attainment, next_topics as topics_of};
use seedtest_wire::questions::{
    GoalAttainmentRequest, GoalAttainmentResponse, NextTopicJson, NextTopicsRequest,
    NextTopicsResponse,
};

use super::operation::question;
use super::request::{date, id_of, invalid, known_student, text, timestamp};
use crate::error::ApiResult;
use crate::json;
use crate::routing::{Access, Object, Rights, Routes, TokenScope};
use crate::state::Shared;

/// Goals further away are nothing a line through weekly scores can speak about.
const FURTHEST_DAYS: u64 = 7 * 520;
const DEFAULT_TOPICS: u32 = 5;
const MOST_TOPICS: u32 = 100;

/// For internal callers; on the mirror for people who may run analyses, or make plans, and read
/// their results.
const ASK: Access = Access::internal(&[TokenScope::Read])
    .about(Object::Student)
    .mirrored_for(&["analysis:run", "reports:view"]);
const PLAN: Access = Access::internal(&[TokenScope::Read])
    .about(Object::Student)
    .mirrored_for(&["recommend:plan", "reports:view"]);

pub(super) fn routes() -> Routes {
    let chance = question::<GoalAttainmentRequest<'_>, GoalAttainmentResponse>(
        "goalAttainment",
        "Probability of a student to reach a goal by a day",
        include_str!("../../requests/goal_attainment.json"),
    );
    let topics = question::<NextTopicsRequest<'_>, NextTopicsResponse>(
        "nextTopics",
        "Topics worth working on next",
        include_str!("../../requests/next_topics.json"),
    );
    Routes::new("Analytics").post("/goal/attainment", ASK, attainment, chance).post(
        "/recommend/next-topics",
        PLAN,
        next_topics,
        topics,
    )
}

async fn attainment(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    request: Request,
) -> ApiResult<Json<GoalAttainmentResponse>> {
    let text = text(&app, request).await?;
    let request: GoalAttainmentRequest<'_> = json::read(&text)?;
    let user_id = id_of(&request.student_id, "student_id")?;
    let user_id = &rights.student(&app.store, user_id).await?;
    let subject_id =
        request.subject_id.as_ref().map(|given| id_of(given, "subject_id")).transpose()?;
    if !request.target_score.is_finite() {
        return Err(invalid("target_score", "a finite number"));
    }
    let today = app.config.clock.today(app.store.time_zone());
    let day = match &request.target_date {
        Some(text) => date(text, "target_date")?,
        None => today,
    };
    if day < today || today.checked_add_days(Days::new(FURTHEST_DAYS)).is_some_and(|d| day > d) {
        return Err(invalid("target_date", "today or a day of the next ten years"));
    }
    let question = GoalQuestion { user_id, subject_id, target: request.target_score, date: day };
    let found =
        goal_attainment(&app.store, app.config.clock, &app.questions.targets, &question).await;
    let found = found?;
    if found.probability.is_err() {
        known_student(&app, user_id).await?;
    }
    let posterior = found.posterior.as_ref();
    let without_posterior = posterior.is_none().then_some(Missing::NoPosterior);
    Ok(Json(GoalAttainmentResponse {
        status: "success".into(),
        ok: true,
        student_id: user_id.into(),
        subject_id: subject_id.map(Into::into),
        target_score: request.target_score,
        target_date: day.to_string(),
        probability: found.probability.ok(),
        confidence_interval: posterior.map(|found| found.interval),
        uncertainty: posterior.map(|found| found.uncertainty),
        method: if posterior.is_some() { "posterior" } else { "normal" }.into(),
        scope: posterior.map(|found| found.scope.code().into()),
        run_id: posterior.map(|found| found.run_id.clone()),
        reason: found.probability.err().or(without_posterior).map(|m| m.code().into()),
        warnings: found.warnings,
        timestamp: timestamp(&app),
    }))
}

async fn next_topics(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    request: Request,
) -> ApiResult<Json<NextTopicsResponse>> {
    let text = text(&app, request).await?;
    let request: NextTopicsRequest<'_> = json::read(&text)?;
    let student_id = id_of(&request.student_id, "student_id")?;
    let student_id = &rights.student(&app.store, student_id).await?;
    let k = request.k.unwrap_or(DEFAULT_TOPICS);
    if !(1..=MOST_TOPICS).contains(&k) {
        return Err(invalid("k", "a whole number from 1 to 100"));
    }
    let clock = app.config.clock;
    let topics = topics_of(&app.store, clock, &app.questions.targets, student_id, k as usize).await;
    let found = topics?;
    if found.topics.is_empty() {
        known_student(&app, student_id).await?;
    }
    Ok(Json(NextTopicsResponse {
        status: "success".into(),
        ok: true,
        student_id: student_id.into(),
        reason: found.reason().map(Into::into),
        topics: found.topics.into_iter().map(of_topic).collect(),
        timestamp: timestamp(&app),
    }))
}

fn of_topic(topic: NextTopic) -> NextTopicJson {
    NextTopicJson {
        score: topic.below_goal.ok(),
        reason: topic.reason().into(),
        theta: topic.theta,
        goal: topic.goal,
        topic_id: topic.topic_id,
    }
}
