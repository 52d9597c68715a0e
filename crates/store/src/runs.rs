//! The ledger: every fit and job run, who asked for it, from what, with what outcome.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use crate::error::Error;
use crate::row::Row;
use crate::session::Session;
use crate::store::Store;
use crate::value::Value;

/// What kind of work a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunKind {
    /// A job over the database.
    Job,
    /// A model fitted to the data of a request.
    Fit,
}

/// How far a run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    /// Begun. When its process is gone, it left no results.
    Running,
    /// Its results are in the database; when its process is gone, only the closing line is missing.
    Written,
    /// Ended with results.
    Done,
    /// Ended with nothing to do.
    Noop,
    /// Ended with an error, without results.
    Failed,
    /// Stopped on request, without results.
    Cancelled,
}

/// A run as it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct RunStart {
    /// Unique id.
    pub run_id: String,
    /// Job or fit.
    pub kind: RunKind,
    /// Which job or model.
    pub name: String,
    /// Who asked for it.
    pub actor: String,
    /// Version of the program.
    pub program_version: String,
    /// Everything that is needed to repeat it, short of the data.
    pub spec: Json,
    /// Seed of the random numbers, where there are some.
    pub seed: Option<i64>,
    /// When it began.
    pub started_at: DateTime<Utc>,
}

/// A run as it ends.
#[derive(Debug, Clone, PartialEq)]
pub struct RunEnd {
    /// How it ended.
    pub status: RunStatus,
    /// Digest of everything the result depends on.
    pub input_digest: Option<String>,
    /// Digest of the result.
    pub result_digest: Option<String>,
    /// What the fit says of itself.
    pub verdict: Option<Json>,
    /// Rows written.
    pub rows_written: Option<i64>,
    /// Time it took, s.
    pub seconds: f64,
    /// What went wrong.
    pub error: Option<String>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// How it began.
    pub start: RunStart,
    /// The request itself, for a fit that arrived with its data. [`Store::runs`] leaves it out.
    pub request: Option<String>,
    /// How far it came.
    pub status: RunStatus,
    /// How it ended; `None` while it runs, or when its process was killed.
    pub end: Option<RunEnd>,
}

/// Which runs to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RunFilter<'a> {
    /// Only runs of this job or model.
    pub name: Option<&'a str>,
    /// At most this many, the newest first.
    pub limit: u32,
}

impl RunKind {
    /// The word in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::Fit => "fit",
        }
    }

    fn read(text: &str) -> Option<Self> {
        [Self::Job, Self::Fit].into_iter().find(|kind| kind.name() == text)
    }
}

impl RunStatus {
    /// The word in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Written => "written",
            Self::Done => "done",
            Self::Noop => "noop",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn read(text: &str) -> Option<Self> {
        use RunStatus::{Cancelled, Done, Failed, Noop, Running, Written};
        [Running, Written, Done, Noop, Failed, Cancelled]
            .into_iter()
            .find(|status| status.name() == text)
    }
}

/// How often a job ended in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobCount {
    /// The job.
    pub name: String,
    /// How it ended, or that it did not.
    pub status: RunStatus,
    /// Runs.
    pub runs: u64,
}

/// The last run of a job that ended well.
#[derive(Debug, Clone, PartialEq)]
pub struct JobSuccess {
    /// The job.
    pub name: String,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
    /// Time it took, s.
    pub seconds: f64,
}

const COLUMNS: &str = "run_id, kind, name, actor, status, program_version, spec, seed, \
     input_digest, result_digest, verdict, rows_written, seconds, error, started_at, finished_at";

impl Store {
    /// Writes the first half of a run's line, in a transaction of its own: a process that dies
    /// leaves it behind. A fit that arrived with its data brings its `request`.
    pub async fn open_run(&self, start: &RunStart, request: Option<&str>) -> Result<(), Error> {
        let sql = "INSERT INTO seedtest_runs (run_id, kind, name, actor, status, program_version, \
             spec, seed, started_at) VALUES ($1, $2, $3, $4, 'running', $5, $6, $7, $8)";
        let values = [
            Value::text(&start.run_id),
            Value::text(start.kind.name()),
            Value::text(&start.name),
            Value::text(&start.actor),
            Value::text(&start.program_version),
            Value::json(&start.spec),
            Value::Int(start.seed),
            Value::time(start.started_at),
        ];
        let mut tx = self.begin().await?;
        tx.session().execute(sql, &values).await?;
        if let Some(request) = request {
            let sql = "INSERT INTO seedtest_run_requests (run_id, request) VALUES ($1, $2)";
            let values = [Value::text(&start.run_id), Value::text(request)];
            tx.session().execute(sql, &values).await?;
        }
        tx.commit().await
    }

