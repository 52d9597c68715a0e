//! `POST /analysis/metrics/recompute`, `POST /analysis/irt/update-theta`, `POST
//! /metrics/weekly/recompute`: what the nightly jobs do, now, for one student or for everybody.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::routing::post;
use axum::{Extension, Json, Router};
use chrono::NaiveDate;
use seedtest_pipeline::{Environment, Error, StudentRun, ThetaUpdate, WeekRun};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::params::{body, body_or_default, id, invalid};
use super::theta::instant;
use super::weekly::StudentKpis;
use crate::auth::Caller;
use crate::error::{ApiError, ApiResult, Code};
use crate::jwt::Principal;
use crate::state::{App, Shared};

/// Longest time answers are looked back at, days.
const LONGEST_LOOKBACK: u32 = 36_500;
const LONGEST_WINDOW: u32 = 52;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/analysis/metrics/recompute", post(recompute))
        .route("/analysis/irt/update-theta", post(update_theta))
        .route("/metrics/weekly/recompute", post(recompute_everybody))
}

#[derive(Debug, Deserialize)]
struct RecomputeRequest {
    user_id: Option<String>,
    week_start: Option<String>,
}

async fn recompute(
    State(app): State<Shared>,
    Extension(principal): Extension<Arc<Principal>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> ApiResult<Json<StudentKpis>> {
    principal.require_any(&["analysis:run"])?;
    let request: RecomputeRequest = body(&app, request).await?;
    let user_id = id(request.user_id.as_deref(), "user_id")?.to_string();
    let week = week_start(request.week_start.as_deref(), app.config.clock.today())?;
    let place = app.workers.enter()?;
    let row = place
        .run(move || {
            let environment = |name: &str| app.config.environment.get(name);
            let run = student_run(&app, &caller, &environment, &user_id);
            let done = Handle::current().block_on(run.recompute_week(week));
            done.map_err(|error| upsert_failed(&error))
        })
        .await?;
    let row = row.ok_or_else(|| {
        ApiError::new(Code::NotFound, "no_data_to_compute")
            .hint("nothing is recorded of this student in the weeks before that date")
    })?;
    Ok(Json(StudentKpis::new(row, false)))
}

/// A day of the week that is asked for; one that has not begun has no KPIs.
fn week_start(text: Option<&str>, today: NaiveDate) -> ApiResult<Option<NaiveDate>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let expected = "a date as YYYY-MM-DD that does not lie in the future";
    let date: NaiveDate = text.parse().map_err(|_| invalid("week_start", expected))?;
    let earliest = NaiveDate::default();
    if date < earliest || date > today {
        return Err(invalid("week_start", expected));
    }
    Ok(Some(date))
}

/// The cause goes to the log, not to the caller.
fn upsert_failed(error: &Error) -> ApiError {
    let message = "upsert_failed: the result could not be computed or stored".to_string();
    ApiError { message, ..ApiError::internal(error) }
}

#[derive(Debug, Default, Deserialize)]
struct EverybodyRequest {
    weeks_window: Option<u32>,
    limit_users: Option<u32>,
}

/// This week's KPIs of everybody who was active in the window or has an ability.
async fn recompute_everybody(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> ApiResult<Json<Value>> {
    let request: EverybodyRequest = body_or_default(&app, request).await?;
    let weeks = request.weeks_window.unwrap_or(1);
    if !(1..=LONGEST_WINDOW).contains(&weeks) {
        return Err(invalid("weeks_window", "a whole number from 1 to 52"));
    }
    if request.limit_users == Some(0) {
        return Err(invalid("limit_users", "a whole number of 1 or more"));
    }
    let place = app.workers.enter()?;
    let done = place
        .run(move || {
            let environment = |name: &str| app.config.environment.get(name);
            let run = WeekRun {
                store: &app.store,
                clock: app.config.clock,
                environment: &environment,
                actor: &caller.name,
            };
            Handle::current().block_on(run.recompute(weeks, request.limit_users)).map_err(|error| {
                match error {
                    Error::AlreadyRunning(_) => ApiError::from_pipeline(&error),
                    _ => upsert_failed(&error),
                }
            })
        })
        .await?;
    Ok(Json(json!({
        "week_start": done.week_start,
        "users_considered": done.considered,
        "users_processed": done.processed,
    })))
}

#[derive(Debug, Deserialize)]
struct UpdateRequest {
    user_id: Option<String>,
    lookback_days: Option<u32>,
    model: Option<String>,
    version: Option<String>,
}

async fn update_theta(
    State(app): State<Shared>,
    Extension(principal): Extension<Arc<Principal>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> ApiResult<Json<Value>> {
    principal.require_any(&["analysis:run", "exam:write"])?;
    let request: UpdateRequest = body(&app, request).await?;
    let user_id = id(request.user_id.as_deref(), "user_id")?.to_string();
    if request.lookback_days.is_some_and(|days| !(1..=LONGEST_LOOKBACK).contains(&days)) {
        return Err(invalid("lookback_days", "a whole number of days, 1 to 36500"));
    }
    for (name, text) in [("model", &request.model), ("version", &request.version)] {
        if text.is_some() {
            id(text.as_deref(), name)?;
        }
    }
    let place = app.workers.enter()?;
    let student = user_id.clone();
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
    Ok(Json(match ability {
        Some(ability) => json!({
            "status": "ok",
            "user_id": ability.user_id,
            "theta": ability.theta,
            "se": ability.se,
            "model": ability.model,
            "version": ability.version,
            "updated_at": instant(ability.fitted_at),
        }),
        None => json!({
            "status": "noop",
            "user_id": user_id,
            "message": "no answers to items with parameters in that time",
        }),
    }))
}

fn student_run<'a>(
    app: &'a App,
    caller: &'a Caller,
    environment: Environment<'a>,
    user_id: &'a str,
) -> StudentRun<'a> {
    StudentRun {
        store: &app.store,
        clock: app.config.clock,
        environment,
        actor: &caller.name,
        user_id,
    }
}
