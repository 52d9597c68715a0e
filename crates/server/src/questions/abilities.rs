//! `/analysis/irt/*`: abilities of a student, by topic where topics have their own, and how they are
//! brought up to date.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, Utc};
use seedtest_pipeline::ThetaUpdate;
use seedtest_store::{Ability, TopicTheta};
use seedtest_wire::questions::{ThetaRow, UpdateAnswer, UpdateRequest};
use serde_json::json;
use tokio::runtime::Handle;

use super::recompute::{student_run, upsert_failed};
use super::request::{Params, body, id, instant, invalid, student_of};
use crate::auth::Caller;
use crate::error::{ApiError, ApiResult, Code};
use crate::openapi::{BODY, Operation, Parameter, WORKER};
use crate::routing::{Access, Object, Rights, Routes};
use crate::state::Shared;

const READ: Access = Access::any_of(&["reports:view", "analysis:run"]).about(Object::Student);
const WRITE: Access =
    Access::any_of(&["analysis:run", "exam:write"]).about(Object::Student).writing();

const MOST_TOPICS: usize = 200;
const MOST_ABILITIES: u32 = 50;
/// Longest time answers are looked back at, days.
const LONGEST_LOOKBACK: u32 = 36_500;

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
        .refusals(&[Code::InvalidParameter, Code::NotFound]);
    let update = Operation::new("updateTheta", "Update the ability of a student")
        .body::<UpdateRequest>(include_str!("../../requests/update_theta.json"))
        .answer::<UpdateAnswer>(200, "The ability as it is stored now, or `noop`.")
        .refusals(&BODY)
        .refusals(&WORKER);
    Routes::new("Analysis").get("/analysis/irt/theta", READ, self::theta, theta).post(
        "/analysis/irt/update-theta",
        WRITE,
        update_theta,
        update,
    )
}

async fn theta(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    params: Params,
) -> ApiResult<Json<Vec<ThetaRow>>> {
    let user_id = &params.student(&app, &rights).await?;
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

async fn update_theta(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Extension(rights): Extension<Arc<Rights>>,
    request: Request,
) -> ApiResult<Json<UpdateAnswer>> {
    let request: UpdateRequest = body(&app, request).await?;
    let user_id = student_of(&app, &rights, request.user_id.as_deref(), "user_id").await?;
    if request.lookback_days.is_some_and(|days| !(1..=LONGEST_LOOKBACK).contains(&days)) {
        return Err(invalid("lookback_days", "a whole number of days, 1 to 36500"));
    }
    for (name, text) in [("model", &request.model), ("version", &request.version)] {
        if text.is_some() {
            id(text.as_deref(), name)?;
        }
    }
    let place = app.workers.enter()?;
    let (student, asked) = (user_id.clone(), app.clone());
    let ability = place
        .run(move || {
            let update = ThetaUpdate {
                lookback_days: request.lookback_days,
                model: request.model.as_deref().map(str::trim),
                version: request.version.as_deref().map(str::trim),
            };
            let environment = |name: &str| app.config.environment.get(name);
            let run = student_run(&app, &caller, &environment, &student);
            let done = Handle::current().block_on(run.update_theta(update));
            done.map_err(|error| upsert_failed(&error))
        })
        .await?;
    let Some(ability) = ability else {
        let (found, message) = if asked.store.knows_student(&user_id).await? {
            (None, "no answers to items with parameters in that time")
        } else {
            (Some(false), "nothing is stored of this student")
        };
        return Ok(Json(UpdateAnswer::Noop { user_id, found, message }));
    };
    Ok(Json(UpdateAnswer::Ok {
        updated_at: instant(ability.fitted_at),
        user_id: ability.user_id,
        theta: ability.theta,
        se: ability.se,
        model: ability.model,
        version: ability.version,
    }))
}
