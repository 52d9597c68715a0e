//! The one table of jobs: command line, help, schedule and documentation come from it.

use crate::jobs::{
    Job, aggregate_features_daily, backfill_topic_theta, compute_daily_kpis, detect_inactivity,
    features_backfill, fit_bayesian_growth, fit_survival_churn, mirt_calibrate,
    recompute_weekly_kpi, tag_anchor_items, update_question_meta, update_theta, verify_counts,
};

/// What kind of text a setting accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number ≥ 0.
    Count,
    /// A decimal number.
    Number,
    /// `true`, `1`, `yes` (any case) are true, anything else is false.
    Switch,
    /// A UTC date, YYYY-MM-DD.
    Date,
    /// Free text.
    Text,
    /// Free text that is never shown.
    Secret,
    /// One of the listed words, any case.
    Choice(&'static [&'static str]),
    /// One of the listed words, typed without a flag as the first argument.
    Action(&'static [&'static str]),
}

/// One setting of a job. A flag beats the environment, a name beats its aliases, an empty
/// environment variable counts as unset.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Name by which the job reads it.
    pub key: &'static str,
    /// Whether `--key` is a flag of the command line.
    pub flag: bool,
    /// Environment variables, the preferred name first.
    pub env: &'static [&'static str],
    /// Value when nothing is given; `None` = not set.
    pub default: Option<&'static str>,
    /// What it accepts.
    pub kind: Kind,
    /// One line of help.
    pub help: &'static str,
}

/// One job.
#[derive(Debug, Clone, Copy)]
pub struct JobEntry {
    /// Name, with dashes.
    pub name: &'static str,
    /// Other names of the same job.
    pub aliases: &'static [&'static str],
    /// One line of help.
    pub summary: &'static str,
    /// When it runs, as a cron expression in UTC; `None` = on demand.
    pub schedule: Option<&'static str>,
    /// Its settings.
    pub settings: &'static [Setting],
    /// Tables and views it reads.
    pub reads: &'static [&'static str],
    /// Tables it writes.
    pub writes: &'static [&'static str],
    /// Which code runs.
    pub job: Job,
}

impl JobEntry {
    /// Every spelling under which the job can be called: dashes, underscores, aliases, and the
    /// module paths of the Python jobs it replaces.
    pub fn spellings(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in std::iter::once(&self.name).chain(self.aliases) {
            let module = name.replace('-', "_");
            names.push((*name).to_string());
            names.push(module.clone());
            names.push(format!("apps.seedtest_api.jobs.{module}"));
            names.push(format!("seedtest_api.jobs.{module}"));
        }
        names.dedup();
        names
    }
}

/// All jobs, in the order in which a night runs them.
pub const JOBS: &[JobEntry] = &[
    tag_anchor_items::ENTRY,
    mirt_calibrate::ENTRY,
    update_question_meta::ENTRY,
    backfill_topic_theta::ENTRY,
    update_theta::ENTRY,
    aggregate_features_daily::ENTRY,
    features_backfill::ENTRY,
    compute_daily_kpis::ENTRY,
    recompute_weekly_kpi::ENTRY,
    fit_bayesian_growth::ENTRY,
    fit_survival_churn::ENTRY,
    detect_inactivity::ENTRY,
    verify_counts::ENTRY,
];

/// The job called `name` in any of its spellings.
pub fn find(name: &str) -> Option<&'static JobEntry> {
    JOBS.iter().find(|entry| entry.spellings().iter().any(|spelling| spelling == name))
}
