//! Right answers by week.

use super::section::Section;
use crate::catalogue::Catalogue;
use crate::charts::{Figure, weekly_accuracy};
use crate::check::check_weeks;
use crate::error::Error;
use crate::view::StudentReport;
use crate::wording;

pub(super) const SECTION: Section = Section { check, figures };

fn check(report: &StudentReport) -> Result<(), Error> {
    check_weeks(&report.weekly_accuracy)
}

fn figures(report: &StudentReport, catalogue: &Catalogue) -> Vec<Figure> {
    let reading = wording::accuracy(&report.weekly_accuracy, catalogue);
    vec![weekly_accuracy(&report.weekly_accuracy, reading, catalogue)]
}
