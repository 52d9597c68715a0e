//! The sections of a student's report, a file and a line each: what is checked of the view model, and
//! what is shown of it.
//!
//! A new section is a file here with its type, its check, its words and its chart, a line in [`MORE`]
//! or [`NUMBERS`], a field of [`StudentReport`], and texts in both catalogues.

mod ability;
mod activity;
mod churn;
mod difficulty;
mod forecast;
mod goal;
mod growth;
mod kpis;
mod linking;
mod own_goals;
mod section;
mod segment;
mod topics;
mod weeks;

use crate::check::{check_kpis, check_optional};
use crate::error::Error;
use crate::view::StudentReport;

pub(crate) use churn::{RISK_SECTION, survival_figure};
pub(crate) use forecast::forecast_block;
pub(crate) use section::Section;
pub(crate) use segment::segments_block;

/// The sections everybody reads, in their order.
pub(crate) const MORE: [Section; 5] =
    [topics::SECTION, weeks::SECTION, activity::SECTION, goal::SECTION, own_goals::SECTION];

/// The sections that speak of models, in their order.
pub(crate) const NUMBERS: [Section; 8] = [
    kpis::SECTION,
    ability::SECTION,
    growth::SECTION,
    difficulty::SECTION,
    churn::SECTION,
    segment::SECTION,
    forecast::SECTION,
    linking::SECTION,
];

/// Refuses a report with numbers that cannot be drawn.
pub(crate) fn check_student(report: &StudentReport) -> Result<(), Error> {
    check_kpis("kpis", &report.kpis)?;
    check_optional("standing.below", report.standing.as_ref().map(|s| s.below), (0.0, 1.0))?;
    MORE.iter().chain(&NUMBERS).try_for_each(|section| (section.check)(report))
}
