//! What was estimated of one student in a span of time, whichever table it is in.

use chrono::{DateTime, Utc};

use crate::engine::record::Record;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::Table;
use crate::store::Store;

/// Estimates of one student in `[from, to)`, newest first.
pub(super) struct OfStudent<'a> {
    pub(super) user_id: &'a str,
    pub(super) from: DateTime<Utc>,
    pub(super) to: DateTime<Utc>,
    pub(super) most: u32,
}

impl OfStudent<'_> {
    /// Those of `table`; among estimates of one instant column `then_by` decides.
    pub(super) async fn fetch<T>(
        &self,
        store: &Store,
        table: &Table,
        then_by: &str,
        read: fn(&Record<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let columns = table.select();
        let sql = format!(
            "SELECT {columns} FROM {} WHERE user_id = $1 AND fitted_at >= $2 AND fitted_at < $3 \
             ORDER BY fitted_at DESC, {then_by} LIMIT $4",
            table.name
        );
        let values = [
            Value::text(self.user_id),
            Value::time(self.from),
            Value::time(self.to),
            Value::int(i64::from(self.most)),
        ];
        store.connection().await?.session().fetch_records(&columns, &sql, &values, read).await
    }
}
