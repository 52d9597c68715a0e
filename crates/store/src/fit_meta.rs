use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::store::Store;

/// The record of a calibration run.
#[derive(Debug, Clone, PartialEq)]
pub struct FitMeta {
    /// Id of the run.
    pub run_id: String,
    /// What was fitted, with `linking_constants` where there are some.
    pub model_spec: serde_json::Value,
    /// How well it fits.
    pub metrics: serde_json::Value,
    /// When the run was made.
    pub fitted_at: DateTime<Utc>,
}

impl Store {
    /// The newest calibration run; `None` before the first one.
    pub async fn latest_fit_meta(&self) -> Result<Option<FitMeta>, Error> {
        let sql = "SELECT run_id, model_spec, metrics, fitted_at FROM mirt_fit_meta \
             ORDER BY fitted_at DESC, run_id DESC LIMIT 1";
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        session
            .fetch_first(sql, &[], |row| {
                Ok(FitMeta {
                    run_id: row.required(0, row.owned_text(0)?)?,
                    model_spec: row.required(1, row.json(1)?)?,
                    metrics: row.required(2, row.json(2)?)?,
                    fitted_at: row.required(3, row.time(3)?)?,
                })
            })
            .await
    }
}
