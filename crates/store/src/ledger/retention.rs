//! How much the ledger and the outbox keep: the newest, up to bounds.

use crate::engine::value::Value;
use crate::error::Error;
use crate::store::Store;

/// How much is kept of what has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Lines of runs, and adaptive tests.
    pub runs: u32,
    /// Bytes of requests, of models and of results, each.
    pub bytes: u64,
    /// Events that were dealt with. A forgotten event that is put again is a new one.
    pub events: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { runs: 100_000, bytes: 256 << 20, events: 100_000 }
    }
}

/// Banks of adaptive tests, those of the newest answers; a bank has a few megabytes at most.
const BANKS: i64 = 250;

/// What was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Lines of runs.
    pub runs: u64,
    /// Requests, models and results; adaptive tests and their banks.
    pub documents: u64,
    /// Events.
    pub events: u64,
}

/// The newest model of every name, as [`Store::kept_model`] finds it.
const NEWEST_MODELS: &str = "
  SELECT run_id FROM (
    SELECT kept.run_id, row_number() OVER (PARTITION BY kept.name ORDER BY
      CASE COALESCE(runs.verdict ->> 'status', 'converged')
        WHEN 'converged' THEN 0 WHEN 'truncated' THEN 1 ELSE 2 END,
      kept.started_at DESC, kept.run_id DESC) AS place
    FROM seedtest_run_models AS kept LEFT JOIN seedtest_runs AS runs ON runs.run_id = kept.run_id
  ) AS ranked WHERE place = 1";

/// Adaptive tests beyond the newest.
const OLD_TESTS: &str = "
  DELETE FROM cat_session WHERE session_id IN (SELECT session_id FROM (
    SELECT session_id, row_number() OVER (ORDER BY updated_at DESC, session_id DESC) AS place
    FROM cat_session) AS ranked WHERE place > $1)";

/// Tests of banks that others were used after.
const TESTS_OF_OLD_BANKS: &str = "
  DELETE FROM cat_session WHERE bank_id IN (SELECT bank_id FROM (
    SELECT bank_id, row_number() OVER (ORDER BY max(updated_at) DESC, bank_id DESC) AS place
    FROM cat_session GROUP BY bank_id) AS ranked WHERE place > $1)";

/// Banks that no test picks from any more.
const BANKS_OF_NO_TEST: &str = "
  DELETE FROM cat_bank WHERE NOT EXISTS (
    SELECT 1 FROM cat_session WHERE cat_session.bank_id = cat_bank.bank_id)";

impl Store {
    /// Forgets the oldest of what has ended as far as it goes beyond `kept`. The newest model of every
    /// name stays, with its line, since predictions come from it.
    pub async fn prune_ledger(&self, kept: Retention) -> Result<Pruned, Error> {
        let (runs, bytes) = (i64::from(kept.runs), kept.bytes.min(i64::MAX as u64) as i64);
        let ended = "(SELECT run_id, finished_at, row_number() OVER (
               ORDER BY started_at DESC, run_id DESC) AS place FROM seedtest_runs) AS ranked";
        let old_runs = format!(
            "DELETE FROM seedtest_runs WHERE run_id IN (SELECT run_id FROM {ended}
               WHERE place > $1 AND finished_at IS NOT NULL) AND run_id NOT IN ({NEWEST_MODELS})"
        );
        let large = |table: &str, newest: &str| {
            format!(
                "DELETE FROM {table} WHERE run_id IN (SELECT run_id FROM (
                   SELECT kept.run_id, runs.finished_at, sum(coalesce(kept.bytes, 0)) OVER (
                     ORDER BY runs.started_at DESC, runs.run_id DESC) AS total
                   FROM {table} AS kept JOIN seedtest_runs AS runs ON runs.run_id = kept.run_id
                 ) AS ranked WHERE CAST(total AS BIGINT) > $1 AND finished_at IS NOT NULL) {newest}"
            )
        };
        let orphans = |table: &str| {
            format!(
                "DELETE FROM {table} WHERE NOT EXISTS (SELECT 1 FROM seedtest_runs
                   WHERE seedtest_runs.run_id = {table}.run_id)"
            )
        };
        let [requests, results, models] =
            ["seedtest_run_requests", "seedtest_run_results", "seedtest_run_models"];
        let mut pruned = Pruned::default();
        let mut tx = self.begin().await?;
        let mut session = tx.session();
        let lines =
            session.fetch_first("SELECT count(*) FROM seedtest_runs", &[], |row| row.int(0));
        if lines.await?.flatten().unwrap_or(0) > runs {
            pruned.runs = session.execute(&old_runs, &[Value::int(runs)]).await?;
            for table in [requests, results, models] {
                pruned.documents += session.execute(&orphans(table), &[]).await?;
            }
        }
        let keep_newest = format!("AND run_id NOT IN ({NEWEST_MODELS})");
        for (table, newest) in [(requests, ""), (results, ""), (models, &*keep_newest)] {
            let sql = large(table, newest);
            pruned.documents += session.execute(&sql, &[Value::int(bytes)]).await?;
        }
        let events = "DELETE FROM seedtest_outbox WHERE event_id IN (SELECT event_id FROM (
               SELECT event_id, row_number() OVER (
                 PARTITION BY status ORDER BY finished_at DESC, event_id DESC) AS place
               FROM seedtest_outbox WHERE status <> 'waiting') AS ranked WHERE place > $1)";
        pruned.events = session.execute(events, &[Value::int(i64::from(kept.events))]).await?;
        for (sql, most) in [(OLD_TESTS, runs), (TESTS_OF_OLD_BANKS, BANKS)] {
            pruned.documents += session.execute(sql, &[Value::int(most)]).await?;
        }
        pruned.documents += session.execute(BANKS_OF_NO_TEST, &[]).await?;
        tx.commit().await?;
        Ok(pruned)
    }
}
