//! Table `mirt_item_params`: parameters of items by time and version.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::calibration::Calibration;
use crate::engine::record::Record;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Default, Table, View, newest_by, object, stamped, text};
use crate::store::Store;

pub(crate) const MIRT_ITEM_PARAMS: Table = Table::analytics(
    "mirt_item_params",
    &[
        text("item_id").required(),
        text("model"),
        object("params"),
        text("version").required().default(Default::Literal("'v1'")),
        text("run_id"),
        stamped("fitted_at"),
    ],
)
.key(&["item_id", "version", "fitted_at"]);

/// The newest parameters of an item in each version.
pub(crate) fn view() -> View {
    newest_by("mirt_item_params_latest", &MIRT_ITEM_PARAMS, &["item_id", "version"])
}

/// The newest parameters of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemParamsRow {
    /// Text id of the item.
    pub item_id: String,
    /// Name of the model.
    pub model: Option<String>,
    /// Parameters by name, for example `{"a": 1.2, "b": -0.3}`.
    pub params: Json,
    /// Version of the row.
    pub version: String,
    /// Run that estimated it.
    pub run_id: Option<String>,
    /// When it was estimated.
    pub fitted_at: DateTime<Utc>,
}

/// Parameters of one item.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemParams {
    /// Text id of the item.
    pub item_id: String,
    /// Parameters by name, for example `{"a": 1.2, "b": -0.3}`.
    pub params: Json,
}

pub(super) fn calibrated<'a>(
    run: &'a Calibration,
    item: &'a ItemParams,
) -> [Value<'a>; MIRT_ITEM_PARAMS.width()] {
    [
        Value::text(&item.item_id),
        Value::text(&run.model),
        Value::json(&item.params),
        Value::text(&run.version),
        Value::text(&run.run_id),
        Value::time(run.fitted_at),
    ]
}

fn read(row: &Record<'_>) -> Result<ItemParamsRow, Error> {
    Ok(ItemParamsRow {
        item_id: row.get("item_id")?,
        model: row.get_or_null("model")?,
        params: row.get("params")?,
        version: row.get("version")?,
        run_id: row.get_or_null("run_id")?,
        fitted_at: row.get("fitted_at")?,
    })
}

impl Store {
    /// The newest parameters of every item, of whichever version, by item id.
    pub async fn latest_item_params(&self) -> Result<Vec<ItemParamsRow>, Error> {
        self.newest_params(None, None, None).await
    }

    /// As [`Store::latest_item_params`], of those estimated before `before`.
    pub async fn item_params_before(
        &self,
        before: DateTime<Utc>,
    ) -> Result<Vec<ItemParamsRow>, Error> {
        self.newest_params(Some(before), None, None).await
    }

    /// As [`Store::item_params_before`] among the rows of a model (in any case) and a version.
    pub async fn item_params_before_of(
        &self,
        before: DateTime<Utc>,
        model: Option<&str>,
        version: Option<&str>,
    ) -> Result<Vec<ItemParamsRow>, Error> {
        self.newest_params(Some(before), model, version).await
    }

    async fn newest_params(
        &self,
        before: Option<DateTime<Utc>>,
        model: Option<&str>,
        version: Option<&str>,
    ) -> Result<Vec<ItemParamsRow>, Error> {
        let columns = MIRT_ITEM_PARAMS.select();
        let mut values = vec![Value::Text(model), Value::Text(version)];
        values.extend(before.map(Value::time));
        let in_time = if before.is_some() { "AND fitted_at < $3" } else { "" };
        let sql = format!(
            "SELECT {columns} FROM (\
               SELECT p.*, row_number() OVER (\
                 PARTITION BY item_id ORDER BY fitted_at DESC, version) AS age \
               FROM mirt_item_params p \
               WHERE (CAST($1 AS TEXT) IS NULL OR lower(model) = lower(CAST($1 AS TEXT))) \
                 AND (CAST($2 AS TEXT) IS NULL OR version = CAST($2 AS TEXT)) {in_time}) ranked \
             WHERE age = 1 ORDER BY item_id"
        );
        self.connection().await?.session().fetch_records(&columns, &sql, &values, read).await
    }

    /// The sets of parameters of one item, newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn params_of_item(
        &self,
        item_id: &str,
        most: u32,
    ) -> Result<Vec<ItemParamsRow>, Error> {
        let columns = MIRT_ITEM_PARAMS.select();
        let sql = format!(
            "SELECT {columns} FROM mirt_item_params WHERE item_id = $1 \
             ORDER BY fitted_at DESC, version LIMIT $2"
        );
        let values = [Value::text(item_id), Value::int(i64::from(most))];
        self.connection().await?.session().fetch_records(&columns, &sql, &values, read).await
    }

    /// Every set of item parameters estimated in `[from, to)`, by item, oldest first.
    pub async fn item_params_history(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<ItemParamsRow>, Error> {
        let columns = MIRT_ITEM_PARAMS.select();
        let sql = format!(
            "SELECT {columns} FROM mirt_item_params WHERE fitted_at >= $1 AND fitted_at < $2 \
             ORDER BY item_id, fitted_at, version"
        );
        let window = [Value::time(from), Value::time(to)];
        self.connection().await?.session().fetch_records(&columns, &sql, &window, read).await
    }
}
