//! Abilities as the daily features know them.

use chrono::NaiveDate;

use crate::engine::value::Value;
use crate::error::Error;
use crate::store::Store;

/// An ability of one student that was known on one day, wherever it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct DatedTheta {
    /// Canonical text id of the student.
    pub user_id: String,
    /// The UTC day.
    pub date: NaiveDate,
    /// Ability on the θ scale.
    pub theta: f64,
    /// Standard error; `None` = not known.
    pub se: Option<f64>,
}

impl Store {
    /// Abilities in the daily features of the days from `first` to `last`, both included: the mean
    /// over the topics of a day, by student and day.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn feature_thetas(
        &self,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<DatedTheta>, Error> {
        let sql = "SELECT user_id, date, avg(CAST(theta_estimate AS DOUBLE PRECISION)), \
             CASE WHEN count(theta_sd) = count(*) \
               THEN avg(CAST(theta_sd AS DOUBLE PRECISION)) END \
             FROM features_topic_daily \
             WHERE date BETWEEN $1 AND $2 AND theta_estimate IS NOT NULL \
             GROUP BY user_id, date ORDER BY user_id, date";
        let window = [Value::date(first), Value::date(last)];
        self.connection()
            .await?
            .session()
            .fetch(sql, &window, |row| {
                Ok(DatedTheta {
                    user_id: row.required(0, row.owned_text(0)?)?,
                    date: row.required(1, row.date(1)?)?,
                    theta: row.required(2, row.real(2)?)?,
                    se: row.real(3)?,
                })
            })
            .await
    }
}
