//! Table `mirt_fit_meta`: the record of every calibration run.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::calibration::Calibration;
use crate::engine::record::Record;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Table, object, stamped, text};
use crate::store::Store;

pub(crate) const MIRT_FIT_META: Table = Table::analytics(
    "mirt_fit_meta",
    &[text("run_id").required(), object("model_spec"), object("metrics"), stamped("fitted_at")],
)
.key(&["run_id"]);

/// The record of a calibration run.
#[derive(Debug, Clone, PartialEq)]
pub struct FitMeta {
    /// Id of the run.
    pub run_id: String,
    /// What was fitted, with `linking_constants` where there are some.
    pub model_spec: Json,
    /// How well it fits.
    pub metrics: Json,
    /// When the run was made.
    pub fitted_at: DateTime<Utc>,
}

pub(super) fn values(run: &Calibration) -> [Value<'_>; MIRT_FIT_META.width()] {
    [
        Value::text(&run.run_id),
        Value::json(&run.model_spec),
        Value::json(&run.metrics),
        Value::time(run.fitted_at),
    ]
}

fn read(row: &Record<'_>) -> Result<FitMeta, Error> {
    Ok(FitMeta {
        run_id: row.get("run_id")?,
        model_spec: row.get("model_spec")?,
        metrics: row.get("metrics")?,
        fitted_at: row.get("fitted_at")?,
    })
}

impl Store {
    /// The newest calibration run made before `before`; `None` before the first one.
    pub async fn fit_meta_before(&self, before: DateTime<Utc>) -> Result<Option<FitMeta>, Error> {
        let columns = MIRT_FIT_META.select();
        let sql = format!(
            "SELECT {columns} FROM mirt_fit_meta WHERE fitted_at < $1 \
             ORDER BY fitted_at DESC, run_id DESC LIMIT 1"
        );
        let values = [Value::time(before)];
        self.connection().await?.session().fetch_record(&columns, &sql, &values, read).await
    }

    /// The newest calibration run; `None` before the first one.
    pub async fn latest_fit_meta(&self) -> Result<Option<FitMeta>, Error> {
        let columns = MIRT_FIT_META.select();
        let sql = format!(
            "SELECT {columns} FROM mirt_fit_meta ORDER BY fitted_at DESC, run_id DESC LIMIT 1"
        );
        self.connection().await?.session().fetch_record(&columns, &sql, &[], read).await
    }
}
