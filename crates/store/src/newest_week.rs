use chrono::NaiveDate;
use serde_json::Value as Json;

use crate::error::Error;
use crate::store::Store;
use crate::tx::Tx;
use crate::value::Value;

impl Tx {
    /// Monday of the newest `weekly_kpi` row of every student that has one up to `until`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn newest_kpi_rows(
        &mut self,
        until: NaiveDate,
    ) -> Result<Vec<(String, NaiveDate)>, Error> {
        let sql = "SELECT user_id, max(week_start) FROM weekly_kpi WHERE week_start <= $1 \
             GROUP BY user_id ORDER BY user_id";
        self.session()
            .fetch(sql, &[Value::date(until)], |row| {
                Ok((row.required(0, row.owned_text(0)?)?, row.required(1, row.date(1)?)?))
            })
            .await
    }
}

impl Tx {
    /// Of every student that has a `weekly_kpi` row up to `until` the newest one: its Monday and its
    /// `reasons`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn newest_kpi_reasons(
        &mut self,
        until: NaiveDate,
    ) -> Result<Vec<(String, NaiveDate, Option<Json>)>, Error> {
        let sql = "SELECT w.user_id, w.week_start, w.kpis -> 'reasons' FROM weekly_kpi w \
             JOIN (SELECT user_id, max(week_start) AS week_start FROM weekly_kpi \
               WHERE week_start <= $1 GROUP BY user_id) newest \
             ON newest.user_id = w.user_id AND newest.week_start = w.week_start \
             ORDER BY w.user_id";
        self.session()
            .fetch(sql, &[Value::date(until)], |row| {
                let user_id = row.required(0, row.owned_text(0)?)?;
                Ok((user_id, row.required(1, row.date(1)?)?, row.json(2)?))
            })
            .await
    }
}

impl Store {
    /// Monday of the newest week with KPIs; `None` before the first.
    pub async fn newest_kpi_week(&self) -> Result<Option<NaiveDate>, Error> {
        let sql = "SELECT max(week_start) FROM weekly_kpi";
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        Ok(session.fetch_first(sql, &[], |row| row.date(0)).await?.flatten())
    }
}
