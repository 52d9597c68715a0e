//! Reports to open.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Extension, Json};
use chrono::{NaiveDate, SecondsFormat};
use seedtest_pipeline::{Lang, PublishRequest, publish_report};
use seedtest_store::{ReportArtifact, ReportPeriod};
use seedtest_wire::questions::{ReportGenerated, ReportRequestJson};
use tokio::runtime::Handle;

use super::operation::question;
use super::request::{date, id_of, invalid, text};
use crate::error::{ApiError, ApiResult, Code};
use crate::json;
use crate::openapi::WORKER;
use crate::routing::{Access, Object, Rights, Routes, TokenScope};
use crate::state::{App, Shared};

/// For internal callers; on the mirror for people who may make reports and read them.
const MAKE: Access = Access::internal(&[TokenScope::Jobs])
    .about(Object::Student)
    .writing()
    .mirrored_for(&["reports:generate", "reports:view"]);

pub(super) fn routes() -> Routes {
    let made = question::<ReportRequestJson<'_>, ReportGenerated>(
        "generateReport",
        "Publish the report of a student: of a week, or of a month",
        include_str!("../../requests/generate_report.json"),
    )
    .refusals(&WORKER)
    .refusals(&[Code::UnusableData]);
    Routes::new("Analytics").post("/report/generate", MAKE, generate, made)
}

async fn generate(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    request: Request,
) -> ApiResult<Json<ReportGenerated>> {
    let text = text(&app, request).await?;
    let request: ReportRequestJson<'_> = json::read(&text)?;
    let user_id = id_of(&request.student_id, "student_id")?;
    let user_id = rights.student(&app.store, user_id).await?;
    let period = period_of(request.period.as_deref())?;
    let day = request.week.as_deref().map(|text| date(text, "week")).transpose()?;
    let lang = match request.lang.as_deref() {
        Some(text) => text.trim().parse().map_err(|_| invalid("lang", "ko or en"))?,
        None => Lang::Ko,
    };
    let place = app.workers.enter()?;
    let report = place.run(move || publish(&app, &user_id, (period, day), lang)).await?;
    Ok(Json(ReportGenerated {
        status: "success".into(),
        ok: true,
        student_id: report.user_id,
        period: period.code().into(),
        week_start: report.start.to_string(),
        url: report.url,
        sha256: report.sha256,
        generated_at: report.generated_at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
    }))
}

fn period_of(given: Option<&str>) -> ApiResult<ReportPeriod> {
    match given.map(str::trim) {
        None => Ok(ReportPeriod::Weekly),
        Some(code) => {
            ReportPeriod::of_code(code).ok_or_else(|| invalid("period", "weekly or monthly"))
        }
    }
}

fn publish(
    app: &App,
    user_id: &str,
    (period, day): (ReportPeriod, Option<NaiveDate>),
    lang: Lang,
) -> ApiResult<ReportArtifact> {
    let reports = &app.config.reports;
    let request = PublishRequest {
        user_id,
        period,
        day,
        lang,
        custom: &reports.custom,
        environment: &|name| app.config.environment.get(name),
        dir: &reports.dir,
        base_url: reports.base_url.as_deref(),
    };
    Handle::current()
        .block_on(publish_report(&app.store, app.config.clock, &request))
        .map_err(ApiError::from)
}
