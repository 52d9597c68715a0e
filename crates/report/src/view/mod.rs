//! What a report shows, as plain values a caller fills from a database or a file.

mod ability;
mod activity;
mod churn;
mod class;
mod forecast;
mod item;
mod kpi;
mod provenance;
mod reason;
mod score;
mod segment;
mod student;
mod warning;

pub use ability::{AbilityPoint, empirical_percentile};
pub use activity::DayActivity;
pub use churn::{ChurnDetail, ChurnFactor, ChurnReason};
pub use class::{ClassReport, StudentRow};
pub use forecast::{ForecastDetail, ForecastModel, ForecastWeek, Trend};
pub use item::{ItemFlag, ItemRow};
pub use kpi::{Kpi, KpiCards, KpiKind};
pub use provenance::Provenance;
pub use reason::{Reason, UnknownReason};
pub use score::{TopicScore, WeekScore, WeeklySlope};
pub use segment::{ClassSegments, Segment, SegmentDetail, SegmentDifference};
pub use student::StudentReport;
pub use warning::Warning;
