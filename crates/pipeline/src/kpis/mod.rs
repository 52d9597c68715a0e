//! KPI rows and features: from evidence and stored fits to rows, for any number of weeks and days in
//! one load.

mod fitted;
mod goal_model;
mod goal_rows;
pub(crate) mod kpi_settings;
mod plan;
mod record;
mod roster;
mod stored_fits;
mod topic_features;
mod weekly_rows;

pub(crate) use fitted::{Choice, FittedKpis};
pub(crate) use goal_model::GoalModels;
pub(crate) use goal_rows::{GoalRow, goal_rows, write_goals};
pub(crate) use plan::KpiPlan;
pub(crate) use record::{goal_normal, goal_posterior};
pub(crate) use roster::Roster;
pub(crate) use stored_fits::{fits, locked_fits, locked_fits_of};
pub(crate) use topic_features::FeaturePlan;
pub(crate) use weekly_rows::{WeekResult, WeeklyRows, patch};
