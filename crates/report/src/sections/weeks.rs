//! Right answers by week.

use super::Section;
use crate::catalogue::Catalogue;
use crate::charts::weekly_accuracy;
use crate::check::{ANY, check_number, check_weeks};
use crate::error::Error;
use crate::page::Block;
use crate::view::StudentReport;
use crate::wording;

pub(super) const SECTION: Section = Section { check, block };

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

fn block(report: &StudentReport, catalogue: &Catalogue) -> Block {
    let weeks = &report.weekly_accuracy;
    let reading = wording::accuracy(weeks, report.weekly_slope, catalogue);
    let figures = vec![weekly_accuracy(weeks, report.week_start, reading, catalogue)];
    Block::of_figures("byweek", catalogue.text("section.weeks"), figures)
}
