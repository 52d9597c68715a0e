//! Weekly reports: self-contained HTML for one student and for a class, in Korean and English.
//!
//! A caller fills a [`StudentReport`] or a [`ClassReport`]; nothing here reads a database, a clock
//! or the network, and the page needs no script and no further request.

mod catalogue;
mod charts;
mod check;
mod date;
mod error;
mod explained;
mod file_name;
mod interval;
mod lang;
mod natural_order;
mod number;
mod page;
mod render;
mod sections;
mod view;
mod wording;

pub use error::Error;
pub use explained::{Explained, contest, decisions, explained};
pub use file_name::{CLASS_FILE_NAME, file_name};
pub use interval::{Z_95, newcombe, wilson};
pub use lang::{Lang, UnknownLang};
pub use render::{render_class, render_student};
pub use view::{
    AbilityPoint, ChurnDetail, ChurnFactor, ChurnReason, ClassReport, ClassSegments, DayActivity,
    ForecastDetail, ForecastModel, ForecastWeek, ItemFlag, ItemRow, Kpi, KpiCards, KpiKind,
    Provenance, Reason, Segment, SegmentDetail, SegmentDifference, StudentReport, StudentRow,
    TopicScore, Trend, UnknownReason, Warning, WeekScore, WeeklySlope, empirical_percentile,
};
pub use wording::{Advice, ability_level, segment_description, topic_advice};
