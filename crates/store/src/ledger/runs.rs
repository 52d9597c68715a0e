//! Tables `seedtest_runs` and `seedtest_run_requests`: every fit and job run, who asked for it, from
//! what, with what outcome.

use chrono::{DateTime, Utc};

use super::kept_models::keep_model;
use super::results::keep_result;
use super::run::{
    JobCount, JobEnd, JobSuccess, Run, RunEnd, RunFilter, RunKind, RunStart, RunStatus, RunYield,
};
use super::{OUTLIVING, REQUESTS_AND_MODELS, RUNS_AND_EVENTS};
use crate::engine::backend::Backend;
use crate::engine::durability::Durability;
use crate::engine::record::Record;
use crate::engine::row::Row;
use crate::engine::session::Session;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Kind, Table, double, index, json, object, text, time};
use crate::store::Store;

pub(crate) const SEEDTEST_RUNS: Table = Table::analytics(
    "seedtest_runs",
    &[
        text("run_id").required(),
        text("kind").required().check("kind IN ('job', 'fit')"),
        text("name").required(),
        text("actor").required(),
        text("status").required().check(
            "status IN ('queued', 'running', 'written', 'done', 'noop', 'failed', 'cancelled', \
                 'interrupted')",
        ),
        text("program_version").required(),
        object("spec"),
        Column::new("seed", Kind::BigInt),
        text("input_digest"),
        text("result_digest"),
        json("verdict"),
        Column::new("rows_written", Kind::BigInt),
        double("seconds"),
        text("error"),
        time("started_at").required(),
        time("finished_at"),
        time("queued_at").since(OUTLIVING),
        // The process that works on it, by the number of its lock.
        Column::new("holder", Kind::BigInt).unused().since(OUTLIVING),
    ],
)
.key(&["run_id"])
.indexes(&[
    index("ix_seedtest_runs_started", "started_at DESC"),
    index("ix_seedtest_runs_status", "status, holder"),
    index("ix_seedtest_runs_stale", "(verdict ->> 'stale')"),
])
.since(RUNS_AND_EVENTS)
.rechecked(OUTLIVING);

/// What was asked for. Apart from the runs, whose rows change when they end: a request may be large.
pub(crate) const SEEDTEST_RUN_REQUESTS: Table = Table::analytics(
    "seedtest_run_requests",
    &[
        text("run_id").required(),
        // Before the text: its length is read without it.
        Column::new("bytes", Kind::BigInt).unused().since(OUTLIVING),
        text("request").required(),
    ],
)
.key(&["run_id"])
.since(REQUESTS_AND_MODELS);

impl Store {
    /// Writes the first half of a run's line, in a transaction of its own: a process that dies
    /// leaves it behind. A fit that arrived with its data brings its `request`.
    pub async fn open_run(&self, start: &RunStart, request: Option<&str>) -> Result<(), Error> {
        self.insert_run(start, RunStatus::Running, request, Durability::Full).await
    }

    /// As [`Store::open_run`] for work whose caller waits for it and learns from the missing answer when
    /// the machine fails: its line does not wait for the disk.
    pub async fn open_awaited_run(
        &self,
        start: &RunStart,
        request: Option<&str>,
    ) -> Result<(), Error> {
        self.insert_run(start, RunStatus::Running, request, Durability::Soon).await
    }

