//! The order of a night and of a Monday (docs/contract/jobs.md J19): results before what is
//! computed from them. And the past: features and KPIs of a span of days.

use chrono::NaiveDate;
use seedtest_responses::TimeZone;
use seedtest_store::Store;

use super::run::{Context, run_locked, wait_for_lock};
use super::side_by_side::{Common, Part, side_by_side};
use super::standing;
use crate::calendar::{DAYS_OF_WEEK, days_before};
use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::{SharedEvidence, Span};
use crate::jobs::JOBS;
use crate::registry::{JobEntry, JobLog, Outcome, Round, Settings};

/// One round at a time.
const LOCK: &str = "pipeline";

impl Round {
    /// The jobs in their order.
    pub fn jobs(self) -> Vec<&'static JobEntry> {
        let place = |entry: &'static JobEntry| {
            let place = entry.rounds.iter().find(|place| place.round == self)?;
            Some((place.order, entry))
        };
        let mut jobs: Vec<_> = JOBS.iter().filter_map(place).collect();
        jobs.sort_by_key(|&(order, _)| order);
        jobs.into_iter().map(|(_, entry)| entry).collect()
    }
}

/// A round as asked for.
#[derive(Debug, Clone, Copy)]
pub struct RoundRequest {
    /// Which jobs.
    pub round: Round,
    /// First and last day of [`Round::History`]; `None` = the day it stands on.
    pub span: (Option<NaiveDate>, Option<NaiveDate>),
    /// The day to stand on: for a day of the past, its end. `None` = now, or the newest answer where that
    /// is older than the KPIs look back.
    pub date: Option<NaiveDate>,
    /// Read and compute, write nothing.
    pub dry_run: bool,
}

/// How a round ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoundSummary {
    /// Jobs that ran to their end.
    pub done: Vec<&'static str>,
    /// Those of them whose model did not converge.
    pub not_converged: Vec<&'static str>,
    /// Jobs that failed.
    pub failed: Vec<&'static str>,
    /// Jobs that did not run because one they read from failed.
    pub skipped: Vec<&'static str>,
}

/// What calibrations write: abilities and parameters of an earlier night serve as well, and KPIs fall back
/// on shares of right answers where there are none.
const OUTLIVES_A_FAILURE: [&str; 4] =
    ["mirt_ability", "mirt_fit_meta", "mirt_item_params", "student_topic_theta"];

/// Runs the jobs of a round one after the other, each in its own transaction; features and KPIs,
/// which read the same answers, at the same time from one load. A job that fails stops those that
/// read what it writes, but for a calibration: what an earlier one wrote serves; the others run.
///
/// # Errors
/// [`Error::InTheFuture`] for a day of the future and [`Error::BadEnvironment`] for a bad variable,
/// before any job runs; [`Error::Write`] at the end when the log could not be written. A failing job is
/// no error here: it is logged and in the summary.
pub async fn run_round(
    store: &Store,
    clock: Clock,
    request: RoundRequest,
    environment: impl Fn(&str) -> Option<String>,
    log: &mut JobLog<'_>,
) -> Result<RoundSummary, Error> {
    // Two rounds at once would mix: the second one begins when the first has ended.
    let lock = if request.dry_run { None } else { Some(wait_for_lock(store, LOCK, log).await?) };
    let summary = Box::pin(run_alone(store, clock, request, environment, log)).await;
    if let Some(lock) = lock {
        lock.release().await;
    }
    summary
}

async fn run_alone(
    store: &Store,
    clock: Clock,
    request: RoundRequest,
    environment: impl Fn(&str) -> Option<String>,
    log: &mut JobLog<'_>,
) -> Result<RoundSummary, Error> {
    let clock = match request.round {
        Round::History => clock,
        Round::Daily | Round::Weekly | Round::Monthly => {
            standing::of_round(store, clock, request.date, log).await?
        }
    };
    let zone = store.time_zone();
    let jobs = request.round.jobs();
    let settings = resolved(&jobs, request, clock.today(zone), &environment)?;
    let entries = jobs.into_iter().zip(&settings);
    let parts: Vec<Part<'_>> = entries.map(|(entry, settings)| Part { entry, settings }).collect();
    let mut state = State::of(request.round);
    let mut left = &parts[..];
    while let [part, rest @ ..] = left {
        left = rest;
        if state.skips(*part, log) {
            continue;
        }
        let actor = request.round.actor();
        let beside = rest.first().filter(|next| state.stale_of(**next).is_none());
        let span =
            beside.map(|next| span_of_both(*part, *next, zone, clock)).transpose()?.flatten();
        if let Some(span) = span {
            let shared = SharedEvidence::new(span);
            let common = Common { store, clock, actor, shared: &shared };
            let both = [*part, rest[0]];
            let outcomes = side_by_side(common, both, log).await?;
            for (part, outcome) in both.into_iter().zip(outcomes) {
                state.ended(part, outcome, log);
            }
            left = &rest[1..];
        } else {
            let Part { entry, settings } = *part;
            log.info(&format!("Pipeline: {}", entry.name));
            let context = Context { store, clock, settings, log: &mut *log, actor, in_round: true };
            let outcome = run_locked(entry, context, None).await;
            state.ended(*part, outcome, log);
        }
    }
    log.finish()?;
    Ok(state.summary)
}

