use crate::backend::Backend;
use crate::schema::Owner;

/// A view of the schema.
pub(crate) struct View {
    pub(crate) name: &'static str,
    /// A view of the platform is kept when it exists; ours are renewed.
    pub(crate) owner: Owner,
    /// Columns in order.
    pub(crate) columns: &'static [&'static str],
    /// The query behind it.
    pub(crate) query: String,
}

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
/// The locked V1 columns (schema.md S3).
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
const INTEREST_GOAL_REPORT: &[&str] = &[
    "student_id",
    "user_id",
    "topic_id",
    "subject_id",
    "interest",
    "priority",
    "target_level",
    "target_score",
    "target_date",
    "updated_at",
];

/// A table behind view `attempt_event` on PostgreSQL, and the answers in it.
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

/// Functions the views call; SQLite needs none.
pub(crate) fn functions(backend: Backend) -> Option<&'static str> {
    match backend {
        Backend::Postgres => Some(include_str!("../../sql/postgres/functions.sql")),
        Backend::Sqlite => None,
    }
}

/// Every view, in the order in which they can be created. `goal_columns` are the columns table
/// `interest_goal` has: an older platform lacks some.
pub(crate) fn views(backend: Backend, goal_columns: &[String]) -> Vec<View> {
    let event = match backend {
        Backend::Postgres => ANSWERS.map(|answers| answers.query()).join("UNION ALL\n"),
        Backend::Sqlite => include_str!("../../sql/sqlite/attempt_event.sql").to_owned(),
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
    let mut all = vec![
        ours("attempt_event", EVENT, &event),
        View { owner: Owner::Platform, ..ours("attempt", ATTEMPT, attempt) },
        ours("attempt_ext", ATTEMPT_EXT, attempt_ext),
        ours("interest_goal_report", INTEREST_GOAL_REPORT, &goal_report(goal_columns)),
    ];
    all.extend(portable());
    all
}

fn ours(name: &'static str, columns: &'static [&'static str], query: &str) -> View {
    View { name, owner: Owner::Analytics, columns, query: query.trim_end().to_owned() }
}

fn portable() -> Vec<View> {
    vec![
        ours(
            "mirt_ability_latest",
            &["user_id", "theta", "se", "model", "version", "run_id", "fitted_at"],
            include_str!("../../sql/both/mirt_ability_latest.sql"),
        ),
        ours(
            "mirt_item_params_latest",
            &["item_id", "model", "params", "version", "run_id", "fitted_at"],
            include_str!("../../sql/both/mirt_item_params_latest.sql"),
        ),
        ours(
            "student_topic_theta_latest",
            &["user_id", "topic_id", "theta", "se", "model", "version", "fitted_at", "run_id"],
            include_str!("../../sql/both/student_topic_theta_latest.sql"),
        ),
        ours(
            "ability_estimates",
            &["user_id", "mean", "sd", "theta", "se", "fitted_at", "updated_at", "created_at"],
            include_str!("../../sql/both/ability_estimates.sql"),
        ),
        ours(
            "anomalies",
            &[
                "run_id",
                "week",
                "week_start",
                "score",
                "flag",
                "metric",
                "value",
                "expected",
                "detected_at",
            ],
            include_str!("../../sql/both/anomalies.sql"),
        ),
        ours(
            "report_artifact",
            &[
                "id",
                "user_id",
                "week_start",
                "format",
                "url",
                "generated_at",
                "sha256",
                "bytes",
                "s3_key",
            ],
            include_str!("../../sql/both/report_artifact.sql"),
        ),
    ]
}

/// Goals under the name the report reads (schema.md S7); a column the table lacks is null.
fn goal_report(existing: &[String]) -> String {
    let column = |name: &str, alias: &str, kind: &str| {
        if existing.iter().any(|existing| existing == name) {
            format!("{name} AS {alias}")
        } else {
            format!("CAST(NULL AS {kind}) AS {alias}")
        }
    };
    let columns = [
        "user_id AS student_id".to_owned(),
        "user_id".to_owned(),
        "topic_id".to_owned(),
        column("subject_id", "subject_id", "text"),
        column("interest_1_5", "interest", "smallint"),
        column("priority", "priority", "smallint"),
        column("target_level", "target_level", "numeric(6,3)"),
        column("target_score", "target_score", "numeric"),
        column("target_date", "target_date", "date"),
        column("updated_at", "updated_at", "timestamptz"),
    ];
    format!("SELECT\n  {}\nFROM interest_goal", columns.join(",\n  "))
}