    pub(super) async fn insert_run(
        &self,
        start: &RunStart,
        status: RunStatus,
        request: Option<&str>,
        durability: Durability,
    ) -> Result<(), Error> {
        let sql = "INSERT INTO seedtest_runs (run_id, kind, name, actor, status, program_version, \
             spec, seed, started_at, queued_at, holder) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let values = [
            Value::text(&start.run_id),
            Value::text(start.kind.name()),
            Value::text(&start.name),
            Value::text(&start.actor),
            Value::text(status.name()),
            Value::text(&start.program_version),
            Value::json(&start.spec),
            Value::Int(start.seed),
            Value::time(start.started_at),
            Value::Time(Some(start.started_at).filter(|_| status == RunStatus::Queued)),
            Value::int(self.process(start.started_at).await?),
        ];
        let mut tx = self.begin_with(durability).await?;
        tx.session().execute(sql, &values).await?;
        if let Some(request) = request {
            let sql = "INSERT INTO seedtest_run_requests (run_id, request, bytes) \
                 VALUES ($1, $2, $3)";
            let values = [
                Value::text(&start.run_id),
                Value::text(request),
                Value::int(request.len() as i64),
            ];
            tx.session().execute(sql, &values).await?;
        }
        tx.commit().await
    }

    /// Writes how a run ended, with what it leaves.
    pub async fn close_run(
        &self,
        run_id: &str,
        end: &RunEnd,
        left: RunYield<'_>,
    ) -> Result<(), Error> {
        self.end_run(run_id, end, left, Durability::Full).await
    }

    /// Closes what [`Store::open_awaited_run`] began.
    pub async fn close_awaited_run(
        &self,
        run_id: &str,
        end: &RunEnd,
        left: RunYield<'_>,
    ) -> Result<(), Error> {
        self.end_run(run_id, end, left, Durability::Soon).await
    }

    async fn end_run(
        &self,
        run_id: &str,
        end: &RunEnd,
        left: RunYield<'_>,
        durability: Durability,
    ) -> Result<(), Error> {
        let mut tx = self.begin_with(durability).await?;
        if let Some(model) = left.model {
            keep_model(&mut tx.session(), run_id, model).await?;
        }
        if let Some(result) = left.result {
            keep_result(&mut tx.session(), run_id, result, end.finished_at).await?;
        }
        write_end(&mut tx.session(), run_id, end).await?;
        tx.commit().await
    }

    /// One run; `None` when no run has that id.
    pub async fn run(&self, run_id: &str) -> Result<Option<Run>, Error> {
        let kept = "(SELECT request FROM seedtest_run_requests AS kept \
             WHERE kept.run_id = seedtest_runs.run_id)";
        let columns = SEEDTEST_RUNS.select().with("request", kept);
        let sql = format!("SELECT {columns} FROM seedtest_runs WHERE run_id = $1");
        let mut connection = self.connection().await?;
        connection.session().fetch_record(&columns, &sql, &[Value::text(run_id)], read).await
    }

    /// Job runs begun at `since` or later, counted by job and status.
    pub async fn job_counts(&self, since: DateTime<Utc>) -> Result<Vec<JobCount>, Error> {
        let sql = "SELECT name, status, count(*) FROM seedtest_runs \
             WHERE kind = 'job' AND started_at >= $1 GROUP BY name, status ORDER BY name, status";
        let read = |row: &Row<'_>| {
            Ok(JobCount {
                name: row.required(0, row.owned_text(0)?)?,
                status: row.required(1, row.text(1)?.and_then(RunStatus::read))?,
                runs: row.required(2, row.int(2)?)?.unsigned_abs(),
            })
        };
        self.connection().await?.session().fetch(sql, &[Value::time(since)], read).await
    }

    /// Of every job the last run begun at `since` or later that ended well, with or without anything
    /// to do.
    pub async fn job_successes(&self, since: DateTime<Utc>) -> Result<Vec<JobSuccess>, Error> {
        let sql = "SELECT name, finished_at, seconds FROM (\
               SELECT name, finished_at, seconds, row_number() OVER (\
                 PARTITION BY name ORDER BY finished_at DESC) AS age FROM seedtest_runs \
               WHERE kind = 'job' AND status IN ('done', 'noop') AND started_at >= $1) ended \
             WHERE age = 1 ORDER BY name";
        let read = |row: &Row<'_>| {
            Ok(JobSuccess {
                name: row.required(0, row.owned_text(0)?)?,
                finished_at: row.required(1, row.time(1)?)?,
                seconds: row.required(2, row.real(2)?)?,
            })
        };
        self.connection().await?.session().fetch(sql, &[Value::time(since)], read).await
    }

    /// Of every job the last run that ended in `[since, until]`, well or not; what was cancelled counts for nothing. Of
    /// runs that ended at the same instant one that went well.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn job_ends(
        &self,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<JobEnd>, Error> {
        let sql = "SELECT name, run_id, status, finished_at FROM (\
               SELECT name, run_id, status, finished_at, row_number() OVER (\
                 PARTITION BY name ORDER BY finished_at DESC, \
                   CASE WHEN status IN ('done', 'noop') THEN 0 ELSE 1 END, run_id) AS age \
               FROM seedtest_runs WHERE kind = 'job' AND finished_at BETWEEN $1 AND $2 \
                 AND status IN ('done', 'noop', 'failed', 'interrupted')) ended \
             WHERE age = 1 ORDER BY name";
        let read = |row: &Row<'_>| {
            Ok(JobEnd {
                name: row.required(0, row.owned_text(0)?)?,
                run_id: row.required(1, row.owned_text(1)?)?,
                status: row.required(2, row.text(2)?.and_then(RunStatus::read))?,
                finished_at: row.required(3, row.time(3)?)?,
            })
        };
        let values = [Value::time(since), Value::time(until)];
        self.connection().await?.session().fetch(sql, &values, read).await
    }

    /// Runs, the newest first, without their requests, which may be large; of those of one instant the one that was
    /// written last.
    pub async fn runs(&self, filter: RunFilter<'_>) -> Result<Vec<Run>, Error> {
        // Ids are random, and clocks may stand.
        let written = match self.backend() {
            Backend::Sqlite => "rowid DESC",
            Backend::Postgres => "age(xmin), run_id DESC",
        };
        let columns = SEEDTEST_RUNS.select().with("request", "CAST(NULL AS TEXT)");
        let sql = format!(
            "SELECT {columns} FROM seedtest_runs WHERE ($1 IS NULL OR name = $1) \
             AND ($2 IS NULL OR actor = $2) ORDER BY started_at DESC, {written} LIMIT $3"
        );
        let limit = Value::int(i64::from(filter.limit));
        let values = [Value::Text(filter.name), Value::Text(filter.actor), limit];
        let mut connection = self.connection().await?;
        connection.session().fetch_records(&columns, &sql, &values, read).await
    }
}

