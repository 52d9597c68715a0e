//! `/interest-goals`: what students want to reach.

use axum::Json;
use axum::extract::Request;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use seedtest_store::InterestGoal;
use seedtest_wire::questions::{InterestGoalRequest, InterestGoalRow};
use serde_json::json;

use super::asker::Asker;
use super::page::{PageSize, after, after_parameter, page};
use crate::error::{ApiResult, Code};
use crate::json;
use crate::openapi::{BODY, Operation, Parameter};
use crate::parts::{Params, invalid};
use crate::questions::request::{date, id_of, text};
use crate::routing::{Access, Object, Routes};

const READ: Access =
    Access::any_of(&["exam:read", "reports:view", "recommend:plan"]).about(Object::Student);
const WRITE: Access =
    Access::any_of(&["exam:write", "recommend:plan"]).about(Object::Student).writing();
const SIZE: PageSize = PageSize { usual: 100, most: 1000 };
/// Largest ability that can be stored.
const LARGEST_LEVEL: f64 = 999.999;
/// Largest score that is one.
const LARGEST_SCORE: f64 = 1e6;

pub(super) fn routes() -> Routes {
    let list = Operation::new("listInterestGoals", "What a student wants to reach")
        .parameter(
            Parameter::query("user_id", "Student; the caller by default.").example(json!("amy")),
        )
        .parameter(SIZE.parameter())
        .parameter(after_parameter())
        .answer::<Vec<InterestGoalRow>>(200, "By topic; `Link` leads to the next page.")
        .refusals(&[Code::InvalidParameter]);
    let put = Operation::new("putInterestGoal", "Set what a student wants to reach in a topic")
        .description("A goal of the same student and topic is replaced.")
        .body::<InterestGoalRequest<'_>>(include_str!("../../requests/put_interest_goal.json"))
        .answer::<InterestGoalRow>(201, "The goal as it is stored.")
        .refusals(&BODY);
    Routes::new("Platform")
        .get("/interest-goals", READ, self::list, list.clone())
        .post("/interest-goals", WRITE, self::put, put.clone())
        .merge(
            // As clients of the platform write it.
            Routes::new("Platform")
                .get("/interest-goals/", READ, self::list, list.called("Slash"))
                .post("/interest-goals/", WRITE, self::put, put.called("Slash"))
                .mirroring(),
        )
}

async fn list(asker: Asker, params: Params, uri: Uri) -> ApiResult<Response> {
    let user_id = asker.student(params.text("user_id")).await?;
    let (limit, after) = (SIZE.read(&params)?, after(&params)?);
    // A student has a few.
    let goals = asker.app.store.interest_goals(&user_id).await?.into_iter();
    let of_page = goals.filter(|goal| after.is_none_or(|after| goal.topic_id.as_str() > after));
    let rows = of_page.take(limit as usize + 1).map(|goal| shown(&user_id, goal)).collect();
    Ok(page(&uri, limit, rows, |row: &InterestGoalRow| row.topic_id.clone()))
}

async fn put(asker: Asker, request: Request) -> ApiResult<Response> {
    let app = &asker.app;
    let text = text(app, request).await?;
    let request: InterestGoalRequest<'_> = json::read(&text)?;
    let user_id = asker.student_of_body(request.user_id.as_ref()).await?;
    let goal = goal(&request)?;
    let mut tx = app.store.begin().await?;
    tx.set_interest_goal(&user_id, &goal, app.config.clock.now()).await?;
    tx.commit().await?;
    let stored = app.store.interest_goals(&user_id).await?.into_iter();
    let stored = stored.into_iter().find(|stored| stored.topic_id == goal.topic_id);
    let row = shown(&user_id, stored.unwrap_or(goal));
    Ok((StatusCode::CREATED, Json(row)).into_response())
}

fn goal(request: &InterestGoalRequest<'_>) -> ApiResult<InterestGoal> {
    let within = |number: Option<f64>, largest: f64| {
        number.is_none_or(|number| (-largest..=largest).contains(&number))
    };
    if !within(request.target_level, LARGEST_LEVEL) {
        return Err(invalid("target_level", "a number from -999.999 to 999.999"));
    }
    if !within(request.target_score, LARGEST_SCORE) {
        return Err(invalid("target_score", "a number from -1000000 to 1000000"));
    }
    if request.priority.is_some_and(|priority| priority > 100) {
        return Err(invalid("priority", "a whole number from 0 to 100"));
    }
    let day = request.target_date.map(|day| date(&day.to_string(), "target_date")).transpose()?;
    Ok(InterestGoal {
        topic_id: id_of(&request.topic_id, "topic_id")?.to_owned(),
        subject_id: None,
        target_level: request.target_level,
        target_score: request.target_score,
        target_date: day,
        priority: request.priority.map(i64::from),
    })
}

fn shown(user_id: &str, goal: InterestGoal) -> InterestGoalRow {
    InterestGoalRow {
        user_id: user_id.to_owned(),
        topic_id: goal.topic_id,
        target_level: goal.target_level,
        target_score: goal.target_score,
        target_date: goal.target_date,
        priority: goal.priority,
    }
}
