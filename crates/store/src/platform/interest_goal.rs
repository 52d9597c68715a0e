//! Table `interest_goal`: what students want to reach (docs/contract/schema.md S7).

use chrono::{DateTime, NaiveDate, Utc};

use crate::engine::row::Row;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Default, Kind, Table, View, ours, stamped, text, time};
use crate::store::Store;

pub(crate) const INTEREST_GOAL: Table = Table::platform(
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
.key(&["user_id", "topic_id"]);

const REPORT: &[&str] = &[
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

/// Goals under the name the report reads. `existing` are the columns the table has: an older
/// platform lacks some, and those are null.
pub(crate) fn view(existing: &[String]) -> View {
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
    let query = format!("SELECT\n  {}\nFROM interest_goal", columns.join(",\n  "));
    ours("interest_goal_report", REPORT, &query).read_here()
}

/// What a student wants to reach in a topic; `None` = the platform recorded nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct InterestGoal {
    /// The topic.
    pub topic_id: String,
    /// Subject of the topic.
    pub subject_id: Option<String>,
    /// Ability to reach, θ scale.
    pub target_level: Option<f64>,
    /// Score to reach, on the scale of the reported scores.
    pub target_score: Option<f64>,
    /// When.
    pub target_date: Option<NaiveDate>,
    /// How much it matters, 0..100.
    pub priority: Option<i64>,
}

impl Store {
    /// The goals of a student, by topic.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn interest_goals(&self, user_id: &str) -> Result<Vec<InterestGoal>, Error> {
        let sql = "SELECT topic_id, subject_id, CAST(target_level AS DOUBLE PRECISION), \
             CAST(target_score AS DOUBLE PRECISION), target_date, CAST(priority AS BIGINT) \
             FROM interest_goal_report WHERE user_id = $1 ORDER BY topic_id";
        let mut connection = self.connection().await?;
        connection.session().fetch(sql, &[Value::text(user_id)], read).await
    }
}

impl Store {
    /// The goals of everybody, by student and topic.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn all_interest_goals(&self) -> Result<Vec<(String, InterestGoal)>, Error> {
        let sql = "SELECT topic_id, subject_id, CAST(target_level AS DOUBLE PRECISION), \
             CAST(target_score AS DOUBLE PRECISION), target_date, CAST(priority AS BIGINT), \
             CAST(user_id AS TEXT) FROM interest_goal_report ORDER BY user_id, topic_id";
        let mut connection = self.connection().await?;
        let with_student = |row: &Row<'_>| Ok((row.required(6, row.owned_text(6)?)?, read(row)?));
        connection.session().fetch(sql, &[], with_student).await
    }
}

impl Tx {
    /// Sets what a student wants to reach in a topic: score, ability and day of a goal that is there are replaced, the
    /// priority where one is given; the subject stays. A platform whose table lacks one of these columns keeps its goals to itself.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_interest_goal(
        &mut self,
        user_id: &str,
        goal: &InterestGoal,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let sql = "INSERT INTO interest_goal \
               (user_id, topic_id, target_level, target_score, target_date, updated_at, priority) \
             VALUES ($1, $2, $3, $4, $5, $6, COALESCE($7, 0)) \
             ON CONFLICT (user_id, topic_id) DO UPDATE SET target_level = excluded.target_level, \
               target_score = excluded.target_score, target_date = excluded.target_date, \
               updated_at = excluded.updated_at, \
               priority = CASE WHEN $7 IS NULL THEN interest_goal.priority ELSE excluded.priority END";
        let values = [
            Value::text(user_id),
            Value::text(&goal.topic_id),
            Value::Real(goal.target_level),
            Value::Real(goal.target_score),
            Value::Date(goal.target_date),
            Value::time(at),
            Value::Int(goal.priority),
        ];
        self.session().execute(sql, &values).await?;
        Ok(())
    }

    /// Takes back a goal; false where there was none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_interest_goal(
        &mut self,
        user_id: &str,
        topic_id: &str,
    ) -> Result<bool, Error> {
        let sql = "DELETE FROM interest_goal WHERE user_id = $1 AND topic_id = $2";
        let values = [Value::text(user_id), Value::text(topic_id)];
        Ok(self.session().execute(sql, &values).await? > 0)
    }
}

fn read(row: &Row<'_>) -> Result<InterestGoal, Error> {
    Ok(InterestGoal {
        topic_id: row.required(0, row.owned_text(0)?)?,
        subject_id: row.owned_text(1)?,
        target_level: row.real(2)?,
        target_score: row.real(3)?,
        target_date: row.date(4)?,
        priority: row.int(5)?,
    })
}