/// What two jobs load together; `None` where one of them needs evidence of its own.
fn span_of_both(
    first: Part<'_>,
    second: Part<'_>,
    zone: &TimeZone,
    clock: Clock,
) -> Result<Option<Span>, Error> {
    let Some((first_looks, second_looks)) = first.entry.looks.zip(second.entry.looks) else {
        return Ok(None);
    };
    let today = clock.today(zone);
    let spans =
        (first_looks(first.settings, zone, today)?, second_looks(second.settings, zone, today)?);
    Ok(spans.0.zip(spans.1).map(|(first, second)| first.hull(second)))
}

/// How far a round has come.
struct State {
    round: Round,
    summary: RoundSummary,
    /// Tables that a failed or skipped job should have written.
    stale: Vec<&'static str>,
}

impl State {
    fn of(round: Round) -> Self {
        Self { round, summary: RoundSummary::default(), stale: Vec::new() }
    }

    /// What a job reads that a failed one should have written, where that keeps the job from running.
    fn stale_of(&self, part: Part<'_>) -> Option<&'static str> {
        let place = part.entry.rounds.iter().find(|place| place.round == self.round);
        let runs_anyway = place.is_some_and(|place| place.whatever_failed);
        let stale = part.entry.reads.iter().find(|table| self.stale.contains(table));
        stale.filter(|_| !runs_anyway).copied()
    }

    /// Whether a job has to be left out because one it reads from failed.
    fn skips(&mut self, part: Part<'_>, log: &mut JobLog<'_>) -> bool {
        let entry = part.entry;
        let Some(table) = self.stale_of(part) else { return false };
        log.warn(&format!("{} skipped: {table} is not up to date", entry.name));
        self.summary.skipped.push(entry.name);
        self.is_missing(entry, log);
        true
    }

    fn ended(&mut self, part: Part<'_>, outcome: Result<Outcome, Error>, log: &mut JobLog<'_>) {
        let entry = part.entry;
        if let Some(outcome) = outcome.as_ref().ok().filter(|outcome| !outcome.failed) {
            self.summary.done.push(entry.name);
            if outcome.not_converged {
                log.warn(&format!("{} ended with a model that did not converge", entry.name));
                self.summary.not_converged.push(entry.name);
            }
            return;
        }
        if let Err(error) = outcome {
            log.line_with("ERROR", &format!("{} failed: {error}", entry.name));
        }
        self.summary.failed.push(entry.name);
        self.is_missing(entry, log);
    }

    /// Remembers what a job should have written.
    fn is_missing(&mut self, entry: &JobEntry, log: &mut JobLog<'_>) {
        let outlives = |table: &&str| OUTLIVES_A_FAILURE.contains(table);
        let (earlier, stale): (Vec<&str>, Vec<&str>) =
            entry.writes.iter().partition(|table| outlives(table));
        if !earlier.is_empty() {
            log.warn(&format!("{} of an earlier run serve: {}", earlier.join(", "), entry.name));
        }
        self.stale.extend(stale);
    }
}

/// The settings of every job of the round, checked before the first one runs.
fn resolved(
    jobs: &[&JobEntry],
    request: RoundRequest,
    today: NaiveDate,
    environment: &impl Fn(&str) -> Option<String>,
) -> Result<Vec<Settings>, Error> {
    let span = if request.round == Round::History { request.span } else { (None, None) };
    let text = |date: Option<NaiveDate>| date.map(|date| date.to_string());
    let flag = |key: &str| match key {
        "dry-run" => request.dry_run.then(|| "true".to_string()),
        "date" => text(request.date),
        "from" => text(span.0),
        "to" => text(span.1),
        // The week that ended is closed; the running one has a job of its own.
        "week-start" => text(Some(days_before(today, DAYS_OF_WEEK))),
        _ => None,
    };
    jobs.iter().map(|entry| Settings::resolve(entry, flag, environment)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_the_places_of_the_jobs() {
        let names = |round: Round| round.jobs().into_iter().map(|job| job.name).collect::<Vec<_>>();
        assert_eq!(
            names(Round::Daily),
            [
                "mirt-calibrate",
                "backfill-topic-theta",
                "aggregate-features-daily",
                "compute-daily-kpis",
                "fit-survival-churn",
                "detect-inactivity",
                "refresh-dashboard",
                "send-alerts"
            ]
        );
        assert_eq!(
            names(Round::Weekly),
            [
                "mirt-calibrate",
                "backfill-topic-theta",
                "aggregate-features-daily",
                "recompute-weekly-kpi",
                "compute-daily-kpis",
                "fit-survival-churn",
                "detect-inactivity",
                "glmm-fit-progress",
                "fit-bayesian-growth",
                "forecast-prophet",
                "cluster-segments",
                "refresh-dashboard",
                "send-alerts"
            ]
        );
        assert_eq!(
            names(Round::Monthly),
            ["cluster-segments", "refresh-dashboard", "prune", "verify-counts"]
        );
        assert_eq!(names(Round::History), ["features-backfill", "compute-daily-kpis"]);
    }
}
