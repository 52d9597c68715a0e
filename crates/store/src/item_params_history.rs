use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::item_params::{ItemParamsRow, read_params};
use crate::store::Store;
use crate::value::Value;

impl Store {
    /// Every set of item parameters estimated in `[from, to)`, by item, oldest first.
    pub async fn item_params_history(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<ItemParamsRow>, Error> {
        let sql = "SELECT item_id, model, params, version, run_id, fitted_at \
             FROM mirt_item_params WHERE fitted_at >= $1 AND fitted_at < $2 \
             ORDER BY item_id, fitted_at, version";
        let window = [Value::time(from), Value::time(to)];
        self.connection().await?.session().fetch(sql, &window, read_params).await
    }
}
