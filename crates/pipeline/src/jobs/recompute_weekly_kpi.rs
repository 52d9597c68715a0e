//! `recompute-weekly-kpi`: the KPI rows of one week again.

use chrono::NaiveDate;
use seedtest_kpi::{as_of, week_start};
use seedtest_store::Store;

use crate::error::Error;
use crate::evidence::Evidence;
use crate::kpis::{KpiPlan, WeeklyRows, fits, kpi_settings, locked_fits, locked_fits_of, patch};
use crate::registry::{
    JobEntry, JobLog, Kind, Outcome, Preset, Round, Setting, Settings, Work, joined,
};

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "recompute-weekly-kpi",
    aliases: &[],
    summary: "KPIs of one week again, also of students who were not active of late",
    schedule: None,
    settings: &SETTINGS,
    reads: kpi_settings::READS,
    writes: &["weekly_kpi"],
    rounds: &[Round::Weekly.at(30)],
    check: |settings| KpiPlan::read(settings).map(drop),
    run: |work| Box::pin(run(work)),
    refit: None,
    reach: Some(|settings| {
        let is_free = ["week-start", "user"].iter().all(|key| settings.text(key).is_none());
        Ok(is_free.then_some(settings.days("lookback-days")?))
    }),
    looks: None,
};

const SETTINGS: [Setting; 15] = joined(
    &[
        Setting::new(
            "week-start",
            Kind::Text,
            "Any day of the week; what is no date means this week",
        )
        .env(&["KPI_WEEK_START"]),
        Setting::new(
            "lookback-days",
            Kind::Count,
            "Students active in this many days, beside all with an ability",
        )
        .env(&["KPI_USERS_SINCE_DAYS"])
        .or(Preset::Count(90)),
        Setting::new("user", Kind::Text, "Only this student, active or not"),
        Setting::new("limit-users", Kind::Count, "Only the first N students by id, 0 = all")
            .or(Preset::Count(0)),
    ],
    &kpi_settings::OF_ROWS,
);

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, in_round, .. } = work;
    let today = clock.today(store.time_zone());
    let week = week(settings, today);
    let day = as_of(week, today);
    if let Some(user_id) = settings.text("user") {
        return one_student(store, settings, log, user_id, day).await;
    }
    let plan = KpiPlan { everyone_with_ability: true, ..KpiPlan::read(settings)? };
    let evidence = plan.load(store, day, day, log).await?;
    let goal_models = plan.goal_models(store, (day, day), in_round.then_some(today)).await?;
    let mut tx = if settings.switch("dry-run") { None } else { Some(store.begin().await?) };
    let fits = match &mut tx {
        Some(tx) => locked_fits(tx, week, week).await?,
        None => fits(store, week, week).await?,
    };
    let rows = WeeklyRows::new(&evidence, &fits, &goal_models, &plan);
    let days = [day];
    let mut roster = rows.roster(&days);
    let most = settings.size("limit-users")?;
    if most > 0 {
        roster.students.truncate(most);
    }
    if roster.students.is_empty() {
        log.plain("No users found; skipping KPI recompute.");
        return Ok(Outcome::noop());
    }
    let results = rows.write(&roster, tx.as_mut()).await?;
    for failed in results.iter().flat_map(|result| &result.failed) {
        let message =
            format!("WARN: KPI recompute failed for {}: {}", failed.user_id, failed.error);
        log.plain(&message);
    }
    match tx {
        Some(tx) => tx.commit().await?,
        None => log.dry_run("no KPIs written"),
    }
    let n: usize = results.iter().map(|result| result.processed).sum();
    let message =
        format!("Weekly KPI recompute finished. Users processed: {n} (week_start={week}).");
    log.plain(&message);
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
    let plan = KpiPlan::read(settings)?;
    let span = plan.span(store.time_zone(), day, day);
    let evidence = Evidence::load(store, span, &span.answers_of(Some(user_id))).await?;
    let goal_models = plan.goal_models(store, (day, day), None).await?;
    let mut tx = store.begin().await?;
    let fits = locked_fits_of(&mut tx, user_id, week_start(day)).await?;
    let row = WeeklyRows::new(&evidence, &fits, &goal_models, &plan).row(user_id, day);
    let row = row.map_err(|error| Error::NotFinite { user_id: user_id.to_string(), error })?;
    if row.is_empty() {
        log.info(&format!("user={user_id}: no KPI can be computed"));
        return Ok(Outcome::noop());
    }
    if settings.switch("dry-run") {
        log.dry_run("no KPIs written");
        return Ok(Outcome::of_rows(1));
    }
    tx.merge_weekly_kpi(&[patch(user_id, day, row)]).await?;
    tx.commit().await?;
    log.info(&format!("user={user_id}: KPIs written (as of {day})"));
    Ok(Outcome::of_rows(1))
}

/// The Monday asked for; this week's when the text is no date or lies in the future.
fn week(settings: &Settings, today: NaiveDate) -> NaiveDate {
    let asked = settings.text("week-start").and_then(|text| text.trim().parse().ok());
    week_start(asked.filter(|&day| day <= today).unwrap_or(today))
}
