use chrono::NaiveDate;
use seedtest_kpi::{as_of, week_start};
use seedtest_store::Store;
use serde_json::Value;

use crate::error::Error;
use crate::evidence::Evidence;
use crate::joblog::JobLog;
use crate::jobs::{Context, DRY_RUN, Job, Outcome, kpi_settings};
use crate::registry::{JobEntry, Kind, Setting};
use crate::settings::Settings;
use crate::weekly_rows::{Plan, WeeklyRows, fits, locked_fits, locked_fits_of};

/// The KPIs every row has.
const KPIS: [&str; 6] = ["I_t", "E_t", "R_t", "A_t", "P", "S"];

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "recompute-weekly-kpi",
    aliases: &[],
    summary: "KPIs of one week again, also of students who were not active of late",
    schedule: None,
    settings: &[
        Setting {
            key: "week-start",
            flag: true,
            env: &["KPI_WEEK_START"],
            default: None,
            kind: Kind::Text,
            help: "Any day of the week; what is no date means this week",
        },
        Setting {
            key: "lookback-days",
            flag: true,
            env: &["KPI_USERS_SINCE_DAYS"],
            default: Some("90"),
            kind: Kind::Count,
            help: "Students active in this many days, beside all with an ability",
        },
        Setting {
            key: "user",
            flag: true,
            env: &[],
            default: None,
            kind: Kind::Text,
            help: "Only this student, active or not",
        },
        Setting {
            key: "limit-users",
            flag: true,
            env: &[],
            default: Some("0"),
            kind: Kind::Count,
            help: "Only the first N students by id, 0 = all",
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
    job: Job::RecomputeWeeklyKpi,
};

pub(super) async fn run(context: Context<'_, '_>) -> Result<Outcome, Error> {
    let Context { store, clock, settings, log, .. } = context;
    let today = clock.today();
    let week = week(settings, today);
    let day = as_of(week, today);
    if let Some(user_id) = settings.text("user") {
        return one_student(store, settings, log, user_id, day).await;
    }
    let plan = Plan { everyone_with_ability: true, ..Plan::from_settings(settings) };
    let evidence = plan.load(store, day, day, log).await?;
    let goal_models = plan.goal_models(store, day, day).await?;
    let mut tx = if settings.switch("dry-run") { None } else { Some(store.begin().await?) };
    let fits = match &mut tx {
        Some(tx) => locked_fits(tx, week, week).await?,
        None => fits(store, week, week).await?,
    };
    let rows = WeeklyRows::new(&evidence, &fits, &goal_models, &plan);
    let days = [day];
    let mut roster = rows.roster(&days);
    if let Some(most) = settings.count("limit-users").filter(|&most| most > 0) {
        roster.students.truncate(most as usize);
    }
    if roster.students.is_empty() {
        log.plain("No users found; skipping KPI recompute.").map_err(Error::log)?;
        return Ok(Outcome { noop: true, ..Outcome::default() });
    }
    let results = rows.write(&roster, tx.as_mut()).await?;
    for failed in results.iter().flat_map(|result| &result.failed) {
        let message =
            format!("WARN: KPI recompute failed for {}: {}", failed.user_id, failed.error);
        log.plain(&message).map_err(Error::log)?;
    }
    match tx {
        Some(tx) => tx.commit().await?,
        None => log.dry_run("no KPIs written").map_err(Error::log)?,
    }
    let n: usize = results.iter().map(|result| result.processed).sum();
    let message =
        format!("Weekly KPI recompute finished. Users processed: {n} (week_start={week}).");
    log.plain(&message).map_err(Error::log)?;
    let left_out = results.iter().map(|result| result.failed.len() as u64).sum();
    Ok(Outcome { rows: n as u64, left_out, ..Outcome::default() })
}

/// The row of one student; none is written when not one of the six KPIs is known.
async fn one_student(
    store: &Store,
    settings: &Settings,
    log: &mut JobLog<'_>,
    user_id: &str,
    day: NaiveDate,
) -> Result<Outcome, Error> {
    let plan = Plan::from_settings(settings);
    let evidence = Evidence::of_student(store, user_id, plan.span(day, day)).await?;
    let goal_models = plan.goal_models(store, day, day).await?;
    let mut tx = store.begin().await?;
    let fits = locked_fits_of(&mut tx, user_id, week_start(day)).await?;
    let row = WeeklyRows::new(&evidence, &fits, &goal_models, &plan).row(user_id, day);
    let patch = row.map_err(|error| Error::Usage(format!("{user_id}: {error}")))?;
    // A KPI that is left out belongs to a fitted model, which knows it.
    if KPIS.iter().all(|&key| patch.patch.get(key).is_some_and(Value::is_null)) {
        log.info(&format!("user={user_id}: no KPI can be computed")).map_err(Error::log)?;
        return Ok(Outcome { noop: true, ..Outcome::default() });
    }
    if settings.switch("dry-run") {
        log.dry_run("no KPIs written").map_err(Error::log)?;
        return Ok(Outcome { rows: 1, ..Outcome::default() });
    }
    tx.merge_weekly_kpi(&[patch]).await?;
    tx.commit().await?;
    log.info(&format!("user={user_id}: KPIs written (as of {day})")).map_err(Error::log)?;
    Ok(Outcome { rows: 1, ..Outcome::default() })
}

/// The Monday asked for; this week's when the text is no date or lies in the future.
fn week(settings: &Settings, today: NaiveDate) -> NaiveDate {
    let asked = settings.text("week-start").and_then(|text| text.trim().parse().ok());
    week_start(asked.filter(|&day| day <= today).unwrap_or(today))
}
