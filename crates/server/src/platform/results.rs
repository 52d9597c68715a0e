//! `GET /results`: the results of exam sessions, the newest first.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::Uri;
use axum::response::Response;
use chrono::{DateTime, Utc};
use seedtest_pipeline::NotTheirs;
use seedtest_store::{ListedResult, ResultFilter};
use seedtest_wire::questions::ResultRow;
use serde_json::json;

use super::page::{PageSize, after, after_parameter, page};
use crate::error::{ApiResult, Code};
use crate::openapi::{Operation, Parameter};
use crate::parts::Params;
use crate::questions::request::{id, instant};
use crate::routing::{Access, Object, Reach, Rights, Routes};
use crate::state::Shared;

const READ: Access = Access::any_of(&["exam:read", "reports:view"]).about(Object::Student);
const SIZE: PageSize = PageSize { usual: 50, most: 200 };

pub(super) fn routes() -> Routes {
    let number =
        |name, description| Parameter::query(name, description).schema(json!({"type": "integer"}));
    let time = |name, description| {
        Parameter::query(name, description).schema(json!({"type": "string", "format": "date-time"}))
    };
    let list = Operation::new("listResults", "Results of exam sessions")
        .description(
            "Those that the caller may see: all for administrators, of their organisation for who runs it or \
             teaches all of it, their own for students. A teacher of some classes names a student.",
        )
        .parameter(Parameter::query("user_id", "Only those of this student.").example(json!("amy")))
        .parameter(number("org_id", "Only those of this organisation."))
        .parameter(number("exam_id", "Only those of this exam."))
        .parameter(Parameter::query("status", "Only those in this state."))
        .parameter(time("from", "Only those last changed at or after this instant."))
        .parameter(time("to", "Only those last changed before this instant."))
        .parameter(SIZE.parameter())
        .parameter(after_parameter())
        .answer::<Vec<ResultRow>>(200, "The last changed first; `Link` leads to the next page.")
        .refusals(&[Code::InvalidParameter]);
    Routes::new("Platform").get("/results", READ, self::list, list)
}

async fn list(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    params: Params,
    uri: Uri,
) -> ApiResult<Response> {
    let limit = SIZE.read(&params)?;
    let named = params.text("user_id").map(|text| id(Some(text), "user_id")).transpose()?;
    let student = match named {
        Some(named) => Some(rights.student(&app.store, named).await?),
        None => None,
    };
    let reach = if student.is_some() { Reach::All } else { rights.reach_of_lists()? };
    let own_org = match &reach {
        Reach::All | Reach::Student(_) => None,
        // An organisation whose id is no number has no exams.
        Reach::Organisation(org) => Some(org.parse().map_err(|_| NotTheirs::Organisation)?),
        Reach::Classes(..) => return Err(NotTheirs::Class.into()),
    };
    let asked_org: Option<i64> = params.parsed("org_id", "a whole number")?;
    if asked_org.zip(own_org).is_some_and(|(asked, own)| asked != own) {
        return Err(NotTheirs::Organisation.into());
    }
    let own = match &reach {
        Reach::Student(own) => Some(own.as_str()),
        _ => None,
    };
    let at = |name| params.parsed::<DateTime<Utc>>(name, "an instant as 2025-03-01T00:00:00Z");
    let status = params.text("status").map(|text| id(Some(text), "status")).transpose()?;
    let filter = ResultFilter {
        user_id: student.as_deref().or(own),
        org_id: asked_org.or(own_org),
        exam_id: params.parsed("exam_id", "a whole number")?,
        status,
        from: at("from")?,
        to: at("to")?,
        after: after(&params)?,
        limit: limit + 1,
    };
    let results = app.store.listed_results(filter).await?;
    for user_id in results.iter().filter_map(|result| result.user_id.as_deref()) {
        rights.of_student(user_id);
    }
    let rows = results.into_iter().map(shown).collect();
    Ok(page(&uri, limit, rows, |row: &ResultRow| row.session_id.clone()))
}

fn shown(result: ListedResult) -> ResultRow {
    ResultRow {
        session_id: result.session_id,
        user_id: result.user_id,
        org_id: result.org_id,
        exam_id: result.exam_id,
        status: result.status,
        score: result.score,
        created_at: instant(result.created_at),
        updated_at: instant(result.updated_at),
    }
}
