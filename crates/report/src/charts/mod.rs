//! Charts as inline SVG, one type a file, one look: the style sheet of the page colours them.

mod ability_histogram;
mod ability_trend;
mod axes;
mod daily_activity;
mod difficulty_histogram;
mod drawing;
mod figure;
mod forecast;
mod histogram;
mod label;
mod quartiles;
mod range_bar;
mod scale;
mod scale_columns;
mod segment_profile;
mod segment_sizes;
mod topic_accuracy;
mod weekly_accuracy;

pub(crate) use ability_histogram::ability_histogram;
pub(crate) use ability_trend::ability_trend;
pub(crate) use daily_activity::{active_days, daily_activity};
pub(crate) use difficulty_histogram::difficulty_histogram;
pub(crate) use figure::Figure;
pub(crate) use forecast::forecast;
pub(crate) use quartiles::quartiles;
pub(crate) use range_bar::range_bar;
pub(crate) use segment_profile::segment_profile;
pub(crate) use segment_sizes::segment_sizes;
pub(crate) use topic_accuracy::topic_accuracy;
pub(crate) use weekly_accuracy::weekly_accuracy;
