//! Whether anything is known of a student.

use crate::engine::value::Value;
use crate::error::Error;
use crate::store::Store;

/// Tables with a column `user_id` that say something of a student, those with the most students first.
const OF_STUDENTS: [&str; 10] = [
    "attempt_log",
    "mirt_ability",
    "weekly_kpi",
    "features_topic_daily",
    "student_topic_theta",
    "survival_risk",
    "user_segment",
    "exam_results",
    "session",
    "roster_student",
];

impl Store {
    /// Whether anything is stored of a student: answers, exams, sessions, abilities, KPIs, features, a place in the roster.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn knows_student(&self, user_id: &str) -> Result<bool, Error> {
        let exists = |table: &&str| format!("EXISTS (SELECT 1 FROM {table} WHERE user_id = $1)");
        let any: Vec<String> = OF_STUDENTS.iter().map(exists).collect();
        let sql = format!("SELECT {}", any.join(" OR "));
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let found =
            session.fetch_first(&sql, &[Value::text(user_id)], |row| row.boolean(0)).await?;
        Ok(found.flatten() == Some(true))
    }
}
