//! Numbers as plain sentences. A sentence says what the number means, then how sure we are.

mod ability;
mod accuracy;
mod activity;
mod advice;
mod calibration;
mod churn;
mod class;
mod difficulty;
mod forecast;
mod goal;
mod growth;
mod kpi;
mod operator;
mod particle;
mod segment;
mod student;
mod topics;
mod warnings;

pub(crate) use ability::{abilities, ability, growth, level_name};
pub(crate) use accuracy::accuracy;
pub(crate) use activity::{activity, days_ago};
pub use advice::{Advice, ability_level, topic_advice};
pub(crate) use calibration::{calibration_flag, calibration_summary, differing_item};
pub(crate) use churn::{
    churn, factor_name, leading_reason, survival, times, told_risk, told_risk_alone,
};
pub(crate) use class::{class_summary, class_topic, mean_of_week, moved, risk_reason};
pub(crate) use difficulty::difficulty;
pub(crate) use forecast::forecast;
pub(crate) use goal::{chances, goal_box, target};
pub(crate) use growth::growth_curve;
pub(crate) use kpi::{as_of, kpi_lines, name_of_kpi, speed, tick_label, write};
pub(crate) use operator::{constant, linking, operator_summary, verdict, verdicts};
pub(crate) use particle::particle;
pub use segment::segment_description;
pub(crate) use segment::{feature_name, segment, segment_name, segments};
pub(crate) use student::{practise_next, student_summary, week_lines, went_well};
pub(crate) use topics::topics;
pub(crate) use warnings::warnings;
