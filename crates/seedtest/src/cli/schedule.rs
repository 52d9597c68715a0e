//! Flags of `seedtest schedule`.

use clap::Args;

use super::values::{cron, whole};

#[derive(Debug, Clone, Args)]
pub(crate) struct PlanArgs {
    /// When the nights run, as a cron expression in the time zone of the database [default: 0 3 * * TUE-SUN]
    #[arg(long, value_name = "CRON", env = "SEEDTEST_DAILY", value_parser = cron)]
    pub(crate) daily: Option<String>,
    /// When the week is closed, which is a night, too [default: 0 3 * * MON]
    #[arg(long, value_name = "CRON", env = "SEEDTEST_WEEKLY", value_parser = cron)]
    pub(crate) weekly: Option<String>,
    /// When the month is closed [default: 30 6 1 * *]
    #[arg(long, value_name = "CRON", env = "SEEDTEST_MONTHLY", value_parser = cron)]
    pub(crate) monthly: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ScheduleArgs {
    #[command(flatten)]
    pub(crate) plan: PlanArgs,
    /// Run what is due now and end; exit code 1 when something failed
    #[arg(long)]
    pub(crate) once: bool,
    /// Most seconds after its time at which something begins
    #[arg(long, value_name = "SECONDS", default_value_t = seedtest_pipeline::Retries::default().jitter, value_parser = whole(0..=3600_u32))]
    pub(crate) jitter: u32,
    /// How often something that fails is tried, after 1, 5, 25 … minutes
    #[arg(long, value_name = "N", default_value_t = seedtest_pipeline::Retries::default().tries, value_parser = whole(1..=6_u32))]
    pub(crate) tries: u32,
}
