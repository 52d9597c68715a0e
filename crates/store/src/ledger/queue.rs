//! Runs that were accepted and wait. Their lines hold them: who dies leaves them to others.

use chrono::{DateTime, Utc};

use super::run::{Run, RunStart, RunStatus};
use super::runs::{SEEDTEST_RUNS, read};
use crate::engine::durability::Durability;
use crate::engine::value::Value;
use crate::error::Error;
use crate::store::Store;

impl Store {
    /// Accepts a run: when this returns, it is begun some day, by this process or another one.
    pub async fn queue_run(&self, start: &RunStart, request: Option<&str>) -> Result<(), Error> {
        self.insert_run(start, RunStatus::Queued, request, Durability::Full).await
    }

    /// Begins a queued run with what is known of it now. False when it was cancelled meanwhile, or when
    /// another process took it.
    pub async fn begin_queued_run(&self, start: &RunStart) -> Result<bool, Error> {
        let sql = "UPDATE seedtest_runs SET status = 'running', program_version = $2, spec = $3, \
             seed = $4, started_at = $5 \
             WHERE run_id = $1 AND status = 'queued' AND holder = $6";
        let values = [
            Value::text(&start.run_id),
            Value::text(&start.program_version),
            Value::json(&start.spec),
            Value::Int(start.seed),
            Value::time(start.started_at),
            Value::int(self.process(start.started_at).await?),
        ];
        Ok(self.connection().await?.session().execute(sql, &values).await? > 0)
    }

    /// Cancels a run that has not begun, whoever holds it; false when it has.
    pub async fn cancel_queued_run(&self, run_id: &str, now: DateTime<Utc>) -> Result<bool, Error> {
        let sql = "UPDATE seedtest_runs SET status = 'cancelled', seconds = 0, finished_at = $2 \
             WHERE run_id = $1 AND status = 'queued'";
        let values = [Value::text(run_id), Value::time(now)];
        Ok(self.connection().await?.session().execute(sql, &values).await? > 0)
    }

    /// Gives queued runs that this process has not begun to whoever comes next.
    pub async fn leave_queued_runs(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let sql = "UPDATE seedtest_runs SET holder = NULL WHERE status = 'queued' AND holder = $1";
        let values = [Value::int(self.process(now).await?)];
        self.connection().await?.session().execute(sql, &values).await?;
        Ok(())
    }

    /// Takes over queued runs that nobody holds. All queued runs of this process, the oldest first, without
    /// their requests; two processes never have the same one.
    pub async fn adopt_queued_runs(&self, now: DateTime<Utc>) -> Result<Vec<Run>, Error> {
        let holder = [Value::int(self.process(now).await?)];
        let sql = "UPDATE seedtest_runs SET holder = $1 WHERE status = 'queued' AND holder IS NULL";
        let columns = SEEDTEST_RUNS.select().with("request", "CAST(NULL AS TEXT)");
        let mine = format!(
            "SELECT {columns} FROM seedtest_runs WHERE status = 'queued' AND holder = $1 \
             ORDER BY queued_at, run_id"
        );
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let waiting = "SELECT count(*) FROM seedtest_runs WHERE status = 'queued'";
        if session.fetch_first(waiting, &[], |row| row.int(0)).await?.flatten() == Some(0) {
            return Ok(Vec::new());
        }
        session.execute(sql, &holder).await?;
        session.fetch_records(&columns, &mine, &holder, read).await
    }

    /// Closes as failed a run that has not ended, whose work broke off or cannot be done.
    pub async fn fail_run(
        &self,
        run_id: &str,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let sql = "UPDATE seedtest_runs SET status = 'failed', error = $2, seconds = 0, \
             finished_at = $3 WHERE run_id = $1 AND status IN ('queued', 'running')";
        let values = [Value::text(run_id), Value::text(reason), Value::time(now)];
        self.connection().await?.session().execute(sql, &values).await?;
        Ok(())
    }
}
