use crate::error::Error;
use crate::schema;
use crate::store::Store;

impl Store {
    /// Name and number of rows of every table of the schema, in the schema's order.
    pub async fn table_counts(&self) -> Result<Vec<(&'static str, u64)>, Error> {
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let mut counts = Vec::new();
        for table in schema::tables(self.backend()) {
            let sql = format!("SELECT count(*) FROM {}", table.name);
            let rows = session.fetch_first(&sql, &[], |row| row.int(0)).await?.flatten();
            counts.push((table.name, rows.unwrap_or(0) as u64));
        }
        Ok(counts)
    }
}
