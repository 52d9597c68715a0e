//! The jobs. Each file holds one job: its registry entry and its code.

pub(crate) mod compute_daily_kpis;
pub(crate) mod mirt_calibrate;

use seedtest_store::Store;

use crate::clock::Clock;
use crate::error::Error;
use crate::joblog::JobLog;
use crate::registry::{JobEntry, Kind, Setting};
use crate::settings::Settings;

/// Which job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// Item parameters and abilities.
    MirtCalibrate,
    /// Weekly KPIs.
    ComputeDailyKpis,
}

/// Every job has this one.
pub(crate) const DRY_RUN: Setting = Setting {
    key: "dry-run",
    flag: true,
    env: &["DRY_RUN"],
    default: Some("false"),
    kind: Kind::Switch,
    help: "Read and compute, write nothing",
};

/// What a job run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Rows written (or, in a dry run, that would have been).
    pub rows: u64,
    /// Whether there was nothing to do.
    pub noop: bool,
}

/// Everything a job may touch.
pub struct Context<'a, 'b> {
    /// The database.
    pub store: &'a Store,
    /// The time.
    pub clock: Clock,
    /// Its settings.
    pub settings: &'a Settings,
    /// Its log.
    pub log: &'a mut JobLog<'b>,
}

/// Runs a job under its lock. A second run of the same job at the same time is no error: it says
/// so and does nothing.
pub async fn run(entry: &JobEntry, context: Context<'_, '_>) -> Result<Outcome, Error> {
    let Some(_lock) = context.store.try_job_lock(entry.name).await? else {
        let message = format!("{} is already running", entry.name);
        context.log.warn(&message).map_err(Error::log)?;
        return Ok(Outcome { noop: true, ..Outcome::default() });
    };
    match entry.job {
        Job::MirtCalibrate => mirt_calibrate::run(context).await,
        Job::ComputeDailyKpis => compute_daily_kpis::run(context).await,
    }
}
