//! `compute-daily-kpis`: the KPI rows of recently active students.

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_kpi::{LOOKBACK_DAYS, as_of, week_start};
use seedtest_responses::TimeZone;

use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::Span;
use crate::kpis::{KpiPlan, Roster, WeekResult, WeeklyRows, fits, kpi_settings, locked_fits};
use crate::registry::{
    JobEntry, JobLog, Kind, Outcome, Preset, Round, Setting, Settings, Work, joined,
};

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: kpi_settings::DAILY_JOB,
    aliases: &[],
    summary: "Weekly KPIs of every recently active student",
    schedule: Some("10 2 * * *"),
    settings: &SETTINGS,
    reads: kpi_settings::READS,
    writes: &["weekly_kpi"],
    rounds: &[Round::Daily.at(40), Round::Weekly.at(40), Round::History.at(40)],
    check: |settings| KpiPlan::read(settings).map(drop),
    run: |work| Box::pin(run(work)),
    refit: None,
    reach: Some(|settings| {
        let is_free = ["date", "from"].iter().all(|key| settings.date(key).is_none());
        Ok(is_free.then_some(settings.days("lookback-days")?))
    }),
    looks: Some(span),
};

const SETTINGS: [Setting; 15] = joined(
    &[
        Setting::new(
            "date",
            Kind::Date,
            "The row of this day's week, as it was known at the end of the day [default: today]",
        ),
        Setting::new("from", Kind::Date, "First day of a history: every week from here to --to"),
        Setting::new("to", Kind::Date, "Last day of a history [default: today]"),
        Setting::new(
            "lookback-days",
            Kind::Count,
            "A student gets a row when active in this many days",
        )
        .env(&["KPI_LOOKBACK_DAYS"])
        .or(Preset::Count(LOOKBACK_DAYS)),
    ],
    &kpi_settings::OF_ROWS,
);

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, shared, in_round } = work;
    let started = clock.now();
    let today = clock.today(store.time_zone());
    let days = days(settings, today)?;
    let (Some(&first), Some(&last)) = (days.first(), days.last()) else {
        return Ok(Outcome::noop());
    };
    let plan = KpiPlan::read(settings)?;
    let dry_run = settings.switch("dry-run");
    let own;
    let evidence = if let Some(shared) = shared.filter(|_| plan.max_rows == 0) {
        shared.get(store).await?
    } else {
        own = plan.load(store, first, last, log).await?;
        &own
    };
    let goal_models = plan.goal_models(store, (first, last), in_round.then_some(today)).await?;
    let mut tx = if dry_run { None } else { Some(store.begin().await?) };
    let fits = match &mut tx {
        Some(tx) => locked_fits(tx, first, week_start(last)).await?,
        None => fits(store, first, week_start(last)).await?,
    };
    let rows = WeeklyRows::new(evidence, &fits, &goal_models, &plan);
    let roster = rows.roster(&days);
    announce(&roster, dry_run, log);
    let results = rows.write(&roster, tx.as_mut()).await?;
    for ((&day, result), n) in days.iter().zip(&results).zip(roster.sizes()) {
        if n > 0 {
            report(day, result, started, clock, log);
        }
        if plan.use_bayesian && result.without_posterior > 0 {
            let n = result.without_posterior;
            let message = format!("no stored posterior of the last 14 days for {n} users");
            log.debug(&format!("Bayesian path failed, using Normal fallback: {message}"));
        }
    }
    match tx {
        Some(tx) => tx.commit().await?,
        None => log.info("Dry-run mode: rolled back all changes"),
    }
    let noop = roster.students.is_empty();
    if noop {
        let days = plan.options.lookback_days;
        log.info(&format!("No recent users found (lookback={days} days); exiting."));
    }
    let processed: usize = results.iter().map(|result| result.processed).sum();
    Ok(Outcome { rows: processed as u64, noop, ..Outcome::default() })
}

/// What a run with these settings loads.
fn span(settings: &Settings, zone: &TimeZone, today: NaiveDate) -> Result<Option<Span>, Error> {
    let plan = KpiPlan::read(settings)?;
    let days = days(settings, today)?;
    Ok(days.first().zip(days.last()).map(|(&first, &last)| plan.span(zone, first, last)))
}

fn announce(roster: &Roster<'_>, dry_run: bool, log: &mut JobLog<'_>) {
    for (&day, n) in roster.days.iter().zip(roster.sizes()).filter(|&(_, n)| n > 0) {
        let week = week_start(day);
        log.info(&format!("Computing KPIs for {n} users; week_start={week}, dry_run={dry_run}"));
    }
}

/// What came of one week. The weeks of a history are computed together, so all of them name the
/// time since the start.
fn report(
    day: NaiveDate,
    result: &WeekResult,
    started: DateTime<Utc>,
    clock: Clock,
    log: &mut JobLog<'_>,
) {
    for failed in &result.failed {
        let message = format!("user={} error={}", failed.user_id, failed.error);
        log.line_with("ERROR", &message);
    }
    let (processed, failed, week) = (result.processed, result.failed.len(), week_start(day));
    let elapsed = (clock.now() - started).num_milliseconds();
    let message = format!(
        "Summary: processed_users={processed}, failed_users={failed}, week={week}, \
         duration_ms={elapsed}"
    );
    log.info(&message);
}

/// The days of interest, one for each week to compute.
fn days(settings: &Settings, today: NaiveDate) -> Result<Vec<NaiveDate>, Error> {
    let usage = |text: &str| Err(settings.contradiction(text));
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
        return Err(Error::InTheFuture { date: from, today });
    }
    // Nothing after the last day is looked at: a row of the past is as it was known then.
    let end = to.min(today);
    let last = week_start(end);
    let mondays = week_start(from).iter_weeks().take_while(|&monday| monday <= last);
    Ok(mondays.map(|monday| as_of(monday, end)).collect())
}
