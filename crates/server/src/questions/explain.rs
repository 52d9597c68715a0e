//! `GET /explain/{user_id}`: why a student has the scores they have.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use seedtest_pipeline::{Lang, explain_scores};
use seedtest_report::{contest, decisions};
use seedtest_wire::questions::{Contest, Explanation};
use serde_json::json;

use super::request::{Params, student_of, timestamp};
use crate::config::CONTEST_CONTACT;
use crate::error::{ApiError, ApiResult, Code};
use crate::openapi::{Operation, Parameter};
use crate::parts::ReadId;
use crate::routing::{Access, Object, Rights, Routes};
use crate::state::Shared;

/// Whoever is signed in may ask why a score of their own is as it is.
const ASK: Access = Access::signed_in().about(Object::Student);

pub(super) fn routes() -> Routes {
    let explain = Operation::new("explainScores", "Why a student has these scores")
        .description(
            "Every automated score that is stored of a student: which model made it, from which \
             evidence, how sure it is, and how to contest it.",
        )
        .parameter(Parameter::path("user_id", "Student.").example(json!("amy")))
        .parameter(
            Parameter::query("lang", "Language of the sentences. Default `ko`.")
                .schema(json!({"type": "string", "enum": ["ko", "en"]})),
        )
        .answer::<Explanation>(200, "The scores.")
        .refusals(&[Code::Malformed, Code::InvalidParameter, Code::NotFound]);
    Routes::new("Analysis").get("/explain/{user_id}", ASK, self::explain, explain)
}

async fn explain(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    ReadId(user_id): ReadId,
    params: Params,
) -> ApiResult<Json<Explanation>> {
    let user_id = student_of(&app, &rights, Some(&user_id), "user_id").await?;
    let lang = params.parsed("lang", "ko or en")?.unwrap_or(Lang::Ko);
    let scores = explain_scores(&app.store, app.config.clock, &user_id, lang).await?;
    if scores.is_empty() {
        return Err(ApiError::new(Code::NotFound, "not_found")
            .hint("no automated score is stored of this student"));
    }
    Ok(Json(Explanation {
        user_id,
        scores,
        decisions: decisions(lang).to_string(),
        contest: Contest {
            how: contest(lang).to_string(),
            contact: app.config.environment.get(CONTEST_CONTACT),
        },
        generated_at: timestamp(&app),
    }))
}
