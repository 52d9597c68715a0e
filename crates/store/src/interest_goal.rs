use chrono::NaiveDate;

use crate::error::Error;
use crate::row::Row;
use crate::store::Store;
use crate::value::Value;

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
