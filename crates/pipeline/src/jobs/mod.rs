//! The jobs. Each file holds one job: its registry entry and its code.

pub(crate) mod aggregate_features_daily;
pub(crate) mod backfill_topic_theta;
pub(crate) mod compute_daily_kpis;
pub(crate) mod detect_inactivity;
pub(crate) mod features_backfill;
pub(crate) mod fit_bayesian_growth;
pub(crate) mod fit_survival_churn;
mod kpi_settings;
pub(crate) mod mirt_calibrate;
pub(crate) mod recompute_weekly_kpi;
pub(crate) mod tag_anchor_items;
pub(crate) mod update_question_meta;
pub(crate) mod update_theta;
pub(crate) mod verify_counts;

use seedtest_families::FitRecord;
use seedtest_store::Store;

use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::SharedEvidence;
use crate::joblog::JobLog;
use crate::ledger::OpenRun;
use crate::registry::{JobEntry, Kind, Setting};
use crate::settings::Settings;

/// Which job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// Item parameters and abilities.
    MirtCalibrate,
    /// Anchors for the scale.
    TagAnchorItems,
    /// Item parameters into the item bank.
    UpdateQuestionMeta,
    /// Abilities per topic.
    BackfillTopicTheta,
    /// The ability of one student, from stored item parameters.
    UpdateTheta,
    /// Features per student, topic and day.
    AggregateFeaturesDaily,
    /// The same for a span of days, students or topics of choice.
    FeaturesBackfill,
    /// Weekly KPIs.
    ComputeDailyKpis,
    /// Weekly KPIs of one week again.
    RecomputeWeeklyKpi,
    /// Growth and the probability to reach the goal.
    FitBayesianGrowth,
    /// Churn risks.
    FitSurvivalChurn,
    /// P and S of students who have gone silent.
    DetectInactivity,
    /// Row counts.
    VerifyCounts,
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
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// Rows written (or, in a dry run, that would have been).
    pub rows: u64,
    /// Students left out because their numbers cannot be stored.
    pub left_out: u64,
    /// Whether there was nothing to do.
    pub noop: bool,
    /// Whether the job ran to its end but has to be reported as failed (exit code 1).
    pub failed: bool,
    /// What the ledger keeps of the model it fitted, if it fitted one here.
    pub fit: Option<FitRecord>,
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
    /// Who asked for the run, for the ledger.
    pub actor: &'a str,
}

/// Runs a job under its lock and enters it in the ledger; a dry run leaves no line. A second run
/// of the same job at the same time is no error: it says so and does nothing.
pub async fn run(entry: &JobEntry, context: Context<'_, '_>) -> Result<Outcome, Error> {
    run_sharing(entry, context, None).await
}

/// As [`run`], from evidence that is loaded once for several jobs.
pub(crate) async fn run_sharing(
    entry: &JobEntry,
    context: Context<'_, '_>,
    shared: Option<&SharedEvidence>,
) -> Result<Outcome, Error> {
    let Some(lock) = context.store.try_job_lock(entry.name).await? else {
        let message = format!("{} is already running", entry.name);
        context.log.warn(&message).map_err(Error::log)?;
        return Ok(Outcome { noop: true, ..Outcome::default() });
    };
    let outcome = run_in_ledger(entry, context, shared).await;
    lock.release().await;
    outcome
}

/// Runs a job that may run beside itself, because it touches one student only.
pub(crate) async fn run_unlocked(
    entry: &JobEntry,
    context: Context<'_, '_>,
) -> Result<Outcome, Error> {
    run_in_ledger(entry, context, None).await
}

async fn run_in_ledger(
    entry: &JobEntry,
    context: Context<'_, '_>,
    shared: Option<&SharedEvidence>,
) -> Result<Outcome, Error> {
    let Context { store, clock, settings, log, actor } = context;
    if settings.switch("dry-run") {
        let context = Context { store, clock, settings, log, actor };
        return execute(entry.job, context, shared).await;
    }
    let run = OpenRun::job(store, entry, settings, clock, actor).await?;
    let results = run.store(store);
    let context = Context { store: &results, clock, settings, log, actor };
    let outcome = execute(entry.job, context, shared).await;
    run.close(store, &outcome).await?;
    outcome
}

async fn execute(
    job: Job,
    context: Context<'_, '_>,
    shared: Option<&SharedEvidence>,
) -> Result<Outcome, Error> {
    match job {
        Job::MirtCalibrate => mirt_calibrate::run(context).await,
        Job::TagAnchorItems => tag_anchor_items::run(context).await,
        Job::UpdateQuestionMeta => update_question_meta::run(context).await,
        Job::BackfillTopicTheta => backfill_topic_theta::run(context).await,
        Job::UpdateTheta => update_theta::run(context).await,
        Job::AggregateFeaturesDaily => aggregate_features_daily::run(context, shared).await,
        Job::FeaturesBackfill => features_backfill::run(context, shared).await,
        Job::ComputeDailyKpis => compute_daily_kpis::run(context, shared).await,
        Job::RecomputeWeeklyKpi => recompute_weekly_kpi::run(context).await,
        Job::FitBayesianGrowth => fit_bayesian_growth::run(context).await,
        Job::FitSurvivalChurn => fit_survival_churn::run(context).await,
        Job::DetectInactivity => detect_inactivity::run(context).await,
        Job::VerifyCounts => verify_counts::run(context).await,
    }
}

/// Fits the model of a job again, without writing; `Err` in the result says why it cannot.
pub(crate) async fn refit(
    job: Job,
    context: Context<'_, '_>,
) -> Result<Result<FitRecord, String>, Error> {
    match job {
        Job::MirtCalibrate => mirt_calibrate::refit(context).await,
        Job::FitBayesianGrowth => fit_bayesian_growth::refit(context).await,
        Job::FitSurvivalChurn => fit_survival_churn::refit(context).await,
        _ => Ok(Err("the job fits no model".to_string())),
    }
}
