use chrono::NaiveDate;

use crate::error::Error;
use crate::store::Store;

impl Store {
    /// Monday of the newest week with KPIs; `None` before the first.
    pub async fn newest_kpi_week(&self) -> Result<Option<NaiveDate>, Error> {
        let sql = "SELECT max(week_start) FROM weekly_kpi";
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        Ok(session.fetch_first(sql, &[], |row| row.date(0)).await?.flatten())
    }
}
