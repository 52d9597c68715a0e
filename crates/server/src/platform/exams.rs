//! `GET /exams/{session_id}/analysis`: what one exam says of its student.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Extension, Json, Router};
use seedtest_pipeline::{ExamQuestion, Lang, exam_analysis};
use seedtest_wire::ExamAnalysisReport;

use super::params::{Params, id, invalid};
use crate::error::{ApiError, ApiResult, Code};
use crate::jwt::Principal;
use crate::state::{App, Shared};

/// Weeks ahead, and goals, that one request may ask for.
const FURTHEST: u32 = 52;
const MOST_GOALS: usize = 20;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/exams/{session_id}/analysis", get(analysis))
}

async fn analysis(
    State(app): State<Shared>,
    Extension(user): Extension<Arc<Principal>>,
    Path(session_id): Path<String>,
    params: Params,
) -> ApiResult<Json<ExamAnalysisReport>> {
    if is_switched_off(&app) {
        return Err(ApiError::new(Code::Disabled, "the analysis of exams is switched off")
            .hint("start the service without ENABLE_ANALYSIS=false"));
    }
    let session_id = id(Some(&session_id), "session_id")?;
    let targets: Vec<f64> = numbers(&params, "goal_targets", "numbers with commas between them")?;
    let horizons: Vec<u32> = numbers(&params, "goal_horizons", "whole numbers from 1 to 52")?;
    if targets.iter().any(|target| !target.is_finite()) || targets.len() > MOST_GOALS {
        return Err(invalid("goal_targets", "at most 20 numbers with commas between them"));
    }
    if horizons.iter().any(|h| !(1..=FURTHEST).contains(h)) || horizons.len() > MOST_GOALS {
        return Err(invalid("goal_horizons", "at most 20 whole numbers from 1 to 52"));
    }
    let lang = params.parsed("lang", "ko or en")?.unwrap_or(Lang::Ko);
    let Some(exam) = app.store.exam_result(session_id).await? else {
        return Err(ApiError::new(Code::NotFound, "not_found")
            .hint("there is no result of this session; finish the exam first"));
    };
    user.may_see(exam.user_id.as_deref(), exam.org_id)?;
    let environment = |name: &str| app.config.environment.get(name);
    let question = ExamQuestion { targets: &targets, horizons: &horizons, lang };
    let report = exam_analysis(&app.store, app.config.clock, &environment, &exam, &question).await;
    report.map(Json).map_err(|error| ApiError::from_pipeline(&error))
}

fn numbers<T: std::str::FromStr>(params: &Params, name: &str, expected: &str) -> ApiResult<Vec<T>> {
    let parsed = params.list(name).into_iter().map(str::parse);
    parsed.collect::<Result<_, _>>().map_err(|_| invalid(name, expected))
}

fn is_switched_off(app: &App) -> bool {
    let set = app.config.environment.get("ENABLE_ANALYSIS").unwrap_or_default();
    ["false", "0", "no", "off"].iter().any(|word| word.eq_ignore_ascii_case(set.trim()))
}
