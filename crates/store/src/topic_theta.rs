use chrono::{DateTime, Utc};

use crate::bulk::BulkInsert;
use crate::error::Error;
use crate::row::Row;
use crate::store::Store;
use crate::tx::Tx;
use crate::value::Value;

/// Ability of one student in one topic.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicTheta {
    /// Canonical text id of the student.
    pub user_id: String,
    /// The topic.
    pub topic_id: String,
    /// Ability on the θ scale.
    pub theta: f64,
    /// Standard error; `None` = not known.
    pub se: Option<f64>,
    /// Name of the model; `copied` marks a copy of the student's overall ability.
    pub model: String,
    /// Version of the row.
    pub version: Option<String>,
    /// Run it comes from.
    pub run_id: Option<String>,
    /// When it was estimated; part of the key.
    pub fitted_at: DateTime<Utc>,
}

impl Store {
    /// Every topic ability estimated in `[from, to)`, by student and topic, oldest first.
    pub async fn topic_theta_history(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<TopicTheta>, Error> {
        let sql = "SELECT user_id, topic_id, CAST(theta AS DOUBLE PRECISION), \
             CAST(se AS DOUBLE PRECISION), model, version, run_id, fitted_at \
             FROM student_topic_theta WHERE fitted_at >= $1 AND fitted_at < $2 \
             ORDER BY user_id, topic_id, fitted_at";
        let window = [Value::time(from), Value::time(to)];
        self.connection().await?.session().fetch(sql, &window, read).await
    }
}

pub(crate) fn read(row: &Row<'_>) -> Result<TopicTheta, Error> {
    Ok(TopicTheta {
        user_id: row.required(0, row.owned_text(0)?)?,
        topic_id: row.required(1, row.owned_text(1)?)?,
        theta: row.required(2, row.real(2)?)?,
        se: row.real(3)?,
        model: row.required(4, row.owned_text(4)?)?,
        version: row.owned_text(5)?,
        run_id: row.owned_text(6)?,
        fitted_at: row.required(7, row.time(7)?)?,
    })
}

impl Tx {
    /// Writes topic abilities; a row of the same student, topic and time is replaced, older ones
    /// stay as history.
    ///
    /// # Errors
    /// [`Error::BadValue`] for a θ or standard error that is not a finite number.
    pub async fn write_topic_thetas(&mut self, rows: &[TopicTheta]) -> Result<u64, Error> {
        for (row, topic) in rows.iter().enumerate() {
            if !topic.theta.is_finite() || topic.se.is_some_and(|se| !se.is_finite()) {
                let reason = format!("of {} in {} is not finite", topic.user_id, topic.topic_id);
                let (table, column) = ("student_topic_theta", "theta");
                return Err(Error::BadValue { table, row, column, reason });
            }
        }
        let values: Vec<Value<'_>> = rows.iter().flat_map(values_of).collect();
        let insert = BulkInsert {
            table: "student_topic_theta",
            columns: &[
                "user_id",
                "topic_id",
                "theta",
                "se",
                "model",
                "version",
                "run_id",
                "fitted_at",
            ],
            on_conflict: "ON CONFLICT (user_id, topic_id, fitted_at) DO UPDATE SET \
                theta = excluded.theta, se = excluded.se, model = excluded.model, \
                version = excluded.version, run_id = excluded.run_id",
        };
        insert.run(&mut self.session(), &values).await
    }
}

fn values_of(row: &TopicTheta) -> [Value<'_>; 8] {
    [
        Value::text(&row.user_id),
        Value::text(&row.topic_id),
        Value::Real(Some(row.theta)),
        Value::Real(row.se),
        Value::text(&row.model),
        Value::Text(row.version.as_deref()),
        Value::Text(row.run_id.as_deref()),
        Value::time(row.fitted_at),
    ]
}
