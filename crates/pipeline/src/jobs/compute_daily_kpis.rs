use chrono::{DateTime, NaiveDate, Utc};
use seedtest_kpi::{as_of, week_start};

use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::{SharedEvidence, Span};
use crate::joblog::JobLog;
use crate::jobs::{Context, DRY_RUN, Job, Outcome, kpi_settings};
use crate::registry::{JobEntry, Kind, Setting};
use crate::settings::Settings;
use crate::weekly_rows::{Plan, Roster, WeekResult, WeeklyRows, fits, locked_fits};

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "compute-daily-kpis",
    aliases: &[],
    summary: "Weekly KPIs of every recently active student",
    schedule: Some("10 2 * * *"),
    settings: &[
        Setting {
            key: "date",
            flag: true,
            env: &[],
            default: None,
            kind: Kind::Date,
            help: "Any day of the week to compute [default: today]",
        },
        Setting {
            key: "from",
            flag: true,
            env: &[],
            default: None,
            kind: Kind::Date,
            help: "First day of a history: every week from here to --to",
        },
        Setting {
            key: "to",
            flag: true,
            env: &[],
            default: None,
            kind: Kind::Date,
            help: "Last day of a history [default: today]",
        },
        Setting {
            key: "lookback-days",
            flag: true,
            env: &["KPI_LOOKBACK_DAYS"],
            default: Some("30"),
            kind: Kind::Count,
            help: "A student gets a row when active in this many days",
        },
        kpi_settings::TARGET,
        kpi_settings::TARGET_SCALE,
        kpi_settings::USE_BAYESIAN,
        kpi_settings::USE_IRT_THETA,
        kpi_settings::CHURN_HORIZON_DAYS,
        kpi_settings::MAX_ROWS,
        kpi_settings::SCORE_SLOPE,
        kpi_settings::SCORE_INTERCEPT,
        DRY_RUN,
    ],
    reads: &[
        "attempt_ext",
        "exam_results",
        "session",
        "mirt_ability",
        "student_topic_theta",
        "weekly_kpi",
        "growth_brms_meta",
    ],
    writes: &["weekly_kpi"],
    job: Job::ComputeDailyKpis,
};

pub(super) async fn run(
    context: Context<'_, '_>,
    shared: Option<&SharedEvidence>,
) -> Result<Outcome, Error> {
    let Context { store, clock, settings, log, .. } = context;
    let started = clock.now();
    let today = clock.today();
    let days = days(settings, today)?;
    let (Some(&first), Some(&last)) = (days.first(), days.last()) else {
        return Ok(Outcome { noop: true, ..Outcome::default() });
    };
    let plan = Plan::from_settings(settings);
    let dry_run = settings.switch("dry-run");
    let own;
    let evidence = if let Some(shared) = shared.filter(|_| plan.max_rows == 0) {
        shared.get(store).await?
    } else {
        own = plan.load(store, first, last, log).await?;
        &own
    };
    let goal_models = plan.goal_models(store, first, last).await?;
    let mut tx = if dry_run { None } else { Some(store.begin().await?) };
    let fits = match &mut tx {
        Some(tx) => locked_fits(tx, first, week_start(last)).await?,
        None => fits(store, first, week_start(last)).await?,
    };
    let rows = WeeklyRows::new(evidence, &fits, &goal_models, &plan);
    let roster = rows.roster(&days);
    announce(&roster, dry_run, log)?;
    let results = rows.write(&roster, tx.as_mut()).await?;
    for ((&day, result), n) in days.iter().zip(&results).zip(roster.sizes()) {
        if n > 0 {
            report(day, result, started, clock, log)?;
        }
        if plan.use_bayesian && result.without_posterior > 0 {
            let n = result.without_posterior;
            let message = format!("no stored posterior of the last 14 days for {n} users");
            let message = format!("Bayesian path failed, using Normal fallback: {message}");
            log.debug(&message).map_err(Error::log)?;
        }
    }
    match tx {
        Some(tx) => tx.commit().await?,
        None => log.info("Dry-run mode: rolled back all changes").map_err(Error::log)?,
    }
    let noop = roster.students.is_empty();
    if noop {
        let days = plan.options.lookback_days;
        let message = format!("No recent users found (lookback={days} days); exiting.");
        log.info(&message).map_err(Error::log)?;
    }
    let processed: usize = results.iter().map(|result| result.processed).sum();
    Ok(Outcome { rows: processed as u64, noop, ..Outcome::default() })
}

/// What a run with these settings loads.
pub(crate) fn span(settings: &Settings, today: NaiveDate) -> Result<Option<Span>, Error> {
    let days = days(settings, today)?;
    let ends = days.first().zip(days.last());
    Ok(ends.map(|(&first, &last)| Plan::from_settings(settings).span(first, last)))
}

fn announce(roster: &Roster<'_>, dry_run: bool, log: &mut JobLog<'_>) -> Result<(), Error> {
    for (&day, n) in roster.days.iter().zip(roster.sizes()).filter(|&(_, n)| n > 0) {
        let week = week_start(day);
        let message = format!("Computing KPIs for {n} users; week_start={week}, dry_run={dry_run}");
        log.info(&message).map_err(Error::log)?;
    }
    Ok(())
}

/// What came of one week. The weeks of a history are computed together, so all of them name the
/// time since the start.
fn report(
    day: NaiveDate,
    result: &WeekResult,
    started: DateTime<Utc>,
    clock: Clock,
    log: &mut JobLog<'_>,
) -> Result<(), Error> {
    for failed in &result.failed {
        let message = format!("user={} error={}", failed.user_id, failed.error);
        log.line_with("ERROR", &message).map_err(Error::log)?;
    }
    let (processed, failed, week) = (result.processed, result.failed.len(), week_start(day));
    let elapsed = (clock.now() - started).num_milliseconds();
    let message = format!(
        "Summary: processed_users={processed}, failed_users={failed}, week={week}, \
         duration_ms={elapsed}"
    );
    log.info(&message).map_err(Error::log)
}

/// The days of interest, one for each week to compute.
fn days(settings: &Settings, today: NaiveDate) -> Result<Vec<NaiveDate>, Error> {
    let usage = |text: &str| Err(Error::Usage(text.to_string()));
    let (from, to) = match (settings.date("date"), settings.date("from"), settings.date("to")) {
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
            return usage("--date and --from/--to exclude each other");
        }
        (None, None, Some(_)) => return usage("--to needs --from"),
        (None, Some(from), to) => (from, to.unwrap_or(today)),
        (date, None, None) => (date.unwrap_or(today), date.unwrap_or(today)),
    };
    if from > to {
        return usage(&format!("--from {from} lies after --to {to}"));
    }
    if from > today {
        return usage(&format!("{from} lies in the future (today is {today})"));
    }
    let last = week_start(to.min(today));
    let mondays = week_start(from).iter_weeks().take_while(|&monday| monday <= last);
    Ok(mondays.map(|monday| as_of(monday, today)).collect())
}
