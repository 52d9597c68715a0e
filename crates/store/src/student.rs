//! What is stored of one student.

use chrono::{DateTime, NaiveDate, Utc};

use crate::ability::{Ability, read_ability};
use crate::error::Error;
use crate::session::Session;
use crate::store::Store;
use crate::topic_theta::{TopicTheta, read as read_topic_theta};
use crate::tx::Tx;
use crate::value::Value;
use crate::visits::{VisitRow, read as read_visit};
use crate::weekly_kpi::{WeeklyKpi, read_row};

impl Store {
    /// KPI rows of the weeks from `first` to `last`, both included, newest first, `most` at most.
    pub async fn student_weekly_kpi(
        &self,
        user_id: &str,
        first: NaiveDate,
        last: NaiveDate,
        most: u32,
    ) -> Result<Vec<WeeklyKpi>, Error> {
        weekly(&mut self.connection().await?.session(), user_id, first, last, most).await
    }

    /// Abilities estimated in `[from, to)`, newest first, `most` at most.
    pub async fn student_abilities(
        &self,
        user_id: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        most: u32,
    ) -> Result<Vec<Ability>, Error> {
        let sql = "SELECT user_id, CAST(theta AS DOUBLE PRECISION), CAST(se AS DOUBLE PRECISION), \
             model, version, run_id, fitted_at FROM mirt_ability \
             WHERE user_id = $1 AND fitted_at >= $2 AND fitted_at < $3 \
             ORDER BY fitted_at DESC, version LIMIT $4";
        let values = window(user_id, from, to, most);
        self.connection().await?.session().fetch(sql, &values, read_ability).await
    }

    /// Topic abilities estimated in `[from, to)`, newest first, `most` at most.
    pub async fn student_topic_thetas(
        &self,
        user_id: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        most: u32,
    ) -> Result<Vec<TopicTheta>, Error> {
        let sql = "SELECT user_id, topic_id, CAST(theta AS DOUBLE PRECISION), \
             CAST(se AS DOUBLE PRECISION), model, version, run_id, fitted_at \
             FROM student_topic_theta \
             WHERE user_id = $1 AND fitted_at >= $2 AND fitted_at < $3 \
             ORDER BY fitted_at DESC, topic_id LIMIT $4";
        let values = window(user_id, from, to, most);
        self.connection().await?.session().fetch(sql, &values, read_topic_theta).await
    }

    /// Exam documents and sessions in `[from, to)`, in no particular order.
    pub async fn student_visits(
        &self,
        user_id: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<VisitRow>, Error> {
        let sql = "SELECT CAST(user_id AS TEXT), CAST(session_id AS TEXT), \
               COALESCE(updated_at, created_at) FROM exam_results \
             WHERE CAST(user_id AS TEXT) = $1 AND COALESCE(updated_at, created_at) >= $2 \
               AND COALESCE(updated_at, created_at) < $3 \
             UNION ALL \
             SELECT CAST(user_id AS TEXT), CAST(id AS TEXT), COALESCE(ended_at, started_at) \
             FROM session \
             WHERE CAST(user_id AS TEXT) = $1 AND COALESCE(ended_at, started_at) >= $2 \
               AND COALESCE(ended_at, started_at) < $3";
        let values = [Value::text(user_id), Value::time(from), Value::time(to)];
        self.connection().await?.session().fetch(sql, &values, read_visit).await
    }
}

impl Tx {
    /// As [`Store::student_weekly_kpi`], all of them, seen from inside this transaction.
    pub async fn student_weekly_kpi(
        &mut self,
        user_id: &str,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<WeeklyKpi>, Error> {
        weekly(&mut self.session(), user_id, first, last, u32::MAX).await
    }
}

async fn weekly(
    session: &mut Session<'_>,
    user_id: &str,
    first: NaiveDate,
    last: NaiveDate,
    most: u32,
) -> Result<Vec<WeeklyKpi>, Error> {
    let sql = "SELECT user_id, week_start, kpis, updated_at FROM weekly_kpi \
         WHERE user_id = $1 AND week_start BETWEEN $2 AND $3 \
         ORDER BY week_start DESC LIMIT $4";
    let values =
        [Value::text(user_id), Value::date(first), Value::date(last), Value::int(i64::from(most))];
    session.fetch(sql, &values, read_row).await
}

fn window(user_id: &str, from: DateTime<Utc>, to: DateTime<Utc>, most: u32) -> [Value<'_>; 4] {
    [Value::text(user_id), Value::time(from), Value::time(to), Value::int(i64::from(most))]
}
