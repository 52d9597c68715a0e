//! When things run by themselves: the rounds, and the jobs that belong to none, each at the points of a
//! cron expression in the time zone of the database.

mod plan;
mod scheduler;
mod standing;

pub use plan::{Plan, PlanError, RoundTimes, Upcoming, read_cron};
pub use scheduler::{Ended, Retries, run_schedule};
