//! The order of a night and of a Monday (jobs.md J19): results before what is computed from them.
//! And the past: features and KPIs of a span of days.

use chrono::{Duration, NaiveDate};
use seedtest_store::Store;

use crate::calendar::{days_before, end_of};
use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::{SharedEvidence, Span};
use crate::joblog::JobLog;
use crate::jobs::{
    Context, Job, Outcome, aggregate_features_daily, compute_daily_kpis, detect_inactivity,
    features_backfill, fit_bayesian_growth, fit_survival_churn, mirt_calibrate,
    recompute_weekly_kpi, run,
};
use crate::registry::JobEntry;
use crate::settings::Settings;
use crate::side_by_side::{Common, Part, side_by_side};

const DAYS_OF_WEEK: u32 = 7;

/// Which jobs run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// Every night.
    Daily,
    /// On Mondays, instead of the daily round: closes the week that ended on Sunday as well.
    Weekly,
    /// Features and KPIs of a span of days in the past.
    History {
        /// First day.
        from: NaiveDate,
        /// Last day; `None` = today.
        to: Option<NaiveDate>,
    },
}

impl Round {
    /// Who asks for its jobs, for the ledger.
    fn name(self) -> &'static str {
        match self {
            Self::Daily => "daily round",
            Self::Weekly => "weekly round",
            Self::History { .. } => "history",
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
        const HISTORY: &[JobEntry] = &[features_backfill::ENTRY, compute_daily_kpis::ENTRY];
        match self {
            Self::Daily => DAILY,
            Self::Weekly => WEEKLY,
            Self::History { .. } => HISTORY,
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

/// Runs the jobs of a round one after the other, each in its own transaction; features and KPIs,
/// which read the same answers, at the same time from one load. A job that fails stops those that
/// read what it writes; the others run.
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
    let entries = request.round.jobs().iter();
    let parts: Vec<Part<'_>> =
        entries.zip(&settings).map(|(entry, settings)| Part { entry, settings }).collect();
    let mut state = State::default();
    let mut left = &parts[..];
    while let [part, rest @ ..] = left {
        left = rest;
        if state.skips(*part, log)? {
            continue;
        }
        let actor = request.round.name();
        let beside = rest.first().filter(|next| !state.is_stale(**next));
        let span = beside.map(|next| span_of_both(*part, *next, clock)).transpose()?.flatten();
        if let Some(span) = span {
            let shared = SharedEvidence::new(span);
            let common = Common { store, clock, actor, shared: &shared };
            let both = [*part, rest[0]];
            let outcomes = side_by_side(common, both, log).await?;
            for (part, outcome) in both.into_iter().zip(outcomes) {
                state.ended(part, outcome, log)?;
            }
            left = &rest[1..];
        } else {
            let Part { entry, settings } = *part;
            log.info(&format!("Pipeline: {}", entry.name)).map_err(Error::log)?;
            let context = Context { store, clock, settings, log: &mut *log, actor };
            let outcome = run(entry, context).await;
            state.ended(*part, outcome, log)?;
        }
    }
    Ok(state.summary)
}

/// What features and KPIs load together; `None` for other jobs.
fn span_of_both(first: Part<'_>, second: Part<'_>, clock: Clock) -> Result<Option<Span>, Error> {
    let features = match first.entry.job {
        Job::AggregateFeaturesDaily => aggregate_features_daily::plan(first.settings, clock),
        Job::FeaturesBackfill => features_backfill::plan(first.settings, clock)?,
        _ => return Ok(None),
    };
    if second.entry.job != Job::ComputeDailyKpis {
        return Ok(None);
    }
    let kpis = compute_daily_kpis::span(second.settings, clock.today())?;
    Ok(kpis.map(|span| span.hull(features.span())))
}

/// How far a round has come.
#[derive(Default)]
struct State {
    summary: RoundSummary,
    /// Tables that a failed or skipped job should have written.
    stale: Vec<&'static str>,
}

impl State {
    fn is_stale(&self, part: Part<'_>) -> bool {
        part.entry.reads.iter().any(|table| self.stale.contains(table))
    }

    /// Whether a job has to be left out because one it reads from failed.
    fn skips(&mut self, part: Part<'_>, log: &mut JobLog<'_>) -> Result<bool, Error> {
        let entry = part.entry;
        let stale = entry.reads.iter().find(|table| self.stale.contains(table));
        let Some(table) = stale else { return Ok(false) };
        let message = format!("{} skipped: {table} is not up to date", entry.name);
        log.warn(&message).map_err(Error::log)?;
        self.summary.skipped.push(entry.name);
        self.stale.extend(entry.writes);
        Ok(true)
    }

    fn ended(
        &mut self,
        part: Part<'_>,
        outcome: Result<Outcome, Error>,
        log: &mut JobLog<'_>,
    ) -> Result<(), Error> {
        let entry = part.entry;
        if outcome.as_ref().is_ok_and(|outcome| !outcome.failed) {
            self.summary.done.push(entry.name);
            return Ok(());
        }
        if let Err(error) = outcome {
            let message = format!("{} failed: {error}", entry.name);
            log.line_with("ERROR", &message).map_err(Error::log)?;
        }
        self.summary.failed.push(entry.name);
        self.stale.extend(entry.writes);
        Ok(())
    }
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
    let (from, to) = match request.round {
        Round::History { from, to } => (Some(from), to),
        Round::Daily | Round::Weekly => (None, None),
    };
    let flag = |job: &str, key: &str| match (job, key) {
        (_, "dry-run") => request.dry_run.then(|| "true".to_string()),
        (_, "date") => request.date.map(|date| date.to_string()),
        (_, "from") => from.map(|date| date.to_string()),
        (_, "to") => to.map(|date| date.to_string()),
        ("recompute-weekly-kpi", "week-start") => Some(last_week.clone()),
        _ => None,
    };
    let jobs = request.round.jobs().iter();
    jobs.map(|entry| Settings::resolve(entry, |key| flag(entry.name, key), environment)).collect()
}
