//! The sections of a student's report, a file and a line each: what is checked of the view model, and
//! the figures that are made from it.
//!
//! A new section is a file here with its type, its check, its words and its chart, a line in
//! [`OF_STUDENT`], a field of [`StudentReport`], and texts in both catalogues.

mod ability;
mod activity;
mod difficulty;
mod forecast;
mod section;
mod segment;
mod topics;
mod weeks;

use crate::check::{ANY, check_kpis, check_number, check_optional};
use crate::error::Error;
use crate::view::StudentReport;

pub(crate) use forecast::forecast_figure;
pub(crate) use section::Section;

/// The sections of a student's page in their order.
pub(crate) const OF_STUDENT: [Section; 7] = [
    ability::SECTION,
    topics::SECTION,
    weeks::SECTION,
    activity::SECTION,
    difficulty::SECTION,
    forecast::SECTION,
    segment::SECTION,
];

/// Refuses a report with numbers that cannot be drawn.
pub(crate) fn check_student(report: &StudentReport) -> Result<(), Error> {
    check_kpis("kpis", &report.kpis)?;
    if let Some(churn) = &report.churn {
        check_optional("churn.hazard_ratio", churn.hazard_ratio, (0.0, f64::MAX))?;
        for (i, reason) in churn.reasons.iter().enumerate() {
            check_number(&format!("churn.reasons[{i}].value"), reason.value, ANY)?;
            check_number(&format!("churn.reasons[{i}].contribution"), reason.contribution, ANY)?;
        }
    }
    OF_STUDENT.iter().try_for_each(|section| (section.check)(report))
}
