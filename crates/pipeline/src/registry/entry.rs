//! What a job is: its line in the table of jobs, what it may touch, and what it says of a run.

use std::pin::Pin;

use chrono::NaiveDate;
use seedtest_families::FitRecord;
use seedtest_responses::TimeZone;
use seedtest_store::Store;

use super::job_log::JobLog;
use super::setting::Setting;
use super::settings::Settings;
use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::{SharedEvidence, Span};

/// A job at work. Jobs borrow across awaits, so a run stays on one thread.
pub(crate) type Running<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + 'a>>;

/// Runs a job.
pub(crate) type Run = for<'a> fn(Work<'a, '_>) -> Running<'a, Outcome>;

/// What a repeated fit says of itself, or why it cannot be repeated.
pub(crate) type Refit = Result<FitRecord, String>;

/// Fits the model of a job again, without writing.
pub(crate) type RunRefit = for<'a> fn(Work<'a, '_>) -> Running<'a, Refit>;

/// The answers a run with these settings looks at, as of a day of a time zone; `None` = it has nothing
/// to do.
pub(crate) type Looks = fn(&Settings, &TimeZone, NaiveDate) -> Result<Option<Span>, Error>;

/// The days a run with these settings looks back from now.
pub(crate) type Reach = fn(&Settings) -> Result<Option<u32>, Error>;

/// Whether a job can use its settings, beyond the kind of each.
pub(crate) type CheckSettings = fn(&Settings) -> Result<(), Error>;

/// One job: everything the command line, the help, the rounds and the documentation know of it.
#[derive(Debug, Clone, Copy)]
pub struct JobEntry {
    /// Name, with dashes.
    pub name: &'static str,
    /// Other names of the same job.
    pub aliases: &'static [&'static str],
    /// One line of help.
    pub summary: &'static str,
    /// When it runs, as a cron expression in UTC; `None` = on demand.
    pub schedule: Option<&'static str>,
    /// Its settings.
    pub settings: &'static [Setting],
    /// Tables and views it reads.
    pub reads: &'static [&'static str],
    /// Tables it writes.
    pub writes: &'static [&'static str],
    /// Its places in the rounds.
    pub rounds: &'static [Place],
    /// Whether it can use its settings; asked before anything runs.
    pub(crate) check: CheckSettings,
    /// The code.
    pub(crate) run: Run,
    /// For a job that fits a model: fits it again from the stored settings.
    pub(crate) refit: Option<RunRefit>,
    /// For a job that looks at answers up to now: the days it looks back, `None` where its settings name
    /// a day. Over a log whose newest answer is older it stands on that answer's day.
    pub(crate) reach: Option<Reach>,
    /// For a job that can use evidence loaded for another one, too: what it looks at.
    pub(crate) looks: Option<Looks>,
}

/// A fixed sequence of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// Every night.
    Daily,
    /// On Mondays, instead of the daily round: closes the week that ended on Sunday as well.
    Weekly,
    /// On the first of a month, after its night: segments, what was kept long enough, counts.
    Monthly,
    /// Features and KPIs of a span of days in the past.
    History,
}

/// Where in a round a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The round.
    pub round: Round,
    /// Jobs with a smaller number run before it.
    pub order: u8,
    /// Whether it runs also where a job failed that writes what it reads.
    pub whatever_failed: bool,
}

impl Round {
    /// When it runs by itself, as a cron expression in the time zone of the database; `None` = on demand.
    pub fn schedule(self) -> Option<&'static str> {
        match self {
            Self::Daily => Some("0 3 * * TUE-SUN"),
            Self::Weekly => Some("0 3 * * MON"),
            Self::Monthly => Some("30 6 1 * *"),
            Self::History => None,
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::History => "history",
        }
    }

    /// A place in this round.
    pub(crate) const fn at(self, order: u8) -> Place {
        Place { round: self, order, whatever_failed: false }
    }

    /// Who asks for its jobs, for the ledger.
    pub(crate) fn actor(self) -> &'static str {
        match self {
            Self::Daily => "daily round",
            Self::Weekly => "weekly round",
            Self::Monthly => "monthly round",
            Self::History => "history",
        }
    }
}

/// Everything a job may touch.
pub(crate) struct Work<'a, 'b> {
    /// The database.
    pub(crate) store: &'a Store,
    /// The time.
    pub(crate) clock: Clock,
    /// Its settings.
    pub(crate) settings: &'a Settings,
    /// Its log.
    pub(crate) log: &'a mut JobLog<'b>,
    /// Evidence that is loaded once for several jobs.
    pub(crate) shared: Option<&'a SharedEvidence>,
    /// Whether it runs in a round. A fit of the round's own day then has a place after it: to stay the same when
    /// the round is repeated, it looks at those of earlier days only.
    pub(crate) in_round: bool,
}

/// What a job run did.
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each says one thing, and several may hold at once"
)]
pub struct Outcome {
    /// Rows written (or, in a dry run, that would have been).
    pub rows: u64,
    /// Students left out because their numbers cannot be stored.
    pub left_out: u64,
    /// Whether there was nothing to do.
    pub noop: bool,
    /// Whether it did not run because it ran already, in another process.
    pub already_running: bool,
    /// Whether the job ran to its end but has to be reported as failed (exit code 1).
    pub failed: bool,
    /// Whether a model was fitted, here or elsewhere, that did not converge (exit code 3).
    pub not_converged: bool,
    /// What the ledger keeps of the model it fitted, if it fitted one here.
    pub fit: Option<FitRecord>,
}

impl Outcome {
    /// There was nothing to do.
    pub(crate) fn noop() -> Self {
        Self { noop: true, ..Self::default() }
    }

    /// Rows were written, or would have been.
    pub(crate) fn of_rows(rows: usize) -> Self {
        Self { rows: rows as u64, ..Self::default() }
    }
}

impl Place {
    /// The same place, also where a job failed that writes what the job reads: it looks at what there is.
    pub(crate) const fn whatever_failed(self) -> Self {
        Self { whatever_failed: true, ..self }
    }
}

impl JobEntry {
    /// Whether it lets go of what belongs to other callers, lines of the ledger: requests for it have to be an
    /// operator's.
    pub fn is_of_operator(&self) -> bool {
        self.writes.contains(&"seedtest_runs")
    }

    /// Every spelling under which the job can be called: dashes, underscores, aliases, and the
    /// module paths of the Python jobs it replaces.
    pub fn spellings(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in std::iter::once(&self.name).chain(self.aliases) {
            let module = name.replace('-', "_");
            names.push((*name).to_string());
            names.push(module.clone());
            names.push(format!("apps.seedtest_api.jobs.{module}"));
            names.push(format!("seedtest_api.jobs.{module}"));
        }
        names.dedup();
        names
    }
}
