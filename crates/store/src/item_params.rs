use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::row::Row;
use crate::store::Store;
use crate::value::Value;

/// The newest parameters of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemParamsRow {
    /// Text id of the item.
    pub item_id: String,
    /// Name of the model.
    pub model: Option<String>,
    /// Parameters by name, for example `{"a": 1.2, "b": -0.3}`.
    pub params: serde_json::Value,
    /// Version of the row.
    pub version: String,
    /// Run that estimated it.
    pub run_id: Option<String>,
    /// When it was estimated.
    pub fitted_at: DateTime<Utc>,
}

impl Store {
    /// The newest parameters of every item, of whichever version, by item id.
    pub async fn latest_item_params(&self) -> Result<Vec<ItemParamsRow>, Error> {
        let sql = "SELECT item_id, model, params, version, run_id, fitted_at FROM (\
               SELECT p.*, row_number() OVER (\
                 PARTITION BY item_id ORDER BY fitted_at DESC, version) AS age \
               FROM mirt_item_params p) ranked \
             WHERE age = 1 ORDER BY item_id";
        self.connection().await?.session().fetch(sql, &[], read_params).await
    }

    /// As [`Store::latest_item_params`] among the rows of a model (in any case) and a version.
    pub async fn latest_item_params_of(
        &self,
        model: Option<&str>,
        version: Option<&str>,
    ) -> Result<Vec<ItemParamsRow>, Error> {
        let sql = "SELECT item_id, model, params, version, run_id, fitted_at FROM (\
               SELECT p.*, row_number() OVER (\
                 PARTITION BY item_id ORDER BY fitted_at DESC, version) AS age \
               FROM mirt_item_params p \
               WHERE (CAST($1 AS TEXT) IS NULL OR lower(model) = lower(CAST($1 AS TEXT))) \
                 AND (CAST($2 AS TEXT) IS NULL OR version = CAST($2 AS TEXT))) ranked \
             WHERE age = 1 ORDER BY item_id";
        let values = [Value::Text(model), Value::Text(version)];
        self.connection().await?.session().fetch(sql, &values, read_params).await
    }
}

pub(crate) fn read_params(row: &Row<'_>) -> Result<ItemParamsRow, Error> {
    Ok(ItemParamsRow {
        item_id: row.required(0, row.owned_text(0)?)?,
        model: row.owned_text(1)?,
        params: row.required(2, row.json(2)?)?,
        version: row.required(3, row.owned_text(3)?)?,
        run_id: row.owned_text(4)?,
        fitted_at: row.required(5, row.time(5)?)?,
    })
}
