//! `GET /analysis/metrics/weekly`: the KPIs of a student, week by week.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use chrono::NaiveDate;
use seedtest_store::WeeklyKpi;
use seedtest_wire::questions::{SIX_KPIS, StudentKpis};
use serde_json::{Value, json};

use super::request::Params;
use crate::error::{ApiError, ApiResult, Code};
use crate::openapi::{Operation, Parameter};
use crate::routing::{Access, Object, Rights, Routes};
use crate::state::Shared;

const READ: Access = Access::any_of(&["reports:view", "analysis:run"]).about(Object::Student);

pub(super) fn routes() -> Routes {
    let weekly = Operation::new("weeklyKpis", "KPIs of a student, week by week")
        .parameter(Parameter::user_id())
        .parameter(
            Parameter::query(
                "weeks",
                "Most weeks; beyond the bounds the nearest counts. Default 4.",
            )
            .schema(json!({"type": "integer", "minimum": 1, "maximum": 12}))
            .example(json!(8)),
        )
        .parameter(Parameter::switch(
            "include_empty",
            "Whether no weeks are an empty list, not 404.",
        ))
        .parameter(Parameter::switch("extended", "Whether `kpis` has every key of the row."))
        .answer::<Vec<StudentKpis>>(200, "Newest first.")
        .refusals(&[Code::InvalidParameter, Code::NotFound]);
    Routes::new("Analysis").get("/analysis/metrics/weekly", READ, self::weekly, weekly)
}

/// The row of a week; `extended` keeps every key of it, otherwise there are the six KPIs, null when
/// unknown.
pub(super) fn student_kpis(row: WeeklyKpi, extended: bool) -> StudentKpis {
    let mut kpis = row.kpis;
    if !extended {
        kpis.retain(|key, _| SIX_KPIS.contains(&key.as_str()));
    }
    for key in SIX_KPIS {
        kpis.entry(key).or_insert(Value::Null);
    }
    StudentKpis { user_id: row.user_id, week_start: row.week_start, kpis }
}

async fn weekly(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    params: Params,
) -> ApiResult<Json<Vec<StudentKpis>>> {
    let user_id = &params.student(&app, &rights).await?;
    let weeks: i64 = params.parsed("weeks", "a whole number from 1 to 12")?.unwrap_or(4);
    let weeks = weeks.clamp(1, 12) as u32;
    let extended = params.switch("extended");
    let today = app.config.clock.today(app.store.time_zone());
    let rows = app.store.student_weekly_kpi(user_id, NaiveDate::default(), today, weeks).await?;
    if rows.is_empty() && !params.switch("include_empty") {
        return Err(ApiError::new(Code::NotFound, "not_found")
            .hint("there are no KPIs of this student yet; POST /analysis/metrics/recompute"));
    }
    Ok(Json(rows.into_iter().map(|row| student_kpis(row, extended)).collect()))
}
