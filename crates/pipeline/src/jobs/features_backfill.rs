use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::SharedEvidence;
use crate::jobs::aggregate_features_daily::INCLUDE_THETA;
use crate::jobs::{Context, DRY_RUN, Job, Outcome, kpi_settings};
use crate::registry::{JobEntry, Kind, Setting};
use crate::settings::Settings;
use crate::topic_features::FeaturePlan;

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "features-backfill",
    aliases: &[],
    summary: "Daily features of a span of days, of all or of one student or topic",
    schedule: None,
    settings: &[
        Setting {
            key: "from",
            flag: true,
            env: &[],
            default: None,
            kind: Kind::Date,
            help: "First day (required)",
        },
        Setting {
            key: "to",
            flag: true,
            env: &[],
            default: None,
            kind: Kind::Date,
            help: "Last day [default: today]",
        },
        Setting {
            key: "user",
            flag: true,
            env: &[],
            default: None,
            kind: Kind::Text,
            help: "Only this student",
        },
        Setting {
            key: "topic",
            flag: true,
            env: &[],
            default: None,
            kind: Kind::Text,
            help: "Only this topic",
        },
        INCLUDE_THETA,
        kpi_settings::USE_IRT_THETA,
        DRY_RUN,
    ],
    reads: &["attempt_ext", "mirt_ability", "student_topic_theta"],
    writes: &["features_topic_daily"],
    job: Job::FeaturesBackfill,
};

pub(super) async fn run(
    context: Context<'_, '_>,
    shared: Option<&SharedEvidence>,
) -> Result<Outcome, Error> {
    plan(context.settings, context.clock)?.write(context, shared).await
}

/// What a run with these settings computes.
pub(crate) fn plan(settings: &Settings, clock: Clock) -> Result<FeaturePlan, Error> {
    let Some(first) = settings.date("from") else {
        return Err(Error::Usage("features-backfill needs --from".into()));
    };
    let last = settings.date("to").unwrap_or_else(|| clock.today());
    if first > last {
        return Err(Error::Usage(format!("--from {first} lies after --to {last}")));
    }
    Ok(FeaturePlan {
        first,
        last,
        user: settings.text("user").map(str::to_string),
        topic: settings.text("topic").map(str::to_string),
        include_theta: settings.switch("include-theta"),
        use_theta: settings.switch("use-irt-theta"),
        dry_run: settings.switch("dry-run"),
        nothing: format!("No (user_id, topic_id, date) combinations found from {first} to {last}."),
    })
}
