//! What was computed from answers that changed, forgotten until it is computed again.

use chrono::NaiveDate;

use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;

/// Days and weeks of a student that no longer hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaleDays {
    /// Canonical text id of the student.
    pub user_id: String,
    /// First day with a changed answer.
    pub first: NaiveDate,
    /// Last one.
    pub last: NaiveDate,
    /// Monday of the first week.
    pub first_week: NaiveDate,
    /// Monday of the last week that looks back as far.
    pub last_week: NaiveDate,
}

/// Tables with estimates of a student that need an answer to stand on.
const OF_STUDENTS: [&str; 5] = [
    "mirt_ability",
    "student_topic_theta",
    "survival_risk",
    "survival_risk_history",
    "user_segment",
];

impl Tx {
    /// Forgets the daily features and the KPI rows of these days and weeks; of a student without any answer left
    /// also abilities, which nothing stands behind any more. Returns the students without any answer left.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_stale(&mut self, all: &[StaleDays]) -> Result<Vec<String>, Error> {
        let mut session = self.session();
        let mut vanished = Vec::new();
        for stale in all {
            let user = Value::text(&stale.user_id);
            let days = [user, Value::date(stale.first), Value::date(stale.last)];
            let sql = "DELETE FROM features_topic_daily \
                 WHERE user_id = $1 AND date BETWEEN $2 AND $3";
            session.execute(sql, &days).await?;
            let weeks = [user, Value::date(stale.first_week), Value::date(stale.last_week)];
            let sql = "DELETE FROM weekly_kpi WHERE user_id = $1 AND week_start BETWEEN $2 AND $3";
            session.execute(sql, &weeks).await?;
            let sql = "SELECT EXISTS (SELECT 1 FROM seedtest_answer AS a WHERE a.user_id = $1)";
            let has_answers = session.fetch_first(sql, &[user], |row| row.boolean(0)).await?;
            if has_answers.flatten() == Some(true) {
                continue;
            }
            for table in OF_STUDENTS {
                session
                    .execute(&format!("DELETE FROM {table} WHERE user_id = $1"), &[user])
                    .await?;
            }
            vanished.push(stale.user_id.clone());
        }
        Ok(vanished)
    }
}
