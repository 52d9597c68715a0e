//! Tables the platform owns (schema.md S1, S2, S5–S7). An embedded database, or a server nobody
//! has used yet, gets them too.

use super::column::{Column, Default, Kind, json, object, stamped, text, time};
use super::table::Table;

pub(super) fn tables() -> Vec<Table> {
    vec![question(), exam_results(), session(), classroom(), interest_goal()]
}

fn question() -> Table {
    Table::platform(
        "question",
        &[
            Column::new("id", Kind::BigInt).required(),
            text("content").required().optional(),
            Column::new("difficulty", Kind::Numeric).optional(),
            text("topic_id").optional(),
            object("meta"),
            stamped("created_at").optional(),
            stamped("updated_at").optional(),
            text("question_text").optional().alias_of("content"),
        ],
    )
    .key(&["id"])
    .index("ix_question_topic_id", "topic_id")
    .gin("ix_question_meta_gin", "meta")
}

fn exam_results() -> Table {
    Table::platform(
        "exam_results",
        &[
            Column::new("id", Kind::Uuid).required().default(Default::RandomUuid),
            text("session_id").required(),
            text("user_id"),
            Column::new("org_id", Kind::Integer),
            Column::new("exam_id", Kind::Integer),
            text("status").required().default(Default::Literal("'ready'")),
            json("result_json").required(),
            Column::new("score_raw", Kind::Numeric).optional(),
            Column::new("score_scaled", Kind::Numeric).optional(),
            Column::new("standard_error", Kind::Numeric).optional(),
            Column::new("percentile", Kind::Numeric).optional(),
            stamped("created_at"),
            stamped("updated_at"),
        ],
    )
    .key(&["id"])
    .unique("uq_exam_results_session_id", "session_id")
    .index("ix_exam_results_org_id", "org_id")
    .index("ix_exam_results_user_exam", "user_id, exam_id")
    .index("ix_exam_results_user_time", "user_id, (COALESCE(updated_at, created_at))")
    .gin("ix_exam_results_result_json", "result_json")
}

fn session() -> Table {
    Table::platform(
        "session",
        &[
            text("id").required(),
            text("classroom_id").optional(),
            text("exam_id").optional(),
            text("user_id"),
            Column::new("org_id", Kind::Integer).optional(),
            time("started_at").optional(),
            time("ended_at").optional(),
            text("status").optional(),
            stamped("created_at").optional(),
        ],
    )
    .key(&["id"])
    .index("ix_session_classroom_id", "classroom_id")
    .index("ix_session_status_started", "status, started_at")
    .index("ix_session_user_id", "user_id")
    .index("ix_session_org_id", "org_id")
}

fn classroom() -> Table {
    Table::platform(
        "classroom",
        &[
            text("id").required(),
            text("org_id").required().optional(),
            text("name").required().optional(),
            Column::new("grade", Kind::SmallInt).optional().check("grade BETWEEN 0 AND 12"),
            stamped("created_at").optional(),
        ],
    )
    .key(&["id"])
    .unique("uq_classroom_org_name", "org_id, name")
    .index("ix_classroom_org_id", "org_id")
}

fn interest_goal() -> Table {
    Table::platform(
        "interest_goal",
        &[
            text("user_id").required(),
            text("topic_id").required(),
            Column::new("target_level", Kind::Numeric63).optional(),
            Column::new("priority", Kind::SmallInt)
                .required()
                .optional()
                .default(Default::Literal("0")),
            text("subject_id").optional(),
            Column::new("interest_1_5", Kind::SmallInt).optional(),
            Column::new("target_score", Kind::Numeric).optional(),
            Column::new("target_date", Kind::Date).optional(),
            time("updated_at").optional(),
            stamped("created_at").optional(),
        ],
    )
    .key(&["user_id", "topic_id"])
}
