//! `GET /exams/{session_id}/analysis`: what one exam says of its student.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use seedtest_pipeline::{ExamQuestion, Lang, exam_analysis};
use seedtest_responses::truth;
use seedtest_wire::ExamAnalysisReport;
use serde_json::json;

use super::request::{Params, id, invalid};
use crate::config::ENABLE_ANALYSIS;
use crate::error::{ApiError, ApiResult, Code};
use crate::openapi::{Operation, Parameter};
use crate::parts::ReadId;
use crate::routing::{Access, Object, Rights, Routes};
use crate::state::{App, Shared};

/// Students, teachers and administrators; whose exam it is decides.
const EXAM: Access = Access::signed_in().about(Object::Exam);

/// Weeks ahead, and goals, that one request may ask for.
const FURTHEST: u32 = 52;
const MOST_GOALS: usize = 20;

pub(super) fn routes() -> Routes {
    let analysis = Operation::new("examAnalysis", "What one exam says of its student")
        .description(
            "For the student, teachers of the organisation and administrators. Only administrators learn that there \
             is no such exam.",
        )
        .parameter(Parameter::path("session_id", "Session of the exam.").example(json!("v1")))
        .parameter(
            Parameter::query(
                "goal_targets",
                "Scores to reach, at most 20 with commas between them.",
            )
            .example(json!("0.5,1")),
        )
        .parameter(
            Parameter::query(
                "goal_horizons",
                "Weeks ahead, 1 to 52, at most 20 with commas between.",
            )
            .example(json!("4")),
        )
        .parameter(
            Parameter::query("lang", "Language of the sentences. Default `ko`.")
                .schema(json!({"type": "string", "enum": ["ko", "en"]})),
        )
        .answer::<ExamAnalysisReport>(200, "What is known; the rest is left out.")
        .refusals(&[
            Code::Malformed,
            Code::InvalidParameter,
            Code::Forbidden,
            Code::NotFound,
            Code::Disabled,
        ]);
    let path = "/exams/{session_id}/analysis";
    Routes::new("Analysis").get(path, EXAM, self::analysis, analysis)
}

async fn analysis(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    ReadId(session_id): ReadId,
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
    let exam = app.store.exam_result(session_id).await?;
    let (owner, org_id) =
        exam.as_ref().map_or((None, None), |exam| (exam.user_id.as_deref(), exam.org_id));
    rights.exam(&app.store, owner, org_id).await?;
    let Some(exam) = exam else {
        return Err(ApiError::new(Code::NotFound, "not_found")
            .hint("there is no result of this session; finish the exam first"));
    };
    let question = ExamQuestion { targets: &targets, horizons: &horizons, lang };
    let report =
        exam_analysis(&app.store, app.config.clock, &app.questions.targets, &exam, &question).await;
    report.map(Json).map_err(ApiError::from)
}

fn numbers<T: std::str::FromStr>(params: &Params, name: &str, expected: &str) -> ApiResult<Vec<T>> {
    let parsed = params.list(name).into_iter().map(str::parse);
    parsed.collect::<Result<_, _>>().map_err(|_| invalid(name, expected))
}

fn is_switched_off(app: &App) -> bool {
    let set = app.config.environment.get(ENABLE_ANALYSIS).unwrap_or_default();
    truth(&set) == Some(false)
}
