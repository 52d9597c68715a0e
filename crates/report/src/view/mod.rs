//! What a report shows, as plain values a caller fills from a database or a file: one model for three
//! readers. [`StudentReport`] is for the student, [`ClassReport`] and [`SchoolReport`] are for
//! teachers, [`OperatorReport`] is for those who answer for the models.

mod ability;
mod activity;
mod calibration;
mod churn;
mod class;
mod forecast;
mod goal;
mod group;
mod item;
mod kpi;
mod operator;
mod overview;
mod provenance;
mod reason;
mod score;
mod segment;
mod student;
mod survival;
mod warning;

pub use ability::{AbilityPoint, empirical_percentile};
pub use activity::DayActivity;
pub use calibration::{
    CalibratedItem, CalibrationFigure, CalibrationFlag, CalibrationReport, DifferingItem,
    GroupComparison, ObservedShare,
};
pub use churn::{ChurnDetail, ChurnFactor, ChurnReason};
pub use class::{Absent, ClassLine, ClassReport, Halves, SchoolReport, StudentRow};
pub use forecast::{ForecastDetail, ForecastModel, ForecastWeek, Trend};
pub use goal::{ChanceWeek, GoalChance, GoalTarget, GoalUnit, GrowthCurve, GrowthWeek, OwnGoal};
pub use group::{ClassName, FEWEST, Group, Name, Standing};
pub use item::{ItemFlag, ItemRow};
pub use kpi::{Kpi, KpiCards, KpiKind};
pub use operator::{Anchor, FitFamily, FitRow, ItemPage, Linking, OperatorReport};
pub use overview::{ClassFigures, Coverage, SchoolOverview};
pub use provenance::Provenance;
pub use reason::{Reason, UnknownReason};
pub(crate) use score::Estimate;
pub use score::{MeanShare, TopicScore, WeekScore, WeeklySlope};
pub use segment::{ClassSegments, Segment, SegmentDetail, SegmentDifference};
pub use student::{Month, StudentReport};
pub use survival::SurvivalCurve;
pub use warning::Warning;
