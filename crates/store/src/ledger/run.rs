//! What the ledger says of a run.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use serde_json::value::RawValue;

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
    /// Accepted and not yet begun. When its process is gone, another one takes it over.
    Queued,
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
    /// Its process ended before it did; without results.
    Interrupted,
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
    /// When it began; of a queued run, when it was accepted.
    pub started_at: DateTime<Utc>,
}

/// What a run that ends leaves beside its line.
#[derive(Debug, Clone, Copy, Default)]
pub struct RunYield<'a> {
    /// What predicts from the fit later.
    pub model: Option<&'a RawValue>,
    /// What a caller who asks later is told: the answer of the fit, or why there is none. JSON.
    pub result: Option<&'a str>,
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
    /// Time it took, s. Of an interrupted run, until that was found.
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
    /// The request itself, for a fit that arrived with its data. [`Store::runs`](crate::Store::runs) leaves it out.
    pub request: Option<String>,
    /// When it was accepted, for a run that was queued.
    pub queued_at: Option<DateTime<Utc>>,
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
    /// Only runs that this actor asked for.
    pub actor: Option<&'a str>,
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

    pub(super) fn read(text: &str) -> Option<Self> {
        [Self::Job, Self::Fit].into_iter().find(|kind| kind.name() == text)
    }
}

impl RunStatus {
    /// The word in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Written => "written",
            Self::Done => "done",
            Self::Noop => "noop",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        use RunStatus::{Cancelled, Done, Failed, Interrupted, Noop, Queued, Running, Written};
        [Queued, Running, Written, Done, Noop, Failed, Cancelled, Interrupted]
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

/// The last run of a job that ended by itself or was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobEnd {
    /// The job.
    pub name: String,
    /// The run.
    pub run_id: String,
    /// How it ended.
    pub status: RunStatus,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
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
