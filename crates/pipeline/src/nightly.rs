//! The order of a night and of a Monday (jobs.md J19): results before what is computed from them.

use chrono::{Duration, NaiveDate};
use seedtest_store::Store;

use crate::calendar::{days_before, end_of};
use crate::clock::Clock;
use crate::error::Error;
use crate::joblog::JobLog;
use crate::jobs::{
    Context, aggregate_features_daily, compute_daily_kpis, detect_inactivity, fit_bayesian_growth,
    fit_survival_churn, mirt_calibrate,
};
use crate::jobs::{recompute_weekly_kpi, run};
use crate::registry::JobEntry;
use crate::settings::Settings;

const DAYS_OF_WEEK: u32 = 7;

/// Which jobs run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// Every night.
    Daily,
    /// On Mondays, instead of the daily round: closes the week that ended on Sunday as well.
    Weekly,
}

impl Round {
    /// Who asks for its jobs, for the ledger.
    fn name(self) -> &'static str {
        match self {
            Self::Daily => "daily round",
            Self::Weekly => "weekly round",
        }
    }

    /// The jobs in their order.
    pub fn jobs(self) -> &'static [JobEntry] {
        const DAILY: &[JobEntry] = &[
            mirt_calibrate::ENTRY,
            aggregate_features_daily::ENTRY,
            compute_daily_kpis::ENTRY,
            fit_survival_churn::ENTRY,
            detect_inactivity::ENTRY,
        ];
        const WEEKLY: &[JobEntry] = &[
            mirt_calibrate::ENTRY,
            aggregate_features_daily::ENTRY,
            recompute_weekly_kpi::ENTRY,
            compute_daily_kpis::ENTRY,
            fit_bayesian_growth::ENTRY,
            fit_survival_churn::ENTRY,
            detect_inactivity::ENTRY,
        ];
        match self {
            Self::Daily => DAILY,
            Self::Weekly => WEEKLY,
        }
    }
}

/// A round as asked for.
#[derive(Debug, Clone, Copy)]
pub struct RoundRequest {
    /// Which jobs.
    pub round: Round,
    /// The day to stand on: for a day of the past, its end. `None` = now.
    pub date: Option<NaiveDate>,
    /// Read and compute, write nothing.
    pub dry_run: bool,
}

/// How a round ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoundSummary {
    /// Jobs that ran to their end.
    pub done: Vec<&'static str>,
    /// Jobs that failed.
    pub failed: Vec<&'static str>,
    /// Jobs that did not run because one they read from failed.
    pub skipped: Vec<&'static str>,
}

/// Runs the jobs of a round one after the other, each in its own transaction. A job that fails
/// stops those that read what it writes; the others run.
///
/// # Errors
/// [`Error::Usage`] for a day of the future and [`Error::BadSetting`] for a bad environment
/// variable, before any job runs; [`Error::Write`] when the log cannot be written. A failing job is
/// no error here: it is logged and in the summary.
pub async fn run_round(
    store: &Store,
    clock: Clock,
    request: RoundRequest,
    environment: impl Fn(&str) -> Option<String>,
    log: &mut JobLog<'_>,
) -> Result<RoundSummary, Error> {
    let clock = standing_on(request.date, clock)?;
    let settings = resolved(request, clock, &environment)?;
    let mut summary = RoundSummary::default();
    let mut stale: Vec<&str> = Vec::new();
    for (entry, settings) in request.round.jobs().iter().zip(&settings) {
        if let Some(table) = entry.reads.iter().find(|table| stale.contains(table)) {
            let message = format!("{} skipped: {table} is not up to date", entry.name);
            log.warn(&message).map_err(Error::log)?;
            summary.skipped.push(entry.name);
            stale.extend(entry.writes);
            continue;
        }
        let actor = request.round.name();
        log.info(&format!("Pipeline: {}", entry.name)).map_err(Error::log)?;
        let outcome = run(entry, Context { store, clock, settings, log: &mut *log, actor }).await;
        match outcome {
            Ok(outcome) if !outcome.failed => summary.done.push(entry.name),
            result => {
                if let Err(error) = result {
                    let message = format!("{} failed: {error}", entry.name);
                    log.line_with("ERROR", &message).map_err(Error::log)?;
                }
                summary.failed.push(entry.name);
                stale.extend(entry.writes);
            }
        }
    }
    Ok(summary)
}

/// The clock of the round: a past day is seen from its last microsecond.
fn standing_on(date: Option<NaiveDate>, clock: Clock) -> Result<Clock, Error> {
    let today = clock.today();
    match date {
        Some(date) if date > today => {
            Err(Error::Usage(format!("{date} lies in the future (today is {today})")))
        }
        Some(date) if date < today => Ok(Clock::fixed(end_of(date) - Duration::microseconds(1))),
        _ => Ok(clock),
    }
}

/// The settings of every job of the round, checked before the first one runs.
fn resolved(
    request: RoundRequest,
    clock: Clock,
    environment: &impl Fn(&str) -> Option<String>,
) -> Result<Vec<Settings>, Error> {
    let last_week = days_before(clock.today(), DAYS_OF_WEEK).to_string();
    let flag = |job: &str, key: &str| match (job, key) {
        (_, "dry-run") => request.dry_run.then(|| "true".to_string()),
        (_, "date") => request.date.map(|date| date.to_string()),
        ("recompute-weekly-kpi", "week-start") => Some(last_week.clone()),
        _ => None,
    };
    let jobs = request.round.jobs().iter();
    jobs.map(|entry| Settings::resolve(entry, |key| flag(entry.name, key), environment)).collect()
}
