//! Numbers as plain sentences. A sentence says what the number means, then how sure we are.

mod ability;
mod accuracy;
mod activity;
mod advice;
mod certainty;
mod churn;
mod difficulty;
mod forecast;
mod kpi;
mod particle;
mod segment;
mod summary;
mod topics;
mod warnings;

pub(crate) use ability::{abilities, ability_range, growth, level, level_name, standing};
pub(crate) use accuracy::accuracy;
pub(crate) use activity::activity;
pub use advice::{Advice, ability_level, topic_advice};
pub(crate) use certainty::{Trust, certainty, interval};
pub(crate) use churn::churn_reasons;
pub(crate) use difficulty::difficulty;
pub(crate) use forecast::forecast;
pub(crate) use kpi::{change, meaning, tick_label, value_or_dash, write};
pub use segment::segment_description;
pub(crate) use segment::{feature_name, segment, segment_name, segments};
pub(crate) use summary::{class_summary, student_summary};
pub(crate) use topics::topics;
pub(crate) use warnings::warnings;
