//! Answers that did not come from the platform's exams: imported response logs, and on SQLite the
//! answers inside exam documents, which PostgreSQL unfolds in a view.

use super::column::{Column, Kind, integer, text, time};
use super::table::Table;
use crate::backend::Backend;

pub(super) fn tables() -> Vec<Table> {
    vec![attempt_log(), exam_answer(), student_identity(), item_identity()]
}

fn attempt_log() -> Table {
    Table::analytics(
        "attempt_log",
        &[
            Column::new("id", Kind::BigInt).required(),
            text("user_id").required(),
            text("item_id").required(),
            text("topic_id"),
            text("session_id"),
            text("subject_id"),
            time("completed_at").required(),
            Column::new("correct", Kind::Bool),
            integer("response_time_ms"),
            integer("used_hints"),
            text("source"),
        ],
    )
    .key(&["id"])
}

fn exam_answer() -> Table {
    Table::analytics(
        "exam_answer",
        &[
            Column::new("exam_result_id", Kind::Uuid).required(),
            integer("position").required(),
            Column::new("id", Kind::BigInt).required(),
            Column::new("item_number", Kind::BigInt).required(),
            Column::new("correct", Kind::Bool),
            integer("response_time_ms"),
            integer("duration_s"),
            integer("used_hints"),
            text("topic_id"),
        ],
    )
    .key(&["exam_result_id", "position"])
    .only(Backend::Sqlite)
}

fn student_identity() -> Table {
    Table::analytics(
        "student_identity",
        &[text("user_id").required(), Column::new("student_id", Kind::Uuid).required()],
    )
    .key(&["user_id"])
    .only(Backend::Sqlite)
}

fn item_identity() -> Table {
    Table::analytics(
        "item_identity",
        &[text("item_id").required(), Column::new("item_number", Kind::BigInt).required()],
    )
    .key(&["item_id"])
    .only(Backend::Sqlite)
}
