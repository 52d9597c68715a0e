//! Right answers by week.

use super::section::Section;
use crate::catalogue::Catalogue;
use crate::charts::{Figure, weekly_accuracy};
use crate::check::{ANY, check_number, check_weeks};
use crate::error::Error;
use crate::view::StudentReport;
use crate::wording;

pub(super) const SECTION: Section = Section { check, figures };

fn check(report: &StudentReport) -> Result<(), Error> {
    if let Some(slope) = report.weekly_slope {
        for (name, value) in
            [("value", slope.value), ("lower", slope.lower), ("upper", slope.upper)]
        {
            check_number(&format!("weekly_slope.{name}"), value, ANY)?;
        }
    }
    check_weeks(&report.weekly_accuracy)
}

fn figures(report: &StudentReport, catalogue: &Catalogue) -> Vec<Figure> {
    let reading = wording::accuracy(&report.weekly_accuracy, report.weekly_slope, catalogue);
    vec![weekly_accuracy(&report.weekly_accuracy, reading, catalogue)]
}
