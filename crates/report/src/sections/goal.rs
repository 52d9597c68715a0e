//! The chance of the goal over the weeks.

use super::Section;
use crate::catalogue::Catalogue;
use crate::charts::goal_chance;
use crate::check::{ANY, check_ascending, check_number, check_optional};
use crate::error::Error;
use crate::page::Block;
use crate::view::StudentReport;
use crate::wording;

const SHARE: (f64, f64) = (0.0, 1.0);

pub(super) const SECTION: Section = Section { check, block };

fn check(report: &StudentReport) -> Result<(), Error> {
    let Some(goal) = &report.goal else { return Ok(()) };
    check_number("goal.target.value", goal.target.value, ANY)?;
    for (i, week) in goal.weeks.iter().enumerate() {
        let at = |name: &str| format!("goal.weeks[{i}].{name}");
        check_number(&at("chance"), week.chance, SHARE)?;
        check_optional(&at("lower"), week.lower, SHARE)?;
        check_optional(&at("upper"), week.upper, SHARE)?;
    }
    check_ascending("goal.weeks", goal.weeks.iter().map(|week| week.week_start))
}

fn block(report: &StudentReport, catalogue: &Catalogue) -> Block {
    let title = catalogue.text("section.goal");
    match &report.goal {
        Some(goal) if !goal.weeks.is_empty() => {
            let reading = wording::chances(goal, catalogue);
            Block::of_figures("chances", title, vec![goal_chance(goal, reading, catalogue)])
        }
        _ => Block::sentence("chances", title, wording::goal_box(report, catalogue).text),
    }
}
