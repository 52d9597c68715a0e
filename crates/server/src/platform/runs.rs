//! `POST /analysis/metrics/recompute`, `POST /analysis/irt/update-theta`, `POST
//! /metrics/weekly/recompute`: what the nightly jobs do, now, for one student or for everybody.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use chrono::NaiveDate;
use schemars::JsonSchema;
use seedtest_pipeline::{Environment, Error, StudentRun, ThetaUpdate, WeekRun};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use super::params::{body, body_or_default, id, invalid};
use super::theta::instant;
use super::weekly::StudentKpis;
use crate::auth::Caller;
use crate::error::{ApiError, ApiResult, Code};
use crate::jwt::Principal;
use crate::openapi::{BODY, Operation, Routes, WORKER};
use crate::state::{App, Shared};

/// Longest time answers are looked back at, days.
const LONGEST_LOOKBACK: u32 = 36_500;
const LONGEST_WINDOW: u32 = 52;

pub(super) fn routes() -> Routes {
    let recompute = Operation::new("recomputeWeek", "Recompute the KPIs of a student's week")
        .body::<RecomputeRequest>(include_str!("../../requests/recompute_week.json"))
        .answer::<StudentKpis>(200, "The week as it is stored now.")
        .refusals(&BODY)
        .refusals(&WORKER)
        .refusals(&[Code::NotFound])
        .scopes(&["analysis:run"]);
    let update = Operation::new("updateTheta", "Update the ability of a student")
        .body::<UpdateRequest>(include_str!("../../requests/update_theta.json"))
        .answer::<UpdateAnswer>(200, "The ability as it is stored now, or `noop`.")
        .refusals(&BODY)
        .refusals(&WORKER)
        .scopes(&["analysis:run", "exam:write"]);
    let everybody = Operation::new("recomputeEverybody", "Recompute this week's KPIs of everybody")
        .description("Of everybody who was active in the window or has an ability.")
        .optional_body::<EverybodyRequest>(include_str!("../../requests/recompute_everybody.json"))
        .answer::<EverybodyAnswer>(200, "How many weeks are stored now.")
        .refusals(&BODY)
        .refusals(&WORKER)
        .refusals(&[Code::Conflict]);
    Routes::new("Analysis")
        .post("/analysis/metrics/recompute", self::recompute, recompute)
        .post("/analysis/irt/update-theta", update_theta, update)
        .post("/metrics/weekly/recompute", recompute_everybody, everybody)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct RecomputeRequest {
    /// Student.
    #[schemars(required)]
    user_id: Option<String>,
    /// A day of the week, YYYY-MM-DD, not in the future. Default: this week.
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

#[derive(Debug, Default, Deserialize, JsonSchema)]
struct EverybodyRequest {
    /// Weeks in which somebody counts as active, 1 to 52. Default 1.
    weeks_window: Option<u32>,
    /// Most students, 1 or more. Default: all.
    limit_users: Option<u32>,
}

/// How many weeks are stored now.
#[derive(Debug, Serialize, JsonSchema)]
struct EverybodyAnswer {
    /// Monday of the week.
    week_start: NaiveDate,
    users_considered: u64,
    users_processed: u64,
}

/// This week's KPIs of everybody who was active in the window or has an ability.
async fn recompute_everybody(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> ApiResult<Json<EverybodyAnswer>> {
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
    Ok(Json(EverybodyAnswer {
        week_start: done.week_start,
        users_considered: done.considered,
        users_processed: done.processed,
    }))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct UpdateRequest {
    /// Student.
    #[schemars(required)]
    user_id: Option<String>,
    /// Days whose answers count, 1 to 36500. Default 30.
    lookback_days: Option<u32>,
    /// Model of the item parameters, in any case. Default: that of the set-up.
    model: Option<String>,
    /// Version of the item parameters. Default: that of the set-up.
    version: Option<String>,
}

/// What came of an update.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "status", rename_all = "lowercase")]
enum UpdateAnswer {
    /// There are answers to items with parameters.
    Ok {
        user_id: String,
        theta: f64,
        se: Option<f64>,
        model: Option<String>,
        version: String,
        updated_at: String,
    },
    /// There are none.
    Noop { user_id: String, message: &'static str },
}

async fn update_theta(
    State(app): State<Shared>,
    Extension(principal): Extension<Arc<Principal>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> ApiResult<Json<UpdateAnswer>> {
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
    let Some(ability) = ability else {
        let message = "no answers to items with parameters in that time";
        return Ok(Json(UpdateAnswer::Noop { user_id, message }));
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
