//! Answers day by day.

use chrono::Days;

use super::Section;
use crate::catalogue::Catalogue;
use crate::charts::{active_days, daily_activity};
use crate::check::{check_ascending, check_optional};
use crate::error::Error;
use crate::page::Block;
use crate::view::StudentReport;
use crate::wording;

pub(super) const SECTION: Section = Section { check, block };

fn check(report: &StudentReport) -> Result<(), Error> {
    for (i, day) in report.daily.iter().enumerate() {
        check_optional(&format!("daily[{i}].minutes"), day.minutes, (0.0, f64::INFINITY))?;
    }
    check_ascending("daily", report.daily.iter().map(|day| day.date))
}

fn block(report: &StudentReport, catalogue: &Catalogue) -> Block {
    let last_day = report.week_start.checked_add_days(Days::new(6)).unwrap_or(report.week_start);
    let active = active_days(&report.daily, last_day);
    let reading = wording::activity(&active, catalogue);
    let figures = vec![daily_activity(&active, last_day, reading, catalogue)];
    Block::of_figures("days", catalogue.text("section.activity"), figures)
}
