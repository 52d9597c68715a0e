//! Reports to open.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use chrono::{NaiveDate, SecondsFormat};
use seedtest_pipeline::{Lang, PublishRequest, publish_report};
use seedtest_store::ReportArtifact;
use seedtest_wire::questions::{ReportGenerated, ReportRequestJson};
use tokio::runtime::Handle;

use super::operation::question;
use super::request::{date, id_of, invalid, text};
use crate::error::{ApiError, ApiResult, Code};
use crate::json;
use crate::openapi::WORKER;
use crate::routing::{Access, Object, Rights, Routes, TokenScope};
use crate::state::{App, Shared};

const WEEKLY: &str = "weekly";

/// For internal callers; on the mirror for people who may make reports and read them.
const MAKE: Access = Access::internal(&[TokenScope::Jobs])
    .about(Object::Student)
    .writing()
    .mirrored_for(&["reports:generate", "reports:view"]);

pub(super) fn routes() -> Routes {
    let made = question::<ReportRequestJson<'_>, ReportGenerated>(
        "generateReport",
        "Write the weekly report of a student",
        include_str!("../../requests/generate_report.json"),
    )
    .refusals(&WORKER)
    .refusals(&[Code::NotFound, Code::UnusableData]);
    Routes::new("Analytics").post("/report/generate", MAKE, generate, made)
}

async fn generate(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    request: Request,
) -> ApiResult<Json<ReportGenerated>> {
    let text = text(&app, request).await?;
    let request: ReportRequestJson<'_> = json::read(&text)?;
    let user_id = id_of(&request.student_id, "student_id")?.to_string();
    rights.student(&app.store, &user_id).await?;
    check_period(request.period.as_deref())?;
    let week = request.week.as_deref().map(|text| date(text, "week")).transpose()?;
    let lang = match request.lang.as_deref() {
        Some(text) => text.trim().parse().map_err(|_| invalid("lang", "ko or en"))?,
        None => Lang::Ko,
    };
    let place = app.workers.enter()?;
    let report = place.run(move || publish(&app, &user_id, week, lang)).await?;
    Ok(Json(ReportGenerated {
        status: "success".into(),
        ok: true,
        student_id: report.user_id,
        period: WEEKLY.into(),
        week_start: report.week_start.to_string(),
        url: report.url,
        sha256: report.sha256,
        generated_at: report.generated_at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
    }))
}

fn check_period(given: Option<&str>) -> ApiResult<()> {
    match given.map_or(WEEKLY, str::trim) {
        WEEKLY => Ok(()),
        "monthly" => Err(ApiError::new(
            Code::UnusableData,
            "period: there is no monthly report, its numbers are defined for weeks only",
        )
        .hint("ask for period weekly, once for each week of the month")),
        _ => Err(invalid("period", "weekly")),
    }
}

fn publish(
    app: &App,
    user_id: &str,
    week: Option<NaiveDate>,
    lang: Lang,
) -> ApiResult<ReportArtifact> {
    let reports = &app.config.reports;
    let request = PublishRequest {
        user_id,
        week,
        lang,
        dir: &reports.dir,
        base_url: reports.base_url.as_deref(),
    };
    Handle::current()
        .block_on(publish_report(&app.store, app.config.clock, &request))
        .map_err(ApiError::from)
}
