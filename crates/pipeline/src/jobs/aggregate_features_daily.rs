//! `aggregate-features-daily`: features of the last days.

use chrono::NaiveDate;

use crate::calendar::days_before;
use crate::error::Error;
use crate::kpis::{FeaturePlan, kpi_settings};
use crate::registry::{
    AS_OF, DRY_RUN, JobEntry, Kind, Outcome, Preset, Round, Setting, Settings, Work,
};

pub(crate) const INCLUDE_THETA: Setting = Setting::new(
    "include-theta",
    Kind::Switch,
    "Ability in the topic, else of the student, as of the end of the day",
)
.env(&["AGG_INCLUDE_THETA"])
.or(Preset::Switch(false));

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "aggregate-features-daily",
    aliases: &[],
    summary: "What every student did in every topic, day by day",
    schedule: Some("25 2 * * *"),
    settings: &[
        Setting::new("date", Kind::Date, "Last day [default: yesterday]").env(&["TARGET_DATE"]),
        Setting::new("lookback-days", Kind::Count, "Days before the last one")
            .env(&["AGG_LOOKBACK_DAYS"])
            .or(Preset::Count(7)),
        INCLUDE_THETA,
        kpi_settings::USE_IRT_THETA,
        AS_OF,
        DRY_RUN,
    ],
    reads: &["attempt_ext", "mirt_ability", "student_topic_theta"],
    writes: &["features_topic_daily"],
    rounds: &[Round::Daily.at(20), Round::Weekly.at(20)],
    check: |_| Ok(()),
    run: |work| Box::pin(run(work)),
    refit: None,
    reach: Some(|settings| {
        let is_free = settings.date("date").is_none();
        Ok(is_free.then_some(settings.days("lookback-days")?))
    }),
    looks: Some(|settings, zone, today| Ok(Some(plan(settings, today)?.span(zone)))),
};

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let today = work.clock.today(work.store.time_zone());
    plan(work.settings, today)?.write(work).await
}

/// What a run with these settings computes.
fn plan(settings: &Settings, today: NaiveDate) -> Result<FeaturePlan, Error> {
    let last = settings.date("date").unwrap_or_else(|| days_before(today, 1));
    let lookback = settings.days("lookback-days")?;
    Ok(FeaturePlan {
        first: days_before(last, lookback),
        last,
        user: None,
        topic: None,
        include_theta: settings.switch("include-theta"),
        use_theta: settings.switch("use-irt-theta"),
        dry_run: settings.switch("dry-run"),
        nothing: format!(
            "No (user_id, topic_id, date) combinations found (lookback={lookback} days); exiting."
        ),
    })
}
