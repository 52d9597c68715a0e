//! Numbers of rows by table.

use crate::catalog;
use crate::engine::session::Session;
use crate::error::Error;
use crate::store::Store;

impl Store {
    /// Name and number of rows of every table of the schema, in the schema's order.
    pub async fn table_counts(&self) -> Result<Vec<(&'static str, u64)>, Error> {
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let mut counts = Vec::new();
        for table in catalog::tables(self.backend()) {
            counts.push((table.name, count(&mut session, table.name).await?));
        }
        Ok(counts)
    }

    /// Number of rows of one table of the schema; `None` for a name the schema does not have.
    pub async fn table_count(&self, name: &str) -> Result<Option<u64>, Error> {
        let table = catalog::tables(self.backend()).find(|table| table.name == name);
        let Some(table) = table else { return Ok(None) };
        let mut connection = self.connection().await?;
        Ok(Some(count(&mut connection.session(), table.name).await?))
    }
}

async fn count(session: &mut Session<'_>, table: &str) -> Result<u64, Error> {
    let sql = format!("SELECT count(*) FROM {table}");
    let rows = session.fetch_first(&sql, &[], |row| row.int(0)).await?.flatten();
    Ok(rows.unwrap_or(0) as u64)
}