    /// Writes how a run ended, with what its fit needs to predict later.
    pub async fn close_run(
        &self,
        run_id: &str,
        end: &RunEnd,
        model: Option<&RawValue>,
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
        let mut tx = self.begin().await?;
        if let Some(model) = model {
            let sql = "INSERT INTO seedtest_run_models (run_id, name, started_at, model) \
                 SELECT run_id, name, started_at, $2 FROM seedtest_runs WHERE run_id = $1 \
                 ON CONFLICT (run_id) DO UPDATE SET model = EXCLUDED.model";
            let values = [Value::text(run_id), Value::RawJson(Some(model))];
            tx.session().execute(sql, &values).await?;
        }
        tx.session().execute(sql, &values).await?;
        tx.commit().await
    }

    /// The model that a fit of `name` kept, with the time of the fit: that of `run_id`, or the
    /// newest.
    pub async fn kept_model(
        &self,
        name: &str,
        run_id: Option<&str>,
    ) -> Result<Option<(DateTime<Utc>, Json)>, Error> {
        let sql = "SELECT started_at, model FROM seedtest_run_models \
             WHERE name = $1 AND ($2 IS NULL OR run_id = $2) \
             ORDER BY started_at DESC, run_id DESC LIMIT 1";
        let values = [Value::text(name), Value::Text(run_id)];
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        session
            .fetch_first(sql, &values, |row| {
                Ok((row.required(0, row.time(0)?)?, row.required(1, row.json(1)?)?))
            })
            .await
    }

    /// One run; `None` when no run has that id.
    pub async fn run(&self, run_id: &str) -> Result<Option<Run>, Error> {
        let sql = format!(
            "SELECT {COLUMNS}, (SELECT request FROM seedtest_run_requests AS kept \
             WHERE kept.run_id = seedtest_runs.run_id) FROM seedtest_runs WHERE run_id = $1"
        );
        let mut connection = self.connection().await?;
        connection.session().fetch_first(&sql, &[Value::text(run_id)], read).await
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

    /// Runs, the newest first, without their requests, which may be large.
    pub async fn runs(&self, filter: RunFilter<'_>) -> Result<Vec<Run>, Error> {
        let sql = format!(
            "SELECT {COLUMNS}, CAST(NULL AS TEXT) FROM seedtest_runs WHERE $1 IS NULL OR name = $1 \
             ORDER BY started_at DESC, run_id DESC LIMIT $2"
        );
        let values = [Value::Text(filter.name), Value::int(i64::from(filter.limit))];
        let mut connection = self.connection().await?;
        connection.session().fetch(&sql, &values, read).await
    }
}

/// Part of the transaction that holds the results.
pub(crate) async fn mark_written(session: &mut Session<'_>, run_id: &str) -> Result<(), Error> {
    let sql = "UPDATE seedtest_runs SET status = 'written' WHERE run_id = $1";
    session.execute(sql, &[Value::text(run_id)]).await?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Run, Error> {
    let kind = row.required(1, row.text(1)?.and_then(RunKind::read))?;
    let status = row.required(4, row.text(4)?.and_then(RunStatus::read))?;
    let start = RunStart {
        run_id: row.required(0, row.owned_text(0)?)?,
        kind,
        name: row.required(2, row.owned_text(2)?)?,
        actor: row.required(3, row.owned_text(3)?)?,
        program_version: row.required(5, row.owned_text(5)?)?,
        spec: row.required(6, row.json(6)?)?,
        seed: row.int(7)?,
        started_at: row.required(14, row.time(14)?)?,
    };
    let end = match row.time(15)? {
        Some(finished_at) => Some(end(row, status, finished_at)?),
        None => None,
    };
    Ok(Run { start, request: row.owned_text(16)?, status, end })
}

fn end(row: &Row<'_>, status: RunStatus, finished_at: DateTime<Utc>) -> Result<RunEnd, Error> {
    Ok(RunEnd {
        status,
        input_digest: row.owned_text(8)?,
        result_digest: row.owned_text(9)?,
        verdict: row.json(10)?,
        rows_written: row.int(11)?,
        seconds: row.required(12, row.real(12)?)?,
        error: row.owned_text(13)?,
        finished_at,
    })
}
