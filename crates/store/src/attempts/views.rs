//! Views `seedtest_answer`, `attempt` and `attempt_ext` (docs/contract/schema.md S3): exam documents
//! and imported logs as one log.

use crate::engine::backend::Backend;
use crate::schema::{Owner, View, ours};

const EVENT: &[&str] = &[
    "id",
    "user_id",
    "item_id",
    "item_number",
    "topic_id",
    "session_id",
    "subject_id",
    "completed_at",
    "correct",
    "response_time_ms",
    "duration_s",
    "used_hints",
    "exam_result_id",
    "position",
];
/// The locked V1 columns (docs/contract/schema.md S3).
const ATTEMPT: &[&str] = &[
    "id",
    "student_id",
    "item_id",
    "correct",
    "response_time_ms",
    "hint_used",
    "completed_at",
    "started_at",
    "attempt_no",
    "session_id",
    "topic_id",
];
const ATTEMPT_EXT: &[&str] = &[
    "id",
    "student_id",
    "item_id",
    "correct",
    "response_time_ms",
    "hint_used",
    "completed_at",
    "started_at",
    "attempt_no",
    "session_id",
    "topic_id",
    "user_id_text",
    "item_id_text",
    "correct_raw",
    "response_time_ms_raw",
    "used_hints",
    "session_duration_s",
    "subject_id",
];
/// A table behind view `seedtest_answer` on PostgreSQL, and the answers in it.
pub(crate) struct Answers {
    pub(crate) table: &'static str,
    query: &'static str,
    alias: &'static str,
}

pub(crate) const ANSWERS: [Answers; 2] = [
    Answers {
        table: "exam_results",
        query: include_str!("../../sql/postgres/exam_answer.sql"),
        alias: "r",
    },
    Answers {
        table: "attempt_log",
        query: include_str!("../../sql/postgres/logged_answer.sql"),
        alias: "l",
    },
];

impl Answers {
    /// Their query, with the columns of the view.
    fn query(&self) -> String {
        self.query.replace("{place}", "")
    }

    /// Their query with one column more: the `place` of the row they come from.
    pub(crate) fn query_with_place(&self) -> String {
        self.query.replace("{place}", &format!(" {}.ctid AS place,", self.alias))
    }
}

/// `seedtest_answer` under the name that it had before it was a name of our own.
pub(crate) fn earlier_answers() -> View {
    let query = format!("SELECT {} FROM seedtest_answer", EVENT.join(", "));
    ours("attempt_event", EVENT, &query)
}

/// The three views, in the order in which they can be created.
pub(crate) fn views(backend: Backend) -> [View; 3] {
    let event = match backend {
        Backend::Postgres => ANSWERS.map(|answers| answers.query()).join("UNION ALL\n"),
        Backend::Sqlite => include_str!("../../sql/sqlite/seedtest_answer.sql").to_owned(),
    };
    let (attempt, attempt_ext) = match backend {
        Backend::Postgres => (
            include_str!("../../sql/postgres/attempt.sql"),
            include_str!("../../sql/postgres/attempt_ext.sql"),
        ),
        Backend::Sqlite => (
            include_str!("../../sql/sqlite/attempt.sql"),
            include_str!("../../sql/sqlite/attempt_ext.sql"),
        ),
    };
    [
        ours("seedtest_answer", EVENT, &event).read_here(),
        View { owner: Owner::Platform, ..ours("attempt", ATTEMPT, attempt) },
        ours("attempt_ext", ATTEMPT_EXT, attempt_ext),
    ]
}
