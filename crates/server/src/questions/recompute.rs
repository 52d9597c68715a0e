//! `POST /analysis/metrics/recompute`, `POST /metrics/weekly/recompute`: what the nightly job of the
//! KPIs does, now, for one student or for everybody.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use chrono::NaiveDate;
use seedtest_pipeline::{Environment, Error, StudentRun, WeekRun};
use seedtest_wire::questions::{EverybodyAnswer, EverybodyRequest, RecomputeRequest, StudentKpis};
use tokio::runtime::Handle;

use super::request::{body, body_or_default, invalid, student_of};
use super::weekly::student_kpis;
use crate::auth::Caller;
use crate::error::{ApiError, ApiResult, Code};
use crate::openapi::{BODY, Operation, WORKER};
use crate::routing::{Access, Object, Rights, Routes};
use crate::state::{App, Shared};

const RUN: Access = Access::any_of(&["analysis:run"]).about(Object::Student).writing();
const RUN_ALL: Access = Access::any_of(&["analysis:run"]).about(Object::Everybody).writing();

const LONGEST_WINDOW: u32 = 52;

pub(super) fn routes() -> Routes {
    let recompute = Operation::new("recomputeWeek", "Recompute the KPIs of a student's week")
        .body::<RecomputeRequest>(include_str!("../../requests/recompute_week.json"))
        .answer::<StudentKpis>(200, "The week as it is stored now.")
        .refusals(&BODY)
        .refusals(&WORKER)
        .refusals(&[Code::NotFound]);
    let everybody = Operation::new("recomputeEverybody", "Recompute this week's KPIs of everybody")
        .description("Of everybody who was active in the window or has an ability.")
        .optional_body::<EverybodyRequest>(include_str!("../../requests/recompute_everybody.json"))
        .answer::<EverybodyAnswer>(200, "How many weeks are stored now.")
        .refusals(&BODY)
        .refusals(&WORKER)
        .refusals(&[Code::Conflict]);
    Routes::new("Analysis")
        .post("/analysis/metrics/recompute", RUN, self::recompute, recompute)
        .post("/metrics/weekly/recompute", RUN_ALL, recompute_everybody, everybody)
}

async fn recompute(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Extension(rights): Extension<Arc<Rights>>,
    request: Request,
) -> ApiResult<Json<StudentKpis>> {
    let request: RecomputeRequest = body(&app, request).await?;
    let user_id = student_of(&app, &rights, request.user_id.as_deref(), "user_id").await?;
    let week =
        week_start(request.week_start.as_deref(), app.config.clock.today(app.store.time_zone()))?;
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
    Ok(Json(student_kpis(row, false)))
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
pub(super) fn upsert_failed(error: &Error) -> ApiError {
    let message = "upsert_failed: the result could not be computed or stored".to_string();
    ApiError { message, ..ApiError::internal(error) }
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

pub(super) fn student_run<'a>(
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
