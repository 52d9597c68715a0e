//! The jobs. Each file holds one job: its entry, its settings and its code.

pub(crate) mod aggregate_features_daily;
pub(crate) mod backfill_topic_theta;
pub(crate) mod cluster_segments;
pub(crate) mod compute_daily_kpis;
pub(crate) mod detect_inactivity;
pub(crate) mod features_backfill;
pub(crate) mod fit_bayesian_growth;
pub(crate) mod fit_survival_churn;
pub(crate) mod forecast_prophet;
mod forecast_service;
pub(crate) mod generate_weekly_report;
pub(crate) mod generate_weekly_report_batch;
pub(crate) mod glmm_fit_progress;
pub(crate) mod mail_weekly_report;
pub(crate) mod mirt_calibrate;
mod mirt_calibrate_categories;
pub(crate) mod prune;
pub(crate) mod recompute_weekly_kpi;
pub(crate) mod refresh_dashboard;
pub(crate) mod send_alerts;
pub(crate) mod tag_anchor_items;
pub(crate) mod update_question_meta;
pub(crate) mod update_theta;
pub(crate) mod verify_counts;

pub(crate) use mirt_calibrate::calibration_of;

use crate::registry::JobEntry;

/// How weeks get scores that went by before the first night.
const WEEKS_BEFORE: &str =
    "Weeks before the first night get their scores from `seedtest pipeline history --from DAY`";

/// All jobs. Command line, help, rounds, schedule and documentation come from this table. No constant: each crate that
/// names one holds the code of every job once more.
pub static JOBS: &[JobEntry] = &[
    tag_anchor_items::ENTRY,
    mirt_calibrate::ENTRY,
    update_question_meta::ENTRY,
    backfill_topic_theta::ENTRY,
    update_theta::ENTRY,
    aggregate_features_daily::ENTRY,
    features_backfill::ENTRY,
    compute_daily_kpis::ENTRY,
    recompute_weekly_kpi::ENTRY,
    glmm_fit_progress::ENTRY,
    fit_bayesian_growth::ENTRY,
    fit_survival_churn::ENTRY,
    detect_inactivity::ENTRY,
    forecast_prophet::ENTRY,
    cluster_segments::ENTRY,
    generate_weekly_report::ENTRY,
    generate_weekly_report_batch::ENTRY,
    mail_weekly_report::ENTRY,
    refresh_dashboard::ENTRY,
    send_alerts::ENTRY,
    verify_counts::ENTRY,
    prune::ENTRY,
];

/// The job called `name` in any of its spellings.
pub fn find(name: &str) -> Option<&'static JobEntry> {
    JOBS.iter().find(|entry| entry.spellings().iter().any(|spelling| spelling == name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::registry::Settings;

    #[test]
    fn names_and_places_are_taken_once() {
        let mut names = BTreeSet::new();
        let mut places = BTreeSet::new();
        for entry in JOBS {
            for name in entry.spellings() {
                assert!(names.insert(name.clone()), "{name} stands for two jobs");
            }
            for place in entry.rounds {
                let place = (place.round.actor(), place.order);
                assert!(places.insert(place), "{}: {place:?} is taken", entry.name);
            }
        }
    }

    #[test]
    fn every_job_can_stand_on_a_day() {
        for entry in JOBS {
            assert!(entry.settings.iter().any(|setting| setting.key == "as-of"), "{}", entry.name);
        }
    }

    #[test]
    fn every_fault_of_a_job_is_told_not_the_first_one_only() {
        let entry = find("mirt-calibrate").unwrap();
        let environment = |name: &str| match name {
            "MIRT_MODEL" => Some("5PL".to_owned()),
            "MIRT_RETRY_DELAY_SECS" => Some("-1".to_owned()),
            "jobs.mirt-calibrate.max-iter" => Some("-5".to_owned()),
            _ => None,
        };
        let flags = |key: &str| (key == "lookback-days").then(|| "x".to_owned());
        let told: Vec<String> =
            Settings::faults(entry, flags, environment).iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 4, "{told:?}");
        for part in
            ["--lookback-days: \"x\"", "MIRT_MODEL", "MIRT_RETRY_DELAY_SECS: \"-1\"", "max-iter"]
        {
            assert!(told.iter().any(|told| told.contains(part)), "{part}: {told:?}");
        }
    }

    #[test]
    fn what_only_the_job_itself_refuses_is_told_before_it_runs() {
        for (job, key, value) in [
            ("generate-weekly-report", "REPORT_FORMAT", "docx"),
            ("generate-weekly-report-batch", "COHORT_FILTER", "age=7"),
            ("cluster-segments", "CLUSTER_FEATURES", "height"),
            ("glmm-fit-progress", "GLMM_LOOKBACK_WEEKS", "0"),
            ("forecast-prophet", "jobs.forecast-prophet.calendar", "/nowhere/calendar.csv"),
        ] {
            let entry = find(job).unwrap();
            let environment = |name: &str| (name == key).then(|| value.to_owned());
            assert_eq!(Settings::faults(entry, |_| None, environment).len(), 1, "{key}");
            assert!(Settings::faults(entry, |_| None, |_| None).is_empty(), "{job}");
        }
    }

    #[test]
    fn every_default_is_what_its_setting_accepts() {
        for entry in JOBS {
            let settings = Settings::resolve(entry, |_| None, |_| None).unwrap();
            for setting in entry.settings {
                let default = setting.default.map(|preset| preset.to_string());
                assert_eq!(settings.text(setting.key).map(str::to_string), default);
            }
        }
    }
}
