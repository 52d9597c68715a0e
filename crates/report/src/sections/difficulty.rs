//! Difficulty of the attempted items beside the student's ability.

use chrono::Days;

use super::section::Section;
use crate::catalogue::Catalogue;
use crate::charts::difficulty_histogram;
use crate::check::{ANY, check_number};
use crate::error::Error;
use crate::page::Block;
use crate::view::StudentReport;
use crate::wording;

pub(super) const SECTION: Section = Section { check, block };

fn check(report: &StudentReport) -> Result<(), Error> {
    for (i, &difficulty) in report.item_difficulty.iter().enumerate() {
        check_number(&format!("item_difficulty[{i}]"), difficulty, ANY)?;
    }
    Ok(())
}

/// Share of right answers of the four weeks up to the reported one.
fn right_share(report: &StudentReport) -> Option<f64> {
    let first = report.week_start.checked_sub_days(Days::new(21)).unwrap_or(report.week_start);
    let weeks = report.weekly_accuracy.iter().filter(|week| week.week_start >= first);
    let (n, right) = weeks.fold((0, 0), |(n, right), week| (n + week.n, right + week.right));
    (n > 0).then(|| f64::from(right) / f64::from(n))
}

fn block(report: &StudentReport, catalogue: &Catalogue) -> Block {
    let theta = report.ability.last().map(|point| point.theta);
    let reading =
        wording::difficulty(&report.item_difficulty, theta, right_share(report), catalogue);
    let figures = vec![difficulty_histogram(&report.item_difficulty, theta, reading, catalogue)];
    Block::of_figures("tried", catalogue.text("section.difficulty"), figures)
}
