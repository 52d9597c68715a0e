//! Documents of the nightly job, read back.

use axum::http::StatusCode;
use chrono::{DateTime, NaiveDate, Utc};
use seedtest_pipeline::clock_time;
use seedtest_report::StudentRow;
use seedtest_store::{OverviewKind, Store, StudentView};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::names::Names;
use crate::refusal::{PageResult, Refusal};
use crate::render::segment;
use crate::visitor::Visitor;

/// A document with the week it is of and when it was made.
pub(crate) struct Read<T> {
    pub(crate) of: T,
    pub(crate) week: NaiveDate,
    pub(crate) computed_at: DateTime<Utc>,
}

/// The overview of a week, or the newest one; `None` where none was computed.
pub(crate) async fn overview<T: DeserializeOwned + Send>(
    store: &Store,
    kind: OverviewKind,
    subject: &str,
    week: Option<NaiveDate>,
) -> PageResult<Option<Read<T>>> {
    let Some(found) = store.overview(kind, subject, week).await? else { return Ok(None) };
    let of = found.document.map_err(|error| other_version(&error))?;
    Ok(Some(Read { of, week: found.week_start, computed_at: found.computed_at }))
}

/// A document as what it was written from. One of another version of the program is none.
pub(crate) fn document<T: DeserializeOwned>(document: Value) -> PageResult<T> {
    serde_json::from_value(document).map_err(|error| other_version(&error))
}

fn other_version(error: &serde_json::Error) -> Refusal {
    tracing::warn!(%error, "a stored page is of another version");
    Refusal::new(StatusCode::CONFLICT, "views.other_version")
}

/// An instant as pages write it: by the clocks of the school.
pub(crate) fn shown_at(store: &Store, at: DateTime<Utc>) -> String {
    clock_time(store.time_zone(), at)
}

/// The path of the page of a student.
pub(crate) fn student_path(user_id: &str) -> String {
    format!("/students/{}", segment(user_id))
}

/// The rows of these students as the visitor may see them, each with the way to its page. The audit log knows of them.
pub(crate) fn rows(
    views: Vec<StudentView>,
    names: &Names,
    visitor: &Visitor,
) -> PageResult<Vec<StudentRow>> {
    let row = |view: StudentView| -> PageResult<StudentRow> {
        visitor.about_student(&view.user_id);
        let row: StudentRow = document(view.summary)?;
        let row = names.row(row);
        let row = if visitor.may_see_risk() { row } else { row.without_risk() };
        Ok(StudentRow { file: Some(student_path(&row.user_id)), ..row })
    };
    views.into_iter().map(row).collect()
}
