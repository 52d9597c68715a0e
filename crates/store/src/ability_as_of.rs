use chrono::{DateTime, Utc};

use crate::ability::{AbilityPoint, read_point};
use crate::error::Error;
use crate::store::Store;
use crate::topic_theta::{TopicTheta, read as read_topic_theta};
use crate::value::Value;

impl Store {
    /// The newest ability of every student estimated before `before`, of whichever version, by
    /// student id.
    pub async fn abilities_before(
        &self,
        before: DateTime<Utc>,
    ) -> Result<Vec<AbilityPoint>, Error> {
        let sql = "SELECT user_id, CAST(theta AS DOUBLE PRECISION), CAST(se AS DOUBLE PRECISION), \
             fitted_at FROM (\
               SELECT a.*, row_number() OVER (\
                 PARTITION BY user_id ORDER BY fitted_at DESC, version) AS age \
               FROM mirt_ability a WHERE fitted_at < $1) ranked \
             WHERE age = 1 ORDER BY user_id";
        let values = [Value::time(before)];
        self.connection().await?.session().fetch(sql, &values, read_point).await
    }

    /// The newest ability of every student and topic estimated before `before`, by student and
    /// topic.
    pub async fn topic_thetas_before(
        &self,
        before: DateTime<Utc>,
    ) -> Result<Vec<TopicTheta>, Error> {
        let sql = "SELECT user_id, topic_id, CAST(theta AS DOUBLE PRECISION), \
             CAST(se AS DOUBLE PRECISION), model, version, run_id, fitted_at FROM (\
               SELECT t.*, row_number() OVER (\
                 PARTITION BY user_id, topic_id ORDER BY fitted_at DESC) AS age \
               FROM student_topic_theta t WHERE fitted_at < $1) ranked \
             WHERE age = 1 ORDER BY user_id, topic_id";
        let values = [Value::time(before)];
        self.connection().await?.session().fetch(sql, &values, read_topic_theta).await
    }
}
