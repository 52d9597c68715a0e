use crate::calendar::days_before;
use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::SharedEvidence;
use crate::jobs::{Context, DRY_RUN, Job, Outcome, kpi_settings};
use crate::registry::{JobEntry, Kind, Setting};
use crate::settings::Settings;
use crate::topic_features::FeaturePlan;

pub(crate) const INCLUDE_THETA: Setting = Setting {
    key: "include-theta",
    flag: true,
    env: &["AGG_INCLUDE_THETA"],
    default: Some("false"),
    kind: Kind::Switch,
    help: "Ability in the topic, else of the student, as of the end of the day",
};

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "aggregate-features-daily",
    aliases: &[],
    summary: "What every student did in every topic, day by day",
    schedule: Some("25 2 * * *"),
    settings: &[
        Setting {
            key: "date",
            flag: true,
            env: &["TARGET_DATE"],
            default: None,
            kind: Kind::Date,
            help: "Last day [default: yesterday]",
        },
        Setting {
            key: "lookback-days",
            flag: true,
            env: &["AGG_LOOKBACK_DAYS"],
            default: Some("7"),
            kind: Kind::Count,
            help: "Days before the last one",
        },
        INCLUDE_THETA,
        kpi_settings::USE_IRT_THETA,
        DRY_RUN,
    ],
    reads: &["attempt_ext", "mirt_ability", "student_topic_theta"],
    writes: &["features_topic_daily"],
    job: Job::AggregateFeaturesDaily,
};

pub(super) async fn run(
    context: Context<'_, '_>,
    shared: Option<&SharedEvidence>,
) -> Result<Outcome, Error> {
    plan(context.settings, context.clock).write(context, shared).await
}

/// What a run with these settings computes.
pub(crate) fn plan(settings: &Settings, clock: Clock) -> FeaturePlan {
    let last = settings.date("date").unwrap_or_else(|| days_before(clock.today(), 1));
    let lookback = settings.count("lookback-days").unwrap_or(7).min(36_500) as u32;
    FeaturePlan {
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
    }
}
