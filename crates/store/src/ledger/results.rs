//! Table `seedtest_run_results`: what a caller who asks later for a run is told.

use chrono::{DateTime, Utc};

use super::OUTLIVING;
use crate::engine::session::Session;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Kind, Table, index, text, time};
use crate::store::Store;

pub(crate) const SEEDTEST_RUN_RESULTS: Table = Table::analytics(
    "seedtest_run_results",
    &[
        text("run_id").required(),
        time("finished_at").required(),
        Column::new("bytes", Kind::BigInt).required(),
        text("result").required(),
    ],
)
.key(&["run_id"])
.indexes(&[index("ix_seedtest_run_results_newest", "finished_at DESC")])
.since(OUTLIVING);

pub(super) async fn keep_result(
    session: &mut Session<'_>,
    run_id: &str,
    result: &str,
    finished_at: DateTime<Utc>,
) -> Result<(), Error> {
    let values = [
        Value::text(run_id),
        Value::time(finished_at),
        Value::int(result.len() as i64),
        Value::text(result),
    ];
    SEEDTEST_RUN_RESULTS.upsert().run_one(session, &values).await?;
    Ok(())
}

impl Store {
    /// The result of a run as JSON; `None` when it left none, or when it had to make room for newer
    /// ones.
    pub async fn run_result(&self, run_id: &str) -> Result<Option<String>, Error> {
        let sql = "SELECT result FROM seedtest_run_results WHERE run_id = $1";
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let run_id = [Value::text(run_id)];
        Ok(session.fetch_first(sql, &run_id, |row| row.owned_text(0)).await?.flatten())
    }
}