/// The second half of a run's line.
pub(super) async fn write_end(
    session: &mut Session<'_>,
    run_id: &str,
    end: &RunEnd,
) -> Result<(), Error> {
    let sql = "UPDATE seedtest_runs SET status = $2, input_digest = $3, result_digest = $4, \
         verdict = $5, rows_written = $6, seconds = $7, error = $8, finished_at = $9 \
         WHERE run_id = $1";
    let values = [
        Value::text(run_id),
        Value::text(end.status.name()),
        Value::Text(end.input_digest.as_deref()),
        Value::Text(end.result_digest.as_deref()),
        Value::Json(end.verdict.as_ref()),
        Value::Int(end.rows_written),
        Value::Real(Some(end.seconds)),
        Value::Text(end.error.as_deref()),
        Value::time(end.finished_at),
    ];
    session.execute(sql, &values).await?;
    Ok(())
}

pub(super) fn read(row: &Record<'_>) -> Result<Run, Error> {
    let start = RunStart {
        run_id: row.get("run_id")?,
        kind: word(row, "kind", RunKind::read)?,
        name: row.get("name")?,
        actor: row.get("actor")?,
        program_version: row.get("program_version")?,
        spec: row.get("spec")?,
        seed: row.get_or_null("seed")?,
        started_at: row.get("started_at")?,
    };
    let status = word(row, "status", RunStatus::read)?;
    let end = match row.get_or_null("finished_at")? {
        Some(finished_at) => Some(end(row, status, finished_at)?),
        None => None,
    };
    Ok(Run {
        start,
        request: row.get_or_null("request")?,
        queued_at: row.get_or_null("queued_at")?,
        status,
        end,
    })
}

fn end(row: &Record<'_>, status: RunStatus, finished_at: DateTime<Utc>) -> Result<RunEnd, Error> {
    Ok(RunEnd {
        status,
        input_digest: row.get_or_null("input_digest")?,
        result_digest: row.get_or_null("result_digest")?,
        verdict: row.get_or_null("verdict")?,
        rows_written: row.get_or_null("rows_written")?,
        seconds: row.get("seconds")?,
        error: row.get_or_null("error")?,
        finished_at,
    })
}

/// A column that holds one of a few words.
fn word<T>(row: &Record<'_>, name: &str, read: fn(&str) -> Option<T>) -> Result<T, Error> {
    let text: String = row.get(name)?;
    read(&text).ok_or_else(|| row.unreadable(name, format!("`{text}` is no {name} of a run")))
}
