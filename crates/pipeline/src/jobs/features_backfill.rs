//! `features-backfill`: features of a span of days.

use chrono::NaiveDate;

use super::aggregate_features_daily::INCLUDE_THETA;
use crate::error::Error;
use crate::kpis::{FeaturePlan, kpi_settings};
use crate::registry::{AS_OF, DRY_RUN, JobEntry, Kind, Outcome, Round, Setting, Settings, Work};

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "features-backfill",
    aliases: &[],
    summary: "Daily features of a span of days, of all or of one student or topic",
    schedule: None,
    settings: &[
        Setting::new("from", Kind::Date, "First day (required)"),
        Setting::new("to", Kind::Date, "Last day [default: today]"),
        Setting::new("user", Kind::Text, "Only this student"),
        Setting::new("topic", Kind::Text, "Only this topic"),
        INCLUDE_THETA,
        kpi_settings::USE_IRT_THETA,
        AS_OF,
        DRY_RUN,
    ],
    reads: &["attempt_ext", "mirt_ability", "student_topic_theta"],
    writes: &["features_topic_daily"],
    rounds: &[Round::History.at(20)],
    check: |_| Ok(()),
    run: |work| Box::pin(run(work)),
    refit: None,
    reach: None,
    looks: Some(|settings, zone, today| Ok(Some(plan(settings, today)?.span(zone)))),
};

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let today = work.clock.today(work.store.time_zone());
    plan(work.settings, today)?.write(work).await
}

/// What a run with these settings computes.
fn plan(settings: &Settings, today: NaiveDate) -> Result<FeaturePlan, Error> {
    let Some(first) = settings.date("from") else { return Err(settings.required("from")) };
    let last = settings.date("to").unwrap_or(today);
    if first > last {
        return Err(settings.contradiction(format!("--from {first} lies after --to {last}")));
    }
    Ok(FeaturePlan {
        first,
        last,
        user: settings.owned("user"),
        topic: settings.owned("topic"),
        include_theta: settings.switch("include-theta"),
        use_theta: settings.switch("use-irt-theta"),
        dry_run: settings.switch("dry-run"),
        nothing: format!("No (user_id, topic_id, date) combinations found from {first} to {last}."),
    })
}
