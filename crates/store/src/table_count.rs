use crate::error::Error;
use crate::schema;
use crate::store::Store;

impl Store {
    /// Number of rows of one table of the schema; `None` for a name the schema does not have.
    pub async fn table_count(&self, name: &str) -> Result<Option<u64>, Error> {
        let tables = schema::tables(self.backend());
        let Some(table) = tables.iter().find(|table| table.name == name) else { return Ok(None) };
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let sql = format!("SELECT count(*) FROM {}", table.name);
        let rows = session.fetch_first(&sql, &[], |row| row.int(0)).await?.flatten();
        Ok(rows.map(|rows| rows as u64))
    }
}
