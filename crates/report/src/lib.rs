//! Weekly reports: self-contained HTML for one student and for a class, in Korean and English.
//!
//! A caller fills a [`StudentReport`], a [`ClassReport`], a [`SchoolReport`] or an [`OperatorReport`];
//! nothing here reads a database, a clock or the network, and a page makes no further request. Only
//! the table of a class has a script, without which it is a plain table.

mod brand;
mod catalogue;
mod charts;
mod check;
mod custom;
mod date;
mod error;
#[cfg(test)]
mod every_sentence;
mod explained;
mod file_name;
mod findings;
mod fonts;
mod interval;
mod lang;
mod leaving;
mod letter;
mod names;
mod natural_order;
mod notice;
mod number;
mod page;
mod register;
mod render;
mod sections;
mod sheet;
mod style;
mod view;
mod wording;

pub use catalogue::filled;
pub use custom::{Custom, Logo, LogoFormat, PaperFont, SECTIONS, template_names, template_source};
pub use error::Error;
pub use explained::{Explained, contest, decisions, explained};
pub use file_name::{
    CLASS_FILE_NAME, OPERATOR_FILE_NAME, OTHERS_FILE_NAME, class_file_name, file_name,
};
pub use interval::{Z_95, newcombe, wilson};
pub use lang::{Lang, UnknownLang};
pub use leaving::Leaving;
pub use letter::{Letter, LetterText};
pub use names::{colour_names, text_keys};
pub use notice::{DriftedItems, FailedJob, Notice, StudentAtRisk};
pub use number::{chance, count, decimal, percent};
pub use page::{Link, Talk};
pub use render::{PAPER_TEMPLATE, Parts, Renderer, TABLE_SCRIPT, render_class, render_student};
pub use sheet::Sheet;
pub use style::STYLE as STYLE_SHEET;
pub use view::{
    AbilityPoint, Absent, Anchor, CalibratedItem, CalibrationFigure, CalibrationFlag,
    CalibrationReport, ChanceWeek, ChurnDetail, ChurnFactor, ChurnReason, ClassFigures, ClassLine,
    ClassName, ClassReport, ClassSegments, Coverage, DayActivity, DifferingItem, FEWEST, FitFamily,
    FitRow, ForecastDetail, ForecastModel, ForecastWeek, GoalChance, GoalTarget, GoalUnit, Group,
    GroupComparison, GrowthCurve, GrowthWeek, Halves, ItemFlag, ItemPage, ItemRow, Kpi, KpiCards,
    KpiKind, Linking, MeanShare, Month, Name, ObservedShare, OperatorReport, OwnGoal, Provenance,
    Reason, SchoolOverview, SchoolReport, Segment, SegmentDetail, SegmentDifference, Standing,
    StudentReport, StudentRow, SurvivalCurve, TopicScore, Trend, UnknownReason, Warning, WeekScore,
    WeeklySlope, empirical_percentile,
};
pub use wording::{Advice, ability_level, segment_description, topic_advice};
