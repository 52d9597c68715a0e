use chrono::NaiveDate;

use crate::error::Error;
use crate::row::Row;
use crate::session::Session;
use crate::store::Store;
use crate::tx::Tx;
use crate::value::Value;
use crate::weekly_kpi::{WeeklyKpi, read_row};

impl Tx {
    /// Keeps other writers of `weekly_kpi` waiting until this transaction ends, so that what is
    /// read of it next still holds when it is merged. Readers are not kept. On SQLite every
    /// transaction is the only writer anyway.
    pub async fn lock_weekly_kpi(&mut self) -> Result<(), Error> {
        let mut session = self.session();
        match session {
            Session::Postgres(_) => {
                session.execute_script("LOCK TABLE weekly_kpi IN SHARE ROW EXCLUSIVE MODE").await
            }
            Session::Sqlite(_) => Ok(()),
        }
    }

    /// As [`Store::fitted_kpis`], seen from inside this transaction.
    pub async fn fitted_kpis(
        &mut self,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<WeeklyKpi>, Error> {
        fitted(&mut self.session(), first, last).await
    }
}

impl Store {
    /// The rows of the weeks from `first` to `last`, both included, whose P or S a fitted model
    /// wrote (`P_source` is `brms`, `S_source` is `survival`), by student id and week.
    pub async fn fitted_kpis(
        &self,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<WeeklyKpi>, Error> {
        fitted(&mut self.connection().await?.session(), first, last).await
    }
}

async fn fitted(
    session: &mut Session<'_>,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<WeeklyKpi>, Error> {
    let sql = "SELECT user_id, week_start, kpis, updated_at FROM weekly_kpi \
         WHERE week_start BETWEEN $1 AND $2 \
           AND (kpis ->> 'P_source' = 'brms' OR kpis ->> 'S_source' = 'survival') \
         ORDER BY user_id, week_start";
    session
        .fetch(sql, &[Value::date(first), Value::date(last)], |row: &Row<'_>| read_row(row))
        .await
}
