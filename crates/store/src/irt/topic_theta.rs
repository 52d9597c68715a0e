//! Table `student_topic_theta`: abilities of students in topics by time.

use chrono::{DateTime, Utc};

use super::history::OfStudent;
use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::{Error, ValueFault};
use crate::schema::{Default, Table, View, double, newest_by, stamped, text, time};
use crate::store::Store;

pub(crate) const STUDENT_TOPIC_THETA: Table = Table::analytics(
    "student_topic_theta",
    &[
        text("user_id").required(),
        text("topic_id").required(),
        double("theta").required(),
        double("se"),
        text("model").required().default(Default::Literal("'irt'")),
        text("version"),
        stamped("fitted_at"),
        text("run_id"),
        double("standard_error").alias_of("se"),
        time("updated_at").alias_of("fitted_at"),
    ],
)
.key(&["user_id", "topic_id", "fitted_at"]);

/// The newest ability of a student in each topic.
pub(crate) fn view() -> View {
    newest_by("student_topic_theta_latest", &STUDENT_TOPIC_THETA, &["user_id", "topic_id"])
}

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

fn values(row: &TopicTheta) -> [Value<'_>; STUDENT_TOPIC_THETA.width()] {
    [
        Value::text(&row.user_id),
        Value::text(&row.topic_id),
        Value::Real(Some(row.theta)),
        Value::Real(row.se),
        Value::text(&row.model),
        Value::Text(row.version.as_deref()),
        Value::time(row.fitted_at),
        Value::Text(row.run_id.as_deref()),
    ]
}

fn read(row: &Record<'_>) -> Result<TopicTheta, Error> {
    Ok(TopicTheta {
        user_id: row.get("user_id")?,
        topic_id: row.get("topic_id")?,
        theta: row.get("theta")?,
        se: row.get_or_null("se")?,
        model: row.get("model")?,
        version: row.get_or_null("version")?,
        fitted_at: row.get("fitted_at")?,
        run_id: row.get_or_null("run_id")?,
    })
}

fn check(row: usize, topic: &TopicTheta) -> Result<(), Error> {
    for (column, number) in [("theta", Some(topic.theta)), ("se", topic.se)] {
        let Some(found) = number.filter(|number| !number.is_finite()) else { continue };
        let of = format!("{} in {}", topic.user_id, topic.topic_id);
        let fault = ValueFault::Range { of, found, range: "that is finite" };
        return Err(Error::BadValue { table: STUDENT_TOPIC_THETA.name, row, column, fault });
    }
    Ok(())
}

impl Tx {
    /// Writes topic abilities; a row of the same student, topic and time is replaced, older ones
    /// stay as history.
    ///
    /// # Errors
    /// [`Error::BadValue`] for a θ or standard error that is not a finite number.
    pub async fn write_topic_thetas(&mut self, rows: &[TopicTheta]) -> Result<u64, Error> {
        for (position, row) in rows.iter().enumerate() {
            check(position, row)?;
        }
        let rows: Vec<Value<'_>> = rows.iter().flat_map(values).collect();
        STUDENT_TOPIC_THETA.upsert().run(&mut self.session(), &rows).await
    }
}

impl Store {
    /// Every topic ability estimated in `[from, to)`, by student and topic, oldest first.
    pub async fn topic_theta_history(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<TopicTheta>, Error> {
        let columns = STUDENT_TOPIC_THETA.select();
        let sql = format!(
            "SELECT {columns} FROM student_topic_theta WHERE fitted_at >= $1 AND fitted_at < $2 \
             ORDER BY user_id, topic_id, fitted_at"
        );
        let window = [Value::time(from), Value::time(to)];
        self.connection().await?.session().fetch_records(&columns, &sql, &window, read).await
    }

    /// The newest ability of every student and topic estimated before `before`, by student and
    /// topic.
    pub async fn topic_thetas_before(
        &self,
        before: DateTime<Utc>,
    ) -> Result<Vec<TopicTheta>, Error> {
        let columns = STUDENT_TOPIC_THETA.select();
        let sql = format!(
            "SELECT {columns} FROM (\
               SELECT t.*, row_number() OVER (\
                 PARTITION BY user_id, topic_id ORDER BY fitted_at DESC) AS age \
               FROM student_topic_theta t WHERE fitted_at < $1) ranked \
             WHERE age = 1 ORDER BY user_id, topic_id"
        );
        let values = [Value::time(before)];
        self.connection().await?.session().fetch_records(&columns, &sql, &values, read).await
    }

    /// Topic abilities estimated in `[from, to)`, newest first, `most` at most.
    pub async fn student_topic_thetas(
        &self,
        user_id: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        most: u32,
    ) -> Result<Vec<TopicTheta>, Error> {
        let wanted = OfStudent { user_id, from, to, most };
        wanted.fetch(self, &STUDENT_TOPIC_THETA, "topic_id", read).await
    }
}
