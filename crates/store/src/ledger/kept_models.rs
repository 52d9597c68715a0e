//! Table `seedtest_run_models`: what fits of requests predict from.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::{OUTLIVING, REQUESTS_AND_MODELS};
use crate::engine::session::Session;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Kind, Table, index, json, text, time};
use crate::store::Store;

pub(crate) const SEEDTEST_RUN_MODELS: Table = Table::analytics(
    "seedtest_run_models",
    &[
        text("run_id").required(),
        text("name").required(),
        time("started_at").required(),
        Column::new("bytes", Kind::BigInt).unused().since(OUTLIVING),
        json("model").required(),
    ],
)
.key(&["run_id"])
.indexes(&[index("ix_seedtest_run_models_newest", "name, started_at DESC")])
.since(REQUESTS_AND_MODELS);

/// Keeps the model of a run, under the name and the time of the run.
pub(super) async fn keep_model(
    session: &mut Session<'_>,
    run_id: &str,
    model: &RawValue,
) -> Result<(), Error> {
    let sql = "INSERT INTO seedtest_run_models (run_id, name, started_at, model, bytes) \
         SELECT run_id, name, started_at, $2, $3 FROM seedtest_runs WHERE run_id = $1 \
         ON CONFLICT (run_id) DO UPDATE SET model = EXCLUDED.model, bytes = EXCLUDED.bytes";
    let bytes = model.get().len() as i64;
    let values = [Value::text(run_id), Value::RawJson(Some(model)), Value::int(bytes)];
    session.execute(sql, &values).await?;
    Ok(())
}

impl Store {
    /// The model that a fit of `name` kept, with the time of the fit: that of `run_id`, or that of the
    /// newest fit that converged; of those only that `actor` asked for, or of all where that is `None`.
    pub async fn kept_model(
        &self,
        name: &str,
        run_id: Option<&str>,
        actor: Option<&str>,
    ) -> Result<Option<(DateTime<Utc>, Json)>, Error> {
        let sql = "SELECT kept.started_at, kept.model FROM seedtest_run_models AS kept \
             LEFT JOIN seedtest_runs AS runs ON runs.run_id = kept.run_id \
             WHERE kept.name = $1 AND (kept.run_id = $2 \
               OR ($2 IS NULL AND COALESCE(runs.verdict ->> 'status', 'converged') = 'converged')) \
             AND (runs.actor = $3 OR $3 IS NULL) \
             ORDER BY kept.started_at DESC, kept.run_id DESC LIMIT 1";
        let values = [Value::text(name), Value::Text(run_id), Value::Text(actor)];
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        session
            .fetch_first(sql, &values, |row| {
                Ok((row.required(0, row.time(0)?)?, row.required(1, row.json(1)?)?))
            })
            .await
    }
}
